"""A real server (and agents) for system tests: own state, ports, processes.

Everything is started by the test and ended by the process id it started.
WARIFU_BUILD names the build folder.
"""

import contextlib
import errno
import hashlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARIFU_BUILD", TOP / "build" / "check"))
SERVER = BUILD / "src" / "server" / "warifu-server"
AGENT = BUILD / "src" / "agent" / "warifu-agent"
CTL = BUILD / "src" / "ctl" / "warifuctl"
# Sanitized programs are several times slower.
PATIENCE = 4 if os.environ.get("WARIFU_SANITIZED") else 1
PASSWORD = "correct horse battery staple"


# Below what the kernel gives to outgoing connections, which would take a port
# between its choice and its use.
PORTS = range(10000, 32000)


def hold_port(stack):
    while True:
        holder = stack.enter_context(socket.socket())
        try:
            holder.bind(("127.0.0.1", random.choice(PORTS)))
            return holder
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    with contextlib.ExitStack() as stack:
        holders = [hold_port(stack) for _ in range(count)]
        return [holder.getsockname()[1] for holder in holders]


def wait_until(what, is_done, seconds=10):
    """is_done()'s first true result; fails with what was waited for."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        result = is_done()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def children_of(pid):
    """(pid, role) of the direct children of a process."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(stat[1]) == pid and stat[0] != "Z":
            role = next((w[7:].decode() for w in words
                         if w.startswith(b"--role=")), "")
            found.append((int(entry.name), role))
    return sorted(found)


# What a role says before it dies of a bug; the supervisor hides that well.
UNSOUND = ("bug: ", "call not allowed", "runtime error:", "Sanitizer: ")


class Answer:
    """Status, headers and body of one HTTP answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Process:
    """A program of ours with its log in a file."""

    def __init__(self, command, log, environment=None):
        self.log_path = log
        self.log_file = open(log, "ab")
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL,
            stdout=self.log_file, stderr=self.log_file,
            env=dict(os.environ, **(environment or {})),
            start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def is_alive(self):
        return self.process.poll() is None

    def stop(self, sign=signal.SIGTERM, seconds=15):
        if self.is_alive():
            self.process.send_signal(sign)
        try:
            code = self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.log_file.close()
            raise AssertionError("did not end when told to:\n" +
                                 self.log()[-3000:]) from None
        self.log_file.close()
        self.assert_sound()
        return code

    def assert_sound(self):
        """No process of it broke a promise, though another took its place."""
        bad = [line for line in self.log().splitlines()
               if any(word in line for word in UNSOUND)]
        assert not bad, "\n".join(bad[:20])


class Server:
    """One central server in a folder of its own."""

    program = SERVER

    def __init__(self, folder, settings=None):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "server"
        self.settings = settings or {}
        self.http, self.https, self.agents = free_ports(3)
        self.process = None
        self.conf = self.folder / "server.conf"

    def write_configuration(self):
        sections = {
            # Two gateways show all that many do, and start sooner.
            "server": {"state_dir": self.state, "gateways": 2,
                       "names": "127.0.0.1, localhost"},
            "http": {"port": self.http},
            "https": {"port": self.https},
            "agents": {"port": self.agents},
        }
        for name, value in self.settings.items():
            section, key = name.split(".")
            sections.setdefault(section, {})[key] = value
        self.conf.write_text("".join(
            f"[{section}]\n" + "".join(f"{key} = {value}\n"
                                       for key, value in keys.items())
            for section, keys in sections.items()))

    def start(self, seconds=20):
        self.write_configuration()
        self.process = Process([self.program, "--config", self.conf],
                               self.folder / "server.log")
        self.wait_ready(seconds)
        return self

    def wait_ready(self, seconds=20):
        def is_ready():
            assert self.process.is_alive(), \
                "the server ended:\n" + self.process.log()[-4000:]
            try:
                return self.request("GET", "/readyz").status == 200
            except OSError:
                return False
        try:
            wait_until("the server is ready", is_ready, seconds)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.process.log()[-4000:]}") \
                from None

    def stop(self):
        if self.process is not None:
            code = self.process.stop()
            self.process = None
            return code
        return None

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def roles(self):
        """{role: [pid, …]} of the running roles."""
        found = {}
        for pid, role in children_of(self.process.pid):
            found.setdefault(role, []).append(pid)
        return found

    def request(self, method, path, body=None, headers=None, token=None,
                port=None, context=None, plain=False):
        """One request on a connection of its own; body may be JSON data."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if plain:
            link = http.client.HTTPConnection("127.0.0.1", port or self.http,
                                              timeout=20 * PATIENCE)
        else:
            link = http.client.HTTPSConnection(
                "127.0.0.1", port or self.https, timeout=20 * PATIENCE,
                context=context or unverified())
        with contextlib.closing(link):
            link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def certificate_sha256(self):
        with socket.create_connection(("127.0.0.1", self.https)) as plain:
            with unverified().wrap_socket(plain) as tls:
                return hashlib.sha256(tls.getpeercert(True)).hexdigest()

    def initial_password(self):
        return (self.state / "core" / "initial-password").read_text().strip()

    def sign_in(self, password, user="admin"):
        answer = self.request("POST", "/api/v1/session",
                              {"user": user, "password": password})
        assert answer.status in (200, 201), answer
        return answer.json["token"]

    def administrator(self):
        """A session of the administrator with the password changed."""
        path = self.state / "core" / "initial-password"
        if path.exists():
            first = self.initial_password()
            token = self.sign_in(first)
            answer = self.request("PUT", "/api/v1/me/password", {
                "current_password": first, "new_password": PASSWORD},
                token=token)
            assert answer.status in (200, 204), answer
        return self.sign_in(PASSWORD)

    def bootstrap(self, session, **wanted):
        """The contents of a bootstrap file with a new enrolment token."""
        answer = self.request("POST", "/api/v1/enrolment-tokens", {
            "kind": "office", "uses": 1, **wanted}, token=session)
        assert answer.status == 201, answer
        return answer.json["bootstrap"]

    def office_token(self, session, uses=100):
        """The secret of a new enrolment token of the Local Office."""
        answer = self.request("POST", "/api/v1/enrolment-tokens", {
            "kind": "office", "uses": uses, "expires_in_s": 3600},
            token=session)
        assert answer.status == 201, answer
        return answer.json["secret"]


class Agent:
    """One agent process in a folder of its own."""

    program = AGENT

    def __init__(self, folder, bootstrap, **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = self.folder / "agent"
        self.conf = self.folder / "agent.conf"
        self.settings = settings
        self.process = None
        self.write_bootstrap(bootstrap)

    def write_bootstrap(self, bootstrap):
        path = self.folder / "bootstrap.json"
        path.unlink(missing_ok=True)
        if bootstrap is not None:
            path.write_text(json.dumps(bootstrap))
            path.chmod(0o600)
        lines = {"state_dir": self.state, "bootstrap_file": path,
                 **self.settings}
        self.conf.write_text("[agent]\n" + "".join(
            f"{key} = {value}\n" for key, value in lines.items()))

    def start(self):
        self.process = Process(
            [self.program, "--config", self.conf], self.folder / "agent.log",
            {"https_proxy": "http://127.0.0.1:9"})
        return self

    def run(self, *words):
        return subprocess.run(
            [self.program, "--config", self.conf, *words], text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=200)

    def status(self):
        done = self.run("status", "--json")
        return json.loads(done.stdout)

    def error(self):
        return self.status().get("last_error_code")

    def log(self):
        return (self.folder / "agent.log").read_text(errors="replace")

    def stop(self):
        if self.process is not None:
            code = self.process.stop()
            self.process = None
            return code
        return None

    def child(self, role):
        return next((pid for pid, name in
                     children_of(self.process.pid) if name == role),
                    None)


@contextlib.contextmanager
def running(server):
    """The server, from its start to the end of the block."""
    try:
        yield server.start()
    finally:
        server.stop()


@contextlib.contextmanager
def agents(folder):
    """A function that starts agents in the folder; they end with the block."""
    made = []

    def start(bootstrap, program=AGENT, **settings):
        agent = Agent(folder, bootstrap, **settings)
        agent.program = program
        made.append(agent)
        return agent.start()

    try:
        yield start
    finally:
        for agent in made:
            if agent.process is not None and agent.process.is_alive():
                agent.stop()


class OwnPackages:
    """A copy of this computer's package database, for chosen programs alone.

    Agents look at the database of the whole computer: one that a test changed
    would be noticed by the agents of all tests that run beside it. Only root
    may put a copy in its place; to others' programs nothing is done.
    """

    DATABASE = pathlib.Path("/var/lib/dpkg")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.copy = self.folder / "dpkg"
        self.copy.mkdir(mode=0o755)
        shutil.copy2(self.DATABASE / "status", self.copy)

    def touch(self):
        os.utime(self.copy / "status")

    def of(self, program):
        """The program to run instead: it sees the copy."""
        if os.geteuid() != 0:
            return program
        path = self.folder / f"own-packages-{program.name}"
        path.write_text(f"""#!/bin/sh
exec unshare --mount sh -ec 'mount --bind {self.copy} {self.DATABASE}
exec {program} "$@"' sh "$@"
""")
        path.chmod(0o755)
        return path


@contextlib.contextmanager
def folder(prefix="warifu-test-"):
    """A temporary folder that only its owner can enter, as var/ may be."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
