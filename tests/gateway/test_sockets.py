"""WebSockets through the gateway, and the test routes."""

import asyncio
import http.client

import websockets

from stand import AGENT1, PATIENCE, Base, main


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


if __name__ == "__main__":
    main()
