"""The whole server on PostgreSQL: it works, and survives its database's end."""

import pytest

import estkit
import harness
import postgresql


@pytest.fixture(scope="module")
def database():
    database = postgresql.PostgreSQL()
    try:
        yield database.create().start()
    finally:
        database.remove()


@pytest.fixture(scope="module")
def settings(database):
    return {"database.driver": "postgresql",
            "database.conninfo": database.conninfo}


@pytest.fixture(scope="module")
def agent(server, administrator, folder):
    return estkit.PythonAgent(server, folder / "agent",
                              server.office_token(administrator))


def refresh(agent, number):
    section = {"n": {"value": number}}
    return agent.post("/agent/v1/refresh",
                      estkit.refresh_body({"users": estkit.full(section)}))


def test_a_computer_enrols_and_its_inventory_arrives(
        server, administrator, agent):
    assert refresh(agent, 1).status == 200
    answer = server.request("GET", "/api/v1/computers?search=a",
                            token=administrator)
    assert answer.status == 200, answer
    kept = server.request(
        "GET", f"/api/v1/computers/{agent.id}/inventory/users",
        token=administrator)
    assert kept.status == 200, kept
    assert '"value":1' in kept.body.decode().replace(" ", "")


def test_the_database_may_end_and_come_back(
        server, administrator, agent, database):
    core = server.roles()["core"]
    assert refresh(agent, 2).status == 200
    database.kill()
    answer = server.request("GET", "/api/v1/computers", token=administrator)
    assert answer.status == 503, answer
    assert answer.json["code"] == "database_unavailable", answer
    assert refresh(agent, 3).status == 503
    assert server.request("GET", "/readyz").status == 503
    database.start()
    harness.wait_until("the server is ready again", lambda:
                       server.request("GET", "/readyz").status == 200)
    assert refresh(agent, 4).status == 200
    answer = server.request("GET", "/api/v1/computers", token=administrator)
    assert answer.status == 200, answer
    assert server.roles()["core"] == core, "core was started anew"
