"""Interleaved rounds of our server and nginx; prints a table and JSON.

Every figure is CPU time of the server's processes per operation, or memory per
connection; the ratio is ours to nginx's, of medians. Nothing is printed that
was not measured.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import peers
from peers import harness

LOAD = harness.TOP / "build" / "bench" / "load"
LOAD_CPU = "1"
IDLE_CONNECTIONS = 10000
TARGETS = {"handshake": 1.1, "post": 1.3}


def load(mode, port, files, path, count):
    return ["taskset", "-c", LOAD_CPU, str(LOAD), mode, "127.0.0.1",
            str(port), *files, path, str(count)]


def one_round(peer, mode, is_mutual, files, path, count):
    """Microseconds of server CPU per operation."""
    before = peers.cpu_seconds(peer.pids())
    subprocess.run(load(mode, peer.port(is_mutual), files, path, count),
                   check=True, stdin=subprocess.DEVNULL)
    return (peers.cpu_seconds(peer.pids()) - before) / count * 1e6


def compare(ours, nginx, rounds, mode, is_mutual, files, path, count):
    figures = {ours.name: [], nginx.name: []}
    for _ in range(rounds):
        for peer in (ours, nginx):
            figures[peer.name].append(
                one_round(peer, mode, is_mutual, files, path, count))
    result = {}
    for name, values in figures.items():
        result[name] = {"median_us": round(statistics.median(values), 1),
                        "min_us": round(min(values), 1),
                        "max_us": round(max(values), 1)}
    result["ratio"] = round(statistics.median(figures["warifu"]) /
                            statistics.median(figures["nginx"]), 3)
    return result


def idle_memory(peer, pid, files, count):
    """KiB of the transport process per idle mutual connection."""
    before = peers.memory_kib(pid, "Rss")
    process = subprocess.Popen(
        load("idle", peer.port(True), files, "/bench-missing", count),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline().strip() != "held":
            raise SystemExit("the idle connections could not all be opened")
        time.sleep(2)
        return round((peers.memory_kib(pid, "Rss") - before) / count, 2)
    finally:
        process.stdin.close()
        process.wait(60)


def agent_figures(ours, folder, seconds):
    """Pss of all processes and wake-ups a minute of an idle agent."""
    agent = harness.Agent(folder / "agent-home",
                          ours.server.bootstrap(ours.session)).start()
    try:
        harness.wait_until("the agent has refreshed", lambda: agent.status()
                           .get("last_success_at"), 60)
        time.sleep(75)  # the executor ends when it has nothing to do
        pids = descendants(agent.process.pid)
        switches = sum(voluntary_switches(pid) for pid in pids)
        time.sleep(seconds)
        woken = sum(voluntary_switches(pid) for pid in pids) - switches
        return {"processes": len(pids),
                "pss_mib": round(sum(peers.memory_kib(pid, "Pss")
                                     for pid in pids) / 1024, 2),
                "wake_ups_a_minute": round(woken * 60 / seconds, 2)}
    finally:
        agent.stop()


def descendants(pid):
    found = [pid]
    for child, _ in harness.children_of(pid):
        found += descendants(child)
    return found


def voluntary_switches(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    return 0


def table(results):
    print(f"{'what':<34}{'warifu':>12}{'nginx':>12}{'ratio':>9}{'target':>9}")
    for mode in ("handshake", "post"):
        row = results[mode]
        print(f"{mode + ', µs of server CPU each':<34}"
              f"{row['warifu']['median_us']:>12}{row['nginx']['median_us']:>12}"
              f"{row['ratio']:>9}{TARGETS[mode]:>9}")
    idle = results["idle"]
    print(f"{'idle connection, KiB':<34}{idle['warifu_kib']:>12}"
          f"{idle['nginx_kib']:>12}{'':>9}{'22 KiB':>9}")
    agent = results.get("agent")
    if agent:
        print(f"{'agent, MiB (Pss of all)':<34}{agent['pss_mib']:>12}"
              f"{'':>21}{'15 MiB':>9}")
        print(f"{'agent, wake-ups a minute':<34}"
              f"{agent['wake_ups_a_minute']:>12}{'':>21}{'1':>9}")


def side_by_side(ours, nginx, folder, rounds, shakes, posts):
    files = [str(folder / "client.pem"), str(folder / "client.key")]
    return {
        "handshake": compare(ours, nginx, rounds, "handshake", True, files,
                             "/bench-missing", shakes),
        "post": compare(ours, nginx, rounds, "post", False, ["-", "-"],
                        "/test/echo", posts),
        "idle": {
            "warifu_kib": idle_memory(ours, ours.transport_pid(), files,
                                      IDLE_CONNECTIONS),
            "nginx_kib": idle_memory(nginx, nginx.transport_pid(), files,
                                     IDLE_CONNECTIONS)},
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true",
                        help="fewer rounds, without the agent's hour")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        print("bench: one processor only: server and load share it",
              file=sys.stderr)
    rounds, shakes, posts = (3, 1000, 10000) if options.quick else \
        (7, 3000, 40000)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(harness.folder("warifu-bench-"))
        folder.chmod(0o755)  # nginx's worker drops its user
        ours = peers.Warifu(folder)
        stack.callback(ours.stop)
        ours.client_files(folder)
        nginx = peers.Nginx(folder)
        stack.callback(nginx.stop)
        results = side_by_side(ours, nginx, folder, rounds, shakes, posts)
        results["agent"] = agent_figures(
            ours, folder, 120 if options.quick else 600)
    table(results)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
