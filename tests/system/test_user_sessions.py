"""Sessions listed and ended, by their owner and by who may."""

import itertools

import pytest

from described import Api

ROLE = "00000000-0000-7000-8000-00000000001"
NOBODY = "00000000-0000-7000-8000-00000000dead"
PASSWORD = "some pass phrase for tests"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def make_user(api, role=f"{ROLE}4"):
    return api.ok("POST", "/users", {
        "name": f"user {next(NUMBERS)}", "password": PASSWORD,
        "role_id": role, "must_change_password": False})


def sign_in(api, user, **headers):
    return Api(api.server, api.ok("POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None,
        headers=headers)["token"])


def listed(who, path="/me/sessions"):
    return who.ok("GET", path)["items"]


def test_the_own_sessions_are_listed_newest_first(api):
    user = make_user(api)
    first = sign_in(api, user, **{"User-Agent": "Browser/1 (one)"})
    second = sign_in(api, user, **{"User-Agent": "Browser/2 (two)"})
    found = listed(second)
    assert [one["user_agent"] for one in found] == \
        ["Browser/2 (two)", "Browser/1 (one)"]
    assert [one["is_current"] for one in found] == [True, False]
    assert [one["is_current"] for one in listed(first)] == [False, True]
    for one in found:
        assert one["address"] == "127.0.0.1" and one["secure"] is True
        assert one["created_at"] <= one["last_used_at"] < one["expires_at"]
    assert all(who.token not in str(found) for who in (first, second))
    page = first.ok("GET", "/me/sessions?limit=1")
    assert len(page["items"]) == 1
    rest = first.ok("GET", f"/me/sessions?cursor={page['next_cursor']}")
    assert [one["id"] for one in page["items"] + rest["items"]] == \
        [one["id"] for one in found]


@pytest.mark.parametrize("told, kept", [
    ("x" * 2000, "x" * 256),
    ("caf\u00e9 <script>", "caf? <script>"),
    ("a\tb", "a?b"),
])
def test_what_a_browser_calls_itself_is_bounded(api, told, kept):
    who = sign_in(api, make_user(api), **{
        "User-Agent": told.encode("latin-1")})
    assert listed(who)[0]["user_agent"] == kept


def test_an_ended_session_is_gone_with_its_next_request(api):
    user = make_user(api)
    mine, lost = sign_in(api, user), sign_in(api, user)
    ident = next(one["id"] for one in listed(mine) if not one["is_current"])
    mine.ok("DELETE", f"/me/sessions/{ident}")
    lost.refused("not_signed_in", "GET", "/me")
    mine.refused("session_not_found", "DELETE", f"/me/sessions/{ident}")
    row = api.ok("GET", f"/audit?action=session.end&target={user['id']}")[
        "items"]
    assert row[-1]["before"]["session_id"] == ident
    assert row[-1]["actor"]["name"] == user["name"]


def test_all_others_end_at_once(api):
    user = make_user(api)
    others = [sign_in(api, user) for _ in range(3)]
    mine = sign_in(api, user)
    mine.ok("DELETE", "/me/sessions")
    assert [one["is_current"] for one in listed(mine)] == [True]
    for one in others:
        one.refused("not_signed_in", "GET", "/me")


def test_nobody_sees_or_ends_anothers_session(api):
    victim = make_user(api)
    session = sign_in(api, victim)
    ident = listed(session)[0]["id"]
    who = sign_in(api, make_user(api))
    assert len(listed(who)) == 1
    who.refused("session_not_found", "DELETE", f"/me/sessions/{ident}")
    path = f"/users/{victim['id']}/sessions"
    for method, where in (("GET", path), ("DELETE", path),
                          ("DELETE", f"{path}/{ident}")):
        who.refused("not_permitted", method, where)
    session.ok("GET", "/me")


def test_who_may_lists_and_ends_the_sessions_of_a_user(api):
    user = make_user(api)
    path = f"/users/{user['id']}/sessions"
    one, two, three = (sign_in(api, user) for _ in range(3))
    found = listed(api, path)
    assert len(found) == 3 and not any(s["is_current"] for s in found)
    api.ok("DELETE", f"{path}/{found[0]['id']}")
    three.refused("not_signed_in", "GET", "/me")
    two.ok("GET", "/me")
    # Of that user alone.
    mine = listed(api)[0]["id"]
    api.refused("session_not_found", "DELETE", f"{path}/{mine}")
    api.ok("DELETE", path)
    for session in (one, two):
        session.refused("not_signed_in", "GET", "/me")
    assert listed(api, path) == []
    api.refused("user_not_found", "GET", f"/users/{NOBODY}/sessions")
    api.refused("user_not_found", "DELETE", f"/users/{NOBODY}/sessions")


def test_nobody_signs_out_who_reaches_further(api):
    role = api.ok("POST", "/roles", {
        "name": "personnel", "levels": {"users": "full"}})
    who = sign_in(api, make_user(api, role["id"]))
    admin = api.ok("GET", "/me")["id"]
    session = listed(api)[0]["id"]
    who.refused("above_own_role", "DELETE", f"/users/{admin}/sessions")
    who.refused("above_own_role", "DELETE",
                f"/users/{admin}/sessions/{session}")
    api.ok("GET", "/me")


def test_an_api_token_ends_no_session_of_its_user(server, api):
    user = make_user(api)
    session = sign_in(api, user)
    token = Api(server, session.ok("POST", "/me/api-tokens", {
        "name": "t", "expires_in_s": 600})["secret"])
    ident = listed(session)[0]["id"]
    assert [one["is_current"] for one in listed(token)] == [False]
    token.refused("session_required", "DELETE", "/me/sessions")
    token.refused("session_required", "DELETE", f"/me/sessions/{ident}")
    session.ok("DELETE", f"/me/sessions/{ident}")
    token.ok("GET", "/me")
