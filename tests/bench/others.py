"""The peers: nginx and HAProxy as Debian packages them, and our own floor, all
with the server's certificate, the same TLS settings and one worker."""

import os
import pathlib
import shutil
import socket
import subprocess

import processes
from peers import harness
from rows import Broken, LeftOut

GIB = 1 << 30

NGINX = """
worker_processes 1;
worker_rlimit_nofile {descriptors};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  sendfile on;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    root {files};
    ssl_certificate {identity};
    ssl_certificate_key {identity};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ecdh_curve X25519:prime256v1;
    ssl_session_tickets off;
    ssl_session_cache off;
    ssl_conf_command NumTickets 0;
    ssl_client_certificate {client_ca};
    ssl_verify_client on;
    location = /test/nothing {{ return 200; }}
    # nginx takes no word longer than its 4 KiB of configuration buffer.
    set $part "{filler}";
    location = /test/echo {{ return 200 "$part$part$part$part"; }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  # It counts two descriptors a connection; answers of its own need one.
  no strict-limits
  maxconn {connections}
  tune.ssl.cachesize 0
  ssl-default-bind-curves X25519:P-256
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
defaults
  mode http
  timeout client 1h
  timeout http-keep-alive 1h
  timeout http-request 60s
frontend bench
  bind 127.0.0.1:{port} backlog 4096 ssl crt {identity} ca-file {client_ca} verify required alpn http/1.1
  http-request wait-for-body time 60s at-least 4096 if METH_POST
  http-request return status 200 content-type application/octet-stream file {folder}/answer if METH_POST
  http-request return status 200
"""

# HAProxy has no word for it; OpenSSL reads it for every context.
OPENSSL = """
openssl_conf = begin
[begin]
ssl_conf = contexts
[contexts]
system_default = all
[all]
NumTickets = 0
"""


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Peer:
    """A program of somebody else's, in a folder of its own."""

    name = ""
    program = ""
    nothing = "/test/nothing"
    echo = "/test/echo"
    downloads = None  # a path, where it serves files

    def __init__(self, bench, files):
        if not os.access(self.program, os.X_OK):
            raise LeftOut(f"{self.program} is not installed")
        self.bench = bench
        self.folder = bench.new_folder(self.name)
        self.port = harness.free_ports(1)[0]
        identity = self.folder / "identity.pem"
        shutil.copy(files["identity"], identity)
        shutil.copy(files["client_ca"], self.folder / "client-ca.pem")
        descriptors = min(bench.machine.descriptors, 100000)
        self.words = {
            "folder": self.folder, "port": self.port, "identity": identity,
            "client_ca": self.folder / "client-ca.pem",
            "files": bench.shared_folder, "filler": "x" * 1024,
            "descriptors": descriptors, "connections": descriptors - 500}
        self.log = open(self.folder / "output.log", "ab")
        self.process = subprocess.Popen(
            processes.pinned(bench.machine.server_cpus, self.command()),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=dict(os.environ, **self.environment()))
        harness.wait_until(f"{self.name} listens", self.is_up, 30)

    def is_up(self):
        if self.process.poll() is not None:
            text = pathlib.Path(self.folder / "output.log").read_text()
            raise Broken(f"{self.name} ended:\n{text[-2000:]}")
        return listens(self.port)

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def pids(self):
        return sorted(processes.descendants(self.process.pid))

    def check_whole(self):
        self.is_up()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Nginx(Peer):
    name = "nginx"
    program = "/usr/sbin/nginx"
    downloads = "/file"

    def command(self):
        path = self.folder / "nginx.conf"
        path.write_text(NGINX.format(**self.words))
        return [self.program, "-e", self.folder / "start.log", "-c", path]


class Haproxy(Peer):
    name = "haproxy"
    program = "/usr/sbin/haproxy"

    def command(self):
        (self.folder / "answer").write_bytes(b"x" * 4096)
        (self.folder / "openssl.cnf").write_text(OPENSSL)
        path = self.folder / "haproxy.cfg"
        path.write_text(HAPROXY.format(**self.words))
        return [self.program, "-db", "-f", path]

    def environment(self):
        return {"OPENSSL_CONF": str(self.folder / "openssl.cnf")}


class Floor(Peer):
    name = "floor"
    downloads = "/file"

    def __init__(self, bench, files):
        self.program = str(bench.program("bench_floor"))
        super().__init__(bench, files)

    def command(self):
        return [self.program, self.port, self.words["identity"],
                self.words["identity"], self.words["client_ca"],
                self.bench.shared_folder / "file"]


PEERS = (Nginx, Haproxy, Floor)
