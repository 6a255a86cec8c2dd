"""The gateway's deadlines: whoever is too slow, or says nothing, is let go."""

import contextlib
import socket
import threading
import time

from stand import H, PATIENCE, Base, Client, main


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


if __name__ == "__main__":
    main()
