"""The gateway as a process with a fake core, and clients that look closely."""

import json
import os
import pathlib
import queue
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

# Generous: what is waited for comes at once, or when the gateway has held a
# request for five seconds, and a busy machine may stand still for as long.
PATIENCE = 30 * float(os.environ.get("WARIFU_PATIENCE", "1"))
AGENT1 = "0193b4a2-7c00-7000-8000-0000000000a1"
H = b"Host: a\r\n"
UPGRADE = (b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
# As the supervisor does for its gateways: an ordinary user's 1,024 descriptors
# are fewer than some tests need, on both sides.
MOST = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (MOST, MOST))


class Stand:
    """One gateway process; its lines, its orders, its ports."""

    program = None

    def __init__(self, *settings):
        self.folder = self.make_folder()
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [self.program, self.folder, "server.gateways=1", *settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                stderr=log)
        self.lines = queue.Queue()
        threading.Thread(target=self.pump, daemon=True).start()
        self.http, self.https, self.agents = map(
            int, self.expect("ports").split()[1:])
        self.expect("ready")

    def make_folder(self):
        return pathlib.Path(tempfile.mkdtemp(prefix="warifu-stand-"))

    def pump(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def expect(self, start, seconds=PATIENCE):
        """The next line that begins so; what comes before is passed over."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=end - time.monotonic())
            except (queue.Empty, ValueError):
                raise AssertionError(f"no {start!r} in time") from None
            if line.startswith(start):
                return line

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def order(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.expect("done " + words.split()[0])

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.write("stop\n")
            self.process.stdin.flush()
        try:
            code = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.stdin.close()
            sys.stderr.write(self.log())
            shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def context(self, agent=None, version=None):
        context = ssl.create_default_context(
            cafile=self.folder / "server.pem")
        if agent:
            context.load_cert_chain(self.folder / f"{agent}.pem")
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def plain(self):
        return Client(socket.create_connection(("127.0.0.1", self.http),
                                               timeout=PATIENCE))

    def tls(self, port=None, agent=None, version=None):
        raw = socket.create_connection(("127.0.0.1", port or self.https),
                                       timeout=PATIENCE)
        return Client(self.context(agent, version).wrap_socket(
            raw, server_hostname="localhost"))

    def mutual(self, agent="agent1", version=None):
        return self.tls(self.agents, agent, version)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        return json.loads(self.body)["code"]


class Client:
    """A socket that reads answers one by one."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)
        return self

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(bytes(self.rest))
        self.rest += data

    def head(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        text, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = text.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            assert name.lower() not in headers, line
            headers[name.lower()] = value
        return int(lines[0].split()[1]), headers

    def answer(self, is_head=False):
        status, headers = self.head()
        length = 0 if is_head else int(headers.get("content-length", "0"))
        while len(self.rest) < length:
            self.more()
        body, self.rest = bytes(self.rest[:length]), self.rest[length:]
        return Answer(status, headers, body)

    def get(self, path, *headers, method="GET"):
        lines = "".join(h + "\r\n" for h in headers)
        self.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n"
                  .encode())
        return self.answer(is_head=method == "HEAD")

    def post(self, path, body, *headers):
        lines = "".join(h + "\r\n" for h in headers)
        self.send((f"POST {path} HTTP/1.1\r\nHost: a\r\n{lines}"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
        return self.answer()

    def is_closed(self):
        """True when the peer ends in order and says nothing more."""
        return self.rest == b"" and self.sock.recv(1) == b""


class Base(unittest.TestCase):
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.stand = Stand(*cls.settings)

    @classmethod
    def tearDownClass(cls):
        assert cls.stand.end() == 0


def main():
    """Run the tests of the file: PROGRAM [unittest's words …]."""
    Stand.program = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
