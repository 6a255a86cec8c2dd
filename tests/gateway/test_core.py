"""A core that goes, comes, is replaced or tells of changed trust; a gateway that
is drained."""

import asyncio
import contextlib
import os
import select
import ssl
import time
import unittest

import websockets

from stand import AGENT1, H, PATIENCE, Base, Stand, main


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
            # Of a client that waits nobody notices that it goes: its request
            # would be held in the next tests, where others are counted.
            self.stand.order("release")
            self.assertEqual(get.answer().status, 204)

    def test_a_core_that_breaks_the_protocol_is_reported(self):
        self.stand.order("garbage")
        self.stand.expect("broken SOCKET_MESSAGE")


class Reload(Base):
    def test_an_older_core_still_answers_and_cannot_undo_trust(self):
        with self.stand.plain() as client, \
                self.stand.mutual("agent1") as agent:
            self.assertEqual(agent.get("/agent").status, 200)
            client.send(b"GET /never HTTP/1.1\r\n" + H + b"\r\n")
            self.stand.expect("never GET")
            self.stand.order("second")
            self.stand.expect("hello")
            self.stand.expect("applied")
            self.stand.order("release")
            self.assertEqual(client.answer().status, 204)
            self.assertEqual(client.get("/info").status, 200)
            self.stand.order(f"deny {AGENT1}")
            self.stand.expect("applied")
            self.stand.order("stale")
            self.stand.expect("applied 1")
        with self.assertRaises(ssl.SSLError):
            with self.stand.mutual("agent1") as client:
                client.get("/agent")


class Trust(unittest.TestCase):
    def setUp(self):
        self.stand = Stand()
        self.addCleanup(self.stand.end)

    def test_a_revoked_agent_is_out_at_once(self):
        with self.stand.mutual("agent1") as one, \
                self.stand.mutual("agent2") as two:
            self.assertEqual(one.get("/agent").status, 200)
            self.assertEqual(two.get("/agent").status, 200)
            self.stand.order(f"deny {AGENT1}")
            # Else it would be ended when it is idle, far later than we wait.
            with self.assertRaises((ConnectionResetError, EOFError,
                                    ssl.SSLError)):
                one.more()
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
            busy.send(b"GET /never HTTP/1.1\r\n" + H + b"\r\n")
            stand.expect("never GET")
            stand.order("drain")
            with self.assertRaises(OSError):
                stand.plain()
            stand.order("release")
            answer = busy.answer()
            self.assertEqual((answer.status, answer.headers["connection"]),
                             (204, "close"))
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
    main()
