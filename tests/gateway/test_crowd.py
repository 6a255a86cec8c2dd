"""Many connections at once: they wait their turn, and cost no memory for good."""

import contextlib
import pathlib
import queue
import socket
import threading
import time

from stand import H, PATIENCE, Base, main


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


if __name__ == "__main__":
    main()
