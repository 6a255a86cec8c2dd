"""The supervisor, with tiny roles: recovery, reload, end, refusals."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROBE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "").resolve()
IS_ROOT = os.geteuid() == 0
PATIENCE = float(os.environ.get("WARIFU_PATIENCE", "1"))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for item in sockets:
        item.bind(("127.0.0.1", 0))
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def roles_of(pid):
    """{role: [pid, …]} of a supervisor's children."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(stat[1]) == pid and stat[0] != "Z" and len(words) > 1:
            role = words[1].decode().removeprefix("--role=")
            found.setdefault(role, []).append(int(entry.name))
    return found


class Server:
    def __init__(self, test, settings="", slots=2):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-probe-"))
        self.folder.chmod(0o755)
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = self.folder / "state"
        self.conf = self.folder / "server.conf"
        self.ports = free_ports(3)
        self.conf.write_text(
            f"[server]\nstate_dir = {self.state}\nlisten = 127.0.0.1\n"
            f"gateways = {slots}\nlog_level = debug\n"
            f"[http]\nport = {self.ports[0]}\n"
            f"[https]\nport = {self.ports[1]}\n"
            f"[agents]\nport = {self.ports[2]}\n"
            "[limits]\ndrain_timeout = 5s\n" + settings)
        self.log_path = self.folder / "log"
        self.process = None
        test.addCleanup(self.kill)

    def start(self, is_ready=True, environment=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [PROBE, "--config", self.conf], stdin=subprocess.DEVNULL,
                stderr=log, env=dict(os.environ, **(environment or {})))
        if is_ready:
            self.await_log("the server is ready")
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        return self.log_path.read_text()

    def await_log(self, text, seconds=10, count=1):
        self.wait(lambda: self.log().count(text) >= count, seconds, text)

    def wait(self, is_done, seconds, what):
        deadline = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < deadline:
            if is_done():
                return
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {what}\n{self.log()}")

    def ask(self, line="hello", port=0, seconds=10):
        with socket.create_connection(
                ("127.0.0.1", self.ports[port]),
                timeout=seconds * PATIENCE) as link:
            link.sendall(line.encode() + b"\n")
            data = b""
            while not data.endswith(b"\n"):
                more = link.recv(4096)
                if not more:
                    raise ConnectionResetError("closed without an answer")
                data += more
        return data.decode()

    def asks(self, seconds=2):
        """An answer within the time, whatever breaks meanwhile."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            try:
                return self.ask(seconds=0.5)
            except OSError:
                if time.monotonic() > deadline:
                    raise AssertionError("no answer\n" + self.log()) from None

    def roles(self):
        return roles_of(self.process.pid)

    def stop(self, sign=signal.SIGTERM):
        self.process.send_signal(sign)
        return self.process.wait(15 * PATIENCE)


class Running(unittest.TestCase):
    def test_every_role_is_a_process_of_its_own(self):
        server = Server(self).start()
        roles = server.roles()
        self.assertEqual({name: len(pids) for name, pids in roles.items()},
                         {"signer": 1, "core": 1, "gateway": 2})
        for port in range(3):
            answer = server.ask(port=port)
            self.assertRegex(
                answer, r"^gateway=\d+ hello core=\d+ signer=\d+\n$")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.roles(), {})

    def test_roles_run_as_their_users_inside_the_sandbox(self):
        server = Server(self).start()
        for role, pids in server.roles().items():
            for pid in pids:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                self.assertIn("Seccomp:\t2", status)
                self.assertIn("NoNewPrivs:\t1", status)
                for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                    self.assertIn(f"{name}:\t{0:016x}", status, role)
                if IS_ROOT:
                    owner = subprocess.check_output(
                        ["id", "-u", f"warifu-{role}"]).decode().strip()
                    self.assertIn(
                        "Uid:\t" + "\t".join([owner] * 4), status)
        if IS_ROOT:
            status = pathlib.Path(
                f"/proc/{server.process.pid}/status").read_text()
            # CAP_KILL, CAP_SETGID, CAP_SETUID
            for name in ("CapEff", "CapPrm", "CapBnd"):
                self.assertIn(f"{name}:\t{0xe0:016x}", status)

    def test_ctrl_c_ends_all(self):
        server = Server(self).start()
        self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_roles_end_with_the_supervisor(self):
        server = Server(self).start()
        pids = [pid for pids in server.roles().values() for pid in pids]
        server.process.kill()
        server.process.wait()
        server.wait(lambda: not any(
            pathlib.Path(f"/proc/{pid}").exists() for pid in pids), 3,
            "the roles end")

    def test_the_passphrase_reaches_the_signer_alone(self):
        server = Server(self)
        secret = server.folder / "secret"
        secret.write_text("open sesame\n")
        secret.chmod(0o600)
        with server.conf.open("a") as conf:
            conf.write(f"[signer]\npassphrase_file = {secret}\n")
        server.start()
        kept = server.state / "signer" / "secret-length"
        self.assertEqual(kept.read_text(), "11")
        self.assertNotIn("sesame", server.log())

    def test_a_credential_of_the_service_manager_is_the_passphrase(self):
        server = Server(self, "[signer]\npassphrase_file = key\n")
        folder = server.folder / "credentials"
        folder.mkdir()
        (folder / "key").write_text("abc")
        (folder / "key").chmod(0o600)
        server.start(environment={"CREDENTIALS_DIRECTORY": str(folder)})
        kept = server.state / "signer" / "secret-length"
        self.assertEqual(kept.read_text(), "3")

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_a_state_directory_in_a_closed_home_works(self):
        server = Server(self)
        server.folder.chmod(0o700)
        server.start()
        server.ask()
        server.process.send_signal(signal.SIGHUP)
        server.await_log(": reloaded")
        server.asks()
        self.assertTrue((server.state / "signer").is_dir())

    def test_the_service_manager_is_told(self):
        server = Server(self)
        path = str(server.folder / "notify")
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(inbox.close)
        inbox.bind(path)
        inbox.settimeout(10 * PATIENCE)
        server.start(environment={"NOTIFY_SOCKET": path})
        self.assertEqual(inbox.recv(4096), b"READY=1")
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(inbox.recv(4096).startswith(b"RELOADING=1\n"))
        self.assertEqual(inbox.recv(4096), b"READY=1")
        server.stop()
        self.assertEqual(inbox.recv(4096), b"STOPPING=1")


    def test_the_watchdog_is_fed(self):
        server = Server(self)
        path = str(server.folder / "notify")
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(inbox.close)
        inbox.bind(path)
        inbox.settimeout(10 * PATIENCE)
        server.start(environment={"NOTIFY_SOCKET": path,
                                  "WATCHDOG_USEC": "200000"})
        seen = [inbox.recv(4096) for _ in range(4)]
        self.assertGreaterEqual(seen.count(b"WATCHDOG=1"), 3)


class Recovery(unittest.TestCase):
    def recovers(self, role):
        server = Server(self).start()
        for _ in range(3):
            before = server.roles()[role]
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            answer = server.asks(2)
            self.assertFalse(set(map(int, re.findall(r"\d+", answer))) &
                             set(before), answer)
        self.assertEqual(server.stop(), 0)

    def test_a_killed_gateway_is_replaced(self):
        self.recovers("gateway")

    def test_a_killed_core_is_replaced(self):
        self.recovers("core")

    def test_a_killed_signer_is_replaced(self):
        self.recovers("signer")

    def test_all_killed_at_once_are_replaced(self):
        server = Server(self).start()
        for pids in server.roles().values():
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        server.asks(2)

    def test_a_crash_loop_is_slowed_down_and_ends_by_itself(self):
        server = Server(self, slots=1).start()
        for _ in range(6):
            server.wait(lambda: "gateway" in server.roles(), 5, "a gateway")
            os.kill(server.roles()["gateway"][0], signal.SIGKILL)
            time.sleep(0.05)
        self.assertIn("keeps ending", server.log())
        server.asks(5)


class Misbehaviour(unittest.TestCase):
    def misbehave(self, line):
        server = Server(self, slots=1).start()
        before = server.roles()
        try:
            server.ask(line, seconds=2)
        except OSError:
            pass
        server.await_log("a role has ended")
        server.asks(2)
        after = server.roles()
        self.assertEqual(after["core"], before["core"])
        self.assertEqual(after["signer"], before["signer"])
        self.assertNotEqual(after["gateway"], before["gateway"])
        return server

    def test_a_gateway_that_breaks_protocol_is_replaced(self):
        server = self.misbehave("illegal")
        self.assertIn("gateway may not send TRUST to core", server.log())

    def test_a_gateway_that_blames_core_is_itself_replaced(self):
        self.misbehave("lie")

    def test_a_call_outside_the_sandbox_ends_the_gateway(self):
        server = self.misbehave("forbidden")
        self.assertIn("sandbox of gateway: call not allowed: acct",
                      server.log())


class Reload(unittest.TestCase):
    def test_no_connection_is_refused_or_reset(self):
        server = Server(self).start()
        first = server.roles()
        failures, answers, is_over = [], [], threading.Event()

        def keep_asking():
            while not is_over.is_set():
                try:
                    answers.append(server.ask())
                except OSError as problem:
                    failures.append(repr(problem))

        threads = [threading.Thread(target=keep_asking) for _ in range(4)]
        for thread in threads:
            thread.start()
        for count in range(1, 4):
            server.process.send_signal(signal.SIGHUP)
            server.await_log(": reloaded", count=count)
            time.sleep(0.3)
        server.wait(lambda: {k: len(v) for k, v in server.roles().items()} ==
                    {"signer": 1, "core": 1, "gateway": 2}, 15,
                    "the old roles end")
        is_over.set()
        for thread in threads:
            thread.join()
        last = server.roles()
        self.assertEqual(failures, [], server.log())
        self.assertGreater(len(answers), 50)
        self.assertEqual(first["signer"], last["signer"])
        self.assertFalse(set(first["core"]) & set(last["core"]))
        self.assertFalse(set(first["gateway"]) & set(last["gateway"]))

    def test_a_bad_configuration_changes_nothing(self):
        server = Server(self).start()
        before = server.roles()
        with server.conf.open("a") as conf:
            conf.write("colour = red\n")
        server.process.send_signal(signal.SIGHUP)
        server.await_log("the configuration stays as it was")
        self.assertIn("has no key", server.log())
        self.assertEqual(server.roles(), before)

    def test_more_gateways_come_with_a_reload(self):
        server = Server(self, slots=1).start()
        text = server.conf.read_text()
        server.conf.write_text(
            text.replace("gateways = 1", "gateways = 3"))
        server.process.send_signal(signal.SIGHUP)
        server.await_log(": reloaded")
        server.wait(lambda: len(server.roles()["gateway"]) == 3, 10,
                    "three gateways")

    def test_a_core_killed_during_reload_does_not_stop_it(self):
        server = Server(self).start()
        server.process.send_signal(signal.SIGHUP)
        server.await_log("reloading")
        for pid in server.roles()["core"]:
            os.kill(pid, signal.SIGKILL)
        server.await_log(": reloaded")
        server.asks(2)


class Refusals(unittest.TestCase):
    def refused(self, server, code):
        server.start(is_ready=False)
        self.assertEqual(server.process.wait(10 * PATIENCE), code)
        return server.log()

    def test_an_unknown_key_ends_with_2_file_and_line(self):
        server = Server(self, "[http]\nprot = 1\n")
        log = self.refused(server, 2)
        self.assertRegex(log, r"server\.conf:\d+: \[http\] has no key "
                              r"\\\"prot\\\"; allowed are port")

    def test_a_port_in_use_names_port_and_option(self):
        server = Server(self)
        with socket.socket() as other:
            other.bind(("127.0.0.1", server.ports[1]))
            other.listen()
            log = self.refused(server, 1)
        self.assertIn(f"port {server.ports[1]} is in use", log)
        self.assertIn("--https-port", log)

    def test_a_state_directory_of_wrong_mode_is_refused(self):
        server = Server(self)
        server.state.mkdir()
        server.state.chmod(0o777)
        log = self.refused(server, 1)
        self.assertIn(f"{server.state} has owner {os.geteuid()} and mode "
                      "0777; it must have", log)

    def test_a_role_directory_of_wrong_mode_is_refused(self):
        server = Server(self).start()
        server.stop()
        (server.state / "signer").chmod(0o750)
        log = self.refused(server, 1)
        self.assertRegex(log, rf"{server.state}/signer has owner \d+:\d+ and "
                              r"mode 0750; it must have owner \d+:\d+ and "
                              r"mode 0700")

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_a_role_directory_of_wrong_owner_is_refused(self):
        server = Server(self).start()
        server.stop()
        os.chown(server.state / "core", 0, 0)
        log = self.refused(server, 1)
        self.assertIn(f"{server.state}/core has owner 0:0 and mode 0700; it "
                      "must have owner", log)

    def test_a_second_server_on_the_same_state_is_refused(self):
        first = Server(self).start()
        second = Server(self)
        second.conf.write_text(second.conf.read_text().replace(
            str(second.state), str(first.state)))
        log = self.refused(second, 1)
        self.assertIn("another server runs on the state directory", log)

    def test_a_readable_passphrase_file_is_refused(self):
        server = Server(self)
        secret = server.folder / "secret"
        secret.write_text("x")
        secret.chmod(0o644)
        with server.conf.open("a") as conf:
            conf.write(f"[signer]\npassphrase_file = {secret}\n")
        log = self.refused(server, 1)
        self.assertIn("it must be 0600", log)


class CommandLine(unittest.TestCase):
    def run_probe(self, *words):
        return subprocess.run([PROBE, *words], capture_output=True,
                              text=True, timeout=20 * PATIENCE)

    def test_check_config_says_file_line_and_allowed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write("[http]\nport = 0\n")
            conf.flush()
            done = self.run_probe("--config", conf.name, "--check-config")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{conf.name}:2: [http] port cannot be \"0\"; allowed "
                      "is a number from 1 to 65535", done.stderr)

    def test_print_config_shows_what_is_in_force(self):
        done = self.run_probe("--http-port", "81", "--set",
                              "limits.workers=3", "--print-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("\nport = 81\n", done.stdout)
        self.assertIn("\nworkers = 3\n", done.stdout)

    def test_the_manual_knows_every_option(self):
        manual = (pathlib.Path(__file__).resolve().parents[2] /
                  "docs/man/warifu-server.8").read_text()
        parts = re.split(r"^\.Ss \[(\w+)\]$", manual, flags=re.M)
        told = {(section, key)
                for section, part in zip(parts[1::2], parts[2::2])
                for key in re.findall(r"^\.It Cm (\w+)$",
                                      part.split(".Sh ")[0], flags=re.M)}
        section, known = "", set()
        for line in self.run_probe("--print-config").stdout.splitlines():
            if line.startswith("["):
                section = line[1:-1]
            elif line[:1].isalpha():
                known.add((section, line.split(" ")[0]))
        self.assertEqual(told, known)
        for word in re.findall(r"^  (--[a-z-]+)",
                               self.run_probe("--help").stdout, flags=re.M):
            self.assertIn(word[2:], manual)

    def test_an_unknown_option_is_refused(self):
        for words in (["--colour=red"], ["word"], ["--http-port"],
                      ["--http-port", "http"], ["--set", "x"]):
            self.assertEqual(
                self.run_probe(*words, "--check-config").returncode, 2, words)

    def test_a_role_cannot_be_started_by_hand(self):
        done = self.run_probe("--role=signer")
        self.assertEqual(done.returncode, 78)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
