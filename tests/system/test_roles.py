"""Roles, scopes, users and API tokens: who may do what, and who may not."""

import concurrent.futures
import itertools

import pytest

import estkit
import harness
from described import Api, example, operations

GOLDEN = {
    words[0]: dict(word.split("=") for word in words[3:])
    for words in map(str.split, (
        harness.TOP / "tests/golden/permissions.txt").read_text().splitlines())}
ROLES = {name: f"00000000-0000-7000-8000-00000000001{number}"
         for number, name in enumerate(
             ("administrator", "technician", "auditor", "guest"), 1)}
LOCAL = "00000000-0000-7000-8000-000000000001"
NOBODY = "00000000-0000-7000-8000-00000000dead"
PASSWORD = "some pass phrase for tests"
NUMBERS = itertools.count(1)
# What would bind everybody from then on: who may do it has tests of its own.
FOR_GOOD = ("two_factor_setting_require",)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def offices(api):
    """The ids of two offices beside Local Office."""
    return [api.ok("POST", "/offices", {"name": name})["id"]
            for name in ("Osaka", "Kobe")]


@pytest.fixture(scope="module")
def computers(server, api, offices, tmp_path_factory):
    """The id of one computer in each of Local Office, Osaka, Kobe."""
    out = []
    for office in (LOCAL, *offices):
        secret = api.ok("POST", "/enrolment-tokens", {
            "kind": "office", "office_id": office})["secret"]
        agent = estkit.PythonAgent(
            server, tmp_path_factory.mktemp("agent"), secret)
        out.append(agent.id)
    return out


def make_user(api, role, scope=None, **more):
    """A user and a session of its own: (user, Api)."""
    name = f"user {next(NUMBERS)}"
    user = api.ok("POST", "/users", {
        "name": name, "password": PASSWORD, "role_id": ROLES.get(role, role),
        "must_change_password": False, **more,
        **({"scope": scope} if scope else {})})
    return user, sign_in(api, user)


def sign_in(api, user):
    token = api.ok("POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None)["token"]
    return Api(api.server, token)


def places(*ids):
    return [{"kind": "office", "id": ident} for ident in ids]


def make_role(api, **levels):
    return api.ok("POST", "/roles", {
        "name": f"role {next(NUMBERS)}", "levels": levels})


# Every route, every role

@pytest.mark.parametrize("role", [
    *ROLES, *(f"scoped_{name}" for name in ROLES)])
def test_each_role_may_call_what_the_golden_table_says(api, role):
    scope = places(LOCAL) if role.startswith("scoped_") else None
    _, who = make_user(api, role.removeprefix("scoped_"), scope)
    for method, template, operation in operations():
        name = operation["operationId"]
        if operation["x-warifu-security"] == "anyone" or \
                name == "session_delete":
            continue
        if name in FOR_GOOD and GOLDEN[name][role] == "yes":
            continue
        answer = who.ask(method, example(template))
        code = answer.json["code"] if answer.status >= 400 else None
        if GOLDEN[name][role] == "yes":
            assert code not in ("not_permitted", "outside_scope"), answer
        else:
            assert code == GOLDEN[name][role], (name, answer)


# Roles

def test_the_roles_that_are_always_there_stay(api):
    listed = {role["built_in"]: role
              for role in api.ok("GET", "/roles")["items"]}
    assert {word: role["id"] for word, role in listed.items()
            if word} == ROLES
    for role in ROLES.values():
        api.refused("role_is_built_in", "PATCH", f"/roles/{role}",
                    {"name": "Mine"})
        api.refused("role_is_built_in", "DELETE", f"/roles/{role}")


def test_a_role_is_made_changed_and_deleted(api):
    role = make_role(api, computers="write", inventory="read")
    assert role["levels"]["computers"] == "write"
    assert role["levels"]["users"] == "none" and role["built_in"] is None
    path = f"/roles/{role['id']}"
    assert api.ok("GET", path) == role
    changed = api.ok("PATCH", path, {"levels": {"computers": "none",
                                                "offices": "read"}})
    assert changed["levels"]["computers"] == "none"
    assert changed["levels"]["inventory"] == "read"
    assert changed["version"] == role["version"] + 1
    api.refused("role_exists", "PATCH", path, {"name": "ADMINISTRATOR"})
    assert api.ask("DELETE", path).status == 204
    api.refused("role_not_found", "GET", path)


@pytest.mark.parametrize("body, code", [
    ({"name": "r"}, "member_missing"),
    ({"name": "", "levels": {}}, "json_range"),
    ({"name": "x" * 129, "levels": {}}, "json_range"),
    ({"name": "割" * 43, "levels": {}}, "json_range"),
    ({"name": "a\tb", "levels": {}}, "json_range"),
    ({"name": "r", "levels": {"teleport": "full"}}, "unknown_member"),
    ({"name": "r", "levels": {"users": "most"}}, "json_range"),
    ({"name": "r", "levels": {"users": 3}}, "json_type"),
    ({"name": "r", "levels": []}, "json_type"),
    ({"name": "r", "levels": {"security": "write"}}, "security_reserved"),
    ({"name": "r", "levels": {"security": "full"}}, "security_reserved"),
    ({"name": "guest", "levels": {}}, "role_exists"),
])
def test_a_wrong_wish_for_a_role_is_refused(api, body, code):
    api.refused(code, "POST", "/roles", body)


def test_a_role_in_use_stays_and_tells_who_has_it(api):
    role = make_role(api, computers="read")
    user, _ = make_user(api, role["id"])
    answer = api.refused("role_in_use", "DELETE", f"/roles/{role['id']}")
    assert answer.json["users"] == [user["name"]]
    api.ok("DELETE", f"/users/{user['id']}")
    api.ok("DELETE", f"/roles/{role['id']}")


def test_a_role_of_an_api_token_stays(api):
    role = make_role(api, computers="read")
    made = api.ok("POST", "/me/api-tokens", {
        "name": "t", "role_id": role["id"], "expires_in_s": 600})
    api.refused("role_in_use", "DELETE", f"/roles/{role['id']}")
    api.ok("DELETE", f"/api-tokens/{made['api_token']['id']}")
    api.ok("DELETE", f"/roles/{role['id']}")


# Nobody climbs

@pytest.fixture(scope="module")
def personnel(api):
    """A user who manages users and is no Administrator: (user, Api, role)."""
    role = make_role(api, computers="read", users="full", api_tokens="full",
                     security="read")
    user, who = make_user(api, role["id"])
    return user, who, role


def test_nobody_gives_a_role_above_the_own(api, personnel):
    _, who, role = personnel
    for above in ("administrator", "technician", "auditor", "guest"):
        who.refused("above_own_role", "POST", "/users", {
            "name": "climber", "password": PASSWORD,
            "role_id": ROLES[above]})
    peer, _ = make_user(who, role["id"])
    who.refused("above_own_role", "PATCH", f"/users/{peer['id']}",
                {"role_id": ROLES["administrator"]})
    who.refused("above_own_role", "POST", "/roles", {
        "name": "above", "levels": {"computers": "write"}})
    lower = make_role(who, computers="read")
    who.refused("above_own_role", "PATCH", f"/roles/{lower['id']}", {
        "levels": {"audit": "read"}})
    assert api.ok("GET", f"/users/{peer['id']}")["role"]["id"] == role["id"]


def test_nobody_touches_who_reaches_further(api, personnel):
    _, who, _ = personnel
    admin = api.ok("GET", "/me")["id"]
    for method, path, body in (
            ("PATCH", "", {"is_disabled": True}),
            ("PATCH", "", {"scope": places(LOCAL)}),
            ("PUT", "/password", {"new_password": PASSWORD}),
            ("DELETE", "", None)):
        who.refused("above_own_role", method, f"/users/{admin}{path}", body)
    higher = make_role(api, computers="write")
    for method, body in (("PATCH", {"levels": {"computers": "none"}}),
                         ("DELETE", None)):
        who.refused("above_own_role", method, f"/roles/{higher['id']}", body)


def test_nobody_changes_the_own_rights(api, personnel):
    user, who, role = personnel
    for body in ({"role_id": ROLES["guest"]}, {"is_disabled": True},
                 {"scope": places(LOCAL)}, {"role_id": role["id"]}):
        code = "above_own_role" if body.get("role_id") == ROLES["guest"] \
            else "own_account"
        who.refused(code, "PATCH", f"/users/{user['id']}", body)
    who.refused("own_account", "DELETE", f"/users/{user['id']}")
    who.refused("own_account", "PUT", f"/users/{user['id']}/password",
                {"new_password": PASSWORD})
    who.refused("own_account", "PATCH", f"/roles/{role['id']}",
                {"levels": {"computers": "none"}})
    who.refused("own_account", "DELETE", f"/roles/{role['id']}")


def test_an_api_token_is_never_above_its_maker(server, api, personnel):
    _, who, _ = personnel
    who.refused("above_own_role", "POST", "/me/api-tokens", {
        "name": "t", "expires_in_s": 600, "role_id": ROLES["guest"]})
    user, maker = make_user(api, "technician")
    made = maker.ok("POST", "/me/api-tokens", {
        "name": "t", "expires_in_s": 600})
    assert made["api_token"]["role"]["built_in"] == "technician"
    token = Api(server, made["secret"])
    assert token.ok("GET", "/session")["permissions"]["computers"] == "full"
    token.refused("computer_not_found", "POST", f"/computers/{NOBODY}/retire")
    # The token follows when its user loses the role.
    api.ok("PATCH", f"/users/{user['id']}", {"role_id": ROLES["guest"]})
    assert token.ok("GET", "/session")["permissions"]["computers"] == "read"
    token.refused("not_permitted", "POST", f"/computers/{NOBODY}/retire")
    token.refused("not_permitted", "GET", "/enrolment-tokens")


def test_a_token_has_an_end_in_reach(api):
    body = {"name": "t"}
    api.refused("member_missing", "POST", "/me/api-tokens", body)
    for seconds in (59, 366 * 86400 + 1, 10**10):
        api.refused("json_range", "POST", "/me/api-tokens",
                    {**body, "expires_in_s": seconds})
    api.refused("json_type", "POST", "/me/api-tokens",
                {**body, "expires_in_s": None})
    made = api.ok("POST", "/me/api-tokens",
                  {**body, "expires_in_s": 366 * 86400})
    api.ok("DELETE", f"/me/api-tokens/{made['api_token']['id']}")


def test_everybodys_tokens_are_seen_and_ended_by_who_may(server, api):
    user, who = make_user(api, "guest")
    made = who.ok("POST", "/me/api-tokens", {"name": "t", "expires_in_s": 600})
    ident = made["api_token"]["id"]
    path = f"/api-tokens?user_id={user['id']}"
    assert [t["id"] for t in api.ok("GET", path)["items"]] == [ident]
    assert api.ok("GET", path)["items"][0]["user"]["name"] == user["name"]
    who.refused("not_permitted", "GET", "/api-tokens")
    who.refused("not_permitted", "DELETE", f"/api-tokens/{ident}")
    _, other = make_user(api, "guest")
    other.refused("api_token_not_found", "DELETE", f"/me/api-tokens/{ident}")
    api.ok("DELETE", f"/api-tokens/{ident}")
    Api(server, made["secret"]).refused("not_signed_in", "GET", "/me")


# The last Administrator

def test_the_last_administrator_stays(api):
    me = api.ok("GET", "/me")
    path = f"/users/{me['id']}"
    changes = (("PATCH", {"role_id": ROLES["guest"]}),
               ("PATCH", {"is_disabled": True}),
               ("PATCH", {"scope": places(LOCAL)}), ("DELETE", None))
    for user in api.ok("GET", f"/users?role_id={ROLES['administrator']}")[
            "items"]:
        if user["id"] != me["id"]:
            api.ok("DELETE", f"/users/{user['id']}")
    # Neither a disabled one nor a limited one counts as another.
    disabled, _ = make_user(api, "administrator")
    api.ok("PATCH", f"/users/{disabled['id']}", {"is_disabled": True})
    limited, _ = make_user(api, "administrator", places(LOCAL))
    for method, body in changes:
        api.refused("last_administrator", method, path, body)
    other, who = make_user(api, "administrator")
    for method, body in changes:
        api.refused("own_account", method, path, body)
    for user in (disabled, limited, other):
        api.ok("DELETE", f"/users/{user['id']}")
    who.refused("not_signed_in", "GET", "/me")


def test_of_two_who_limit_each_other_at_once_one_is_refused(api):
    """Judged in the transaction: never are both through, nor neither."""
    me = f"/users/{api.ok('GET', '/me')['id']}"
    pair = [make_user(api, "administrator") for _ in range(2)]
    pair[0][1].ok("PATCH", me, {"scope": places(LOCAL)})
    for _ in range(10):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(
                lambda pair: pair[0].ask("PATCH", f"/users/{pair[1]['id']}",
                                         {"scope": places(LOCAL)}),
                ((pair[0][1], pair[1][0]), (pair[1][1], pair[0][0]))))
        codes = sorted(answer.status for answer in answers)
        assert codes in ([200, 403], [200, 409]), answers
        winner = next(n for n, a in enumerate(answers) if a.status == 200)
        pair[winner][1].ok("PATCH", f"/users/{pair[1 - winner][0]['id']}",
                           {"scope": None})
    pair[winner][1].ok("PATCH", me, {"scope": None})
    for user, _ in pair:
        api.ok("DELETE", f"/users/{user['id']}")


# A change counts at once

def test_a_session_from_before_a_role_change_is_judged_anew(api):
    user, who = make_user(api, "administrator")
    who.ok("GET", "/users")
    for role, allowed in (("guest", False), ("auditor", True),
                          ("technician", False)):
        api.ok("PATCH", f"/users/{user['id']}", {"role_id": ROLES[role]})
        assert who.ok("GET", "/me")["role"]["built_in"] == role
        if allowed:
            who.ok("GET", "/users")
        else:
            who.refused("not_permitted", "GET", "/users")
    role = make_role(api, users="read")
    api.ok("PATCH", f"/users/{user['id']}", {"role_id": role["id"]})
    who.ok("GET", "/users")
    api.ok("PATCH", f"/roles/{role['id']}", {"levels": {"users": "none"}})
    who.refused("not_permitted", "GET", "/users")


def test_disabling_ends_sessions_and_tokens_rest(server, api):
    user, who = make_user(api, "guest")
    made = who.ok("POST", "/me/api-tokens", {"name": "t", "expires_in_s": 600})
    token = Api(server, made["secret"])
    api.ok("PATCH", f"/users/{user['id']}", {"is_disabled": True})
    for caller in (who, token):
        caller.refused("not_signed_in", "GET", "/me")
    api.refused("sign_in_failed", "POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None)
    api.ok("PATCH", f"/users/{user['id']}", {"is_disabled": False})
    who.refused("not_signed_in", "GET", "/me")
    token.ok("GET", "/me")
    sign_in(api, user).ok("GET", "/me")


def test_another_password_ends_the_sessions(api):
    user, who = make_user(api, "guest")
    path = f"/users/{user['id']}/password"
    for wanted, code in (("short", "password_too_short"),
                         ("x" * 129, "password_too_long"),
                         ("password123", "password_too_common")):
        api.refused(code, "PUT", path, {"new_password": wanted})
    assert api.ask("PUT", path, {"new_password": PASSWORD}).status == 204
    who.refused("not_signed_in", "GET", "/me")
    again = sign_in(api, user)
    again.refused("password_change_required", "GET", "/computers")
    # The role says nothing about the own password: even a Guest changes it.
    assert again.ask("PUT", "/me/password", {
        "current_password": PASSWORD,
        "new_password": PASSWORD + "!"}).status == 204
    again.ok("GET", "/computers")


# Users

@pytest.mark.parametrize("body, code", [
    ({"name": "x" * 129}, "json_range"), ({"name": "割" * 43}, "json_range"),
    ({"name": " x"}, "json_range"), ({"name": "ADMIN"}, "user_exists"),
    ({"password": "short"}, "password_too_short"),
    ({"role_id": NOBODY}, "role_not_found"),
    ({"role_id": "administrator"}, "json_range"),
    ({"scope": []}, "json_range"), ({"scope": "all"}, "json_type"),
    ({"scope": places(NOBODY)}, "office_not_found"),
    ({"scope": [{"kind": "planet", "id": LOCAL}]}, "json_range"),
    ({"scope": [{"kind": "office"}]}, "member_missing"),
    ({"scope": places(*[LOCAL] * 501)}, "json_range"),
    ({"is_disabled": True}, "unknown_member"),
])
def test_a_wrong_wish_for_a_user_is_refused(api, body, code):
    api.refused(code, "POST", "/users", {
        "name": "wrong", "password": PASSWORD, "role_id": ROLES["guest"],
        **body})


def test_users_are_listed_by_role(api):
    role = make_role(api)
    user, who = make_user(api, role["id"])
    page = api.ok("GET", f"/users?role_id={role['id']}")
    assert page["items"] == [api.ok("GET", f"/users/{user['id']}")]
    assert set(who.ok("GET", "/session")["permissions"].values()) == {"none"}
    api.refused("user_not_found", "GET", f"/users/{NOBODY}")


# Two editors

@pytest.mark.parametrize("kind", ["user", "role", "office"])
def test_the_slower_editor_hears_who_changed_what(api, kind):
    name = f"edited {next(NUMBERS)}"
    if kind == "user":
        path = f"/users/{make_user(api, 'guest')[0]['id']}"
        changes = ({"role_id": ROLES["auditor"]}, {"is_disabled": True})
        members = ["is_disabled", "role"]
    elif kind == "role":
        path = f"/roles/{make_role(api, events='read')['id']}"
        changes = ({"name": name}, {"levels": {"events": "none"}})
        members = ["levels", "name"]
    else:
        path = "/offices/" + api.ok("POST", "/offices", {"name": name})["id"]
        changes = ({"name": name + " 1"}, {"name": name + " 2"})
        members = ["name"]
    before = api.get(path)
    seen = {"If-Match": before.headers["ETag"]}
    assert seen["If-Match"] == f'"{before.json["version"]}"'
    _, other = make_user(api, "administrator")
    other_name = other.ok("GET", "/me")["name"]
    for change in changes:
        other.ok("PATCH", path, change)
    for method, body in (("PATCH", changes[0]), ("DELETE", None)):
        answer = api.refused("version_mismatch", method, path, body,
                             headers=seen)
        assert answer.status == 409
        changed = answer.json["changed"]
        assert changed["by"] == other_name and changed["at"]
        assert sorted(changed["members"]) == members
        assert changed["version"] == before.json["version"] + 2
    fresh = {"If-Match": api.get(path).headers["ETag"]}
    assert api.ask("DELETE", path, headers=fresh).status == 204
    api.ok("DELETE", f"/users/{other.ok('GET', '/me')['id']}")


# Scope

@pytest.fixture(scope="module")
def limited(api, offices, computers):
    """A technician of Osaka."""
    return make_user(api, "technician", places(offices[0]))[1]


def test_a_scope_hides_computers_from_every_list_and_filter(
        api, limited, offices, computers):
    inside = computers[1]
    session = limited.ok("GET", "/session")
    assert session["scope"] == places(offices[0])
    assert session["permissions"]["offices"] == "read"
    for query in ("", "?search=" + inside, f"?office_id={offices[0]}",
                  "?not_seen_days=1", "?sort=-last_seen_at", "?state=active"):
        page = limited.ok("GET", "/computers" + query)
        if query != "?not_seen_days=1":
            assert [c["id"] for c in page["items"]] == [inside], query
        assert page["total"] == len(page["items"])
    for outside, office in ((computers[0], LOCAL), (computers[2], offices[1])):
        for query in (f"search={outside}", f"office_id={office}"):
            page = limited.ok("GET", f"/computers?{query}")
            assert page["items"] == [] and page["total"] == 0
    cursor = api.ok("GET", "/computers?limit=1")["next_cursor"]
    page = limited.ok("GET", f"/computers?limit=1&cursor={cursor}")
    assert {c["id"] for c in page["items"]} <= {inside}


def test_what_is_outside_is_as_if_it_were_not_there(
        api, limited, offices, computers):
    for ident in (computers[0], computers[2]):
        absent = limited.get(f"/computers/{NOBODY}")
        there = limited.get(f"/computers/{ident}")
        assert there.status == 404 and there.json == absent.json
        for method, rest, body in (
                ("GET", "/inventory", None),
                ("GET", "/inventory-summary", None),
                ("GET", "/inventory/packages", None),
                ("GET", "/certificates", None), ("GET", "/events", None),
                ("POST", "/refresh", None), ("POST", "/retire", None),
                ("POST", "/revoke", {"reason": "x"}),
                ("PATCH", "", {"office_id": offices[0]})):
            limited.refused("computer_not_found", method,
                            f"/computers/{ident}{rest}", body)
        limited.refused("computer_not_found", "POST", "/enrolment-tokens", {
            "kind": "computer", "computer_id": ident})
    for office in (LOCAL, offices[1]):
        limited.refused("office_not_found", "GET", f"/offices/{office}")
        limited.refused("office_not_found", "PATCH",
                        f"/computers/{computers[1]}", {"office_id": office})
        limited.refused("office_not_found", "POST", "/enrolment-tokens",
                        {"kind": "office", "office_id": office})
    # Local Office, when none is named.
    limited.refused("office_not_found", "POST", "/enrolment-tokens",
                    {"kind": "office"})
    assert api.ok("GET", f"/computers/{computers[1]}")["office_id"] == \
        offices[0]


def test_a_scope_hides_what_belongs_to_computers(
        api, limited, offices, computers):
    listed = limited.ok("GET", "/certificates")["items"]
    assert {c["computer_id"] for c in listed} == {computers[1]}
    for certificate in api.ok("GET", "/certificates")["items"]:
        path = f"/certificates/{certificate['serial']}"
        is_inside = certificate["computer_id"] == computers[1]
        for where in (path, path + "/pem"):
            assert limited.get(where).status == (200 if is_inside else 404)
    events = limited.ok("GET", "/events")["items"]
    assert events and {e["subject"] for e in events} == {computers[1]}
    assert limited.ok("GET", "/events?kind=signed_in")["items"] == []
    assert [o["id"] for o in limited.ok("GET", "/offices")["items"]] == \
        [offices[0]]
    tokens = limited.ok("GET", "/enrolment-tokens")["items"]
    assert tokens and {t["office_id"] for t in tokens} == {offices[0]}
    for token in api.ok("GET", "/enrolment-tokens")["items"]:
        path = f"/enrolment-tokens/{token['id']}"
        if token["office_id"] != offices[0]:
            limited.refused("enrolment_token_not_found", "GET", path)
            limited.refused("enrolment_token_not_found", "POST",
                            path + "/revoke")
    status = limited.ok("GET", "/status")
    assert status["computers"] == 1 and status["live_agents"] is None


def test_inside_the_scope_work_is_done(limited, offices, computers):
    limited.ok("POST", f"/computers/{computers[1]}/refresh")
    made = limited.ok("POST", "/enrolment-tokens", {
        "kind": "office", "office_id": offices[0]})
    limited.ok("POST",
               f"/enrolment-tokens/{made['enrolment_token']['id']}/revoke")
    limited.refused("not_permitted", "POST", "/offices", {"name": "Nara"})


def test_a_scope_keeps_even_an_administrator_from_the_whole(api, offices):
    user, who = make_user(api, "administrator", places(offices[0]))
    for method, path, body in (
            ("GET", "/users", None), ("GET", "/roles", None),
            ("POST", "/offices", {"name": "Nara"}),
            ("PATCH", f"/offices/{offices[0]}", {"name": "Nara"}),
            ("GET", "/api-tokens", None),
            ("PATCH", f"/users/{user['id']}", {"scope": None})):
        who.refused("outside_scope", method, path, body)


def test_a_token_stays_within_the_scope_of_its_maker(
        server, api, limited, offices, computers):
    for scope in (places(LOCAL), places(offices[0], offices[1])):
        limited.refused("office_not_found", "POST", "/me/api-tokens", {
            "name": "t", "expires_in_s": 600, "scope": scope})
    for scope in (None, places(offices[0])):
        made = limited.ok("POST", "/me/api-tokens", {
            "name": "t", "expires_in_s": 600, "scope": scope})
        token = Api(server, made["secret"])
        assert [c["id"] for c in token.ok("GET", "/computers")["items"]] == \
            [computers[1]]
        assert token.ok("GET", "/session")["scope"] == places(offices[0])
        token.refused("computer_not_found", "GET",
                      f"/computers/{computers[0]}")


def test_a_token_narrows_and_follows_its_user(
        server, api, offices, computers):
    user, who = make_user(api, "technician", places(*offices))
    made = who.ok("POST", "/me/api-tokens", {
        "name": "t", "expires_in_s": 600, "scope": places(offices[0])})
    token = Api(server, made["secret"])

    def seen():
        return [c["id"] for c in token.ok("GET", "/computers")["items"]]
    assert seen() == [computers[1]]
    api.ok("PATCH", f"/users/{user['id']}", {"scope": places(offices[1])})
    assert seen() == []
    api.ok("PATCH", f"/users/{user['id']}", {"scope": None})
    assert seen() == [computers[1]]
    assert len(who.ok("GET", "/computers")["items"]) == 3


def test_an_office_that_is_a_scope_is_not_deleted(api):
    office = api.ok("POST", "/offices", {"name": "Sakai"})["id"]
    user, _ = make_user(api, "guest", places(office))
    api.refused("office_in_scope", "DELETE", f"/offices/{office}")
    api.ok("DELETE", f"/users/{user['id']}")
    assert api.ask("DELETE", f"/offices/{office}").status == 204


def test_what_is_done_to_rights_is_on_record(api):
    kinds = {event["kind"]: event
             for event in api.ok("GET", "/events?limit=500")["items"]}
    assert {"user_created", "user_changed", "user_deleted", "role_created",
            "role_changed", "role_deleted", "user_password_set",
            "api_token_created", "api_token_deleted"} <= set(kinds)
    assert kinds["user_created"]["detail"]["name"]
