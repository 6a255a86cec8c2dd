"""A real server with the console, a few computers of which one is hostile, and
one run of Chromium whose findings the tests judge."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "system"))

import estkit  # noqa: E402
import harness  # noqa: E402

BUNDLE = TOP / "build" / "console" / "console.bundle"
PICTURES = TOP / "build" / "console" / "screenshots"
HOSTILE = "<img src=x onerror=alert(1)>\"';--"
SECTIONS = {
    "hardware": {"this": {"manufacturer": "Example", "product": "Desk 5",
                          "serial": "SN-0001", "architecture": "x86_64"}},
    "memory": {"this": {"total_bytes": 8 << 30, "swap_bytes": 1 << 30}},
    "processors": {"0": {"model": "Example CPU", "cores": 4, "threads": 8}},
    "disks": {"sda": {"size_bytes": 512 << 30, "model": "SSD"}},
    "filesystems": {"/": {"device": "/dev/sda1", "type": "ext4",
                          "size_bytes": 500 << 30, "used_percent": 40}},
    "operating_system": {"this": {"name": "Debian GNU/Linux",
                                  "version_id": "12", "kernel": "Linux",
                                  "pretty_name": "Debian GNU/Linux 12",
                                  "architecture": "x86_64"}},
    "packages": {f"package-{n}:amd64": {
        "name": f"package-{n}", "version": f"{n}.0", "architecture": "amd64",
        "installed_at": "2026-01-02T03:04:05Z"} for n in range(120)},
    "services": {"ssh.service": {"manager": "systemd", "start": "enabled",
                                 "description": "Secure Shell",
                                 "state": "active"}},
    "users": {"hanako": {"uid": 1000, "full_name": "山田花子",
                         "groups": ["sudo"], "administrator": True,
                         "can_log_in": True}},
    "interfaces": {"eth0": {"kind": "ethernet", "mac": "02:00:00:00:00:01",
                            "addresses": ["192.0.2.7/24"], "up": True,
                            "speed_mbps": 1000}},
}


def hostile_sections():
    bad = {name: dict(items) for name, items in SECTIONS.items()}
    bad["packages"] = {HOSTILE: {"name": HOSTILE, "version": "<b>1</b>",
                                 "vendor": "javascript:alert(1)",
                                 "installed_at": "no time at all"}}
    bad["users"] = {"x": {"full_name": HOSTILE, "groups": "none"}}
    return bad


def computer(server, folder, session, name, sections):
    secret = server.office_token(session, uses=1)
    agent = estkit.PythonAgent(server, folder / name[:8].strip("<"), secret)
    agent.refresh({section: estkit.full(items)
                   for section, items in sections.items()}, hostname=name)
    return agent


@pytest.fixture(scope="session")
def pictures():
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def server():
    assert BUNDLE.exists(), "the console is not built; scripts/build-console"
    with harness.folder() as folder:
        running = harness.Server(folder, {"console.bundle": BUNDLE})
        try:
            running.start()
            yield running
        finally:
            running.stop()


class Scene:
    """What the script in the browser asks of this half of the test."""

    def __init__(self, server):
        self.server = server

    def computers(self):
        session = self.server.sign_in(harness.PASSWORD)
        made = [computer(self.server, self.server.folder, session, name,
                         sections)
                for name, sections in (("desk-01.example", SECTIONS),
                                       ("desk-02.example", SECTIONS),
                                       (HOSTILE, hostile_sections()))]
        return {"good": made[0].id, "hostile": made[2].id}

    def stop_server(self):
        self.server.stop()
        return {}

    def start_server(self):
        self.server.start()
        return {}

    def end_sessions(self):
        answer = self.server.request("PUT", "/api/v1/me/password", {
            "current_password": harness.PASSWORD,
            "new_password": harness.PASSWORD + "!"},
            token=self.server.sign_in(harness.PASSWORD))
        assert answer.status == 204, answer
        return {"password": harness.PASSWORD + "!"}


def play(scene, process):
    """Answer what is asked until the script ends; what each step found."""
    found = {}
    for line in process.stdout:
        told = json.loads(line)
        if "step" in told:
            found[told["step"]] = told
        else:
            answer = getattr(scene, told["asks"])()
            process.stdin.write(json.dumps(answer) + "\n")
            process.stdin.flush()
    return found


@pytest.fixture(scope="session")
def found(server, pictures):
    wanted = {
        "https": f"https://127.0.0.1:{server.https}",
        "http": f"http://127.0.0.1:{server.http}",
        "first": server.initial_password(), "password": harness.PASSWORD,
        "hostile": HOSTILE, "pictures": str(pictures),
    }
    errors = open(pictures / "browser.log", "w+")
    process = subprocess.Popen(
        ["node", str(TOP / "tests" / "browser" / "console.mjs"),
         json.dumps(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=errors, text=True, start_new_session=True,
        env=dict(os.environ, PATH=path_with_node()))
    try:
        steps = play(Scene(server), process)
        errors.seek(0)
        assert process.wait(30) == 0, errors.read()[-6000:]
        return steps
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdin.close()
        errors.close()


def path_with_node():
    """The Node.js that built the console, where the system's is too old."""
    own = TOP / "build" / "console" / "node" / "node_modules"
    folders = [str(path.parent) for path in own.glob("node-*/bin/node")]
    return os.pathsep.join([*folders, os.environ["PATH"]])
