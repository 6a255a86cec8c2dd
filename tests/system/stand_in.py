"""A stand-in for the central server, made to misbehave: it judges the agent.

It speaks what docs/protocol says in a second implementation (Python's ssl and
cryptography), and every answer can be bent by a test.
"""

import base64
import contextlib
import datetime
import hashlib
import http.server
import ipaddress
import json
import pathlib
import secrets
import socket
import ssl
import struct
import subprocess
import threading
import time
import traceback
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import \
    decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.utcnow()


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def pem_key(key):
    return key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(key, typ, payload):
    header = {"alg": "ES256", "kid": hashlib.sha256(spki(key)).hexdigest(),
              "typ": typ}
    text = b64url(json.dumps(header, separators=(",", ":")).encode()) + "." + \
        b64url(json.dumps(payload, separators=(",", ":")).encode())
    r, s = decode_dss_signature(
        key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return text + "." + b64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def builder(subject, issuer, public_key, days,
            age=datetime.timedelta(minutes=5)):
    return (x509.CertificateBuilder().subject_name(subject)
            .issuer_name(issuer).public_key(public_key)
            .serial_number(int.from_bytes(secrets.token_bytes(16), "big") >> 1)
            .not_valid_before(now() - age)
            .not_valid_after(now() + days))


class Authority:
    """A fleet: its CA, its publication and command keys."""

    def __init__(self):
        self.fleet = str(uuid.uuid4())
        self.publication_key = new_key()
        self.command_key = new_key()
        self.ca_key = new_key()
        name = x509.Name([x509.NameAttribute(
            NameOID.ORGANIZATION_NAME, f"Warifu fleet {self.fleet}"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Agent CA")])
        self.ca = (builder(name, name, self.ca_key.public_key(), 3650 * DAY)
                   .add_extension(x509.BasicConstraints(True, 0), True)
                   .add_extension(x509.KeyUsage(
                       False, False, False, False, False, True, True, False,
                       False), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                       self.ca_key.public_key()), False)
                   .sign(self.ca_key, hashes.SHA256()))
        self.epoch = 1
        self.number = 1
        self.anchors = []

    @property
    def pin(self):
        return hashlib.sha256(spki(self.publication_key)).hexdigest()

    def publication(self, **changes):
        payload = {
            "fleet": self.fleet, "epoch": self.epoch, "number": self.number,
            "issued_at": now().isoformat() + "Z",
            "server_anchors": [base64.b64encode(der(anchor)).decode()
                               for anchor in self.anchors],
            "agent_cas": [base64.b64encode(der(self.ca)).decode()],
            "command_key": base64.b64encode(spki(self.command_key)).decode(),
            "names": ["localhost"], "https_port": 1, "agent_port": 1,
            "publication_key":
                base64.b64encode(spki(self.publication_key)).decode()}
        payload.update(changes)
        return jws(self.publication_key, "warifu-publication+jwt", payload)

    def command(self, target, counter, action="uninstall", arguments="{}",
                seconds=600, key=None):
        expires = now() + datetime.timedelta(seconds=seconds)
        return jws(key or self.command_key, "warifu-command+jwt", {
            "target": target, "action": action, "epoch": self.epoch,
            "arguments_sha256":
                hashlib.sha256(arguments.encode()).hexdigest(),
            "expires_at": expires.isoformat(timespec="seconds") + "Z",
            "counter": counter})

    def issue(self, public_key, agent, life=90 * DAY, fleet=None):
        subject = x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME,
                               f"Warifu fleet {fleet or self.fleet}"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "agent"),
            x509.NameAttribute(NameOID.COMMON_NAME, agent)])
        return (builder(subject, self.ca.subject, public_key, life)
                .add_extension(x509.BasicConstraints(False, None), True)
                .add_extension(x509.KeyUsage(
                    True, False, False, False, False, False, False, False,
                    False), True)
                .add_extension(x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.CLIENT_AUTH]), False)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                    public_key), False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(
                        self.ca_key.public_key()), False)
                .sign(self.ca_key, hashes.SHA256()))


def server_identity(age=datetime.timedelta(minutes=5)):
    """A self-signed server certificate, made so long ago, and its key."""
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stand-in")])
    certificate = (
        builder(name, name, key.public_key(), 365 * DAY, age)
        .add_extension(x509.SubjectAlternativeName([
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256()))
    return certificate, key


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stand-in"

    def log_message(self, *words):
        pass

    def answer(self, status, body=b"", kind="application/json", headers=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, code, headers=()):
        self.answer(status, {"type": "about:blank", "title": code,
                             "status": status, "code": code,
                             "detail": f"the stand-in says {code}"},
                    "application/problem+json", headers)

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def peer(self):
        data = self.connection.getpeercert(True)
        return x509.load_der_x509_certificate(data) if data else None

    def do_GET(self):
        self.close_connection = True
        stand_in = self.server.stand_in
        stand_in.hear("GET", self)
        if self.path == "/.well-known/warifu/publication":
            self.answer(200, stand_in.publication().encode(),
                        "application/jose")
        elif self.path == "/agent/v1/channel":
            self.web_socket()
        else:
            self.problem(404, "not_found")

    def do_POST(self):
        self.close_connection = True
        stand_in = self.server.stand_in
        body = self.read_body()
        stand_in.hear("POST", self)
        route = {
            "/.well-known/est/simpleenroll": stand_in.enrol,
            "/.well-known/est/simplereenroll": stand_in.reenrol,
            "/agent/v1/refresh": stand_in.refresh,
            "/agent/v1/renewal-nonce": stand_in.nonce,
        }.get(self.path)
        if route is None:
            self.problem(404, "not_found")
        elif self.path in stand_in.bent:
            stand_in.bent[self.path](self, body)
        else:
            route(self, body)

    def web_socket(self):
        key = self.headers["Sec-WebSocket-Key"]
        accept = base64.b64encode(
            hashlib.sha1((key + GUID).encode()).digest()).decode()
        self.wfile.write((
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        self.server.stand_in.links.append(self.connection)
        self.connection.settimeout(None)
        with contextlib.suppress(OSError):
            while self.connection.recv(4096):
                pass
        with contextlib.suppress(ValueError):
            self.server.stand_in.links.remove(self.connection)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, stand_in, port, context):
        self.stand_in = stand_in
        self.context = context
        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def finish_request(self, request, client_address):
        request.settimeout(10)
        with contextlib.suppress(OSError):
            with self.context.wrap_socket(request, server_side=True) as tls:
                super().finish_request(tls, client_address)

    def shutdown_request(self, request):
        with contextlib.suppress(OSError):
            super().shutdown_request(request)

    def handle_error(self, request, client_address):
        self.stand_in.faults.append(traceback.format_exc())


class StandIn:
    """The server. `bent` maps a path to another handler (handler, body)."""

    def __init__(self, folder, https, agents):
        self.folder = pathlib.Path(folder)
        self.https = https
        self.agents = agents
        self.authority = Authority()
        self.token = "wft_" + secrets.token_hex(16)
        self.life = 90 * DAY
        self.interval_s = 5400
        self.agent_id = None
        self.held = {}
        self.orders = []
        self.offer = None
        self.publication_override = None
        self.requests = []
        self.refreshes = []
        self.certificates = []
        self.links = []
        # Paths that a credential came to, and how it is answered.
        self.bearers = []
        self.credential = None
        self.asks = True
        self.faults = []
        self.bent = {}
        self.listeners = []
        self.use_identity(*server_identity())

    def use_identity(self, certificate, key, is_announced=True):
        self.identity = certificate, key
        if is_announced:
            self.authority.anchors = [certificate]

    def context(self, asks):
        certificate, key = self.identity
        path = self.folder / "stand-in.pem"
        path.write_bytes(pem_key(key) + certificate.public_bytes(
            serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if asks:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(
                cadata=self.authority.ca.public_bytes(
                    serialization.Encoding.PEM).decode())
        return context

    def start(self):
        self.listeners = [Listener(self, self.https, self.context(False)),
                          Listener(self, self.agents,
                                   self.context(self.asks))]
        return self

    def stop(self):
        for link in list(self.links):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        for listener in self.listeners:
            listener.shutdown()
            listener.server_close()
        self.listeners = []

    def hear(self, method, handler):
        self.requests.append((method, handler.path))
        authorization = handler.headers.get("Authorization", "")
        if authorization.startswith("Bearer "):
            self.bearers.append((handler.path, authorization[7:]))

    def publication(self):
        return self.publication_override or self.authority.publication()

    def bootstrap(self, **changes):
        return {"server": "127.0.0.1", "https_port": self.https,
                "agent_port": self.agents, "token": self.token,
                "publication_key": self.authority.pin, **changes}

    def send_certificate(self, handler, certificate):
        self.certificates.append(certificate)
        # python3-cryptography writes an empty content where there is none.
        body = subprocess.run(
            ["openssl", "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin",
             "-outform", "DER"], capture_output=True, check=True,
            input=certificate.public_bytes(serialization.Encoding.PEM)).stdout
        handler.answer(200, base64.encodebytes(body),
                       "application/pkcs7-mime; smime-type=certs-only")

    def read_request(self, body):
        """The public key of a request whose own signature is right.

        By openssl: python3-cryptography reads no object identifier with an
        arc as long as a UUID.
        """
        done = subprocess.run(
            ["openssl", "req", "-inform", "DER", "-verify", "-noout",
             "-pubkey"], input=base64.b64decode(body), capture_output=True)
        assert done.returncode == 0, done.stderr
        return serialization.load_pem_public_key(done.stdout)

    def enrol(self, handler, body):
        wanted = base64.b64encode(f"agent:{self.token}".encode()).decode()
        if handler.headers.get("Authorization") != f"Basic {wanted}":
            handler.problem(401, "token_unknown")
            return
        self.agent_id = self.agent_id or str(uuid.uuid4())
        self.send_certificate(handler, self.authority.issue(
            self.read_request(body), self.agent_id, self.life))

    def reenrol(self, handler, body):
        key = self.read_request(body)
        if handler.peer() is None:
            handler.problem(403, "certificate_required")
            return
        assert handler.peer().public_key().public_numbers() != \
            key.public_numbers()
        self.send_certificate(handler, self.authority.issue(
            key, self.agent_id, self.life))

    def nonce(self, handler, body):
        handler.answer(200, {"nonce": b64url(b"nonce" * 8)})

    def apply(self, sections):
        """Apply the differences as the protocol says; the digests held."""
        applied = {}
        for name, change in sections.items():
            if change.get("full"):
                held = dict(change["set"])
            else:
                held = dict(self.held.get(name, {}))
                for key in change.get("remove", []):
                    held.pop(key, None)
                held.update(change.get("set", {}))
            text = json.dumps(held, separators=(",", ":"), sort_keys=True,
                              ensure_ascii=False)
            digest = hashlib.sha256(text.encode()).hexdigest()
            assert digest == change["digest"], name
            self.held[name] = held
            applied[name] = digest
        return applied

    def restart(self, asks):
        """Whether client certificates are asked for from now on."""
        self.stop()
        self.asks = asks
        self.start()

    def refresh(self, handler, body):
        peer = handler.peer()
        has_bearer = "Bearer" in handler.headers.get("Authorization", "")
        if peer is None and (not has_bearer or self.credential != "taken"):
            code = self.credential if has_bearer else "certificate_required"
            handler.problem(401 if code == "credential_unknown" else 403,
                            code)
            return
        request = json.loads(body)
        orders, self.orders = self.orders, []
        sections = request.get("inventory", {}).get("sections", {})
        answer = {"server_time": now().isoformat(timespec="milliseconds") +
                  "Z", "computer_id": self.agent_id,
                  "refresh_interval_s": self.interval_s, "orders": orders,
                  "applied": self.apply(sections), "unknown": {"a": 1}}
        if self.offer:
            answer["publication"] = self.offer
        self.refreshes.append({"at": time.monotonic(), "request": request,
                               "serial": peer and peer.serial_number})
        handler.answer(200, answer)

    def knock(self):
        text = b'{"type":"knock"}'
        for link in self.links:
            link.sendall(struct.pack("!BB", 0x81, len(text)) + text)
