"""The agent's own credential: when it is shown, and when never."""

import base64
import time

import pytest

import harness
import stand_in

REFRESH = "/agent/v1/refresh"


@pytest.fixture
def server(place):
    """One that never sees a certificate, as if something took it away."""
    https, agents = harness.free_ports(2)
    running = stand_in.StandIn(place, https, agents)
    running.asks = False
    running.credential = "taken"
    running.start()
    yield running
    running.stop()


def says(agent, code):
    harness.wait_until(f"the agent says {code}",
                       lambda: agent.error() == code, 30)


def by_credential(server, agents, **settings):
    agent = agents(server.bootstrap(), **settings)
    try:
        harness.wait_until("the agent has refreshed", lambda: server.refreshes
                           and agent.status()["authentication"], 30)
    except AssertionError as problem:
        raise AssertionError(
            f"{problem}\n{agent.log()}\n{server.faults}") from None
    return agent


def proved(server, agents):
    """An agent that got through by certificate once."""
    server.restart(asks=True)
    agent = by_credential(server, agents)
    assert agent.status()["authentication"] == "certificate"
    assert server.bearers == []
    return agent


def credentials(agent):
    return list((agent.state / "channel/identity").glob("*/credential"))


def test_it_is_shown_where_no_certificate_arrives(server, agents):
    agent = by_credential(server, agents)
    assert server.refreshes[0]["serial"] is None
    assert "packages" in server.held
    path, text = server.bearers[0]
    assert path == REFRESH
    one, = credentials(agent)
    assert one.stat().st_mode & 0o777 == 0o600
    assert base64.urlsafe_b64decode(text + "=") == one.read_bytes()
    status = agent.status()
    assert status["authentication"] == "credential"
    assert status["authentication_changed_at"]
    assert "ends TLS" in status["advice"] and "inspection" in status["advice"]
    done = agent.run("status")
    assert done.returncode == 1
    assert "Recognised by:    its credential" in done.stdout
    assert "What to do:" in done.stdout


def test_each_cycle_shows_the_certificate_first(server, agents):
    agent = by_credential(server, agents)
    for _ in range(2):
        began, shown = len(server.requests), len(server.bearers)
        since = agent.status()["authentication_changed_at"]
        done = agent.run("refresh")
        assert done.returncode == 0 and "does not see" in done.stdout
        asked = [path for _, path in server.requests[began:]]
        assert asked == [REFRESH, REFRESH]
        assert len(server.bearers) == shown + 1
        assert agent.status()["authentication_changed_at"] == since
    server.restart(asks=True)
    shown = len(server.bearers)
    assert agent.run("refresh").returncode == 0
    assert server.refreshes[-1]["serial"]
    assert len(server.bearers) == shown
    harness.wait_until("it listens", lambda: agent.status()["connected"], 30)
    assert agent.status()["authentication"] == "certificate"
    assert agent.run("status").returncode == 0
    assert credentials(agent) == [], "what opens nothing is not kept"


def test_orders_of_one_cycle_cost_one_more_request_each(server, agents):
    agent = by_credential(server, agents)
    server.orders = [{"type": "resend_inventory", "sections": ["users"]}]
    began = len(server.requests)
    assert agent.run("refresh").returncode == 0
    asked = [path for _, path in server.requests[began:]]
    assert asked == [REFRESH, REFRESH, REFRESH]


def test_without_the_certificate_it_neither_renews_nor_listens(
        server, agents, own_packages):
    # Issued minutes ago by its dates, so that its renewal is due at once.
    server.life = stand_in.datetime.timedelta(seconds=60)
    agent = by_credential(server, agents, software_check="1s",
                          program=own_packages.of(harness.AGENT))
    began = len(server.refreshes)
    # It wakes each second to look for software, and finds nothing to do.
    time.sleep(5)
    assert len(server.refreshes) == began
    assert agent.run("refresh").returncode == 0, agent.log()
    assert stand_in.datetime.datetime.fromisoformat(
        agent.status()["renewal_at"][:-1]) < stand_in.now()
    paths = {path for _, path in server.requests}
    assert paths <= {REFRESH, "/.well-known/warifu/publication",
                     "/.well-known/est/simpleenroll"}
    assert {path for path, _ in server.bearers} == {REFRESH}


def test_who_has_proved_itself_never_shows_it_again(server, agents):
    agent = proved(server, agents)
    assert credentials(agent) == []
    server.restart(asks=False)
    for _ in range(2):
        assert agent.run("refresh").returncode == 1
    assert agent.error() == "certificate_not_seen"
    status = agent.status()
    assert status["authentication"] == "certificate"
    assert "inspection" in status["advice"]
    assert agent.stop() == 0
    agent.start()
    harness.wait_until("it has tried", lambda: agent.status()[
        "last_attempt_at"] and agent.status()["failures"], 30)
    assert agent.error() == "certificate_not_seen"
    assert server.bearers == []


def test_a_lost_proof_is_told_once(server, agents):
    """The server has seen the certificate, but the answer was lost."""
    agent = by_credential(server, agents)
    server.credential = "certificate_required"
    shown = len(server.bearers)
    for _ in range(3):
        assert agent.run("refresh").returncode == 1
        assert agent.error() == "certificate_not_seen"
    assert len(server.bearers) == shown + 1


@pytest.mark.parametrize("code", [
    "credential_unknown", "computer_revoked", "computer_retired"])
def test_a_refused_credential_is_told_with_advice(server, agents, code):
    server.credential = code
    agent = agents(server.bootstrap())
    says(agent, code)
    done = agent.run("status")
    assert done.returncode == 1
    assert "log says more" not in done.stdout.split("What to do:")[1]
    assert agent.process.is_alive()
    server.credential = "taken"
    harness.wait_until("it recovers", lambda: server.refreshes, 30)


def test_an_alert_is_no_reason_to_show_it(server, agents):
    server.credential = "credential_unknown"
    agent = agents(server.bootstrap())
    says(agent, "credential_unknown")
    shown = len(server.bearers)
    server.stop()
    server.authority.ca = stand_in.Authority().ca
    server.restart(asks=True)
    for _ in range(3):
        agent.run("refresh")
    assert agent.error() in ("certificate_unknown", "certificate_refused")
    assert len(server.bearers) == shown
    assert credentials(agent), "it would have had one"


@pytest.mark.parametrize("status,code", [
    (401, "certificate_required"), (403, "not_an_agent"),
    (403, "computer_revoked"), (503, "certificate_required")])
def test_no_other_answer_is_a_reason_to_show_it(server, agents, status, code):
    server.bent[REFRESH] = lambda handler, body: handler.problem(status, code)
    agent = agents(server.bootstrap())
    says(agent, code)
    assert server.bearers == []


def test_an_unverified_server_never_gets_it(server, agents):
    agent = by_credential(server, agents)
    shown = len(server.bearers)
    server.stop()
    server.use_identity(*stand_in.server_identity(), is_announced=False)
    server.start()
    for _ in range(3):
        agent.run("refresh")
    assert agent.error() == "server_untrusted"
    assert len(server.bearers) == shown
