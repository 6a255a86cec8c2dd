"""This computer managed for real: the server, the agent, its own inventory."""

import os
import signal
import subprocess
import time

import pytest

import estkit
import harness
import only_root
from described import Api


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture
def agent(server, api, request):
    made = api.ok("POST", "/enrolment-tokens", {"kind": "office"})
    with harness.folder("warifu-agent-") as place:
        agent = harness.Agent(place, made["bootstrap"])
        agent.start()
        try:
            harness.wait_until("it listens",
                               lambda: agent.status()["connected"], 20)
            agent.id = agent.status()["computer_id"]
            yield agent
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{agent.log()}") from None
        finally:
            if agent.process is not None and agent.process.is_alive():
                agent.stop()


def computer(api, agent):
    return api.ok("GET", f"/computers/{agent.id}")


def last_contact(agent):
    return agent.status()["last_success_at"]


def test_the_real_inventory_arrives(api, agent):
    one = computer(api, agent)
    assert one["proved_at"] and one["last_mutual_at"] and one["is_live"]
    listed = subprocess.run(["dpkg-query", "-W", "-f",
                             "${db:Status-Abbrev}\n"], text=True,
                            capture_output=True, check=True).stdout
    installed = sum(line.startswith(("ii", "hi"))
                    for line in listed.splitlines())
    sections = api.ok("GET", f"/computers/{agent.id}/inventory")["sections"]
    dpkg = [item for item in sections["packages"]["items"].values()
            if item["format"] == "dpkg"]
    assert len(dpkg) == installed
    assert all("installed_at" in item for item in dpkg)
    assert sections["operating_system"]["items"]["this"]["id"]
    assert sections["users"]["items"]["root"]["uid"] == 0
    assert len(sections) == 10, sorted(sections)


@pytest.mark.parametrize("code", ["token_used", "token_unknown"])
def test_a_refused_token_is_told_with_advice(server, api, folder, code):
    made = api.ok("POST", "/enrolment-tokens", {"kind": "office"})
    bootstrap = made["bootstrap"]
    if code == "token_used":
        estkit.PythonAgent(server, folder / "first", made["secret"])
    else:
        bootstrap["token"] = "wft_" + "a" * (len(made["secret"]) - 4)
    with harness.folder("warifu-agent-") as place:
        agent = harness.Agent(place, bootstrap).start()
        try:
            harness.wait_until("it says why", lambda: agent.error() not in
                               (None, ""), 30)
            assert agent.error() == code, agent.log()
            assert "Get a new enrolment token" in agent.run("status").stdout
        finally:
            agent.stop()


def test_a_knock_is_acted_on_within_a_second(api, agent):
    before = last_contact(agent)
    began = time.monotonic()
    assert api.ok("POST", f"/computers/{agent.id}/refresh")["live"] is True
    harness.wait_until("a refresh", lambda: last_contact(agent) != before)
    assert time.monotonic() - began < 2 * harness.PATIENCE


def test_it_comes_back_after_the_server(server, api, agent):
    server.stop()
    harness.wait_until("the link has ended",
                       lambda: not agent.status()["connected"])
    server.start()
    harness.wait_until("the agent listens again",
                       lambda: agent.status()["connected"], 30)


def family(pid):
    yield pid
    for child, _ in harness.children_of(pid):
        yield from family(child)


def test_it_comes_back_after_a_sleep(server, api, agent):
    """All its processes stand still, as in a sleep, while the server restarts
    and closes the connection that they believe to have."""
    pids = list(family(agent.process.pid))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        server.stop()
        server.start()
        assert not computer(api, agent)["is_live"]
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    harness.wait_until("it is connected again",
                       lambda: computer(api, agent)["is_live"], 60)
    harness.wait_until("it says so", lambda: agent.status()["connected"], 30)


def test_a_revoked_computer_is_told_so(api, agent):
    api.ok("POST", f"/computers/{agent.id}/revoke", {"reason": "lost"})
    harness.wait_until("the link has ended",
                       lambda: not agent.status()["connected"], 2)
    assert agent.run("refresh").returncode == 1
    assert agent.error() == "certificate_revoked"
    assert "revoked" in agent.run("status").stdout
    assert agent.process.is_alive()


def test_a_retired_computer_forgets_its_key(api, agent):
    api.ok("POST", f"/computers/{agent.id}/retire")
    harness.wait_until("the agent has ended",
                       lambda: not agent.process.is_alive(), 20)
    assert not (agent.state / "channel").exists()
    harness.wait_until("the server knows", lambda: computer(
        api, agent)["state"] in ("removed", "revoked"))


def pss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup
                    if line.startswith("Pss:"))


def resting_kib(agent):
    """Of its two processes; None while an executor comes or goes."""
    pids = [agent.process.pid] + [
        pid for pid, _ in harness.children_of(agent.process.pid)]
    try:
        total = sum(pss_kib(pid) for pid in pids)
    except (ProcessLookupError, FileNotFoundError):
        return None
    return total if len(pids) == 2 else None


@only_root.measures
def test_all_processes_stay_below_fifteen_megabytes(agent):
    total = harness.wait_until("the executor has gone",
                               lambda: resting_kib(agent), 20)
    assert total < 15 * 1024 * harness.PATIENCE * harness.PATIENCE
