"""The database file is locked, and comes back."""

import sqlite3

import pytest

import estkit
import harness


@pytest.fixture
def agent(server, administrator, folder, request):
    return estkit.PythonAgent(server, folder / request.node.name,
                              server.office_token(administrator))


def test_a_locked_database_is_waited_for_and_told(server, agent):
    before, after = {"a": {"n": 1}}, {"a": {"n": 2}}
    agent.refresh({"users": estkit.full(before)})
    lock = sqlite3.connect(server.state / "core" / "warifu.db",
                           isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        answer = agent.post("/agent/v1/refresh", estkit.refresh_body(
            {"users": estkit.difference(before, after)}))
        assert answer.status == 503, answer
        assert answer.headers["Retry-After"]
        assert server.request("GET", "/healthz").status == 200
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    harness.wait_until("refreshes work again", lambda: agent.post(
        "/agent/v1/refresh", estkit.refresh_body(
            {"users": estkit.difference(before, after)})).status == 200)
    assert agent.refresh({"users": estkit.difference(before, after)})[
        "applied"]["users"] == estkit.digest(after)
