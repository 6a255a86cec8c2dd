"""A gateway in an attacker's hands: what it can never get.

The frames between gateway and core are written here octet by octet; core and
signer are the real ones.
"""

import base64
import json
import os
import socket
import struct
import threading

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import estkit
import harness

COMPROMISED = harness.BUILD / "tests/compromised/warifu-compromised-server"
HELLO, REQUEST, SOCKET_OPEN, SOCKET_CLOSE = 20, 21, 22, 26
TRUST, TRUST_APPLIED, IDENTITY, EVENT = 27, 28, 29, 30
HTTP, HTTPS, AGENT = 1, 2, 4
PKCS10 = {"content-type": "application/pkcs10"}


def field(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


class Peer:
    """Who a gateway claims to have proved."""

    def __init__(self, agent=None, unit="agent", agent_id=None, serial=None):
        self.agent, self.unit = agent, unit
        self.agent_id = agent_id or (agent and agent.id)
        self.serial = serial or (agent and agent.identity.serial)

    def encoded(self):
        out = field("192.0.2.7") + struct.pack(">H", 4711)
        if self.agent_id is None:
            return out + b"\0"
        der = b"\x30\x00"
        if self.agent:
            der = self.agent.identity.certificate.public_bytes(Encoding.DER)
        return (out + b"\1" + bytes(32) + field(self.serial) +
                field(self.agent_id) + field(self.unit) + field(der))


def request_frame(method, path, body=b"", headers=None, listener=AGENT,
                  peer=None, socket_number=0, length=None):
    headers = headers or {}
    return (bytes([listener]) + struct.pack(">Q", socket_number) +
            field(method) + field(path) + b"\0" + field(b"") +
            field("localhost") + bytes([len(headers)]) +
            b"".join(field(k) + field(v) for k, v in headers.items()) +
            (peer or Peer()).encoded() + b"\0" +
            struct.pack(">Q", len(body) if length is None else length) +
            field(body))


class Gateway:
    """The attacker's line to core."""

    def __init__(self, server, applies=True):
        self.line = socket.create_connection(("127.0.0.1", server.http), 10)
        self.line.settimeout(15 * harness.PATIENCE)
        self.reader = self.line.makefile("r")
        self.last = 0
        self.send(HELLO, 0, struct.pack(">II", 1, 0))
        if applies:
            self.send(TRUST_APPLIED, 0, struct.pack(">Q", 1 << 62))

    def send(self, kind, request, body):
        self.line.sendall(f"{kind} {request} {body.hex()}\n".encode())

    def receive(self):
        """(type, request id, body); EOFError when the process is killed."""
        line = self.reader.readline()
        if not line:
            raise EOFError
        kind, request, body = line.rstrip("\n").split(" ")
        return int(kind), int(request), body

    def ask(self, *words, **more):
        """(status, headers, body) of one request."""
        self.last += 1
        self.send(REQUEST, self.last, request_frame(*words, **more))
        while True:
            kind, request, body = self.receive()
            if kind == REQUEST and request == self.last:
                return self.answer(body)

    @staticmethod
    def answer(text):
        text, _, file = text.partition("+")
        data = bytes.fromhex(text)
        status, count = struct.unpack(">HB", data[:3])
        at, headers = 3, {}

        def part():
            nonlocal at
            length, = struct.unpack(">I", data[at:at + 4])
            at += 4 + length
            return data[at - length:at]
        for _ in range(count):
            name = part().decode().lower()
            headers[name] = part().decode()
        at += 3 + 16
        return status, headers, bytes.fromhex(file) or part()

    def code(self, *words, **more):
        status, headers, body = self.ask(*words, **more)
        if "warifu-error" in headers:
            return status, headers["warifu-error"]
        return status, json.loads(body).get("code")

    def is_killed(self, kind, request, body):
        """Whether this frame costs the gateway its life."""
        self.send(kind, request, body)
        try:
            while True:
                self.receive()
        except (EOFError, ConnectionError):
            return True
        except TimeoutError:
            return False


@pytest.fixture(scope="module")
def people(server, administrator, folder):
    """Made by the honest server, which then ends."""
    made = {name: estkit.PythonAgent(server, folder / name,
                                     server.office_token(administrator))
            for name in ("victim", "revoked", "stock")}
    for name in ("victim", "revoked"):
        made[name].refresh()
    answer = server.request(
        "POST", f"/api/v1/computers/{made['revoked'].id}/revoke",
        {"reason": "a test"}, token=administrator)
    assert answer.status == 200, answer
    server.stop()
    return made


@pytest.fixture(scope="module")
def compromised(server, people):
    server.settings["server.gateways"] = "1"
    server.write_configuration()
    process = harness.Process([COMPROMISED, "--config", server.conf],
                              server.folder / "compromised.log")

    def is_there():
        try:
            socket.create_connection(("127.0.0.1", server.http), 1).close()
            return "core is ready" in process.log()
        except OSError:
            return False
    harness.wait_until("the compromised server is ready", is_there, 20)
    yield server
    process.stop()
    assert "AddressSanitizer" not in process.log()
    # After all of it the honest server goes on from that state.
    server.start()
    try:
        assert estkit.alert_of(server, estkit.tls(
            people["revoked"].identity)) == "SSLV3_ALERT_CERTIFICATE_REVOKED"
        assert people["victim"].refresh()["computer_id"] == people["victim"].id
    finally:
        server.stop()


def connected(compromised, **more):
    def connect():
        try:
            attacker = Gateway(compromised, **more)
            attacker.ask("GET", "/healthz", listener=HTTP)
            return attacker
        except (OSError, EOFError):
            return None
    return harness.wait_until("the gateway is there", connect, 20)


@pytest.fixture
def gateway(compromised):
    return connected(compromised)


def test_it_gets_no_certificate_of_an_agent(gateway, people):
    victim = people["victim"]
    for proof, code in (
            (None, "proof_missing"),
            ((os.urandom(32), os.urandom(70)), "proof_nonce")):
        request = estkit.request_der(estkit.new_key(), proof=proof)
        assert gateway.code(
            "POST", "/.well-known/est/simplereenroll",
            estkit.wrapped(request).encode(), PKCS10,
            peer=Peer(victim)) == (403, code)


def test_a_nonce_alone_is_worth_nothing(gateway, people):
    victim = people["victim"]
    status, _, body = gateway.ask("POST", "/agent/v1/renewal-nonce", b"{}",
                                  peer=Peer(victim))
    assert status == 200
    nonce = base64.urlsafe_b64decode(json.loads(body)["nonce"] + "==")
    key, other = estkit.new_key(), estkit.new_key()
    request = estkit.request_der(
        key, proof=estkit.renewal_proof(other, key, nonce))
    assert gateway.code(
        "POST", "/.well-known/est/simplereenroll",
        estkit.wrapped(request).encode(), PKCS10,
        peer=Peer(victim)) == (403, "proof_wrong")


def test_it_cannot_call_an_agent_a_stock_client(gateway, people):
    request = estkit.request_der(estkit.new_key())
    assert gateway.code(
        "POST", "/.well-known/est/simplereenroll",
        estkit.wrapped(request).encode(), PKCS10,
        peer=Peer(people["victim"], unit="stock")) == (403, "proof_missing")


def test_it_cannot_renew_one_agent_by_the_certificate_of_another(
        gateway, people):
    request = estkit.request_der(estkit.new_key())
    status, code = gateway.code(
        "POST", "/.well-known/est/simplereenroll",
        estkit.wrapped(request).encode(), PKCS10,
        peer=Peer(agent_id=people["victim"].id,
                  serial=people["stock"].identity.serial))
    assert status == 403 and code == "certificate_unknown"


def test_it_enrols_nobody_without_a_token(gateway):
    request = estkit.wrapped(estkit.request_der(estkit.new_key())).encode()
    for token in ("wft_" + "a" * 32, "x", "wft_" + "a" * 300):
        assert gateway.code(
            "POST", "/.well-known/est/simpleenroll", request,
            PKCS10 | {"authorization": estkit.basic(token)},
            listener=HTTPS) == (401, "token_unknown")


def test_it_gets_no_command_for_an_agent(gateway, people):
    status, _, body = gateway.ask(
        "POST", "/agent/v1/refresh",
        json.dumps(estkit.refresh_body()).encode(),
        {"content-type": "application/json"}, peer=Peer(people["victim"]))
    assert status == 200
    assert not [order for order in json.loads(body)["orders"]
                if order["type"] == "command"]


def test_a_revoked_agent_stays_revoked(gateway, people):
    revoked = people["revoked"]
    assert gateway.code(
        "POST", "/agent/v1/refresh",
        json.dumps(estkit.refresh_body()).encode(),
        {"content-type": "application/json"},
        peer=Peer(revoked)) == (403, "computer_revoked")
    request = estkit.request_der(estkit.new_key())
    status, _ = gateway.code(
        "POST", "/.well-known/est/simplereenroll",
        estkit.wrapped(request).encode(), PKCS10, peer=Peer(revoked))
    assert status == 403


def test_it_cannot_make_up_a_computer(gateway, folder):
    """A certificate that no agent CA signed makes no record."""
    status, code = gateway.code(
        "POST", "/agent/v1/refresh",
        json.dumps(estkit.refresh_body()).encode(),
        {"content-type": "application/json"},
        peer=Peer(agent_id="01890a5d-ac96-774b-bcce-b302099a8057",
                  serial="40" + "11" * 15))
    assert status in (400, 403), code


def test_the_api_wants_a_session_from_it_too(gateway):
    for path in ("/api/v1/computers", "/api/v1/server/status"):
        assert gateway.code("GET", path, listener=HTTPS)[0] in (401, 404)
    assert gateway.code(
        "POST", "/api/v1/enrolment-tokens",
        json.dumps({"kind": "office"}).encode(),
        {"content-type": "application/json"},
        listener=HTTPS) == (401, "not_signed_in")


def test_core_matches_the_route_and_the_limits_again(gateway):
    assert gateway.code("POST", "/agent/v1/refresh", b"{}",
                        listener=HTTPS)[0] == 404
    assert gateway.code("GET", "/etc/passwd")[0] == 404
    assert gateway.code("GET", "/api/v1/%ff", listener=HTTPS)[0] in (400, 404)
    assert gateway.code(
        "POST", "/.well-known/est/simpleenroll", b"A" * 32768,
        PKCS10, listener=HTTPS)[0] in (401, 413)


ILLEGAL = {
    "a request to the signer": (66, 1, b""),
    "a revocation": (69, 1, bytes(40)),
    "a trust snapshot": (TRUST, 0, b""),
    "an identity": (IDENTITY, 0, b""),
    "a supervisor's word": (3, 0, b""),
    "an unknown message": (999, 0, b""),
    "a request without id": (REQUEST, 0, request_frame("GET", "/healthz")),
    "a request cut short": (REQUEST, 7,
                            request_frame("GET", "/healthz")[:-3]),
    "a request with left-overs": (REQUEST, 7,
                                  request_frame("GET", "/healthz") + b"x"),
    "a length that lies": (REQUEST, 7, request_frame(
        "POST", "/agent/v1/refresh", b"{}", length=1 << 60)),
    "two listeners at once": (REQUEST, 7,
                              request_frame("GET", "/", listener=6)),
    "an event of noise": (EVENT, 0, b"\xff" * 100),
    "another protocol": (HELLO, 0, struct.pack(">II", 99, 0)),
}


@pytest.mark.parametrize("what", ILLEGAL)
def test_breaking_protocol_costs_it_its_life(gateway, what):
    assert gateway.is_killed(*ILLEGAL[what])


def test_a_flood_is_put_off_and_core_lives(gateway):
    count = 4000
    frame = request_frame("GET", "/pki/agent-ca.pem", listener=HTTP).hex()
    statuses = []

    def read():
        while len(statuses) < count:
            kind, _, body = gateway.receive()
            if kind == REQUEST:
                statuses.append(gateway.answer(body)[0])
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, count + 1):
        gateway.line.sendall(f"{REQUEST} {number} {frame}\n".encode())
    reader.join(60 * harness.PATIENCE)
    assert len(statuses) == count
    assert set(statuses) <= {200, 503}
    assert gateway.ask("GET", "/healthz", listener=HTTP)[0] == 200


def test_one_that_does_not_apply_revocations_is_replaced(
        gateway, compromised):
    """It says hello, gets the trust snapshot, and never says that it is in
    force."""
    gateway.is_killed(999, 0, b"")
    gateway = connected(compromised, applies=False)
    gateway.line.settimeout(40 * harness.PATIENCE)
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            gateway.receive()


def test_made_up_sockets_do_no_harm(gateway):
    for number in range(1, 300):
        gateway.send(SOCKET_OPEN, 0, struct.pack(">Q", number) +
                     field("/agent/v1/channel") + Peer(
                         agent_id=f"{number:08x}-0000-7000-8000-000000000000",
                         serial="40").encoded())
    assert gateway.ask("GET", "/healthz", listener=HTTP)[0] == 200


# A console's socket and an agent's; no number is one of those made up above.

CHANGES, CHANNEL = "/api/v1/changes", "/agent/v1/channel"


def socket_open(number, path, peer=None):
    return struct.pack(">Q", number) + field(path) + (
        peer or Peer()).encoded()


def admitted(gateway, token, number):
    """Core answers 101 to a console's request for this socket."""
    return gateway.ask("GET", CHANGES, listener=HTTPS, socket_number=number,
                       headers={"Authorization": f"Bearer {token}"})[0] == 101


def told_to_close(gateway):
    """(socket, code) of the next order to close one."""
    while True:
        kind, _, body = gateway.receive()
        if kind == SOCKET_CLOSE:
            return struct.unpack(">QH", bytes.fromhex(body)[:10])


def test_a_console_that_nobody_admitted_is_closed(gateway):
    gateway.send(SOCKET_OPEN, 0, socket_open(901, CHANGES))
    assert told_to_close(gateway) == (901, 1012)


def test_it_cannot_make_up_a_signed_in_console(gateway):
    for headers in ({}, {"Authorization": "Bearer wfs_made_up"},
                    {"Cookie": "__Host-warifu=wfs_made_up"}):
        assert gateway.code("GET", CHANGES, listener=HTTPS, socket_number=902,
                            headers=headers) == (401, "not_signed_in")
    gateway.send(SOCKET_OPEN, 0, socket_open(902, CHANGES))
    assert told_to_close(gateway) == (902, 1012)


def test_a_consoles_number_is_good_for_one_socket(gateway, administrator):
    assert admitted(gateway, administrator, 903)
    assert not admitted(gateway, administrator, 903)
    gateway.send(SOCKET_OPEN, 0, socket_open(903, CHANGES))
    gateway.send(SOCKET_OPEN, 0, socket_open(903, CHANGES))
    assert told_to_close(gateway) == (903, 1012)


@pytest.mark.parametrize("what", ["agent", "certificate", "nothing"])
def test_a_console_never_becomes_an_agent(
        gateway, people, administrator, what):
    victim = Peer(people["victim"])
    assert admitted(gateway, administrator, 904)
    assert gateway.is_killed(SOCKET_OPEN, 0, {
        "agent": socket_open(904, CHANNEL, victim),
        "certificate": socket_open(904, CHANGES, victim),
        "nothing": socket_open(904, "/api/v1/computers")}[what])


def test_an_agent_never_becomes_a_console(gateway, people):
    gateway.send(SOCKET_OPEN, 0,
                 socket_open(905, CHANNEL, Peer(people["victim"])))
    assert gateway.is_killed(SOCKET_OPEN, 0, socket_open(905, CHANGES))
