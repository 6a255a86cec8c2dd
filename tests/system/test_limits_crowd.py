"""Slow and stuck clients, 300 of each kind at once: each costs little, and
everybody else is served throughout."""

import concurrent.futures
import contextlib
import os
import pathlib
import resource
import socket

import pytest

import estkit
import harness
import only_root

EACH = 300
HELLO_BYTES = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
# Nobody else may look at the roles' descriptors and memory.
MAY_LOOK = os.geteuid() == 0
# What one stuck client may cost the gateways, kernel apart.
MOST_KIB = 64


@pytest.fixture(scope="module")
def settings():
    # None of them ends by its deadline while the test runs.
    return {"limits.header_timeout": "5min",
            "limits.handshake_timeout": "5min",
            "limits.body_timeout": "1h", "limits.body_rate": 1,
            "limits.idle_timeout": "1h"}


@pytest.fixture(scope="module")
def crowd(server, administrator, folder):
    token = server.office_token(administrator, EACH)
    with concurrent.futures.ThreadPoolExecutor(4) as hands:
        return list(hands.map(lambda n: estkit.PythonAgent(
            server, folder / f"crowd{n}", token), range(EACH)))


@pytest.fixture(scope="module")
def agent(server, administrator, folder):
    return estkit.PythonAgent(server, folder / "agent",
                              server.office_token(administrator))


@pytest.fixture(scope="module", autouse=True)
def enough_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))


def connect(port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(30 * harness.PATIENCE)
    sock.connect(("127.0.0.1", port))
    return sock


def saying(port, words):
    sock = connect(port)
    sock.sendall(words)
    return sock


def secure(server, agent, words):
    sock = estkit.tls(agent.identity).wrap_socket(connect(server.agents))
    sock.sendall(words)
    return sock


def never_reading(server, crowd):
    """A channel of an agent of its own: a second one would end the first."""
    channel = crowd.pop().channel()
    assert channel.status == 101
    return channel.socket


KINDS = {
    "slow head": lambda server, agent: saying(
        server.http, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
    "slow head over TLS": lambda server, agent: secure(
        server, agent, b"GET /agent/v1/channel HTTP/1.1\r\nHost: "),
    "slow body": lambda server, agent: secure(
        server, agent, b"POST /agent/v1/refresh HTTP/1.1\r\n"
        b"Host: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{" + b" " * 500),
    "slow reader": lambda server, agent: saying(
        server.http, b"GET /api/v1/openapi.json HTTP/1.1\r\n"
        b"Host: localhost\r\n\r\n"),
    "silent": lambda server, agent: connect(server.https),
    "half a hello": lambda server, agent: saying(server.agents, HELLO_BYTES),
}


def descriptors(server):
    return 0 if not MAY_LOOK else sum(len(os.listdir(f"/proc/{pid}/fd"))
               for pid in server.roles()["gateway"])


def dirty_kib(server):
    total = 0
    for pid in server.roles()["gateway"] if MAY_LOOK else ():
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(int(line.split()[1]) for line in text.splitlines()
                     if line.startswith("Private_Dirty:"))
    return total


def serve_everybody(server, administrator, agent, channel):
    """What people and agents do, each on new and on kept connections."""
    assert agent.refresh()["computer_id"] == agent.id
    listed = server.request("GET", "/api/v1/computers", token=administrator)
    assert listed.status == 200, listed
    knock = server.request("POST", f"/api/v1/computers/{agent.id}/refresh",
                           token=administrator)
    assert knock.status in (200, 202, 204), knock
    assert channel.message(30)["type"] == "knock"
    assert server.request("GET", "/readyz", plain=True).status == 200


@only_root.measures
def test_everybody_is_served_while_hundreds_are_stuck(
        server, administrator, agent, crowd):
    channel = agent.channel()
    kinds = dict(KINDS, **{"never reads": lambda server, agent: never_reading(
        server, crowd)})
    serve_everybody(server, administrator, agent, channel)
    pids, before, kib = server.roles(), descriptors(server), dirty_kib(server)
    count = 0
    with contextlib.ExitStack() as stack:
        for make in kinds.values():
            for _ in range(EACH):
                stack.enter_context(contextlib.closing(make(server, agent)))
            count += EACH
            serve_everybody(server, administrator, agent, channel)
        assert server.sign_in(harness.PASSWORD)
        # Slow bodies and slow readers end by their rate before long.
        assert descriptors(server) >= before + count - 2 * EACH or \
            not MAY_LOOK
        if not os.environ.get("WARIFU_SANITIZED"):
            assert dirty_kib(server) - kib < count * MOST_KIB
        for _ in range(5):
            serve_everybody(server, administrator, agent, channel)
    assert server.roles() == pids
    # A few of the kept connections of others may have come meanwhile.
    harness.wait_until("all that they held is free again",
                       lambda: descriptors(server) < before + 20, 30)
    serve_everybody(server, administrator, agent, channel)
