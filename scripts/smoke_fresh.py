"""./run --smoke as a newcomer would: a copy of the tracked files, an empty
state, free ports; then once more from that state."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
MEMBERS = {"computers": int, "computer": str, "certificate_sha256": str,
           "certificate_not_after": str, "mutual_tls": bool,
           "software_count": int, "operating_system": str}


def free_ports(count):
    holders = [socket.socket() for _ in range(count)]
    for holder in holders:
        holder.bind(("127.0.0.1", 0))
    ports = [str(holder.getsockname()[1]) for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def smoke(folder, ports):
    started = time.monotonic()
    done = subprocess.run(
        [folder / "run", "--smoke", "--http-port", ports[0], "--https-port",
         ports[1], "--agent-port", ports[2]], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=620)
    print(done.stdout[-6000:])
    if done.returncode != 0:
        raise SystemExit(f"./run --smoke ended with {done.returncode}")
    report = json.loads(done.stdout.strip().splitlines()[-1])
    for name, kind in MEMBERS.items():
        if not isinstance(report.get(name), kind):
            raise SystemExit(f"the report's {name} is {report.get(name)!r}")
    if not report["mutual_tls"] or report["computers"] != 1 or \
            report["software_count"] < 50:
        raise SystemExit(f"the report is not that of a managed computer: "
                         f"{report}")
    return report, time.monotonic() - started


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-smoke-"))
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, text=True,
                                capture_output=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name,
                         follow_symlinks=False)
        ports = free_ports(3)
        first, _ = smoke(folder, ports)
        second, seconds = smoke(folder, ports)
        if first["certificate_sha256"] != second["certificate_sha256"]:
            raise SystemExit("the second run did not go on from the first")
        if seconds > 60:
            raise SystemExit(f"the second run took {seconds:.0f} seconds")
        if (folder / "var/server/core/initial-password").stat().st_mode & \
                0o077:
            raise SystemExit("the first password can be read by others")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
