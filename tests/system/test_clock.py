"""Clocks that are set, that were wrong from the start, and the computer's sleep.

The real agent against the stand-in server, whose clock is right, and the real
server with a clock that is moved. No clock of this computer is touched.
"""

import datetime
import os
import time

import pytest

import clocks
import harness
import stand_in
from clocks import DAY, YEAR

PATIENT = 30


@pytest.fixture
def moved(place):
    return clocks.Clocks(place / "programs")


@pytest.fixture
def server(place):
    https, agents = harness.free_ports(2)
    running = stand_in.StandIn(place, https, agents)
    # Old enough to be valid for a clock that is a year behind.
    running.use_identity(*stand_in.server_identity(2 * 365 * stand_in.DAY))
    running.start()
    yield running
    running.stop()


def be_new(server):
    """The server was installed minutes ago."""
    server.stop()
    server.use_identity(*stand_in.server_identity())
    server.start()


@pytest.fixture
def make(server, agents, moved):
    def start(program=moved.agent, **settings):
        return agents(server.bootstrap(), program, **settings)
    return start


def wait(what, is_done, agent):
    try:
        return harness.wait_until(what, is_done, PATIENT)
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{agent.log()}\n{agent.status()}") \
            from None


@pytest.fixture
def agent(make, server):
    agent = make()
    wait("the agent listens",
         lambda: server.links and agent.status()["connected"], agent)
    # The second refresh would come at a random time, this is it.
    assert agent.run("refresh").returncode == 0
    return agent


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def away(text, by_s):
    """How far a time of the status is from now by a clock that is off."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (moment(text) - now).total_seconds() - by_s


def rests(agent, by_s):
    """Is the next refresh an ordinary one, in an interval from now?"""
    return 5000 < away(agent.status()["next_contact_at"], by_s) <= 5400


def wait_refreshed(server, agent, before, by_s):
    """One refresh, and no other is planned before the ordinary one."""
    wait("a refresh", lambda: len(server.refreshes) > before, agent)
    wait("it rests", lambda: rests(agent, by_s), agent)
    assert len(server.refreshes) == before + 1


@pytest.mark.parametrize("by_s", [DAY, -DAY, -YEAR])
def test_a_set_clock_makes_one_refresh_and_no_renewal(server, agent, moved,
                                                      by_s):
    before = len(server.refreshes)
    moved.set(real_s=by_s)
    wait_refreshed(server, agent, before, by_s)
    told = moment(server.refreshes[-1]["request"]["agent"]["clock"])
    assert abs((told - datetime.datetime.now(datetime.timezone.utc))
               .total_seconds() - by_s) < 60
    assert len(server.certificates) == 1
    # What was noted in the old time is told in the new one.
    status = agent.status()
    assert status["connected"] and status["failures"] == 0
    assert -120 < away(status["last_success_at"], by_s) <= 0
    # It says what is wrong and what to do, and stops when that is mended.
    assert abs(status["clock_ahead_s"] - by_s) < 60
    assert "Set this computer's clock" in status["advice"]
    text = agent.run("status")
    assert text.returncode == 1
    assert ("ahead of" if by_s > 0 else "behind") + " the server's" \
        in text.stdout
    moved.set()
    wait("all is well", lambda: agent.status()["clock_ahead_s"] == 0, agent)
    assert agent.status()["advice"] is None
    assert len(server.certificates) == 1
    wait_refreshed(server, agent, before + 1, 0)


def test_knocks_are_heard_after_the_clock_was_set(server, agent, moved):
    before = len(server.refreshes)
    moved.set(real_s=-YEAR)
    wait_refreshed(server, agent, before, -YEAR)
    server.knock()
    wait_refreshed(server, agent, before + 1, -YEAR)
    done = agent.run("refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(server.refreshes) == before + 3


def test_a_clock_set_again_and_again_makes_no_burst(server, agent, moved):
    before = len(server.refreshes)
    started = time.monotonic()
    for i in range(40):
        moved.set(real_s=DAY if i % 2 == 0 else -DAY)
        time.sleep(0.05)
    moved.set()
    wait("it rests", lambda: len(server.refreshes) > before and
         rests(agent, 0), agent)
    assert len(server.refreshes) - before <= \
        1 + (time.monotonic() - started) / 3


def test_a_clock_ahead_of_the_certificates_end_makes_no_loop(
        server, make, moved, own_packages):
    """By the clock the certificate ended 110 days ago; the server, whose
    clock counts, goes on taking it."""
    moved.set(real_s=200 * DAY)
    agent = make(own_packages.of(moved.agent), software_check="1s")
    wait("it has refreshed", lambda: server.refreshes, agent)
    wait("it tells of its clock",
         lambda: agent.status()["clock_ahead_s"] > 199 * DAY, agent)
    assert agent.run("refresh").returncode == 0
    before = len(server.refreshes)
    time.sleep(4)  # several looks at the software, each a chance to renew
    assert len(server.refreshes) == before
    assert len(server.certificates) == 1


def test_renewal_comes_when_it_is_due_by_the_servers_clock(server, make,
                                                           moved):
    moved.set(real_s=-DAY)
    server.life = datetime.timedelta(seconds=15)
    agent = make()
    wait("it has refreshed", lambda: server.refreshes, agent)
    server.life = 90 * stand_in.DAY
    wait("the renewal", lambda: len(server.certificates) > 1, agent)
    wait("the switch", lambda: agent.status()["certificate_sha256"] ==
         server.certificates[-1].fingerprint(stand_in.hashes.SHA256()).hex(),
         agent)
    assert len(server.certificates) == 2


@pytest.mark.parametrize("by_s, code", [
    (-time.time() + 1, "server_not_yet_valid"),
    (-YEAR, "server_not_yet_valid"),
    (2 * YEAR, "server_expired"),
], ids=["1970", "a year behind", "two years ahead"])
def test_a_clock_wrong_from_the_start_is_told_and_heals(server, make, moved,
                                                        by_s, code):
    be_new(server)
    moved.set(real_s=by_s)
    agent = make()
    wait(f"it says {code}", lambda: agent.error() == code, agent)
    status = agent.status()
    assert "by this computer's clock" in status["last_error"]
    assert "Set this computer's clock" in status["advice"]
    assert ("POST", "/.well-known/est/simpleenroll") not in server.requests
    # It would try again ever later; the set clock is reason enough.
    moved.set()
    wait("it is enrolled and listens", lambda: agent.status()["connected"],
         agent)
    assert agent.status()["failures"] == 0
    assert len(server.certificates) == 1


def test_a_clock_set_behind_the_servers_certificate_is_told_and_heals(
        server, make, moved):
    be_new(server)
    agent = make()
    wait("the agent listens",
         lambda: server.links and agent.status()["connected"], agent)
    before = len(server.refreshes)
    moved.set(real_s=-YEAR)
    wait("it says so", lambda: agent.error() == "server_not_yet_valid", agent)
    status = agent.status()
    assert status["clock_ahead_s"] < 0
    assert "Set this computer's clock" in status["advice"]
    # The link that it has still works: it was judged when it was opened.
    assert status["connected"]
    moved.set()
    wait("a refresh", lambda: len(server.refreshes) > before, agent)
    wait("all is well", lambda: agent.run("status").returncode == 0, agent)
    assert len(server.certificates) == 1


def test_a_clock_beyond_2038_costs_nothing(server, agent, moved):
    moved.set(real_s=30 * YEAR)
    wait("it tells of its clock",
         lambda: agent.status()["clock_ahead_s"] > 29 * YEAR, agent)
    pid = agent.child("channel")

    def used_ticks():
        words = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])

    before = used_ticks()
    time.sleep(3)
    assert used_ticks() - before < os.sysconf("SC_CLK_TCK")


def test_what_is_due_after_a_sleep_is_done_at_once(server, agent, moved):
    """Eight hours of sleep: the boot time and the wall clock went on, the
    monotonic clock and the timers stood still."""
    before = len(server.refreshes)
    moved.set(real_s=8 * 3600, boot_s=8 * 3600)
    wait_refreshed(server, agent, before, 8 * 3600)
    assert "the computer has slept" in agent.log()
    # The connection from before it may be dead without knowing it.
    wait("another link", lambda: agent.status()["connected"] and
         agent.log().count("the server can knock now") == 2, agent)
    server.knock()
    wait_refreshed(server, agent, before + 1, 8 * 3600)


def test_a_sleep_that_the_clock_did_not_see(server, agent, moved):
    """A computer without a clock that runs in sleep: only the boot time."""
    before = len(server.refreshes)
    moved.set(boot_s=8 * 3600)
    wait_refreshed(server, agent, before, 0)
    wait("it listens", lambda: agent.status()["connected"], agent)
    assert agent.status()["clock_ahead_s"] == 0
