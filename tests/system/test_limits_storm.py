"""A storm of agents that come back at once: nobody is refused, and who is
connected already, and the administrator, are served while it is on."""

import contextlib
import http.client
import json
import socket
import threading

import pytest

import estkit
import harness

CROWD = 48
SERVED = 30


@pytest.fixture(scope="module")
def settings():
    # So few places that most of the crowd always waits for one.
    return {"limits.handshakes": 4, "server.gateways": 1}


@pytest.fixture(scope="module")
def agents(server, administrator, folder):
    token = server.office_token(administrator)
    return [estkit.PythonAgent(server, folder / f"agent{n}", token)
            for n in range(4)]


class Storm:
    """Agents that connect, are answered once, and lose the connection."""

    def __init__(self, server, agents):
        self.server = server
        self.contexts = [estkit.tls(agent.identity) for agent in agents]
        self.is_over = False
        self.answered = 0
        self.problems = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.come_back, args=(n,))
                        for n in range(CROWD)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def come_back(self, number):
        context = self.contexts[number % len(self.contexts)]
        while not self.is_over:
            try:
                plain = socket.create_connection(
                    ("127.0.0.1", self.server.agents), 120)
                with context.wrap_socket(plain) as secure:
                    secure.sendall(b"GET /.well-known/warifu/publication "
                                   b"HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    words = secure.recv(16)
                assert words.startswith(b"HTTP/1.1 200"), words
                with self.lock:
                    self.answered += 1
            except (OSError, AssertionError) as problem:
                self.problems.append(problem)


@contextlib.contextmanager
def kept(port, context):
    link = http.client.HTTPSConnection("127.0.0.1", port, context=context,
                                       timeout=120)
    with contextlib.closing(link):
        yield link


def ask(link, method, path, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    link.request(method, path, body and json.dumps(body), headers)
    answer = link.getresponse()
    answer.read()
    assert answer.status == 200, (path, answer.status)


def test_a_storm_refuses_nobody_and_delays_the_others_little(
        server, administrator, agents):
    pids = server.roles()
    with kept(server.agents, estkit.tls(agents[0].identity)) as agent, \
            kept(server.https, harness.unverified()) as console:
        ask(agent, "POST", "/agent/v1/refresh", estkit.refresh_body())
        ask(console, "GET", "/api/v1/computers", token=administrator)
        with Storm(server, agents) as storm:
            harness.wait_until("the storm is on",
                               lambda: storm.answered >= CROWD, 60)
            before = storm.answered
            for _ in range(SERVED):
                ask(agent, "POST", "/agent/v1/refresh", estkit.refresh_body())
                ask(console, "GET", "/api/v1/computers", token=administrator)
                with kept(server.https, harness.unverified()) as newcomer:
                    ask(newcomer, "GET", "/api/v1/computers",
                        token=administrator)
            harness.wait_until("the storm went on meanwhile",
                               lambda: storm.answered > before + CROWD, 60)
    assert not storm.problems, storm.problems[:5]
    assert "are turned away" not in server.log()
    assert server.roles() == pids
