"""Groups of computers: refusals, members, criteria, scopes, warifuctl."""

import itertools
import json

import pytest

import estkit
import harness
from described import Api
from test_ctl import Ctl

LOCAL = "00000000-0000-7000-8000-000000000001"
NOBODY = "00000000-0000-7000-8000-00000000dead"
TECHNICIAN = "00000000-0000-7000-8000-000000000012"
GUEST = "00000000-0000-7000-8000-000000000014"
PASSWORD = "some pass phrase for tests"
SCRIPT = "<script>alert('割符')</script>"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def office(api):
    return api.ok("POST", "/offices", {"name": "Osaka"})["id"]


@pytest.fixture(scope="module")
def computers(server, api, office, tmp_path_factory):
    """The ids of four computers; the last one is in Osaka."""
    out = []
    for place in (LOCAL, LOCAL, LOCAL, office):
        secret = api.ok("POST", "/enrolment-tokens", {
            "kind": "office", "office_id": place})["secret"]
        out.append(estkit.PythonAgent(
            server, tmp_path_factory.mktemp("agent"), secret).id)
    return out


def name():
    return f"group {next(NUMBERS)}"


def make(api, *members, **more):
    group = api.ok("POST", "/groups", {
        "name": name(), "kind": "static", **more})
    if members:
        group = add(api, group, *members)["group"]
    return group


def add(api, group, *ids):
    return api.ok("POST", f"/groups/{group['id']}/members/add",
                  {"computer_ids": list(ids)})


def remove(api, group, *ids):
    return api.ok("POST", f"/groups/{group['id']}/members/remove",
                  {"computer_ids": list(ids)})


def members(api, group):
    listed = api.ok("GET", f"/computers?group_id={group['id']}")
    assert listed["total"] == len(listed["items"])
    return {computer["id"] for computer in listed["items"]}


def criteria(*conditions, match="all"):
    return {"match": match, "conditions": [
        {"field": field, "operator": operator,
         "days" if isinstance(value, int) else "value": value}
        for field, operator, value in conditions]}


def limited(api, *scope, role=TECHNICIAN):
    """A user who is limited to these places, signed in: (user, Api)."""
    user = api.ok("POST", "/users", {
        "name": f"user {next(NUMBERS)}", "password": PASSWORD,
        "role_id": role, "must_change_password": False,
        **({"scope": list(scope)} if scope else {})})
    token = api.ok("POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None)["token"]
    return user, Api(api.server, token)


def of_group(group):
    return {"kind": "group", "id": group["id"]}


def of_office(office):
    return {"kind": "office", "id": office}


# Refusals

GOOD = criteria(("name", "contains", "x"))


@pytest.mark.parametrize("body, code", [
    ({"name": "g"}, "member_missing"),
    ({"kind": "static"}, "member_missing"),
    ({"name": "", "kind": "static"}, "json_range"),
    ({"name": " g", "kind": "static"}, "json_range"),
    ({"name": "x" * 129, "kind": "static"}, "json_range"),
    ({"name": "割" * 43, "kind": "static"}, "json_range"),
    ({"name": "a\nb", "kind": "static"}, "json_range"),
    ({"name": "a\0b", "kind": "static"}, "json_malformed"),
    ({"name": "g", "kind": "dynamic"}, "json_range"),
    ({"name": "g", "kind": "static", "members": []}, "unknown_member"),
    ({"name": "g", "kind": "static", "description": "x" * 257}, "json_range"),
    ({"name": "g", "kind": "static", "description": "a\tb"}, "json_range"),
    ({"name": "g", "kind": "static", "criteria": GOOD}, "member_not_allowed"),
    ({"name": "g", "kind": "criteria"}, "member_missing"),
    ({"name": "g", "kind": "criteria", "criteria": None}, "json_type"),
])
def test_a_wrong_wish_for_a_group_is_refused(api, body, code):
    api.refused(code, "POST", "/groups", body)


@pytest.mark.parametrize("wanted, code", [
    ({"match": "all", "conditions": []}, "json_range"),
    ({"match": "some", "conditions": GOOD["conditions"]}, "json_range"),
    ({"conditions": GOOD["conditions"]}, "member_missing"),
    (criteria(*[("name", "is", "x")] * 21), "json_range"),
    (criteria(("nose", "is", "x")), "json_range"),
    (criteria(("name", "like", "x")), "json_range"),
    (criteria(("name", "older_than", "1")), "criteria_malformed"),
    (criteria(("name", "is", "")), "json_range"),
    (criteria(("name", "is", "x" * 129)), "json_range"),
    (criteria(("name", "is", "割" * 43)), "criteria_malformed"),
    (criteria(("name", "is", 3)), "criteria_malformed"),
    (criteria(("last_seen", "within", "3")), "criteria_malformed"),
    (criteria(("last_seen", "within", 0)), "json_range"),
    (criteria(("last_seen", "within", 3651)), "json_range"),
    (criteria(("state", "is", "removed")), "criteria_malformed"),
    (criteria(("agent_version", "older_than", "new")), "criteria_malformed"),
    (criteria(("office", "is", "Osaka")), "criteria_malformed"),
    (criteria(("office", "is", NOBODY)), "office_not_found"),
])
def test_wrong_criteria_are_refused(api, wanted, code):
    api.refused(code, "POST", "/groups/preview", {"criteria": wanted})
    api.refused(code, "POST", "/groups", {
        "name": name(), "kind": "criteria", "criteria": wanted})
    group = make(api, kind="criteria", criteria=GOOD)
    api.refused(code, "PATCH", f"/groups/{group['id']}",
                {"criteria": wanted})


def test_a_name_is_there_once_whatever_its_case(api):
    first, second = make(api), make(api)
    for method, path, body in (
            ("POST", "/groups", {"kind": "static"}),
            ("PATCH", f"/groups/{second['id']}", {})):
        api.refused("group_exists", method, path,
                    {**body, "name": first["name"].upper()})


def test_what_is_not_there_is_not_found(api, computers):
    path = f"/groups/{NOBODY}"
    api.refused("group_not_found", "GET", path)
    api.refused("group_not_found", "PATCH", path, {"name": "g"})
    api.refused("group_not_found", "DELETE", path)
    api.refused("group_not_found", "GET", f"/computers?group_id={NOBODY}")
    for verb in ("add", "remove"):
        api.refused("group_not_found", "POST", f"{path}/members/{verb}",
                    {"computer_ids": computers[:1]})
    api.refused("computer_not_found", "GET", f"/computers/{NOBODY}/groups")
    api.refused("bad_parameter", "GET", "/computers?group_id=Lab")


@pytest.mark.parametrize("ids, code", [
    (None, "json_type"), ([], "json_range"), ([NOBODY] * 1001, "json_range"),
    (["pc"], "json_range"), ([3], "json_type"),
])
def test_a_wrong_list_of_computers_is_refused(api, ids, code):
    group = make(api)
    for verb in ("add", "remove"):
        api.refused(code, "POST", f"/groups/{group['id']}/members/{verb}",
                    {"computer_ids": ids})


def test_members_come_all_or_none_and_the_missing_are_named(api, computers):
    group = make(api, computers[0])
    for verb in ("add", "remove"):
        answer = api.refused(
            "computer_not_found", "POST",
            f"/groups/{group['id']}/members/{verb}",
            {"computer_ids": [computers[0], NOBODY, computers[1]]})
        assert answer.json["missing"] == [NOBODY]
    assert members(api, group) == {computers[0]}


def test_who_is_in_by_criteria_is_not_put_in(api, computers):
    group = make(api, kind="criteria", criteria=GOOD)
    for verb in ("add", "remove"):
        api.refused("group_not_static", "POST",
                    f"/groups/{group['id']}/members/{verb}",
                    {"computer_ids": computers[:1]})
    static = make(api)
    api.refused("member_not_allowed", "PATCH", f"/groups/{static['id']}",
                {"criteria": GOOD})


def test_who_may_not_see_groups_learns_nothing_by_a_filter(api, computers):
    group = make(api, computers[0])
    _, guest = limited(api, role=GUEST)
    guest.refused("not_permitted", "GET", f"/computers?group_id={group['id']}")
    guest.refused("not_permitted", "GET", f"/computers/{computers[0]}/groups")
    guest.refused("not_permitted", "GET", "/groups")


# What works

def test_a_group_is_made_changed_and_deleted(api):
    group = make(api, description="for tests")
    path = f"/groups/{group['id']}"
    assert group["kind"] == "static" and group["criteria"] is None
    assert group["computer_count"] == 0 and group["is_scope"] is False
    assert api.ok("GET", path) == group
    assert group in api.ok("GET", "/groups?limit=500")["items"]
    changed = api.ok("PATCH", path, {"name": SCRIPT, "description": ""})
    assert changed["name"] == SCRIPT and changed["description"] == ""
    assert changed["version"] == group["version"] + 1
    assert api.ok("PATCH", path, {"name": SCRIPT}) == changed
    api.ok("DELETE", path)
    api.refused("group_not_found", "GET", path)


def test_members_are_put_in_and_taken_out(api, computers):
    group = make(api)
    answer = add(api, group, *computers[:3], computers[0])
    assert answer["changed"] == 3
    assert answer["group"]["computer_count"] == 3
    assert answer["group"]["version"] == group["version"]
    assert add(api, group, computers[0])["changed"] == 0
    assert members(api, group) == set(computers[:3])
    shown = api.ok("GET", f"/computers/{computers[0]}/groups")["items"]
    assert {"id": group["id"], "name": group["name"]} in shown
    assert remove(api, group, *computers[1:])["changed"] == 2
    assert members(api, group) == {computers[0]}
    assert api.ok("GET", f"/groups/{group['id']}")["computer_count"] == 1


def test_a_filter_by_group_goes_with_the_others(api, computers, office):
    group = make(api, computers[0], computers[3])
    path = f"/computers?group_id={group['id']}"
    found = api.ok("GET", f"{path}&office_id={office}")
    assert [c["id"] for c in found["items"]] == [computers[3]]
    assert found["total"] == 1
    found = api.ok("GET", f"{path}&search={computers[0]}")
    assert [c["id"] for c in found["items"]] == [computers[0]]
    first = api.ok("GET", f"{path}&limit=1&sort=-enrolled_at")
    assert first["total"] == 2
    second = api.ok("GET", f"{path}&limit=1&sort=-enrolled_at"
                    f"&cursor={first['next_cursor']}")
    assert {first["items"][0]["id"], second["items"][0]["id"]} == \
        {computers[0], computers[3]}


def test_criteria_find_and_a_preview_says_what(api, computers, office):
    wanted = criteria(("office", "is", office), ("state", "is", "active"))
    preview = api.ok("POST", "/groups/preview", {"criteria": wanted})
    assert preview["computer_count"] == 1
    assert [c["id"] for c in preview["computers"]] == [computers[3]]
    group = make(api, kind="criteria", criteria=wanted)
    assert group["criteria"] == wanted and group["computer_count"] == 1
    assert members(api, group) == {computers[3]}
    listed = {g["id"]: g for g in api.ok("GET", "/groups?limit=500")["items"]}
    assert listed[group["id"]]["computer_count"] is None
    wanted = criteria(("office", "is_not", office),
                      ("enrolled", "longer_ago_than", 3650), match="any")
    changed = api.ok("PATCH", f"/groups/{group['id']}", {"criteria": wanted})
    assert changed["criteria"] == wanted
    assert changed["computer_count"] == 3
    assert members(api, group) == set(computers[:3])
    # A group by criteria is not among those that a computer is in.
    shown = api.ok("GET", f"/computers/{computers[0]}/groups")["items"]
    assert group["id"] not in {g["id"] for g in shown}


def test_script_in_a_name_stays_text(api):
    group = make(api, kind="criteria", name=SCRIPT + str(next(NUMBERS)),
                 description=SCRIPT,
                 criteria=criteria(("name", "contains", SCRIPT)))
    answer = api.get(f"/groups/{group['id']}")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.json["description"] == SCRIPT


def test_who_is_slower_hears_what_was_changed(api):
    group = make(api)
    path = f"/groups/{group['id']}"
    etag = {"If-Match": api.get(path).headers["ETag"]}
    api.ok("PATCH", path, {"description": "mine"}, headers=etag)
    for method, body in (("PATCH", {"name": name()}), ("DELETE", None)):
        answer = api.refused("version_mismatch", method, path, body,
                             headers=etag)
        changed = answer.json["changed"]
        assert changed["by"] == "admin" and changed["version"] == 2
        assert changed["members"] == ["description"]
    etag = {"If-Match": api.get(path).headers["ETag"]}
    api.ok("DELETE", path, headers=etag)


def test_the_audit_log_tells_of_groups_and_members(api, computers):
    group = make(api, computers[0])
    add(api, group, *computers[1:])
    remove(api, group, computers[0])
    api.ok("DELETE", f"/groups/{group['id']}")
    rows = api.ok("GET", f"/audit?target={group['id']}")["items"][::-1]
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("group.create", "done"), ("group.change", "done"),
        ("group.change", "done"), ("group.change", "done"),
        ("group.delete", "done")]
    full = [api.ok("GET", f"/audit/rows/{row['row']}") for row in rows]
    assert full[0]["after"]["name"] == group["name"]
    assert full[2]["before"] == {"computer_count": 1}
    assert full[2]["after"] == {
        "computer_count": 4, "added": computers[1:]}
    assert full[3]["after"] == {
        "computer_count": 3, "removed": [computers[0]]}


# Scopes

def test_a_scope_by_group_shows_its_computers_alone(api, computers, office):
    inside = make(api, computers[0], computers[3])
    outside = make(api, computers[0], computers[1])
    by_criteria = make(api, kind="criteria", criteria=GOOD)
    user, who = limited(api, of_group(inside))
    assert user["scope"] == [of_group(inside)]
    listed = who.ok("GET", "/computers")
    assert {c["id"] for c in listed["items"]} == {computers[0], computers[3]}
    assert listed["total"] == 2
    assert who.ok("GET", "/fleet")["managed"] == 2
    who.ok("GET", f"/computers/{computers[0]}")
    who.refused("computer_not_found", "GET", f"/computers/{computers[1]}")
    who.refused("computer_not_found", "GET",
                f"/computers/{computers[1]}/groups")
    # Groups: those of the scope, and nothing of the others.
    assert [g["id"] for g in who.ok("GET", "/groups")["items"]] == \
        [inside["id"]]
    assert who.ok("GET", f"/groups/{inside['id']}")["computer_count"] == 2
    for hidden in (outside, by_criteria):
        who.refused("group_not_found", "GET", f"/groups/{hidden['id']}")
        who.refused("group_not_found", "GET",
                    f"/computers?group_id={hidden['id']}")
    shown = who.ok("GET", f"/computers/{computers[0]}/groups")["items"]
    assert [g["id"] for g in shown] == [inside["id"]]
    preview = who.ok("POST", "/groups/preview", {
        "criteria": criteria(("state", "is", "active"))})
    assert preview["computer_count"] == 2
    # Offices and their enrolment tokens are not in it.
    assert who.ok("GET", "/offices")["items"] == []
    assert who.ok("GET", "/enrolment-tokens")["items"] == []
    who.refused("office_not_found", "GET", f"/offices/{office}")
    who.refused("office_not_found", "POST", "/enrolment-tokens", {
        "kind": "computer", "computer_id": computers[0],
        "expires_in_s": 600})
    who.refused("office_not_found", "PATCH", f"/computers/{computers[0]}",
                {"office_id": office})


def test_nobody_takes_a_computer_of_a_group_into_the_own_office(
        api, computers, office):
    """It would stay in sight when it is taken out of the group."""
    group = make(api, computers[0])
    _, who = limited(api, of_group(group), of_office(office))
    place = {"office_id": office}
    who.refused("office_not_found", "PATCH", f"/computers/{computers[0]}",
                place)
    answer = who.ok("POST", "/computers/move", {
        **place, "computer_ids": [computers[0], computers[1], computers[3]]})
    assert [(r["outcome"], r["code"]) for r in answer["results"]] == [
        ("refused", "office_not_found"), ("refused", "computer_not_found"),
        ("done", None)]
    # Nor out of the own office into one that is not seen.
    who.refused("office_not_found", "PATCH", f"/computers/{computers[3]}",
                {"office_id": LOCAL})
    assert api.ok("GET", f"/computers/{computers[0]}")["office_id"] == LOCAL


def test_a_scope_of_offices_and_groups_shows_both(api, computers, office):
    group = make(api, computers[0])
    user, who = limited(api, of_group(group), of_office(office))
    assert {c["id"] for c in who.ok("GET", "/computers")["items"]} == \
        {computers[0], computers[3]}
    # It counts from the next request on.
    add(api, group, computers[1])
    assert who.ok("GET", "/computers")["total"] == 3
    remove(api, group, computers[0])
    who.refused("computer_not_found", "GET", f"/computers/{computers[0]}")
    api.ok("PATCH", f"/users/{user['id']}", {"scope": [of_office(office)]})
    assert {c["id"] for c in who.ok("GET", "/computers")["items"]} == \
        {computers[3]}


def test_who_is_limited_only_reads_groups(api, computers):
    group = make(api, computers[0])
    _, who = limited(api, of_group(group),
                     role="00000000-0000-7000-8000-000000000011")
    path = f"/groups/{group['id']}"
    for method, where, body in (
            ("POST", "/groups", {"name": name(), "kind": "static"}),
            ("PATCH", path, {"name": name()}), ("DELETE", path, None),
            ("POST", f"{path}/members/add", {"computer_ids": computers}),
            ("POST", f"{path}/members/remove", {"computer_ids": computers})):
        who.refused("outside_scope", method, where, body)


def test_a_token_of_who_is_limited_stays_within(server, api, computers):
    group, other = make(api, computers[0]), make(api, computers[1])
    _, who = limited(api, of_group(group))
    body = {"name": "t", "expires_in_s": 600}
    who.refused("group_not_found", "POST", "/me/api-tokens",
                {**body, "scope": [of_group(other)]})
    made = who.ok("POST", "/me/api-tokens",
                  {**body, "scope": [of_group(group)]})
    token = Api(server, made["secret"])
    assert {c["id"] for c in token.ok("GET", "/computers")["items"]} == \
        {computers[0]}
    # Both scopes count.
    add(api, group, computers[1])
    assert token.ok("GET", "/computers")["total"] == 2


def test_a_group_that_is_a_scope_stays(api, computers):
    group = make(api, computers[0])
    user, _ = limited(api, of_group(group))
    assert api.ok("GET", f"/groups/{group['id']}")["is_scope"] is True
    api.refused("group_in_scope", "DELETE", f"/groups/{group['id']}")
    api.ok("DELETE", f"/users/{user['id']}")
    api.ok("DELETE", f"/groups/{group['id']}")


def test_a_scope_is_no_group_by_criteria_and_none_that_is_gone(api):
    group = make(api, kind="criteria", criteria=GOOD)
    body = {"name": f"user {next(NUMBERS)}", "password": PASSWORD,
            "role_id": TECHNICIAN}
    api.refused("group_not_static", "POST", "/users",
                {**body, "scope": [of_group(group)]})
    api.refused("group_not_found", "POST", "/users",
                {**body, "scope": [{"kind": "group", "id": NOBODY}]})
    api.refused("json_range", "POST", "/users",
                {**body, "scope": [{"kind": "fleet", "id": NOBODY}]})


# warifuctl

@pytest.fixture(scope="module")
def ctl(server, administrator, folder):
    home = folder / "ctl-home"
    home.mkdir()
    tool = Ctl(home)
    token = home / "token"
    token.write_text(administrator)
    token.chmod(0o600)
    common = ("--server", f"https://127.0.0.1:{server.https}",
              "--fingerprint", f"sha256:{server.certificate_sha256()}",
              "--token-file", str(token))
    run = tool.run
    tool.run = lambda *words, **more: run(*words, *common, **more)
    return tool


def test_ctl_makes_groups_and_moves_members(ctl, api, computers):
    made = ctl.json("group", "create", "Web servers", "--description", "d")
    assert made["kind"] == "static" and made["description"] == "d"
    done = ctl.run("group", "add", "web servers", computers[0], computers[1])
    assert "2 added; computers in the group now: 2." in done.stderr
    assert members(api, made) == set(computers[:2])
    done = ctl.run("group", "add", "Web servers", NOBODY, code=1)
    assert NOBODY in done.stderr
    ctl.run("group", "remove", "Web servers", computers[1])
    listed = ctl.json("group", "computers", "Web servers")["items"]
    assert [c["id"] for c in listed] == [computers[0]]
    listed = ctl.json("computer", "list", "--group", made["id"])["items"]
    assert [c["id"] for c in listed] == [computers[0]]
    assert "Web servers" in ctl.run("computer", "show", computers[0]).stdout
    assert "Web servers" in ctl.run("group", "list").stdout
    ctl.run("group", "update", made["id"], "--name", "Web")
    assert ctl.json("group", "show", "web")["name"] == "Web"
    ctl.run("group", "delete", "Web", code=1)
    ctl.run("group", "delete", "Web", "--yes")
    ctl.run("group", "show", "Web", code=1)


def test_ctl_writes_criteria_as_people_do(ctl, office, tmp_path):
    made = ctl.json(
        "group", "create", "By criteria", "--any",
        "--where", "os!=Debian GNU/Linux", "--where", "office = Osaka",
        "--where", "last-seen>30d", "--where", "enrolled<7",
        "--where", "agent-version<1.10", "--where", "name^=pc-",
        "--where", "hardware-serial^=AB=C", "--where", "name~割符")
    assert made["criteria"] == criteria(
        ("os", "is_not", "Debian GNU/Linux"), ("office", "is", office),
        ("last_seen", "longer_ago_than", 30), ("enrolled", "within", 7),
        ("agent_version", "older_than", "1.10"), ("name", "begins", "pc-"),
        ("hardware_serial", "begins", "AB=C"), ("name", "contains", "割符"),
        match="any")
    shown = ctl.run("group", "show", "By criteria").stdout
    assert "any of: os!=Debian GNU/Linux; office=Osaka; " \
        "last_seen>30d; enrolled<7d; agent_version<1.10;" in shown
    path = tmp_path / "criteria.json"
    path.write_text(json.dumps(criteria(("office", "is", office))))
    changed = ctl.json("group", "update", "By criteria", "--criteria", path)
    assert changed["computer_count"] == 1
    done = ctl.run("group", "preview", "--where", "office=Osaka")
    assert "1 computers fit" in done.stderr
    for words in (("--where", "os"), ("--where", "last-seen=3"),
                  ("--where", "last-seen>soon"), ("--any",),
                  ("--where", "os=x", "--criteria", str(path)), ()):
        ctl.run("group", "preview", *words, code=2)
    ctl.run("group", "create", "x", "--where", "nose=long", code=1)
    ctl.run("group", "delete", "By criteria", "--yes")


def test_ctl_limits_users_and_tokens_to_groups(ctl, api, tmp_path, office):
    group = ctl.json("group", "create", "Laboratory")
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    user = ctl.json("user", "create", "lab", "--role", "Technician",
                    "--scope", "Osaka,group:laboratory",
                    "--new-password-file", password)
    assert sorted(p["kind"] for p in user["scope"]) == ["group", "office"]
    shown = ctl.run("user", "show", "lab").stdout
    assert "group:Laboratory" in shown and "Osaka" in shown
    ctl.run("user", "update", "lab", "--scope", "group:nowhere", code=1)
    ctl.run("group", "delete", "Laboratory", "--yes", code=1)
    ctl.run("user", "delete", "lab", "--yes")
    ctl.run("group", "delete", group["id"], "--yes")
