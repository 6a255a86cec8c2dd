"""What may stand between an agent and the server's agent port.

It splices the connection through untouched, or it ends TLS with the server's own
certificate and key and goes on without a client certificate, as a product for
TLS inspection does that was given that key.
"""

import contextlib
import select
import socket
import ssl
import threading

import harness


class Middlebox:
    """mode: "splice" or "strip", for connections to come."""

    def __init__(self, target, identity, agent_ca):
        """identity: PEM of the server's certificate and key."""
        self.target = target
        self.mode = "splice"
        self.heads = []
        self.shown = []
        self.sockets = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(identity)
        # It asks for a certificate, so that the agent shows its own.
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.context.load_verify_locations(agent_ca)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(near)
            threading.Thread(target=self.serve, args=(near, self.mode),
                             daemon=True).start()

    def serve(self, near, mode):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(near)
            near.settimeout(60)
            far = stack.enter_context(socket.create_connection(
                ("127.0.0.1", self.target), 60))
            self.sockets.append(far)
            if mode == "strip":
                near, far = self.end_tls(stack, near, far)
            self.relay(near, far, mode == "strip")

    def end_tls(self, stack, near, far):
        near = stack.enter_context(
            self.context.wrap_socket(near, server_side=True))
        self.shown.append(near.getpeercert() is not None and
                          near.getpeercert(True))
        far = stack.enter_context(harness.unverified().wrap_socket(far))
        return near, far

    def relay(self, near, far, is_read):
        """In one thread: two must not use a TLS connection at once."""
        other = {near: far, far: near}
        head = b"" if is_read else None
        with contextlib.suppress(OSError):
            while True:
                for source in self.ready(near, far):
                    data = self.take(source)
                    if data == b"":
                        return
                    if data and source is near:
                        head = self.hear(head, data)
                    if data:
                        other[source].sendall(data)

    @staticmethod
    def ready(near, far):
        held = [end for end in (near, far)
                if isinstance(end, ssl.SSLSocket) and end.pending()]
        return held or select.select([near, far], [], [], 60)[0]

    @staticmethod
    def take(source):
        """What there is: b"" at the end, None when it was no data."""
        source.settimeout(0)
        try:
            return source.recv(65536)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        finally:
            source.settimeout(60)

    def hear(self, head, data):
        """Keep the head of a request; None when it is no more awaited."""
        if head is None:
            return None
        head += data
        if b"\r\n\r\n" not in head:
            return head
        self.heads.append(head.split(b"\r\n\r\n")[0].decode())
        return None

    def turn(self, mode):
        """Change the mode; connections that stand are cut."""
        self.mode = mode
        self.cut()

    def cut(self):
        sockets, self.sockets = self.sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def bearers(self):
        """The first lines of requests that carried a credential."""
        return [head.splitlines()[0] for head in self.heads
                if "authorization: bearer" in head.lower()]

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
