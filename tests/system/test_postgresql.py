"""The whole server on PostgreSQL: gone and back, and nothing is lost."""

import pytest

import estkit
import harness
from postgresql import PostgreSQL


@pytest.fixture(scope="module")
def postgresql():
    database = PostgreSQL().create().start()
    yield database
    database.remove()


@pytest.fixture(scope="module")
def settings(postgresql):
    return {"database.driver": "postgresql",
            "database.conninfo": postgresql.conninfo}


@pytest.fixture
def agent(server, administrator, folder, request):
    return estkit.PythonAgent(server, folder / request.node.name,
                              server.office_token(administrator))


def test_an_agent_enrols_and_refreshes(server, administrator, agent):
    section = {"bash:amd64": {"name": "bash"}}
    answer = agent.refresh({"packages": estkit.full(section)})
    assert answer["applied"]["packages"] == estkit.digest(section)
    status = server.request("GET", "/api/v1/status", token=administrator)
    assert status.json["database"]["driver"] == "postgresql"


def test_the_database_goes_and_comes_back(server, agent, postgresql):
    before = {"a": {"n": 1}}
    agent.refresh({"users": estkit.full(before)})
    postgresql.kill()
    answer = agent.post("/agent/v1/refresh", estkit.refresh_body())
    assert answer.status == 503, answer
    assert answer.headers["Retry-After"]
    assert server.request("GET", "/healthz").status == 200
    assert server.request("GET", "/readyz").status == 503
    postgresql.start()
    harness.wait_until("the server is ready again", lambda:
                       server.request("GET", "/readyz").status == 200)
    after = {"a": {"n": 2}}
    change = estkit.difference(before, after)
    assert agent.refresh({"users": change})["applied"]["users"] == \
        estkit.digest(after)


def test_the_server_starts_again_on_it(server, agent):
    agent.refresh()
    server.stop()
    server.start()
    assert agent.refresh()["computer_id"] == agent.id
