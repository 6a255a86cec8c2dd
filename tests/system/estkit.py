"""A second implementation of enrolment and of the agent protocol, in Python.

It shares no line with the product: PKCS#10 is put together octet by octet, TLS
is Python's, certificates are read by python-cryptography.
"""

import base64
import datetime
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import textwrap
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import harness

ARC = "2.25.328307949166258892123137152109584388447"
SECTIONS = ("hardware", "processors", "memory", "disks", "filesystems",
            "interfaces", "operating_system", "packages", "services", "users")


# DER, as much of it as a request needs.

def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def der_oid(dotted):
    first, second, *rest = [int(word) for word in dotted.split(".")]
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        digits = [arc & 0x7f]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7f)
        out += bytes(reversed(digits))
    return der(0x06, bytes(out))


def der_octets(data):
    return der(0x04, data)


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(key, message):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        from cryptography.hazmat.primitives.asymmetric import padding
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def algorithm(key):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return der(0x30, der_oid("1.2.840.10045.4.3.2"))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return der(0x30, der_oid("1.3.101.112"))
    return der(0x30, der_oid("1.2.840.113549.1.1.11"), der(0x05))


def new_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def request_der(key, credential=None, proof=None, name="any name",
                signer=None):
    """A PKCS#10 request; signer: another key that signs it (a forgery)."""
    subject = der(0x30, der(0x31, der(0x30, der_oid("2.5.4.3"),
                                      der(0x0c, name.encode()))))
    attributes = b""
    if credential is not None:
        attributes += der(0x30, der_oid(ARC + ".1"), der(
            0x31, der_octets(hashlib.sha256(credential).digest())))
    if proof is not None:
        nonce, signature = proof
        attributes += der(0x30, der_oid(ARC + ".2"), der(0x31, der(
            0x30, der_octets(nonce), der_octets(signature))))
    info = der(0x30, der(0x02, b"\0"), subject, spki(key),
               der(0xa0, attributes))
    signature = sign(signer or key, info)
    return der(0x30, info, algorithm(key), der(0x03, b"\0" + signature))


def renewal_proof(old_key, new, nonce):
    return nonce, sign(old_key, b"warifu-renewal-v1\0" + nonce + spki(new))


def wrapped(data):
    text = base64.b64encode(data).decode()
    return "\r\n".join(textwrap.wrap(text, 76)) + "\r\n"


def certificates_of(answer):
    """The certificates of an EST answer, its form checked."""
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"].startswith("application/pkcs7-mime")
    assert answer.headers["Content-Transfer-Encoding"] == "base64"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    lines = answer.body.decode("ascii").split("\r\n")
    assert all(len(line) == 76 for line in lines[:-2]), lines
    return pkcs7.load_der_pkcs7_certificates(base64.b64decode(answer.body))


def basic(token, user="anyone"):
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


def enrol(server, token, request, **more):
    headers = {"Content-Type": "application/pkcs10"}
    if token is not None:
        headers["Authorization"] = basic(token)
    headers.update(more.pop("headers", {}))
    return server.request(
        "POST", "/.well-known/est/simpleenroll",
        body=more.pop("body", wrapped(request)), headers=headers, **more)


class Identity:
    """A key, its certificate, and TLS with them."""

    def __init__(self, folder, key, certificate):
        self.key = key
        self.certificate = certificate
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{uuid.uuid4()}.pem"
        self.file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM) +
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))

    @property
    def agent_id(self):
        return self.certificate.subject.get_attributes_for_oid(
            NameOID.COMMON_NAME)[0].value

    @property
    def serial(self):
        return f"{self.certificate.serial_number:x}"


def tls(identity=None, version=None):
    context = harness.unverified()
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if identity is not None:
        context.load_cert_chain(identity.file)
    return context


def fake_identity(server, folder, subject=None, days=(-1, 30),
                  usage=ExtendedKeyUsageOID.CLIENT_AUTH, issuer=None,
                  serial=None):
    """A certificate as the agent CA would never issue it: the test takes the
    authority's key out of the signer's folder. issuer: another CA."""
    signer = server.state / "signer" / "authority"
    ca = x509.load_pem_x509_certificate((signer / "agent-ca.pem").read_bytes())
    ca_key = issuer or serialization.load_pem_private_key(
        (signer / "agent-ca.key").read_bytes(), None)
    fleet = ca.subject.get_attributes_for_oid(
        NameOID.ORGANIZATION_NAME)[0].value
    key = new_key()
    now = datetime.datetime.utcnow()
    name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, fleet),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "agent"),
        x509.NameAttribute(NameOID.COMMON_NAME, subject or str(uuid.uuid4())),
    ])
    issuer_name = ca.subject if issuer is None else x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "another authority")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(serial or int.from_bytes(
            bytes((0x40,)) + os.urandom(15), "big"))
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, False,
                                     False, False, False), True)
        .add_extension(x509.ExtendedKeyUsage([usage]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                ca_key.public_key()) if issuer else
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                ca.extensions.get_extension_for_class(
                    x509.SubjectKeyIdentifier).value), False)
        .sign(ca_key, hashes.SHA256()))
    return Identity(folder, key, certificate)


def alert_of(server, context):
    """The word for how the agent port ends a handshake, or None; "closed" when
    it ends the connection later without a word.

    In TLS 1.3 a client hears of a refusal on its first read."""
    with socket.create_connection(("127.0.0.1", server.agents), 10) as plain:
        try:
            with context.wrap_socket(plain) as secure:
                secure.sendall(b"GET /agent/v1/nothing HTTP/1.1\r\n"
                               b"Host: localhost\r\n\r\n")
                answer = secure.recv(16)
                assert answer == b"" or answer.startswith(b"HTTP/1.1")
                return None if answer else "closed"
        except ssl.SSLError as problem:
            return problem.reason


def jws_part(jws, number):
    text = (jws.decode() if isinstance(jws, bytes) else jws).split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def jws_header(jws):
    return jws_part(jws, 0)


def jws_payload(jws):
    return jws_part(jws, 1)


# The agent protocol.

def canonical(section):
    return json.dumps(section, separators=(",", ":"), sort_keys=True,
                      ensure_ascii=False)


def digest(section):
    return hashlib.sha256(canonical(section).encode()).hexdigest()


def full(section):
    return {"base": None, "full": True, "set": section, "remove": [],
            "digest": digest(section)}


def difference(base, section):
    return {"base": digest(base), "full": False,
            "set": {key: item for key, item in section.items()
                    if base.get(key) != item},
            "remove": [key for key in base if key not in section],
            "digest": digest(section)}


def refresh_body(sections=None, events=(), publication=0, **agent):
    said = {"version": "9.8.7", "protocol": 1, "hostname": "made-up.example",
            "clock": datetime.datetime.utcnow().strftime(
                "%Y-%m-%dT%H:%M:%S.%fZ")}
    said.update(agent)
    return {"agent": said, "acknowledged": {"publication": publication},
            "events": list(events), "inventory": {"sections": sections or {}}}


class PythonAgent:
    """An agent of the profile "agent" that enrols by a token."""

    def __init__(self, server, folder, token):
        self.server = server
        self.folder = folder
        self.credential = os.urandom(32)
        key = new_key()
        answer = enrol(server, token, request_der(key, self.credential))
        certificate, = certificates_of(answer)
        self.identity = Identity(folder, key, certificate)

    @property
    def id(self):
        return self.identity.agent_id

    def post(self, path, body, identity=..., headers=None):
        identity = self.identity if identity is ... else identity
        return self.server.request(
            "POST", path, body, headers=headers, port=self.server.agents,
            context=tls(identity))

    def refresh(self, sections=None, **more):
        answer = self.post("/agent/v1/refresh", refresh_body(sections, **more))
        assert answer.status == 200, answer
        return answer.json

    def bearer(self):
        text = base64.urlsafe_b64encode(self.credential).decode().rstrip("=")
        return {"Authorization": f"Bearer {text}"}

    def renew(self, proof=True, key=None):
        answer = self.post("/agent/v1/renewal-nonce", {})
        assert answer.status == 200, answer
        nonce = base64.urlsafe_b64decode(answer.json["nonce"] + "==")
        key = key or new_key()
        request = request_der(key, proof=renewal_proof(
            self.identity.key, key, nonce) if proof else None)
        return key, self.server.request(
            "POST", "/.well-known/est/simplereenroll", wrapped(request),
            headers={"Content-Type": "application/pkcs10"},
            port=self.server.agents, context=tls(self.identity))

    def channel(self):
        return Channel(self.server, self.identity)


class Channel:
    """The WebSocket of an agent (RFC 6455), as far as a test needs it."""

    def __init__(self, server, identity):
        plain = socket.create_connection(("127.0.0.1", server.agents), 20)
        self.socket = tls(identity).wrap_socket(plain)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            ("GET /agent/v1/channel HTTP/1.1\r\nHost: localhost\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
             ).encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self._more()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1(
                (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
            ).digest())
            assert re.search(rb"(?i)sec-websocket-accept: *" +
                             re.escape(accept), head), head

    def _more(self):
        data = self.socket.recv(4096)
        if not data:
            raise EOFError
        self.data += data

    def _take(self, length):
        while len(self.data) < length:
            self._more()
        taken, self.data = self.data[:length], self.data[length:]
        return taken

    def receive(self, seconds=10):
        """(opcode, payload) of the next frame; EOFError at the end."""
        self.socket.settimeout(seconds * harness.PATIENCE)
        first, second = self._take(2)
        length = second & 0x7f
        if length == 126:
            length, = struct.unpack(">H", self._take(2))
        return first & 0x0f, self._take(length)

    def message(self, seconds=10):
        """The next text message as JSON; pings are passed over."""
        while True:
            opcode, payload = self.receive(seconds)
            if opcode == 1:
                return json.loads(payload)
            assert opcode in (9, 10), (opcode, payload)

    def ends_within(self, seconds):
        """Whether the server ends this connection in that time."""
        try:
            while True:
                opcode, _ = self.receive(seconds)
                if opcode == 8:
                    return True
        except TimeoutError:
            return False
        except (OSError, EOFError):
            return True

    def close(self):
        self.socket.close()


def http_error_line(answer):
    """The sentence of a refusal in text/plain."""
    assert answer.headers["Content-Type"].startswith("text/plain"), answer
    return answer.body.decode().strip()
