"""A crowd of rude clients and a restless core: the gateway must outlive them
without a wrong access, a leak or a lost listener."""

import contextlib
import os
import random
import socket
import ssl
import threading
import time
import unittest

from stand import AGENT1, UPGRADE, H, Stand, main

SECONDS = 8
CROWD = 12
PIECES = (
    b"GET /info HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /slow HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /never HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /last HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /missing HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /file/3000000 HTTP/1.1\r\n" + H + b"\r\n",
    b"HEAD /file/100 HTTP/1.1\r\n" + H + b"\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + H + b"\r\n",
    b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 100000\r\n\r\n"
    + b"x" * 100000,
    b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5\r\nabcde\r\n0\r\n\r\n",
    b"POST /info HTTP/1.1\r\n" + H + b"Expect: 100-continue\r\n"
    b"Content-Length: 5\r\n\r\nabcde",
    b"GET / HTTP/1.1\r\n" + H + b"A : b\r\n\r\n",
    b"GET /socket HTTP/1.1\r\n" + H + UPGRADE + b"\r\n\x81\x83\0\0\0\0abc",
    b"GET /test/socket HTTP/1.1\r\n" + H + UPGRADE + b"\r\n\x82\xfe\x10\x00"
    b"\0\0\0\0" + b"z" * 4096,
    b"\x88\x82\0\0\0\0\x03\xe8",
    b"\x89\x80\0\0\0\0",
    os.urandom(50),
)
RESET = b"\1\0\0\0\0\0\0\0"  # struct linger: on, no seconds


class Chaos(unittest.TestCase):
    def setUp(self):
        self.stand = Stand(
            "limits.header_timeout=300ms", "limits.body_timeout=800ms",
            "limits.idle_timeout=300ms", "limits.request_timeout=900ms",
            "limits.handshake_timeout=400ms", "limits.handshakes=3",
            "limits.requests_held=5", "limits.connections=40")
        self.end = time.monotonic() + SECONDS

    def connect(self, chance):
        port = chance.choice((self.stand.http, self.stand.https,
                              self.stand.agents))
        raw = socket.create_connection(("127.0.0.1", port), timeout=2)
        if chance.random() < 0.3:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if port == self.stand.http:
            return raw
        if chance.random() < 0.15:
            raw.sendall(chance.choice((b"\x16\x03\x01", PIECES[0])))
            return raw
        agent = chance.choice((None, "agent1", "agent2", "stranger"))
        context = self.stand.context(
            agent if port == self.stand.agents else None)
        return context.wrap_socket(raw, server_hostname="localhost")

    def talk(self, chance):
        with self.connect(chance) as client:
            data = b"".join(chance.choices(PIECES, k=chance.randint(1, 6)))
            if chance.random() < 0.3:
                data = data[:chance.randint(0, len(data))]
            while data:
                size = chance.choice((1, 7, 100, 5000, 100000))
                client.sendall(data[:size])
                data = data[size:]
            way = chance.random()
            if way < 0.3:
                client.settimeout(0.5)
                while client.recv(65536):
                    pass
            elif way < 0.6:
                time.sleep(chance.random())
            elif way < 0.7:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def rude(self, seed):
        chance = random.Random(seed)
        while time.monotonic() < self.end:
            with contextlib.suppress(OSError, ssl.SSLError):
                self.talk(chance)

    def test_the_gateway_outlives_them(self):
        crowd = [threading.Thread(target=self.rude, args=(seed,))
                 for seed in range(CROWD)]
        for client in crowd:
            client.start()
        chance = random.Random(CROWD)
        while time.monotonic() < self.end:
            time.sleep(chance.random() * 0.8)
            self.stand.order(chance.choice((
                "attach", "detach", "second", "knock hi", "close 4000",
                f"deny {AGENT1}")) if chance.random() < 0.8 else "attach")
        for client in crowd:
            client.join()
        self.stand.order("attach")
        with self.stand.plain() as client:
            self.assertEqual(client.get("/info").status, 200)
        self.assertEqual(self.stand.end(), 0)


if __name__ == "__main__":
    main()
