"""What is measured: our server and nginx, with the same certificates, the same
TLS settings, one worker each, on the same processor."""

import pathlib
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "system"))

import base64  # noqa: E402

import harness  # noqa: E402

SERVER_CPU = "0"
NGINX = """
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 19000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ecdh_curve X25519:prime256v1;
    ssl_session_tickets off;
    ssl_session_cache off;
    ssl_client_certificate {folder}/agent-ca.pem;
    ssl_verify_client {verify};
    location /bench-missing {{ return 404 "missing\\n"; }}
    # nginx takes no word longer than its 4 KiB of configuration buffer.
    set $part "{filler}";
    location /test/echo {{ return 200 "$part$part$part$part"; }}
  }}
}}
"""


def cpu_seconds(pids):
    """CPU time of all threads of the processes so far."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_kib(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text() \
            .splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)


class Warifu:
    name = "warifu"

    def __init__(self, folder):
        self.server = harness.Server(folder / "warifu", {
            "server.gateways": 1, "limits.idle_timeout": "1h",
            "limits.connections_per_address": 100000})
        (folder / "warifu").mkdir()
        self.server.start(60)
        subprocess.run(["taskset", "-apc", SERVER_CPU,
                        str(self.server.process.pid)], check=True,
                       stdout=subprocess.DEVNULL)
        for pids in self.server.roles().values():
            for pid in pids:
                subprocess.run(["taskset", "-apc", SERVER_CPU, str(pid)],
                               check=True, stdout=subprocess.DEVNULL)
        self.session = self.server.administrator()

    def pids(self):
        return [pid for pids in self.server.roles().values() for pid in pids]

    def transport_pid(self):
        return self.server.roles()["gateway"][0]

    def port(self, is_mutual):
        return self.server.agents if is_mutual else self.server.https

    def client_files(self, folder):
        """A stock EST client's certificate and key, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
        ).sign(key, hashes.SHA256())
        token = self.server.office_token(self.session)
        basic = base64.b64encode(f"bench:{token}".encode()).decode()
        answer = self.server.request(
            "POST", "/.well-known/est/simpleenroll",
            base64.encodebytes(request.public_bytes(
                serialization.Encoding.DER)),
            {"Authorization": f"Basic {basic}",
             "Content-Type": "application/pkcs10"})
        assert answer.status == 200, answer
        certificate = pkcs7.load_der_pkcs7_certificates(
            base64.b64decode(answer.body))[0]
        (folder / "client.pem").write_bytes(certificate.public_bytes(
            serialization.Encoding.PEM))
        (folder / "client.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        ca = self.server.request("GET", "/pki/agent-ca.pem")
        (folder / "agent-ca.pem").write_bytes(ca.body)

    def stop(self):
        self.server.stop()


class Nginx:
    name = "nginx"

    def __init__(self, folder):
        """Two instances: with and without client certificates."""
        self.instances = {}
        for is_mutual in (True, False):
            place = folder / f"nginx-{'mutual' if is_mutual else 'plain'}"
            place.mkdir()
            for name in ("client.pem", "agent-ca.pem"):
                (place / name).write_bytes((folder / name).read_bytes())
            self.make_server_certificate(place)
            port = harness.free_ports(1)[0]
            conf = place / "nginx.conf"
            conf.write_text(NGINX.format(
                folder=place, port=port, filler="x" * 1024,
                verify="on" if is_mutual else "off"))
            process = subprocess.Popen(
                ["taskset", "-c", SERVER_CPU, "/usr/sbin/nginx", "-e",
                 str(place / "start.log"), "-c", str(conf)],
                stdin=subprocess.DEVNULL)
            self.instances[is_mutual] = (process, port)
        for process, port in self.instances.values():
            harness.wait_until("nginx listens", lambda p=port: listens(p))

    @staticmethod
    def make_server_certificate(place):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", str(place / "server.key"), "-out",
             str(place / "server.pem")], check=True, capture_output=True)

    def workers(self, is_mutual):
        process, _ = self.instances[is_mutual]
        return [pid for pid, _ in harness.children_of(process.pid)]

    def pids(self):
        return self.workers(True) + self.workers(False)

    def transport_pid(self, is_mutual=True):
        return self.workers(is_mutual)[0]

    def port(self, is_mutual):
        return self.instances[is_mutual][1]

    def stop(self):
        for process, _ in self.instances.values():
            process.terminate()
            process.wait(10)


def listens(port):
    try:
        import socket
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
