"""Plays a scene: a script in the browser and the half of the test that serves
it. A scene's methods are what the script may ask for."""

import contextlib
import json
import os
import subprocess

import estkit
import harness

TOP = harness.TOP
BUNDLE = TOP / "build" / "console" / "console.bundle"
ARCHIVE = harness.BUILD / "src" / "agent" / "warifu-agent.tar.gz"
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


@contextlib.contextmanager
def console_server():
    """A server of a test module's own, with the console."""
    assert BUNDLE.exists(), \
        "the console is not built; scripts/build-console"
    with harness.folder() as folder:
        running = harness.Server(folder, {
            "console.bundle": BUNDLE, "installer.archive": ARCHIVE})
        try:
            running.start()
            yield running
        finally:
            running.stop()


class People:
    """A scene with an administrator who makes what a script needs."""

    def __init__(self, server):
        self.server = server
        self.session = server.administrator()

    def ask(self, method, path, body=None, token=None):
        answer = self.server.request(method, f"/api/v1{path}", body,
                                     token=token or self.session)
        assert answer.status < 300, answer
        return answer.json if answer.body else {}

    def make(self, path, **body):
        made = self.ask("POST", path, body)
        return made.get("api_token", made)

    def user(self, name, role, *offices):
        return self.make(
            "/users", name=name, password=harness.PASSWORD, role_id=role,
            must_change_password=False,
            scope=[{"kind": "office", "id": one} for one in offices] or None)

    def computer(self, name, office=None, sections=None):
        """A computer of that office, which has told its inventory."""
        made = computer(self.server, self.server.folder, self.session, name,
                        sections or SECTIONS)
        if office:
            self.ask("PATCH", f"/computers/{made.id}", {"office_id": office})
        return made.id


def answer_until_the_end(scene, process):
    """Answer what is asked until the script ends; what each step found."""
    found = {}
    for line in process.stdout:
        told = json.loads(line)
        if "step" in told:
            found[told["step"]] = told
        else:
            try:
                answer = getattr(scene, told["asks"])(**told.get("given", {}))
            except Exception as error:
                # Most often for what an earlier step did not reach.
                failed = [step["error"] for step in found.values()
                          if step.get("error")]
                raise AssertionError("\n".join(failed)) from error
            process.stdin.write(json.dumps(answer) + "\n")
            process.stdin.flush()
    return found


def play(script, server, scene, **more):
    """What each step of tests/browser/SCRIPT.mjs found."""
    assert BUNDLE.exists(), "the console is not built; scripts/build-console"
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = {
        "https": f"https://127.0.0.1:{server.https}",
        "http": f"http://127.0.0.1:{server.http}",
        "password": harness.PASSWORD, "pictures": str(PICTURES), **more,
    }
    errors = open(PICTURES / f"{script}.log", "w+")
    process = subprocess.Popen(
        ["node", str(TOP / "tests" / "browser" / f"{script}.mjs"),
         json.dumps(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=errors, text=True, start_new_session=True,
        env=dict(os.environ, PATH=path_with_node()))
    try:
        steps = answer_until_the_end(scene, process)
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


def need(found, step):
    """What a step found; fails with what went wrong in it."""
    assert step in found, f"the browser never came to {step}: {list(found)}"
    told = found[step]
    assert not told.get("error"), told["error"]
    return told


def need_good_page(found, page, language):
    """No violation that axe finds, in light and dark; nothing outside the
    window; no word missing."""
    told = need(found, f"page {page} {language}")
    for kind in ("violations", "overflow", "missing"):
        assert told[kind] == [], f"{kind}: {told[kind]}"


def need_pictures(pages, languages=("en", "ja"), sizes=("wide", "phone")):
    for page in pages:
        for language in languages:
            for size in sizes:
                path = PICTURES / f"{page}-{language}-{size}.png"
                assert path.stat().st_size > 5000
