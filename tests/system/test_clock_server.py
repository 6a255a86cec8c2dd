"""The server's clock is set, or wrong: its loops go on, and all heals."""

import datetime
import http.client
import os
import signal
import sqlite3
import time

import pytest
from cryptography import x509

import clocks
import harness
from clocks import DAY, YEAR

PATIENT = 30


@pytest.fixture(scope="module")
def moved(folder):
    return clocks.Clocks(folder / "programs")


@pytest.fixture(scope="module")
def server(folder, moved):
    moved.make_own("signer")
    running = harness.Server(folder)
    running.program = moved.server
    with harness.running(running):
        yield running


@pytest.fixture(scope="module")
def agent(server, administrator, folder):
    """With a clock that is right all the time."""
    running = harness.Agent(folder / "computer",
                            server.bootstrap(administrator)).start()
    harness.wait_until("it listens", lambda: running.status()["connected"],
                       PATIENT)
    yield running
    running.stop()


@pytest.fixture
def set_to(moved):
    """All the server's processes' clocks; set right again at the end."""
    def set_all(by_s):
        moved.set(real_s=by_s)
        moved.set("signer", real_s=by_s)
    yield set_all
    set_all(0)


def now(by_s=0):
    return datetime.datetime.utcnow() + datetime.timedelta(seconds=by_s)


def crl_of(server):
    answer = server.request("GET", "/pki/agent-ca.crl", port=server.http,
                            plain=True)
    assert answer.status == 200, answer
    return x509.load_der_x509_crl(answer.body)


@pytest.mark.parametrize("by_s", [DAY, -DAY, -YEAR, 30 * YEAR])
def test_a_set_clock_stalls_nothing(server, administrator, agent, set_to,
                                    by_s):
    roles = server.roles()
    attempted = agent.status()["last_attempt_at"]
    set_to(by_s)
    assert server.request("GET", "/readyz").status == 200
    # People sign in, and what they order reaches the computer at once.
    token = server.sign_in(harness.PASSWORD)
    status = server.request("GET", "/api/v1/status", token=token).json
    assert 0 <= status["uptime_s"] < 3600
    computer = agent.status()["computer_id"]
    for _ in range(2):
        answer = server.request(
            "POST", f"/api/v1/computers/{computer}/refresh", token=token)
        assert answer.status in (200, 202) and answer.json["live"], answer
        time.sleep(0.1)
    harness.wait_until("the knock arrives", lambda: agent.status()[
        "last_attempt_at"] != attempted, PATIENT)
    # Signed objects are of the time that it is now, by this clock.
    crl = crl_of(server)
    assert crl.last_update <= now(by_s) < crl.next_update
    assert crl.next_update - now(by_s) < datetime.timedelta(days=8)
    # What works by tokens works.
    assert server.office_token(token, uses=1)
    assert server.roles() == roles


def test_sessions_end_by_the_clock_and_none_lasts_longer(server, set_to):
    early = server.administrator()
    set_to(YEAR)
    late = server.sign_in(harness.PASSWORD)
    answer = server.request("GET", "/api/v1/me", token=early)
    assert answer.status == 401
    assert server.request("GET", "/api/v1/me", token=late).status == 200
    set_to(0)
    # Made by a clock a year ahead, it would last a year.
    answer = server.request("GET", "/api/v1/me", token=late)
    assert answer.status == 401 and answer.json["code"] == "session_expired"


def test_a_lock_from_the_future_is_over(server, administrator, set_to):
    def sign_in(password):
        return server.request("POST", "/api/v1/session", {
            "user": "admin", "password": password})

    def restart_core():
        # A new core knows only the lock that the database has.
        os.kill(server.roles()["core"][0], signal.SIGKILL)
        server.wait_ready(PATIENT)

    for by_s, status in ((0, 429), (YEAR, 201)):
        set_to(by_s)
        restart_core()
        harness.wait_until("locked", lambda: sign_in("wrong").status == 429,
                           PATIENT)
        set_to(0)
        restart_core()
        assert sign_in(harness.PASSWORD).status == status
        with sqlite3.connect(server.state / "core" / "warifu.db") as database:
            database.execute("UPDATE local_user SET locked_until = 0")


@pytest.mark.parametrize("by_s", [-YEAR, DAY])
def test_roles_that_start_with_a_wrong_clock_heal_with_it(server, agent,
                                                          set_to, by_s):
    certificate = server.certificate_sha256()
    set_to(by_s)
    for role in ("signer", "core", "gateway"):
        for pid in server.roles()[role]:
            os.kill(pid, signal.SIGKILL)
        server.wait_ready(PATIENT)
    assert server.certificate_sha256() == certificate
    token = server.sign_in(harness.PASSWORD)
    assert server.office_token(token, uses=1)
    set_to(0)
    agent.run("refresh")
    harness.wait_until("the computer is back",
                       lambda: agent.run("refresh").returncode == 0 and
                       agent.status()["connected"], 60)
    assert server.certificate_sha256() == certificate
    assert server.log().count("made the server's certificate") == 1


class Kept:
    """One connection to the API that is used again and again."""

    def __init__(self, server):
        self.link = http.client.HTTPSConnection(
            "127.0.0.1", server.https, timeout=20 * harness.PATIENCE,
            context=harness.unverified())
        self.link.connect()
        self.socket = self.link.sock
        self.ask()

    def ask(self):
        self.link.request("GET", "/healthz")
        answer = self.link.getresponse()
        answer.read()
        assert answer.status == 200
        assert self.link.sock is self.socket, "it was connected anew"


def test_the_running_service_renews_its_certificate(server, moved):
    """335 days later by the signer's clocks alone; nothing is reset."""
    before = server.certificate_sha256()
    kept = Kept(server)
    roles = server.roles()
    # Due from now on, and believed two hours later. The looks at it are
    # minutes apart; a question wakes the signer to see what its timers say.
    for monotonic_s in (900, 900 + 7200):
        moved.set("signer", real_s=336 * DAY, monotonic_s=monotonic_s)
        for _ in range(3):
            crl_of(server)

    def is_renewed():
        kept.ask()
        crl_of(server)
        return server.certificate_sha256() != before
    try:
        harness.wait_until("another certificate", is_renewed, 60)
    finally:
        moved.set("signer")
    kept.ask()
    assert server.roles() == roles
    assert "less than 30 days were left" in server.log()
