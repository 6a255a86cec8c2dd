"""The API's nouns on PostgreSQL: lists, orders, pages, conflicts."""

import pytest

import estkit
import postgresql
from described import Api


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
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def agents(server, api, folder):
    secret = api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "uses": 3})["secret"]
    agents = [estkit.PythonAgent(server, folder / f"agent{n}", secret)
              for n in range(3)]
    for number, agent in enumerate(agents):
        agent.refresh({"packages": estkit.full(
            {"bash:amd64": {"name": "bash", "version": "5.2"}})},
            hostname=f"host{number}.example")
    return agents


def test_the_status_names_the_driver(api):
    assert api.ok("GET", "/status")["database"]["driver"] == "postgresql"


def test_computers_are_listed_sorted_and_found(api, agents):
    for sort in ("name", "-name", "-last_seen_at", "os", "state",
                 "enrolled_at"):
        seen, path = [], f"/computers?limit=1&sort={sort}"
        page = api.ok("GET", path)
        assert page["total"] == 3
        while True:
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            page = api.ok("GET", f"{path}&cursor={page['next_cursor']}")
        assert sorted(seen) == sorted(agent.id for agent in agents)
    found = api.ok("GET", "/computers?search=HOST1")["items"]
    assert [item["id"] for item in found] == [agents[1].id]
    assert api.ok("GET", f"/computers/{agents[0].id}/inventory/packages")[
        "item_count"] == 1


def test_every_noun_is_kept(api, agents):
    office = api.ok("POST", "/offices", {"name": "札幌"})
    api.refused("office_exists", "POST", "/offices", {"name": "札幌"})
    api.ok("PATCH", f"/computers/{agents[0].id}", {"office_id": office["id"]})
    api.refused("office_not_empty", "DELETE", f"/offices/{office['id']}")
    made = api.ok("POST", "/me/api-tokens", {
        "name": "ci", "expires_in_s": 600})
    assert Api(api.server, made["secret"]).ok("GET", "/me")["name"] == "admin"
    api.ok("POST", f"/computers/{agents[2].id}/revoke", {"reason": "lost"})
    assert [c["state"] for c in api.ok(
        "GET", f"/computers/{agents[2].id}/certificates")["items"]] == \
        ["revoked"]
    assert "computer_revoked" in [
        e["kind"] for e in api.ok("GET", "/events")["items"]]


def test_while_it_is_away_every_answer_says_so(api, database):
    """Last."""
    database.kill()
    for path in ("/me", "/computers", "/offices"):
        api.refused("database_unavailable", "GET", path)
    api.refused("database_unavailable", "POST", "/session",
                {"user": "admin", "password": "x"})
    assert api.get("/openapi.json").status == 200
