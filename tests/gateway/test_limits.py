"""The gateway at and past its limits: what is turned away hears why, the log
names the setting once, and whoever is well goes on being served."""

import contextlib
import pathlib
import resource
import selectors
import signal
import socket
import ssl
import time

from stand import PATIENCE, UPGRADE, Base, Client, H, main

# The fake core's files begin with these, again and again.
BYTES = bytes(n * 7 & 255 for n in range(256))
HALF_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"


def wait_until(what, is_done, seconds=30):
    end = time.monotonic() + seconds
    while not (result := is_done()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return result


def raw(port):
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def whole_hello():
    """A TLS hello of a real client, all of its record."""
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out,
                              server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


def is_ended(sock):
    """The server has closed or reset it."""
    try:
        return sock.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def lines_with(stand, setting):
    return [line for line in stand.log().splitlines()
            if "setting=" in line and setting in line]


class Limits(Base):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def hold(self, thing):
        return self.stack.enter_context(thing)

    def told(self, setting, value):
        """One line for a crowd, with the setting and its value."""
        lines = wait_until("the log names the setting",
                           lambda: lines_with(self.stand, setting))
        self.assertIn(f"value={value}", lines[0])
        self.assertIn("times=1", lines[0])
        return lines


class Full(Limits):
    settings = ("limits.connections=40",
                "limits.connections_per_address=1000",
                "limits.header_timeout=5min",
                "limits.handshake_timeout=5min")

    def test_a_full_gateway_says_so_and_keeps_places_for_both(self):
        people = [self.hold(raw(self.stand.http)) for _ in range(30)]
        late = Client(people[-1])
        answer = late.answer()
        self.assertEqual((answer.status, answer.code),
                         (503, "too_many_connections"))
        self.assertEqual(answer.headers["connection"], "close")
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.assertTrue(late.is_closed())
        self.assertTrue(is_ended(self.hold(raw(self.stand.https))))
        self.assertEqual(len(self.told("[limits] connections", 20)), 1)
        with self.stand.mutual("agent1") as agent:
            self.assertEqual(agent.get("/agent").status, 200)
        for client in people:
            client.close()

        def is_free():
            with self.stand.plain() as client:
                with contextlib.suppress(EOFError, OSError):
                    return client.get("/info").status == 200
        wait_until("a place is free again", is_free)


class Address(Limits):
    settings = ("limits.connections_per_address=8",
                "limits.header_timeout=5min",
                "limits.handshake_timeout=5min")

    def test_an_office_behind_one_address_is_served(self):
        agents = [self.hold(self.stand.mutual("agent1")) for _ in range(30)]
        for agent in agents:
            self.assertEqual(agent.get("/agent").status, 200)

    def test_who_has_not_proved_himself_gets_no_more_than_a_share(self):
        clients = [self.hold(raw(self.stand.http)) for _ in range(9)]
        answer = Client(clients[-1]).answer()
        self.assertEqual((answer.status, answer.code),
                         (503, "too_many_connections"))
        self.assertTrue(is_ended(self.hold(raw(self.stand.agents))))
        self.told("[limits] connections_per_address", 8)
        for client in clients:
            client.close()

        def is_served():
            with contextlib.suppress(OSError, EOFError):
                with self.stand.mutual("agent1") as agent:
                    return agent.get("/agent").status == 200
        wait_until("an agent is served", is_served)


class Handshakes(Limits):
    settings = ("limits.handshakes=4", "limits.handshake_timeout=5min",
                "limits.header_timeout=5min")

    def test_halves_of_a_hello_take_no_place(self):
        for port in self.stand.https, self.stand.agents:
            for size in (1, 5, len(HALF_HELLO)):
                for _ in range(50):
                    self.hold(raw(port)).sendall(HALF_HELLO[:size])
        for _ in range(5):
            with self.stand.tls() as client, \
                    self.stand.mutual("agent1") as agent:
                self.assertEqual(client.get("/info").status, 200)
                self.assertEqual(agent.get("/agent").status, 200)

    def test_a_hello_in_pieces_is_a_hello(self):
        client = ssl.create_default_context(
            cafile=self.stand.folder / "server.pem")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        shaking = client.wrap_bio(incoming, outgoing,
                                  server_hostname="localhost")
        sock = self.hold(raw(self.stand.https))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                shaking.do_handshake()
                break
            for byte in outgoing.read():
                sock.sendall(bytes([byte]))
            incoming.write(sock.recv(65536))

    def test_clients_that_stall_are_passed_and_bounded(self):
        hello = whole_hello()
        stalled = [self.hold(raw(self.stand.agents)) for _ in range(50)]
        for sock in stalled:
            sock.sendall(hello)
        with self.stand.tls() as client:
            self.assertEqual(client.get("/info").status, 200)
        self.assertTrue(self.told("[limits] handshakes", 4))
        for sock in stalled:
            sock.settimeout(0.001)

        def ended():
            count = 0
            for sock in stalled:
                try:
                    while sock.recv(65536):
                        pass
                    count += 1
                except TimeoutError:
                    continue
                except OSError:
                    count += 1
            return count
        # 4 places and 8 times as many that wait without one.
        wait_until("all but 36 were ended", lambda: ended() >= 14, 60)


class Late(Limits):
    """A gateway that stands still for longer than a handshake may take."""

    settings = ("limits.handshake_timeout=10s",)
    crowd = 60  # more than the loop is told of at first, and soon there

    def begin(self):
        """A client that has the server's part, and its answer."""
        client = self.stand.context("agent1")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        shaking = client.wrap_bio(incoming, outgoing,
                                  server_hostname="localhost")
        sock = self.hold(raw(self.stand.agents))
        for _ in range(20):
            with contextlib.suppress(ssl.SSLWantReadError):
                shaking.do_handshake()
                break
            sock.sendall(outgoing.read())
            incoming.write(sock.recv(65536))
        return sock, shaking, incoming, outgoing

    def test_who_answered_in_time_is_not_ended_for_it(self):
        clients = [self.begin() for _ in range(self.crowd)]
        self.stand.process.send_signal(signal.SIGSTOP)
        try:
            for sock, shaking, _, outgoing in clients:
                shaking.write(b"GET /agent HTTP/1.1\r\n" + H + b"\r\n")
                sock.sendall(outgoing.read())
            # It is time that passes here, not a state to be reached.
            time.sleep(11)
        finally:
            self.stand.process.send_signal(signal.SIGCONT)
        for sock, shaking, incoming, _ in clients:
            self.assertIn(b" 200 ", self.first_bytes(sock, shaking, incoming))

    @staticmethod
    def first_bytes(sock, shaking, incoming):
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                return shaking.read(65536)
            received = sock.recv(65536)
            if not received:
                return b"ended"
            incoming.write(received)


class Bodies(Limits):
    settings = ("limits.body_memory=1", "limits.body_timeout=5min",
                "limits.header_timeout=5min")

    def begin(self, connect, total, sent):
        client = self.hold(connect())
        client.send(b"POST /echo HTTP/1.1\r\n" + H +
                    f"Content-Length: {total}\r\n\r\n".encode() + b"x" * sent)
        return client

    def test_bodies_are_bounded_together_and_people_have_a_part(self):
        agents = [self.begin(lambda: self.stand.mutual("agent1"), 200000,
                             199999) for _ in range(5)]
        answer = agents[-1].answer()
        self.assertEqual((answer.status, answer.code), (503, "spool_full"))
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.told("[limits] body_memory", 1)
        with self.stand.plain() as client:
            self.assertEqual(client.post("/echo", b"z" * 1000).body,
                             b"z" * 1000)
        for agent in agents[:3]:
            agent.send(b"x")
            self.assertEqual(len(agent.answer().body), 200000)

    def test_readers_that_do_not_read_are_bounded_together(self):
        def ask():
            client = self.hold(self.stand.plain())
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            return client.send(b"GET /file/500000 HTTP/1.1\r\n" + H + b"\r\n")
        clients = [ask() for _ in range(40)]
        statuses = [client.head()[0] for client in clients]
        self.assertEqual(set(statuses), {200, 503})
        for client in clients:
            client.sock.close()

        def is_free():
            with self.stand.plain() as client:
                return client.get("/file/500000").status == 200
        wait_until("the room is free again", is_free)


class SlowReaders(Limits):
    settings = ("limits.body_memory=64", "limits.body_rate=1",
                "limits.body_timeout=1h", "limits.idle_timeout=1h")
    # What one may cost the gateway: a batch, and its TLS session.
    MOST_KIB = 136 + 64

    def ask(self, length):
        client = self.hold(self.stand.tls())
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.send(f"GET /file/{length} HTTP/1.1\r\n".encode() + H + b"\r\n")
        return client

    def is_whole(self, client, length):
        answer = client.answer()
        return answer.status == 200 and answer.body == (
            BYTES * (length // 256 + 1))[:length]

    def is_sanitized(self):
        """Sanitizers keep what was freed."""
        path = pathlib.Path(f"/proc/{self.stand.process.pid}/maps")
        return "libasan" in path.read_text()

    def dirty_kib(self):
        path = pathlib.Path(f"/proc/{self.stand.process.pid}/smaps_rollup")
        return sum(int(line.split()[1])
                   for line in path.read_text().splitlines()
                   if line.startswith("Private_Dirty:"))

    def test_each_costs_no_more_than_a_batch_and_gets_every_byte(self):
        length, count = 1000000, 40
        self.assertTrue(self.is_whole(self.ask(length), length))
        before = self.dirty_kib()
        clients = [self.ask(length) for _ in range(count)]
        with self.stand.tls() as other:
            self.assertEqual(other.get("/info").status, 200)
        if not self.is_sanitized():
            self.assertLess(self.dirty_kib() - before, count * self.MOST_KIB)
        for client in clients:
            self.assertTrue(self.is_whole(client, length))
        with clients[0]:
            self.assertEqual(clients[0].get("/info").status, 200)


class FewKept(SlowReaders):
    """Room for the rest of one batch, and three who leave one."""
    settings = ("limits.body_memory=1", *SlowReaders.settings[1:])

    def test_each_costs_no_more_than_a_batch_and_gets_every_byte(self):
        length = 340000
        for _ in range(3):
            clients = [self.ask(length) for _ in range(3)]
            with self.stand.tls() as other:
                self.assertEqual(other.get("/info").status, 200)
            for client in clients:
                self.assertTrue(self.is_whole(client, length))
                client.sock.close()


class Requests(Limits):
    settings = ("limits.workers=1", "limits.requests_held=20",
                "limits.request_timeout=5min", "limits.header_timeout=5min")

    def first_with_an_answer(self, clients):
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client.sock, selectors.EVENT_READ, client)
            ready = selector.select(PATIENCE)
        self.assertTrue(ready, "nobody is answered")
        return ready[0][0].data

    def test_agents_that_wait_do_not_keep_people_from_core(self):
        agents = [self.hold(self.stand.mutual("agent1")) for _ in range(220)]
        for agent in agents:
            agent.send(b"GET /never HTTP/1.1\r\n" + H + b"\r\n")
        # 192 with core, 20 held, 8 put off: those that the gateway read last.
        for _ in range(8):
            agent = self.first_with_an_answer(agents)
            agents.remove(agent)
            answer = agent.answer()
            self.assertEqual((answer.status, answer.code),
                             (503, "core_busy"))
            self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.told("[limits] requests_held", 20)
        for _ in range(3):
            with self.stand.plain() as client:
                self.assertEqual(client.get("/info").status, 200)


class Sockets(Limits):
    def test_a_socket_that_never_reads_is_ended(self):
        sock = self.hold(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", self.stand.agents))
        client = self.hold(Client(self.stand.context("agent1").wrap_socket(
            sock, server_hostname="localhost")))
        client.send(b"GET /socket HTTP/1.1\r\n" + H + UPGRADE + b"\r\n")
        self.assertEqual(client.head()[0], 101)
        self.stand.expect("open")
        while self.stand.lines.empty():
            for _ in range(50):
                self.stand.process.stdin.write("knock " + "x" * 240 + "\n")
            self.stand.process.stdin.flush()
            for _ in range(50):
                line = self.stand.lines.get(timeout=PATIENCE)
                if line.startswith("closed"):
                    return


class Descriptors(Limits):
    def test_without_descriptors_the_others_go_on(self):
        with self.stand.tls() as old:
            self.assertEqual(old.get("/info").status, 200)
            pid = self.stand.process.pid
            limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            used = 1 + max(int(path.name) for path in
                           pathlib.Path(f"/proc/{pid}/fd").iterdir())
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, limit[1]))
            waiting = self.hold(raw(self.stand.http))
            waiting.sendall(b"GET /info HTTP/1.1\r\n" + H + b"\r\n")
            wait_until("the log says it", lambda: lines_with(
                self.stand, "RLIMIT_NOFILE"))
            before = self.cpu(pid)
            for _ in range(20):
                self.assertEqual(old.get("/info").status, 200)
                time.sleep(0.05)
            # A loop that spins would have used all of that second.
            self.assertLess(self.cpu(pid) - before, 0.5)
            self.assertEqual(len(lines_with(self.stand, "RLIMIT_NOFILE")), 1)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
            self.assertEqual(Client(waiting).answer().status, 200)

    @staticmethod
    def cpu(pid):
        text = pathlib.Path(f"/proc/{pid}/schedstat").read_text()
        return int(text.split()[0]) / 1e9


if __name__ == "__main__":
    main()
