"""Runs the server and this computer's agent for ./run, until told to stop.

Writes both configurations once, starts the two programs in the foreground
with their logs on standard error, says where things are, and with --smoke
reports through the API when this computer is managed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

READY_SECONDS = 60
SMOKE_SECONDS = 600
STOP_SECONDS = 15


class Failure(Exception):
    """What went wrong, as one sentence for a person."""


def say(text):
    print(f"== {text}", flush=True)


def stop_process(process):
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def names_of_this_computer():
    """Its host name, loopback, and the address it would leave by."""
    names = [socket.gethostname().lower(), "localhost", "127.0.0.1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing (RFC 5737)
            names.append(probe.getsockname()[0])
        except OSError:
            pass  # no route: loopback alone
    return list(dict.fromkeys(names))


class Installation:
    """One folder with a server and, unless unwanted, an agent."""

    def __init__(self, options):
        self.options = options
        self.dir = pathlib.Path(options.dir)
        self.build = pathlib.Path(options.build).resolve()
        self.server_state = self.dir / "server"
        self.agent_state = self.dir / "agent"
        self.server = None
        self.agent = None

    def ports(self):
        """Ports of this run: the options, else the last run's, else the
        product's defaults."""
        kept = self.dir / "ports.json"
        ports = {"http": 8020, "https": 8383, "agents": 8443}
        if kept.exists():
            ports.update(json.loads(kept.read_text()))
        wanted = {"http": self.options.http_port,
                  "https": self.options.https_port,
                  "agents": self.options.agent_port}
        ports.update({name: port for name, port in wanted.items() if port})
        if len(set(ports.values())) != 3:
            raise Failure(f"the three ports must differ: {ports}")
        kept.write_text(json.dumps(ports))
        return ports

    def write_server_configuration(self):
        ports = self.ports()
        self.https_port = ports["https"]
        path = self.dir / "server.conf"
        path.write_text(
            "# Written by ./run; put your own settings into server.conf.d/.\n"
            "[server]\n"
            f"state_dir = {self.server_state}\n"
            f"names = {', '.join(names_of_this_computer())}\n"
            "[http]\n"
            f"port = {ports['http']}\n"
            "[https]\n"
            f"port = {ports['https']}\n"
            "[agents]\n"
            f"port = {ports['agents']}\n"
            "[installer]\n"
            f"archive = {self.build / 'src/agent/warifu-agent.tar.gz'}\n"
            f"{self.console_section()}"
            "[local]\n"
            f"agent_bootstrap = {'yes' if self.wants_bootstrap() else 'no'}\n"
            f"report_token = {'yes' if self.options.smoke else 'no'}\n")
        return path

    def console_section(self):
        if not self.options.console:
            return ""
        return f"[console]\nbundle = {self.options.console}\n"

    def wants_bootstrap(self):
        enrolled = self.agent_state / "channel" / "certificate.pem"
        return self.options.with_agent and not enrolled.exists()

    def start_server(self):
        conf = self.write_server_configuration()
        self.server = subprocess.Popen(
            [self.build / "src/server/warifu-server", "--config", conf],
            stdin=subprocess.DEVNULL, start_new_session=True)
        self.wait_until("the server is ready", READY_SECONDS, self.is_ready)

    def url(self, path):
        return f"https://127.0.0.1:{self.https_port}{path}"

    @staticmethod
    def context():
        # This very computer: what is compared is the fingerprint, below.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def get(self, path, token=None):
        request = urllib.request.Request(self.url(path))
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10,
                                    context=self.context()) as answer:
            return answer.read()

    def is_ready(self):
        try:
            self.get("/readyz")
            return True
        except (OSError, urllib.error.URLError):
            return False

    def wait_until(self, what, seconds, is_done):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name in ("server", "agent"):
                process = getattr(self, name)
                if process is not None and process.poll() is not None:
                    raise Failure(f"the {name} ended with exit code "
                                  f"{process.returncode}; its log is above")
            result = is_done()
            if result:
                return result
            time.sleep(0.1)
        raise Failure(f"after {seconds} seconds it still does not hold that "
                      f"{what}; the log is above")

    def fingerprint(self):
        with socket.create_connection(("127.0.0.1", self.https_port),
                                      timeout=10) as plain:
            with self.context().wrap_socket(plain) as tls:
                return hashlib.sha256(tls.getpeercert(True)).hexdigest()

    def start_agent(self):
        bootstrap = self.server_state / "core" / "local-agent.json"
        conf = self.dir / "agent.conf"
        text = ("# Written by ./run; put your own settings into "
                "agent.conf.d/.\n[agent]\n"
                f"state_dir = {self.agent_state}\n")
        if self.wants_bootstrap():
            self.wait_until("the agent's bootstrap file is there", 10,
                            bootstrap.exists)
            target = self.dir / "agent-bootstrap.json"
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                             0o600)
            with os.fdopen(handle, "wb") as copy:
                copy.write(bootstrap.read_bytes())
            text += f"bootstrap_file = {target}\n"
        conf.write_text(text)
        self.agent = subprocess.Popen(
            [self.build / "src/agent/warifu-agent", "--config", conf],
            stdin=subprocess.DEVNULL, start_new_session=True)

    def managed_computer(self):
        """This computer's report once it is managed, else None."""
        token = (self.server_state / "core" / "local-report-token")
        if not token.exists():
            return None
        token = token.read_text().strip()
        listed = json.loads(self.get("/api/v1/computers?limit=100", token))
        name = socket.gethostname()
        for row in listed["items"]:
            if row["name"] != name or not row.get("inventory_at"):
                continue
            return {"row": row, "count": listed.get("total",
                                                    len(listed["items"])),
                    "certificates": json.loads(self.get(
                        f"/api/v1/computers/{row['id']}/certificates",
                        token))["items"]}
        return None

    def smoke_report(self):
        found = self.wait_until("this computer is managed and its inventory "
                                "has arrived", SMOKE_SECONDS -
                                (time.time() - self.options.started),
                                self.managed_computer)
        row = found["row"]
        certificate = next(c for c in found["certificates"]
                           if c["serial"] == row["certificate_serial"])
        return {
            "computers": found["count"],
            "computer": row["name"],
            "certificate_sha256": certificate["sha256"],
            "certificate_not_after": certificate["not_after"],
            "mutual_tls": bool(row["proved_at"]),
            "software_count": row["software_count"],
            "operating_system": " ".join(
                word for word in (row["os_name"], row["os_version"]) if word),
            "seconds": round(time.time() - self.options.started, 1),
        }

    def check_console(self):
        if self.options.console and b"<script" not in self.get("/"):
            raise Failure("the console's page is not served")

    def tell(self):
        if self.options.console:
            say("The web console is at " + self.url("/"))
        say("The API is at " + self.url("/api/v1"))
        say("Its certificate's SHA-256 fingerprint is " + self.fingerprint())
        password = self.server_state / "core" / "initial-password"
        if password.exists():
            say(f"Sign in as admin; the first password is in {password}")
        if self.options.with_agent:
            say("This computer's agent says more by: "
                f"{self.build / 'src/agent/warifu-agent'} --config "
                f"{self.dir / 'agent.conf'} status")

    def watch(self):
        while True:
            self.wait_until("", 3600 * 24 * 365, lambda: False)

    def stop(self):
        stop_process(self.agent)
        stop_process(self.server)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--with-agent", required=True)
    parser.add_argument("--smoke", required=True)
    parser.add_argument("--started", type=float, required=True)
    parser.add_argument("--console")
    for name in ("http", "https", "agent"):
        parser.add_argument(f"--{name}-port", type=int)
    options = parser.parse_args()
    options.with_agent = options.with_agent == "yes"
    options.smoke = options.smoke == "yes"
    return options


def interrupted(_signal, _frame):
    raise KeyboardInterrupt


def main():
    options = parse()
    # A shell starts background jobs with SIGINT ignored; it ends us all the
    # same.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupted)
    installation = Installation(options)
    try:
        installation.start_server()
        installation.tell()
        if options.with_agent:
            installation.start_agent()
        if not options.smoke:
            say("Running; Ctrl-C ends it")
            installation.watch()
        report = installation.smoke_report()
        installation.check_console()
        installation.stop()
        print(json.dumps(report, ensure_ascii=False), flush=True)
        return 0
    except KeyboardInterrupt:
        say("Stopping")
        return 0 if not options.smoke else 130
    except Failure as failure:
        print(f"run: {failure}", file=sys.stderr)
        return 1
    finally:
        installation.stop()


if __name__ == "__main__":
    sys.exit(main())
