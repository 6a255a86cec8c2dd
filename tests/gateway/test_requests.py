"""The gateway over real sockets, with a fake core: what it refuses, and what it
does with pipelining, bodies, ranges and certificates."""

import json
import os
import socket
import ssl

from stand import AGENT1, H, Base, Client, main


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
                         {"Authorization": "Bearer x", "Host": "a",
                          "User-Agent": "t"})

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


if __name__ == "__main__":
    main()
