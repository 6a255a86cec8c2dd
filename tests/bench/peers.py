"""Our server as the bench starts it: one gateway, kept to the server's core, all
its processes counted."""

import contextlib
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "system"))

import harness  # noqa: E402
import processes  # noqa: E402
from rows import Broken  # noqa: E402

MANY = 100000


class PinnedServer(harness.Server):
    """A server of a given build, on given processors."""

    def __init__(self, folder, build, cpus, settings=None):
        super().__init__(folder, settings)
        self.build = pathlib.Path(build)
        self.cpus = cpus

    def start(self, seconds=60):
        self.write_configuration()
        program = self.build / "src" / "server" / "warifu-server"
        self.process = harness.Process(
            processes.pinned(self.cpus, [program, "--config", self.conf]),
            self.folder / "server.log")
        self.wait_ready(seconds)
        return self


class Warifu:
    """A running server of ours and its administrator's session."""

    name = "warifu"
    downloads = "/test/file?{bytes}"
    nothing = "/test/nothing"
    echo = "/test/echo"

    def __init__(self, folder, build, cpus, settings=None, name="warifu"):
        self.name = name
        self.folder = folder / f"{name}-server"
        self.folder.mkdir(parents=True)
        self.server = PinnedServer(self.folder, build, cpus, {
            "server.gateways": 1, "limits.idle_timeout": "1h",
            "limits.connections": 18000,
            "limits.connections_per_address": MANY,
            "server.log_level": "warning", **(settings or {})})
        self.server.start()
        self.session = self.server.administrator()
        self.known = self.pids()

    def pids(self):
        roles = self.server.roles()
        return sorted([self.server.process.pid,
                       *(pid for pids in roles.values() for pid in pids)])

    def check_whole(self):
        """A role that began anew would hide what it used before."""
        if self.pids() != self.known:
            raise Broken("a role of the server was started anew "
                             "while it was measured:\n" +
                             self.server.log()[-2000:])

    @property
    def port(self):
        return self.server.agents

    def identity_file(self):
        """The certificate and key that the listeners show, in one PEM file:
        the peers show the same."""
        return self.server.state / "signer" / "server.pem"

    def client_files(self, folder):
        """A stock EST client's certificate and key, as PEM files."""
        # pylint: disable=import-outside-toplevel
        import estkit
        from cryptography.hazmat.primitives import serialization
        key = estkit.new_key()
        answer = estkit.enrol(self.server, self.server.office_token(
            self.session), estkit.request_der(key))
        certificate, = estkit.certificates_of(answer)
        pem = serialization.Encoding.PEM
        (folder / "client.pem").write_bytes(certificate.public_bytes(pem))
        (folder / "client.key").write_bytes(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        ca = self.server.request("GET", "/pki/agent-ca.pem")
        (folder / "agent-ca.pem").write_bytes(ca.body)
        return [str(folder / "client.pem"), str(folder / "client.key")]

    def stop(self):
        self.server.stop()


@contextlib.contextmanager
def running(peer):
    try:
        yield peer
    finally:
        peer.stop()
