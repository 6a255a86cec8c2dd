"""Large bodies: core reads only so much of them at once."""

import concurrent.futures
import sqlite3

import pytest

import estkit
import harness


@pytest.fixture(scope="module")
def settings():
    return {"limits.large_bodies": 1}


def agent_of(server, administrator, folder, name):
    agent = estkit.PythonAgent(server, folder / name,
                               server.office_token(administrator))
    agent.refresh({"users": estkit.full({"n": {"value": 0}})})
    return agent


def large(value):
    """Over half a MiB, so that two of them are more than core may read."""
    return {"packages": estkit.full({
        f"package{n}:amd64": {"name": "x" * 500, "version": str(value)}
        for n in range(1400)})}


def tell(agent, value):
    return agent.post("/agent/v1/refresh", estkit.refresh_body(large(value)))


def test_large_bodies_beyond_the_budget_are_put_off(
        server, administrator, folder):
    agents = [agent_of(server, administrator, folder, f"agent{n}")
              for n in range(2)]
    lock = sqlite3.connect(server.state / "core" / "warifu.db",
                           isolation_level=None)
    # Whichever is read first waits for the database and keeps its share.
    lock.execute("BEGIN IMMEDIATE")
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as hands:
            put_off = []

            def one_is_put_off():
                put_off.extend(
                    answer for answer in hands.map(tell, agents, (1, 1))
                    if answer.json["code"] == "busy")
                return put_off
            harness.wait_until("one of two is put off", one_is_put_off, 60)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert put_off[0].status == 503
    assert int(put_off[0].headers["Retry-After"]) > 0
    assert '"[limits] large_bodies" value=1' in server.log()
    # One after the other both are read, and so is one larger than the budget.
    for value, agent in enumerate(agents):
        harness.wait_until(
            "it is read", lambda: tell(agent, value + 2).status == 200, 30)
    huge = {"packages": estkit.full({
        f"package{n}:amd64": {"name": "x" * 500} for n in range(4000)})}
    answer = agents[0].post("/agent/v1/refresh", estkit.refresh_body(huge))
    assert answer.status == 200, answer
