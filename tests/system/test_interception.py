"""A real server and a real agent, and something between them that ends TLS."""

import contextlib
import os

import pytest

import harness
import middlebox
from described import Api

REFRESH = "POST /agent/v1/refresh HTTP/1.1"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@contextlib.contextmanager
def box_before(server):
    signer = server.state / "signer"
    box = middlebox.Middlebox(server.agents, signer / "server.pem",
                              signer / "authority" / "agent-ca.pem")
    try:
        yield box
    finally:
        box.stop()


@pytest.fixture
def box(server):
    with box_before(server) as made:
        made.turn("strip")
        yield made


class Managed:
    """An agent whose way to the agent port leads through the box."""

    def __init__(self, api, box, folder):
        self.api = api
        self.box = box
        self.agent = harness.Agent(folder, self.bootstrap())

    def bootstrap(self):
        made = self.api.ok("POST", "/enrolment-tokens", {"kind": "office"})
        return {**made["bootstrap"], "agent_port": self.box.port}

    def enrol(self):
        self.agent.start()
        self.wait("it is enrolled", lambda: self.agent.status()["enrolled"])
        return self

    def wait(self, what, is_done):
        try:
            return harness.wait_until(what, is_done, 30)
        except AssertionError as problem:
            raise AssertionError(
                f"{problem}\n{self.agent.log()}\n{self.box.heads}") from None

    def says(self, code):
        self.wait(f"it says {code}", lambda: self.agent.error() == code)

    def refresh(self, code=0):
        done = self.agent.run("refresh")
        assert done.returncode == code, done.stdout + self.agent.log()
        return done.stdout

    @property
    def id(self):
        return self.agent.status()["computer_id"]

    def computer(self):
        return self.api.ok("GET", f"/computers/{self.id}")

    def credential(self):
        return list((self.agent.state / "channel/identity")
                    .glob("*/credential"))


@pytest.fixture
def managed(api, box):
    with harness.folder("warifu-agent-") as folder:
        made = Managed(api, box, folder)
        try:
            yield made
        finally:
            if made.agent.process is not None and \
                    made.agent.process.is_alive():
                made.agent.stop()


def test_it_is_managed_by_credential_until_the_certificate_arrives(
        server, box, managed):
    agent = managed.enrol().agent
    managed.wait("it is managed", lambda: managed.computer()["inventory_at"])
    managed.wait("it says how", lambda: agent.status()["authentication"])
    assert agent.status()["authentication"] == "credential"
    assert "TLS inspection" in agent.run("status").stdout
    # The certificate was shown, to the box; the credential to one path only.
    assert box.shown and all(box.shown)
    assert set(box.bearers()) == {REFRESH}
    seen = managed.computer()
    assert seen["software_count"] > 0
    assert seen["last_seen_by"] == "credential"
    assert seen["last_credential_at"] == seen["last_seen_at"]
    assert seen["proved_at"] is None and seen["last_mutual_at"] is None
    assert not seen["is_live"]

    # The box goes: the certificate proves who it is, for good.
    box.turn("splice")
    managed.refresh()
    proof = managed.computer()
    assert proof["proved_at"] and proof["last_seen_by"] == "certificate"
    assert proof["last_credential_at"] == seen["last_credential_at"]
    managed.wait("it listens", lambda: agent.status()["connected"])
    assert agent.status()["authentication"] == "certificate"
    assert agent.run("status").returncode == 0

    # The box is back: nothing less than the certificate is good now.
    shown = len(box.bearers())
    box.turn("strip")
    for _ in range(2):
        said = managed.refresh(1)
        assert "TLS inspection" in said, said + agent.log() + server.log()
    assert agent.error() == "certificate_not_seen"
    assert len(box.bearers()) == shown
    assert managed.computer()["last_mutual_at"] == proof["last_mutual_at"]


def test_a_kept_credential_is_refused_after_the_proof(server, box, managed):
    agent = managed.enrol().agent
    managed.wait("it says how", lambda: agent.status()["authentication"])
    path, = managed.credential()
    kept = path.read_bytes()
    box.turn("splice")
    managed.refresh()
    owner = path.parent.stat()
    path.write_bytes(kept)
    path.chmod(0o600)
    with contextlib.suppress(PermissionError):
        os.chown(path, owner.st_uid, owner.st_gid)
    box.turn("strip")
    shown = len(box.bearers())
    for _ in range(2):
        managed.refresh(1)
    assert agent.error() == "certificate_not_seen"
    assert len(box.bearers()) == shown + 1, "once is enough to know"


def test_a_wrong_credential_is_told(box, managed):
    agent = managed.enrol().agent
    managed.wait("it says how", lambda: agent.status()["authentication"])
    path, = managed.credential()
    with path.open("r+b") as file:
        file.write(os.urandom(32))
    managed.refresh(1)
    assert agent.error() == "credential_unknown"
    box.turn("splice")
    managed.refresh()
    assert agent.status()["authentication"] == "certificate"


@pytest.mark.parametrize("order,code", [
    ("revoke", "computer_revoked"), ("retire", "computer_retired")])
def test_the_credential_goes_with_the_computer(api, box, managed, order, code):
    agent = managed.enrol().agent
    managed.wait("it says how", lambda: agent.status()["authentication"])
    body = {"reason": "lost"} if order == "revoke" else None
    api.ok("POST", f"/computers/{managed.id}/{order}", body)
    managed.refresh(1)
    assert agent.error() == code
    assert agent.process.is_alive()
    assert managed.computer()["state"] == order + "d"


def test_a_certificate_refused_in_the_handshake_brings_no_credential(
        api, box, managed):
    agent = managed.enrol().agent
    managed.wait("it says how", lambda: agent.status()["authentication"])
    api.ok("POST", f"/computers/{managed.id}/revoke", {"reason": "lost"})
    box.turn("splice")
    managed.refresh(1)
    assert agent.error() == "certificate_revoked"
    managed.wait("the server tells", lambda: [
        event for event in api.ok(
            "GET", "/events?kind=handshake_refused")["items"]
        if managed.id in str(event) and "revoked" in str(event["detail"])])
    assert managed.credential(), "it would have had one"
    assert managed.computer()["last_seen_by"] == "credential"


def test_a_revoked_computer_is_enrolled_anew_with_another_credential(
        api, box, managed):
    agent = managed.enrol().agent
    managed.wait("it says how", lambda: agent.status()["authentication"])
    old, path = managed.id, managed.credential()[0]
    kept = path.read_bytes()
    api.ok("POST", f"/computers/{old}/revoke", {"reason": "found again"})
    managed.refresh(1)
    assert agent.stop() == 0
    agent.write_bootstrap(managed.bootstrap())
    agent.start()
    managed.wait("it is another computer", lambda: managed.id != old and
                 managed.computer()["last_seen_by"] == "credential")
    fresh, = managed.credential()
    assert fresh.read_bytes() != kept
    assert managed.computer()["state"] == "active"


def test_where_a_certificate_is_required_nothing_passes(folder):
    strict = harness.Server(folder / "strict",
                            {"agents.require_certificate": "yes"})
    strict.folder.mkdir()
    try:
        strict.start()
        api = Api(strict, strict.administrator())
        with box_before(strict) as box:
            box.turn("strip")
            managed = Managed(api, box, folder / "agent")
            agent = managed.agent.start()
            managed.wait("it says so", lambda: agent.error())
            agent.run("refresh")
            assert agent.status()["failures"] > 0
            assert box.bearers() == []
            managed.wait("the server tells", lambda: any(
                "certificate_required" in str(event["detail"])
                for event in api.ok(
                    "GET", "/events?kind=handshake_refused")["items"]))
            box.turn("splice")
            managed.wait("it is managed", lambda: agent.status()["connected"])
            assert agent.status()["authentication"] == "certificate"
            assert box.bearers() == []
            agent.stop()
    finally:
        strict.stop()
