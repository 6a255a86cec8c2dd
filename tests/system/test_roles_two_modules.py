"""What touches two modules asks for a level in both."""

import pytest

import estkit
from described import Api
from test_roles import make_role, make_user

CRITERIA = {"criteria": {"match": "all", "conditions": [
    {"field": "name", "operator": "is", "value": "here"}]}}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def computer(server, administrator, tmp_path_factory):
    agent = estkit.PythonAgent(server, tmp_path_factory.mktemp("agent"),
                               server.office_token(administrator, uses=1))
    agent.refresh({"packages": estkit.full({
        "p": {"name": "p", "version": "1"}})}, hostname="here")
    return agent.id


def who_has(api, **levels):
    return make_user(api, make_role(api, **levels)["id"])[1]


def make_token(who, computer):
    return who.ask("POST", "/enrolment-tokens", {
        "kind": "computer", "computer_id": computer})


@pytest.mark.parametrize("level", ("none", "read", "write"))
def test_nobody_takes_a_computers_place_by_enrolment_alone(
        api, computer, level):
    who = who_has(api, enrolment="full", computers=level)
    answer = make_token(who, computer)
    assert (answer.status, answer.json["code"]) == (403, "not_permitted")
    assert "computers" in answer.json["detail"]
    # Nor does the answer tell whether there is such a computer.
    assert make_token(who, computer[:-4] + "dead").body == answer.body
    assert who.ask("POST", "/enrolment-tokens", {
        "kind": "office"}).status == 201
    assert all(one["kind"] == "office" for one in
               api.ok("GET", "/enrolment-tokens")["items"])


def test_who_may_end_a_computer_may_enrol_it_once_more(api, computer):
    who = who_has(api, enrolment="write", computers="full")
    assert make_token(who, computer).status == 201


def test_who_may_not_read_computers_hears_no_names_of_them(api, computer):
    title, = api.ok("GET", "/software?search=p")["items"]
    blind = who_has(api, software="read", groups="read")
    seeing = who_has(api, software="read", groups="read", computers="read")
    for path in ("computers", "export"):
        path = f"/software/{title['id']}/{path}"
        blind.refused("not_permitted", "GET", path)
        assert seeing.ask("GET", path).status == 200
    assert blind.ok("GET", "/software?search=p")["items"] == [title]
    assert blind.ok("POST", "/groups/preview", CRITERIA) == {
        "computer_count": 1, "computers": []}
    assert seeing.ok("POST", "/groups/preview", CRITERIA)["computers"] == [
        {"id": computer, "name": "here"}]
