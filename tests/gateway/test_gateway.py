"""The gateway over real sockets, with a fake core: refusals, deadlines,
pipelining, ranges, WebSocket, revocation, a core that goes, drain."""

import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import queue
import resource
import shutil
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import websockets

STAND = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "").resolve()
PATIENCE = 10 * float(os.environ.get("WARIFU_PATIENCE", "1"))
AGENT1 = "0193b4a2-7c00-7000-8000-0000000000a1"
H = b"Host: a\r\n"
# As the supervisor does for its gateways: an ordinary user's 1,024 descriptors
# are fewer than some tests need, on both sides.
MOST = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (MOST, MOST))


class Stand:
    """One gateway process; its lines, its orders, its ports."""

    def __init__(self, *settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-stand-"))
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [STAND, self.folder, "server.gateways=1", *settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                stderr=log)
        self.lines = queue.Queue()
        threading.Thread(target=self.pump, daemon=True).start()
        self.http, self.https, self.agents = map(
            int, self.expect("ports").split()[1:])
        self.expect("ready")

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


class Refusals(Base):
    def refused(self, data, status, code):
        with self.stand.plain() as client:
            answer = client.send(data).answer()
            self.assertEqual((answer.status, answer.code), (status, code))
            self.assertEqual(answer.headers["connection"], "close")
            self.assertEqual(answer.headers["content-type"],
                             "application/problem+json")
            self.assertIn("date", answer.headers)
            self.assertTrue(client.is_closed())

    def test_smuggling_forms_end_the_connection(self):
        post = b"POST /echo HTTP/1.1\r\n" + H
        tail = b"\r\n0\r\n\r\nGET /info HTTP/1.1\r\n" + H + b"\r\n"
        for data, status, code in (
                (post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                 + tail, 400, "two_lengths"),
                (post + b"Content-Length: 5\r\nContent-Length: 6\r\n" + tail,
                 400, "duplicate_header"),
                (post + b"Transfer-Encoding : chunked\r\n" + tail, 400,
                 "header_malformed"),
                (post + b"Transfer-Encoding: chunked\r\n folded\r\n" + tail,
                 400, "folded_header"),
                (post + b"Transfer-Encoding: chunked\n" + tail, 400,
                 "bare_line_feed"),
                (post + b"Transfer-Encoding: x\r\n" + tail, 501,
                 "transfer_coding"),
                (post + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\n", 400,
                 "chunked_malformed"),
                (b"GET /info HTTP/1.1\r\n\r\n", 400, "host_missing"),
                (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version")):
            self.refused(data, status, code)
        self.stand.expect("event two_lengths 127.0.0.1")

    def test_limits(self):
        self.refused(b"GET /" + b"a" * 9000, 414, "request_line_too_long")
        self.refused(b"GET / HTTP/1.1\r\nA: " + b"a" * 33000, 431,
                     "headers_too_large")
        self.refused(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 65, 431,
                     "headers_too_large")
        head = b"POST /info HTTP/1.1\r\n" + H
        self.refused(head + b"Content-Length: 1025\r\n\r\n", 413,
                     "body_too_large")
        self.refused(head + b"Transfer-Encoding: chunked\r\n\r\n401\r\n"
                     + b"a" * 1025 + b"\r\n", 413, "body_too_large")
        self.refused(b"GET /info HTTP/1.1\r\n" + H
                     + b"Content-Length: 1\r\n\r\nx", 413, "body_too_large")
        self.refused(head + b"Content-Length: 1\r\nContent-Encoding: gzip"
                     b"\r\n\r\nx", 415, "content_encoding")
        self.refused(head + b"Content-Length: 1\r\nExpect: x\r\n\r\n", 417,
                     "expectation_unknown")

    def test_wrong_paths_and_methods_keep_the_connection(self):
        with self.stand.plain() as client:
            answer = client.get("/nothing")
            self.assertEqual((answer.status, answer.code),
                             (404, "not_found"))
            answer = client.get("/info/%zz")
            self.assertEqual(answer.status, 400)
        with self.stand.plain() as client:
            answer = client.get("/info", method="DELETE")
            self.assertEqual((answer.status, answer.headers["allow"]),
                             (405, "GET, HEAD, POST"))
            answer = client.get("/info", method="OPTIONS")
            self.assertEqual((answer.status, answer.headers["allow"]),
                             (204, "GET, HEAD, POST"))
            self.assertEqual(client.get("*", method="OPTIONS").status, 204)
            answer = client.get("/agent")
            self.assertEqual(answer.status, 404)
            answer = client.get("/secret")
            self.assertEqual((answer.status, answer.code),
                             (403, "https_required"))
            self.assertEqual(client.get("/info").status, 200)
        with self.stand.tls() as client:
            self.assertEqual(client.get("/secret").status, 200)

    def test_a_splitting_header_of_core_is_not_sent(self):
        with self.stand.plain() as client:
            answer = client.get("/split")
            self.assertEqual((answer.status, answer.code),
                             (500, "answer_broken"))

    def test_http_on_a_tls_port_is_told_so(self):
        raw = socket.create_connection(("127.0.0.1", self.stand.https))
        with Client(raw) as client:
            answer = client.send(b"GET / HTTP/1.1\r\n" + H + b"\r\n").answer()
            self.assertEqual(answer.status, 400)
            self.assertIn("date", answer.headers)
            self.assertIn(b"https://", answer.body)
            self.assertTrue(client.is_closed())

    def test_a_tls_hello_on_the_plain_port_is_closed(self):
        with self.assertRaises((ssl.SSLError, OSError)):
            self.stand.tls(self.stand.http)


class Requests(Base):
    def test_what_core_gets(self):
        with self.stand.tls() as client:
            answer = client.get("/info?a=b", "Authorization: Bearer x",
                                "X-Secret: y", "User-Agent: t")
            info = json.loads(answer.body)
        self.assertEqual(info["listener"], 2)
        self.assertEqual((info["method"], info["path"], info["query"]),
                         ("GET", "/info", "a=b"))
        self.assertEqual((info["host"], info["address"], info["agent"]),
                         ("a", "127.0.0.1", ""))
        self.assertEqual(info["headers"],
                         {"Authorization": "Bearer x", "User-Agent": "t"})

    def test_an_agent_is_named_by_its_certificate(self):
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            with self.stand.mutual("agent1", version) as client:
                info = json.loads(client.get("/agent").body)
                self.assertEqual((info["agent"], info["unit"],
                                  info["listener"]), (AGENT1, "agent", 4))

    def test_a_strangers_certificate_fails_in_the_handshake(self):
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            with self.assertRaises(ssl.SSLError) as caught:
                with self.stand.mutual("stranger", version) as client:
                    client.get("/agent")
            self.assertIn("UNKNOWN_CA", str(caught.exception))
            self.stand.expect("event certificate_unknown_issuer 127.0.0.1")

    def test_pipelined_requests_are_answered_in_order(self):
        get = b"GET /info?%d HTTP/1.1\r\n" + H + b"\r\n"
        post = (b"POST /echo HTTP/1.1\r\n" + H
                + b"Transfer-Encoding: chunked\r\n\r\n"
                b"3;x=y\r\nabc\r\n0\r\nT: x\r\n\r\n")
        slow = b"GET /slow HTTP/1.1\r\n" + H + b"\r\n"
        missing = b"GET /missing HTTP/1.1\r\n" + H + b"\r\n"
        for connect in self.stand.plain, self.stand.tls:
            with connect() as client:
                client.send(get % 1 + post + slow + missing + get % 2)
                self.assertEqual(
                    json.loads(client.answer().body)["query"], "1")
                self.assertEqual(client.answer().body, b"abc")
                self.assertEqual(client.answer().body, b"slow\n")
                self.assertEqual(client.answer().status, 404)
                self.assertEqual(
                    json.loads(client.answer().body)["query"], "2")

    def test_a_thousand_pipelined_requests(self):
        with self.stand.plain() as client:
            client.send((b"GET /missing HTTP/1.1\r\n" + H + b"\r\n") * 1000)
            for _ in range(1000):
                self.assertEqual(client.answer().status, 404)

    def test_bodies_small_and_spooled(self):
        with self.stand.tls() as client:
            for size in (0, 1, 4096, 32768, 32769, 1 << 20, 5 << 20):
                body = os.urandom(size)
                answer = client.post("/echo", body)
                self.assertEqual(answer.body, body)
                self.assertEqual(answer.headers["x-spooled"],
                                 "yes" if size > 32768 else "no")

    def test_a_body_with_large_headers_is_spooled(self):
        with self.stand.plain() as client:
            answer = client.post("/echo", b"x" * 32768,
                                 "User-Agent: " + "y" * 32000)
            self.assertEqual(answer.body, b"x" * 32768)

    def test_byte_by_byte(self):
        data = (b"POST /echo HTTP/1.1\r\n" + H
                + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        with self.stand.plain() as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(data)):
                client.send(data[i:i + 1])
            self.assertEqual(client.answer().body, b"abc")

    def test_expect_continue(self):
        with self.stand.plain() as client:
            client.send(b"POST /echo HTTP/1.1\r\n" + H
                        + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            self.assertEqual(client.head()[0], 100)
            self.assertEqual(client.send(b"abc").answer().body, b"abc")
            self.assertEqual(client.get("/info").status, 200)

    def test_head_has_the_length_and_no_body(self):
        with self.stand.plain() as client:
            for path in "/info", "/file/1000", "/missing":
                length = client.get(path).headers["content-length"]
                answer = client.get(path, method="HEAD")
                if path != "/info":
                    self.assertEqual(answer.headers["content-length"], length)
            self.assertEqual(client.get("/empty").status, 204)

    def test_connections_end_when_either_side_says_so(self):
        with self.stand.plain() as client:
            answer = client.get("/info", "Connection: close")
            self.assertEqual(answer.headers["connection"], "close")
            self.assertTrue(client.is_closed())
        with self.stand.tls() as client:
            self.assertEqual(client.get("/last").headers["connection"],
                             "close")
            self.assertTrue(client.is_closed())
        with self.stand.plain() as client:
            answer = client.send(b"GET /info HTTP/1.0\r\n\r\n").answer()
            self.assertEqual(answer.headers["connection"], "close")
            self.assertTrue(client.is_closed())
        with self.stand.plain() as client:
            for _ in range(2):
                answer = client.send(
                    b"GET /info HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                ).answer()
                self.assertEqual(answer.headers["connection"], "keep-alive")

    def test_ranges(self):
        whole = bytes(i * 7 % 256 for i in range(1000))
        with self.stand.tls() as client:
            def ask(*headers):
                answer = client.get("/file/1000", *headers)
                return (answer.status, answer.headers.get("content-range"),
                        answer.body)
            self.assertEqual(ask(), (200, None, whole))
            self.assertEqual(ask("Range: bytes=2-5"),
                             (206, "bytes 2-5/1000", whole[2:6]))
            self.assertEqual(ask("Range: bytes=-10"),
                             (206, "bytes 990-999/1000", whole[-10:]))
            self.assertEqual(ask("Range: bytes=990-"),
                             (206, "bytes 990-999/1000", whole[990:]))
            self.assertEqual(ask("Range: bytes=0-1,5-6"), (200, None, whole))
            self.assertEqual(ask('If-Range: "v1"', "Range: bytes=0-0"),
                             (206, "bytes 0-0/1000", whole[:1]))
            self.assertEqual(ask('If-Range: "v0"', "Range: bytes=0-0"),
                             (200, None, whole))
            self.assertEqual(ask("Range: bytes=1000-")[:2],
                             (416, "bytes */1000"))

    def test_a_large_file(self):
        size = 20 << 20
        with self.stand.tls() as client:
            answer = client.get(f"/file/{size}")
            self.assertEqual(len(answer.body), size)
            self.assertEqual(answer.body[:256],
                             bytes(i * 7 % 256 for i in range(256)))
            self.assertEqual(answer.body[-256:],
                             bytes(i * 7 % 256 for i in range(256)))


class Deadlines(Base):
    settings = ("limits.header_timeout=500ms", "limits.body_timeout=1s",
                "limits.idle_timeout=700ms", "limits.handshake_timeout=500ms",
                "limits.request_timeout=700ms")

    def timed(self, client, wanted, low, high):
        begin = time.monotonic()
        if wanted is None:
            self.assertTrue(client.is_closed())
        else:
            self.assertEqual(client.answer().status, wanted)
            self.assertTrue(client.is_closed())
        took = time.monotonic() - begin
        self.assertGreater(took, low)
        self.assertLess(took, high * PATIENCE)

    def test_a_silent_connection_is_closed(self):
        with self.stand.plain() as client:
            self.timed(client, None, 0.4, 1)

    def test_a_slow_head_is_refused_however_it_drips(self):
        with self.stand.plain() as client:
            stop = threading.Event()

            def drip():
                with contextlib.suppress(OSError):
                    client.send(b"GET / HTTP/1.1\r\nA: ")
                    while not stop.wait(0.05):
                        client.send(b"a")
            threading.Thread(target=drip, daemon=True).start()
            begin = time.monotonic()
            self.assertEqual(client.answer().status, 408)
            stop.set()
            self.assertLess(time.monotonic() - begin, 1 * PATIENCE)

    def test_the_second_head_has_its_deadline_too(self):
        with self.stand.plain() as client:
            self.assertEqual(client.get("/info").status, 200)
            client.send(b"GET / HT")
            self.timed(client, 408, 0.4, 1)

    def test_a_body_below_the_least_rate_is_refused(self):
        with self.stand.plain() as client:
            client.send(b"POST /echo HTTP/1.1\r\n" + H
                        + b"Content-Length: 100000\r\n\r\n")
            stop = threading.Event()

            def drip():
                with contextlib.suppress(OSError):
                    while not stop.wait(0.02):
                        client.send(b"a")
            threading.Thread(target=drip, daemon=True).start()
            begin = time.monotonic()
            self.assertEqual(client.answer().status, 408)
            self.assertLess(time.monotonic() - begin, 0.9 * PATIENCE)
            stop.set()

    def test_a_slow_body_is_refused(self):
        with self.stand.plain() as client:
            client.send(b"POST /echo HTTP/1.1\r\n" + H
                        + b"Content-Length: 9\r\n\r\nx")
            self.timed(client, 408, 0.2, 1)

    def test_a_reader_that_stalls_is_cut_off(self):
        for connect in self.stand.plain, self.stand.tls:
            with connect() as client:
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                       4096)
                client.send(b"GET /file/60000000 HTTP/1.1\r\n" + H
                            + b"\r\n")
                time.sleep(3)
                size = 0
                with contextlib.suppress(OSError):
                    while data := client.sock.recv(1 << 20):
                        size += len(data)
                self.assertLess(size, 60000000)

    def test_an_idle_connection_is_closed_in_order(self):
        for connect in self.stand.plain, self.stand.tls:
            with connect() as client:
                self.assertEqual(client.get("/info").status, 200)
                self.timed(client, None, 0.5, 1)

    def test_a_silent_handshake_is_closed(self):
        raw = socket.create_connection(("127.0.0.1", self.stand.https))
        raw.settimeout(PATIENCE)
        with Client(raw) as client:
            self.timed(client, None, 0.4, 1)
        raw = socket.create_connection(("127.0.0.1", self.stand.https))
        raw.settimeout(PATIENCE)
        with Client(raw) as client:
            client.send(b"\x16\x03\x01\x02\x00\x01")
            self.timed(client, None, 0.4, 1)

    def test_an_answer_that_does_not_come_is_504(self):
        with self.stand.plain() as client:
            answer = client.get("/never")
            self.assertEqual((answer.status, answer.code),
                             (504, "answer_timeout"))


class Crowd(Base):
    def test_more_requests_than_core_takes_wait_their_turn(self):
        with contextlib.ExitStack() as stack:
            never = [stack.enter_context(self.stand.plain())
                     for _ in range(512)]
            for client in never:
                client.send(b"GET /never HTTP/1.1\r\n" + H + b"\r\n")
            for _ in never:
                self.stand.expect("never GET")
            late = stack.enter_context(self.stand.plain())
            late.send(b"GET /info HTTP/1.1\r\n" + H + b"\r\n")
            late.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                late.answer()
            late.sock.settimeout(PATIENCE)
            self.stand.order("release")
            self.assertEqual(late.answer().status, 200)

    def resident_kib(self):
        path = f"/proc/{self.stand.process.pid}/smaps_rollup"
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith("Rss:"):
                return int(line.split()[1])
        raise KeyError(path)

    def keeps_freed_memory(self):
        """AddressSanitizer's allocator does, on purpose."""
        maps = f"/proc/{self.stand.process.pid}/maps"
        return "libasan" in pathlib.Path(maps).read_text()

    def test_memory_is_given_back_after_a_crowd(self):
        """Who stays sits between those who go."""
        before = self.resident_kib()
        with contextlib.ExitStack() as staying:
            with contextlib.ExitStack() as going:
                for i in range(400):
                    stack = staying if i % 20 == 19 else going
                    stack.enter_context(self.stand.tls())
                most = self.resident_kib()
            self.assertGreater(most - before, 400 * 8)
            if self.keeps_freed_memory():
                return
            end = time.monotonic() + 60
            while self.resident_kib() > before + (most - before) * 0.6:
                self.assertLess(time.monotonic(), end, "memory is kept")
                time.sleep(0.1)

    def test_counters_are_told(self):
        with self.stand.plain() as client:
            client.get("/info")
        self.stand.expect("counters requests=", 30)


class Handshakes(Base):
    settings = ("limits.handshakes=1",)

    def test_more_handshakes_than_places_wait_their_turn(self):
        raw = socket.create_connection(("127.0.0.1", self.stand.https))
        self.addCleanup(raw.close)
        results = queue.Queue()

        def shake():
            with self.stand.tls() as client:
                results.put(client.get("/info").status)
        threads = [threading.Thread(target=shake) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual([results.get(timeout=1) for _ in threads],
                         [200] * 20)


class Core(Base):
    settings = ("limits.requests_held=2",)

    def tearDown(self):
        self.stand.order("attach")
        self.stand.expect("applied")

    def test_requests_are_held_while_core_is_away(self):
        with self.stand.plain() as client:
            self.stand.order("detach")
            client.send(b"GET /info HTTP/1.1\r\n" + H + b"\r\n")
            time.sleep(0.2)
            self.stand.order("attach")
            self.assertEqual(client.answer().status, 200)

    def test_a_spooled_body_is_held_too(self):
        body = os.urandom(100000)
        with self.stand.plain() as client:
            self.stand.order("detach")
            client.send(b"POST /echo HTTP/1.1\r\n" + H
                        + b"Content-Length: 100000\r\n\r\n" + body)
            time.sleep(0.2)
            self.stand.order("attach")
            self.assertEqual(client.answer().body, body)

    def test_more_than_its_share_is_not_held(self):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(self.stand.plain())
                       for _ in range(3)]
            self.stand.order("detach")
            for client in clients:
                client.send(b"POST /echo HTTP/1.1\r\n" + H
                            + b"Content-Length: 1\r\n\r\nx")
            # Two are held, whichever came first; one is answered at once.
            ready, _, _ = select.select(
                [client.sock for client in clients], [], [], 30)
            self.stand.order("attach")
            self.assertEqual(len(ready), 1)
            for client in clients:
                answer = client.answer()
                if client.sock in ready:
                    self.assertEqual((answer.status, answer.code),
                                     (503, "core_away"))
                    self.assertIn("retry-after", answer.headers)
                else:
                    self.assertEqual(answer.body, b"x")

    def test_held_requests_are_answered_after_five_seconds(self):
        with self.stand.plain() as client:
            self.stand.order("detach")
            begin = time.monotonic()
            answer = client.get("/info")
            self.assertEqual((answer.status, answer.code),
                             (503, "core_away"))
            self.assertGreater(time.monotonic() - begin, 4.5)

    def test_a_lost_request_is_asked_again_only_when_it_only_asks(self):
        with self.stand.plain() as get, self.stand.plain() as post:
            get.send(b"GET /never HTTP/1.1\r\n" + H + b"\r\n")
            self.stand.expect("never GET")
            post.send(b"POST /never HTTP/1.1\r\n" + H
                      + b"Content-Length: 1\r\n\r\nx")
            self.stand.expect("never POST")
            self.stand.order("detach")
            answer = post.answer()
            self.assertEqual((answer.status, answer.code),
                             (503, "answer_lost"))
            self.stand.order("attach")
            self.stand.expect("never GET")

    def test_a_core_that_breaks_the_protocol_is_reported(self):
        self.stand.order("garbage")
        self.stand.expect("broken SOCKET_MESSAGE")


class Reload(Base):
    def test_an_older_core_still_answers_and_cannot_undo_trust(self):
        with self.stand.plain() as client, \
                self.stand.mutual("agent1") as agent:
            self.assertEqual(agent.get("/agent").status, 200)
            client.send(b"GET /slow HTTP/1.1\r\n" + H + b"\r\n")
            time.sleep(0.1)
            self.stand.order("second")
            self.stand.expect("hello")
            self.stand.expect("applied")
            self.assertEqual(client.answer().body, b"slow\n")
            self.assertEqual(client.get("/info").status, 200)
            self.stand.order(f"deny {AGENT1}")
            self.stand.expect("applied")
            self.stand.order("stale")
            self.stand.expect("applied 1")
        with self.assertRaises(ssl.SSLError):
            with self.stand.mutual("agent1") as client:
                client.get("/agent")


class Sockets(Base):
    def setUp(self):
        while not self.stand.lines.empty():
            self.stand.lines.get()

    def run_async(self, coroutine):
        asyncio.run(asyncio.wait_for(coroutine, PATIENCE))

    def connect(self, path="/socket", agent="agent1", port=None, **more):
        return websockets.connect(
            f"wss://localhost:{port or self.stand.agents}{path}",
            ssl=self.stand.context(agent), **more)

    def test_wrong_handshakes_are_refused(self):
        ask = ("Upgrade: websocket", "Connection: Upgrade",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        with self.stand.plain() as client:
            answer = client.get("/socket")
            self.assertEqual((answer.status, answer.headers["upgrade"],
                              answer.headers["connection"]),
                             (426, "websocket", "Upgrade"))
            answer = client.get("/socket", *ask, "Sec-WebSocket-Version: 8")
            self.assertEqual(
                (answer.status, answer.headers["sec-websocket-version"]),
                (426, "13"))
            answer = client.get("/socket", *ask)
            self.assertEqual((answer.status, answer.code),
                             (400, "websocket_malformed"))
            answer = client.get("/info", *ask, "Sec-WebSocket-Version: 13")
            self.assertEqual(answer.status, 200)

    def test_messages_go_to_core_and_back(self):
        async def talk():
            async with self.connect() as ws:
                self.stand.expect("open")
                await ws.send("割符")
                self.assertEqual(await ws.recv(), "割符")
                await ws.send(b"\0" * 32768)
                self.assertEqual(await ws.recv(), b"\0" * 32768)
                await ws.send(["a", "b", "c"])
                self.assertEqual(await ws.recv(), "abc")
                await (await ws.ping())
                self.stand.order("knock hello")
                self.assertEqual(await ws.recv(), "hello")
            self.stand.expect("closed 1000")
        self.run_async(talk())

    def test_core_closes_with_a_code(self):
        async def talk():
            async with self.connect() as ws:
                self.stand.expect("open")
                self.stand.order("close 4001")
                await ws.wait_closed()
                self.assertEqual((ws.close_code, ws.close_reason),
                                 (4001, "asked"))
        self.run_async(talk())
        self.stand.expect("closed 4001")

    def test_a_message_over_the_limit_closes(self):
        async def talk():
            async with self.connect() as ws:
                await ws.send(b"\0" * 32769)
                await ws.wait_closed()
                self.assertEqual(ws.close_code, 1009)
        self.run_async(talk())

    def test_a_new_core_learns_of_live_sockets(self):
        async def talk():
            async with self.connect() as ws:
                number = self.stand.expect("open").split()[1]
                self.stand.order("detach")
                self.stand.order("attach")
                line = self.stand.expect("open")
                self.assertEqual(line.split(),
                                 ["open", number, "/socket", AGENT1])
                self.stand.order("knock again")
                self.assertEqual(await ws.recv(), "again")
        self.run_async(talk())

    def test_the_test_routes_echo(self):
        async def talk():
            async with self.connect("/test/socket", None, self.stand.https,
                                    max_size=None) as ws:
                for size in 0, 1, 70000, 1 << 20:
                    await ws.send(b"x" * size)
                    self.assertEqual(await ws.recv(), b"x" * size)
        self.run_async(talk())
        connection = http.client.HTTPSConnection(
            "localhost", self.stand.https, context=self.stand.context())
        for size in 0, 1, 1000, 4321:
            connection.request("POST", "/test/echo?chunked", b"z" * size)
            answer = connection.getresponse()
            self.assertEqual(answer.headers["transfer-encoding"], "chunked")
            self.assertEqual(answer.read(), b"z" * size)
        connection.close()
        with self.stand.tls() as client:
            for size in 0, 4096, 100000:
                self.assertEqual(
                    client.post("/test/echo", b"y" * size).body,
                    b"y" * size)

    def test_the_test_file_has_every_byte_and_refuses_other_lengths(self):
        whole = bytes((n ^ n >> 8 ^ n >> 16) & 255 for n in range(600000))
        with self.stand.mutual("agent1") as client:
            for size in 1000, 600000, 262144, 1:
                answer = client.get(f"/test/file?{size}")
                self.assertEqual(answer.body, whole[:size])
            answer = client.get("/test/file?600000", "Range: bytes=7-99")
            self.assertEqual((answer.status, answer.body),
                             (206, whole[7:100]))
            for wrong in "", "x", "-1", str((1 << 30) + 1):
                answer = client.get(f"/test/file?{wrong}")
                self.assertEqual(answer.status, 400)
                self.assertIn(b"file_length", answer.body)
            self.assertEqual(client.get("/test/nothing").body, b"")


class Trust(unittest.TestCase):
    def setUp(self):
        self.stand = Stand()
        self.addCleanup(self.stand.end)

    def test_a_revoked_agent_is_out_at_once(self):
        with self.stand.mutual("agent1") as one, \
                self.stand.mutual("agent2") as two:
            self.assertEqual(one.get("/agent").status, 200)
            self.assertEqual(two.get("/agent").status, 200)
            begin = time.monotonic()
            self.stand.order(f"deny {AGENT1}")
            with self.assertRaises((ConnectionResetError, EOFError,
                                    ssl.SSLError)):
                one.more()
            self.assertLess(time.monotonic() - begin, 1)
            self.stand.expect("applied 2")
            self.assertEqual(two.get("/agent").status, 200)
        with self.assertRaises(ssl.SSLError) as caught:
            with self.stand.mutual("agent1") as client:
                client.get("/agent")
        self.assertIn("REVOKED", str(caught.exception))
        self.stand.expect("event certificate_revoked")

    def test_a_certificate_can_be_required(self):
        with self.stand.tls(self.stand.agents) as bare:
            self.assertEqual(bare.get("/agent").status, 200)
            self.stand.order("require")
            with self.assertRaises((ConnectionResetError, EOFError,
                                    ssl.SSLError)):
                bare.more()
        with self.assertRaises((ssl.SSLError, OSError, EOFError)):
            with self.stand.tls(self.stand.agents) as client:
                client.get("/agent")
        with self.stand.mutual("agent1") as client:
            self.assertEqual(client.get("/agent").status, 200)
        with self.stand.tls() as client:
            self.assertEqual(client.get("/info").status, 200)


class Drain(unittest.TestCase):
    def test_what_is_in_flight_is_finished(self):
        stand = Stand("limits.drain_timeout=20s")
        self.addCleanup(stand.end)
        with stand.plain() as busy, stand.tls() as idle:
            self.assertEqual(idle.get("/info").status, 200)
            busy.send(b"GET /slow HTTP/1.1\r\n" + H + b"\r\n")
            time.sleep(0.1)
            stand.order("drain")
            with self.assertRaises(OSError):
                stand.plain()
            answer = busy.answer()
            self.assertEqual((answer.status, answer.headers["connection"]),
                             (200, "close"))
            answer = idle.get("/info")
            self.assertEqual((answer.status, answer.headers["connection"]),
                             (200, "close"))
            self.assertTrue(idle.is_closed())
            self.assertTrue(busy.is_closed())
        stand.expect("ended 0")

    def test_sockets_are_closed_with_1012(self):
        stand = Stand()
        self.addCleanup(stand.end)

        async def talk():
            async with websockets.connect(
                    f"wss://localhost:{stand.agents}/socket",
                    ssl=stand.context("agent1")) as ws:
                stand.order("drain")
                await ws.wait_closed()
                self.assertEqual(ws.close_code, 1012)
        asyncio.run(asyncio.wait_for(talk(), PATIENCE))
        stand.expect("ended 0")

    def test_idle_connections_end_at_the_deadline(self):
        stand = Stand("limits.drain_timeout=2500ms")
        self.addCleanup(stand.end)
        with stand.plain() as idle:
            self.assertEqual(idle.get("/info").status, 200)
            stand.order("drain")
            self.assertTrue(idle.is_closed())
        stand.expect("ended 0")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
