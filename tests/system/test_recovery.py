"""Roles are killed at random moments; nothing that was acknowledged is lost."""

import os
import re
import signal
import threading
import time

import pytest

import estkit
import harness


class Load:
    """An agent that refreshes without a pause; what was acknowledged counts."""

    def __init__(self, agent):
        self.agent = agent
        self.acknowledged = 0
        self.failures = 0
        self.longest_gap = 0.0
        self.section = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    def _run(self):
        last = time.monotonic()
        while not self._ends.is_set():
            section = {"n": {"value": self.acknowledged + 1}}
            try:
                answer = self.agent.post(
                    "/agent/v1/refresh",
                    estkit.refresh_body({"users": estkit.full(section)}))
            except OSError:
                answer = None
            if answer is None or answer.status != 200:
                self.failures += 1
                time.sleep(0.02)
                continue
            self.acknowledged += 1
            self.section = section
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - last)
            last = now


@pytest.fixture
def agent(server, administrator, folder, request):
    def make_token():
        # Roles of the test before may be on their way back; making a token is
        # not repeated by the server, so that it is 503 and ours to repeat.
        try:
            return server.office_token(administrator)
        except AssertionError as problem:
            assert "<503 " in str(problem)
            return None

    token = harness.wait_until("a token", make_token, 30)
    return estkit.PythonAgent(server, folder / request.node.name, token)


def assert_kept(load, server, administrator):
    kept = server.request(
        "GET", f"/api/v1/computers/{load.agent.id}/inventory/users",
        token=administrator)
    assert f'"value":{load.section["n"]["value"]}' in \
        kept.body.decode().replace(" ", ""), kept


@pytest.mark.parametrize("role", ["core", "signer", "gateway"])
def test_a_killed_role_is_back_within_two_seconds(
        server, administrator, agent, role):
    with Load(agent) as load:
        harness.wait_until("the load runs", lambda: load.acknowledged > 5)
        for pid in server.roles()[role]:
            os.kill(pid, signal.SIGKILL)
        before = load.acknowledged
        harness.wait_until("refreshes work again", lambda:
                           load.acknowledged > before + 10)
        harness.wait_until("the server is ready again", lambda:
                           server.request("GET", "/readyz").status == 200)
    assert load.longest_gap < 2 * harness.PATIENCE
    assert_kept(load, server, administrator)


def test_enrolment_works_through_the_death_of_the_signer(
        server, administrator):
    token = server.office_token(administrator)
    os.kill(server.roles()["signer"][0], signal.SIGKILL)
    certificate, = estkit.certificates_of(estkit.enrol(
        server, token, estkit.request_der(estkit.new_key())))
    assert certificate.serial_number


def test_live_agents_stay_through_the_death_of_core(
        server, administrator, agent):
    agent.refresh()
    channel = agent.channel()
    assert channel.status == 101
    os.kill(server.roles()["core"][0], signal.SIGKILL)
    harness.wait_until("core knows of it", lambda: server.request(
        "GET", f"/api/v1/computers/{agent.id}",
        token=administrator).json.get("is_live"))
    server.request("POST", f"/api/v1/computers/{agent.id}/refresh",
                   token=administrator)
    assert channel.message() == {"type": "knock"}


def test_a_reload_refuses_nothing(server, administrator, agent):
    with Load(agent) as load:
        harness.wait_until("the load runs", lambda: load.acknowledged > 5)
        before = server.roles()
        server.process.process.send_signal(signal.SIGHUP)
        harness.wait_until("the roles are new", lambda: not (
            set(before["core"] + before["gateway"]) &
            set(sum(server.roles().values(), []))), 20)
        after = load.acknowledged
        harness.wait_until("refreshes go on",
                           lambda: load.acknowledged > after + 10)
    assert load.failures == 0
    assert_kept(load, server, administrator)


def test_revocation_holds_after_every_role_was_killed(
        server, administrator, agent):
    agent.refresh()
    answer = server.request("POST", f"/api/v1/computers/{agent.id}/revoke",
                            {"reason": "a test"}, token=administrator)
    assert answer.status == 200, answer
    for pids in server.roles().values():
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    server.wait_ready()
    assert estkit.alert_of(server, estkit.tls(agent.identity)) == \
        "SSLV3_ALERT_CERTIFICATE_REVOKED"


def busy_workers(server):
    metrics = server.request("GET", "/metrics", plain=True).body.decode()
    return int(re.search(r"^warifu_workers_busy (\d+)$", metrics,
                         re.M).group(1))


@pytest.mark.parametrize("is_killed", [True, False])
def test_core_ends_in_time_without_an_answer_of_the_signer(folder, is_killed):
    """It is asked and stands still, or is gone, when all are told to end."""
    place = folder / f"ending-{is_killed}"
    place.mkdir()
    server = harness.Server(place).start()
    signer = server.roles()["signer"][0]
    os.kill(signer, signal.SIGSTOP)

    def ask():
        try:
            server.request("GET", "/pki/agent-ca.crl", port=server.http,
                           plain=True)
        except OSError:
            pass

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    # Their workers wait in vain before the server is told to end.
    harness.wait_until("core waits", lambda: busy_workers(server) >= 3, 30)
    if is_killed:
        # Before its supervisor could start another one.
        os.kill(server.process.pid, signal.SIGSTOP)
        os.kill(signer, signal.SIGKILL)
        os.kill(server.process.pid, signal.SIGTERM)
        os.kill(server.process.pid, signal.SIGCONT)
    server.stop()
    for asker in askers:
        asker.join()
    killed = [line for line in server.log().splitlines()
              if "did not end in time" in line and "core" in line]
    assert not killed, killed
