"""What tells of the whole fleet is not for who is limited to a part of it."""

import csv
import io

import pytest

import estkit
import harness
from described import Api
from test_roles import make_user, places

TWIN = {"hardware": estkit.full({"this": {"serial": "SN-7"}})}
ALIKE = {"match": "all", "conditions": [
    {"field": "duplicate", "operator": "is", "value": "name"}]}
SEEN = "has_duplicate_name", "has_duplicate_hardware"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def offices(api):
    return {name: api.ok("POST", "/offices", {"name": name})["id"]
            for name in ("Osaka", "Kobe")}


@pytest.fixture(scope="module")
def computers(server, api, offices, tmp_path_factory):
    """One in each office, alike by name and by serial number."""
    made = {}
    for name, office in offices.items():
        secret = api.ok("POST", "/enrolment-tokens", {
            "kind": "office", "office_id": office})["secret"]
        agent = estkit.PythonAgent(
            server, tmp_path_factory.mktemp("agent"), secret)
        agent.refresh(TWIN, hostname="twin.example")
        made[name] = agent.id
    return made


@pytest.fixture(scope="module")
def limited(api, offices, computers):
    return make_user(api, "technician", scope=places(offices["Osaka"]))[1]


def test_that_another_computer_is_alike_tells_that_there_is_one(
        api, limited, computers):
    path = f"/computers/{computers['Osaka']}"
    assert [api.ok("GET", path)[seen] for seen in SEEN] == [True, True]
    assert [limited.ok("GET", path)[seen] for seen in SEEN] == [False, False]
    one, = limited.ok("GET", "/computers")["items"]
    assert [one[seen] for seen in SEEN] == [False, False]


def test_nobody_who_is_limited_asks_for_those_that_are_alike(api, limited):
    for path in ("/computers?duplicate=any",
                 "/computers/export?duplicate=any"):
        limited.refused("outside_scope", "GET", path)
        assert api.ask("GET", path).status == 200
    limited.refused(
        "outside_scope", "POST", "/groups/preview", {"criteria": ALIKE})
    assert api.ok("POST", "/groups/preview", {
        "criteria": ALIKE})["computer_count"] == 2


def test_no_count_and_no_alert_tells_of_those_that_are_alike(api, limited):
    def has_alert(who):
        return any(alert["kind"] == "computer_duplicate"
                   for alert in who.ok("GET", "/alerts")["items"])

    assert api.ok("GET", "/fleet")["duplicates"] == 2
    assert limited.ok("GET", "/fleet")["duplicates"] is None
    harness.wait_until("the alert", lambda: has_alert(api), 30)
    assert not has_alert(limited)


def test_the_signer_counts_for_who_sees_the_whole_fleet(api, limited):
    whole, part = (who.ok("GET", "/status") for who in (api, limited))
    counts = "certificates", "agents", "revoked_agents"
    assert [whole["signer"][name] for name in counts] == [2, 2, 0]
    assert whole["journal"]["count"] > 0
    assert [part["signer"][name] for name in counts] == [None] * 3
    assert part["journal"] is None and part["live_agents"] is None
    assert part["signer"]["state"] == "ok"


def test_who_sees_a_computer_by_a_group_alone_exports_it(api, computers):
    group = api.ok("POST", "/groups", {"name": "G", "kind": "static"})["id"]
    api.ok("POST", f"/groups/{group}/members/add", {
        "computer_ids": [computers["Kobe"]]})
    _, by_group = make_user(
        api, "technician", scope=[{"kind": "group", "id": group}])
    answer = by_group.ask("GET", "/computers/export?columns=id,name,office")
    assert answer.status == 200, answer
    row, = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
    assert row == {"id": computers["Kobe"], "name": "twin.example",
                   "office": ""}
