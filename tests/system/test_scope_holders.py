"""Who is limited to an office or a group stands in the way of its deletion: the
refusal names them, to who may know them, and lists can be narrowed to them."""

import itertools

import pytest

import harness
from described import Api
from test_ctl import Ctl

GUEST = "00000000-0000-7000-8000-000000000014"
NOBODY = "00000000-0000-7000-8000-00000000dead"
PLACES = ("office", "group")
TOKENS = 12
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def path_of(kind, ident=""):
    return f"/{kind}s/{ident}" if ident else f"/{kind}s"


@pytest.fixture(scope="module", params=PLACES)
def place(request, api):
    """A place of either kind, two users and twelve API tokens limited to it."""
    kind = request.param
    more = {"kind": "static"} if kind == "group" else {}
    made = api.ok("POST", path_of(kind), {"name": f"Osaka {kind}", **more})
    scope = [{"kind": kind, "id": made["id"]}]
    users = [api.ok("POST", "/users", {
        "name": f"{name} of the {kind}", "password": harness.PASSWORD,
        "role_id": GUEST, "scope": scope})["id"]
        for name in ("yamada", "kobayashi")]
    tokens = [api.ok("POST", "/me/api-tokens", {
        "name": f"{kind} token {number}", "expires_in_s": 600,
        "scope": scope})["api_token"]["id"] for number in range(TOKENS)]
    return {"kind": kind, "id": made["id"], "name": made["name"],
            "users": users, "tokens": tokens,
            "path": path_of(kind, made["id"]), "code": f"{kind}_in_scope"}


def who_has(api, server, **levels):
    """Signed in with a role of these levels, which deletes places."""
    number = next(NUMBERS)
    role = api.ok("POST", "/roles", {
        "name": f"keeper {number}",
        "levels": {"offices": "full", "groups": "full", **levels}})
    api.ok("POST", "/users", {
        "name": f"keeper {number}", "password": harness.PASSWORD,
        "role_id": role["id"], "must_change_password": False})
    return Api(server, server.sign_in(harness.PASSWORD, f"keeper {number}"))


def refusal(api, place):
    answer = api.ask("DELETE", place["path"])
    assert (answer.status, answer.json["code"]) == (409, place["code"])
    assert answer.json["user_count"] == 2
    assert answer.json["api_token_count"] == TOKENS
    return answer.json


def test_who_may_look_at_neither_gets_numbers_alone(api, server, place):
    told = refusal(who_has(api, server), place)
    assert "users" not in told and "api_tokens" not in told
    assert "yamada" not in str(told) and " token " not in str(told).replace(
        "API token", "")
    assert told["detail"] == \
        f"2 users and 12 API tokens are limited to the {place['kind']}"


def test_each_kind_is_named_to_who_may_look_at_it(api, server, place):
    told = refusal(who_has(api, server, users="read"), place)
    assert len(told["users"]) == 2 and "api_tokens" not in told
    told = refusal(who_has(api, server, api_tokens="read"), place)
    assert len(told["api_tokens"]) == 10 and "users" not in told


def test_the_refusal_names_users_and_a_part_of_many_tokens(api, place):
    told, kind = refusal(api, place), place["kind"]
    assert told["users"] == [f"kobayashi of the {kind}",
                             f"yamada of the {kind}"]
    names = [token["name"] for token in told["api_tokens"]]
    assert len(set(names)) == 10
    assert set(names) <= {f"{kind} token {n}" for n in range(TOKENS)}
    assert {token["user"] for token in told["api_tokens"]} == {"admin"}


@pytest.mark.parametrize("path", [
    f"/offices/{NOBODY}", f"/groups/{NOBODY}",
    "/offices/00000000-0000-7000-8000-000000000001"])
def test_other_refusals_tell_nothing_of_it(api, path):
    told = api.ask("DELETE", path).json
    assert told["status"] in (404, 409)
    assert not {"user_count", "users", "api_tokens"} & set(told)


def listed(api, query):
    return api.ok("GET", f"/api-tokens?{query}")["items"]


def test_tokens_are_found_by_the_place_that_they_are_limited_to(api, place):
    query = f"place_id={place['id']}"
    assert {token["id"] for token in listed(api, query)} == \
        set(place["tokens"])
    one, = listed(api, f"{query}&search=TOKEN%2011")
    assert one["name"] == f"{place['kind']} token 11"
    assert listed(api, f"place_id={NOBODY}") == []
    api.refused("bad_parameter", "GET", "/api-tokens?place_id=osaka")
    page = api.ok("GET", f"/api-tokens?{query}&limit=7")
    rest = listed(api, f"{query}&cursor={page['next_cursor']}")
    assert {token["id"] for token in page["items"] + rest} == \
        set(place["tokens"])


@pytest.fixture(scope="module")
def ctl(server, api, folder):
    ctl = Ctl(folder)
    password = folder / "password"
    password.write_text(harness.PASSWORD)
    ctl.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "admin", "--password-file", password)
    return ctl


def test_warifuctl_names_them(ctl, place):
    kind = place["kind"]
    told = ctl.run(kind, "delete", place["name"], "--yes", code=1).stderr
    assert f"({kind}_in_scope)" in told
    assert f"\nwarifuctl:   user yamada of the {kind}\n" in told
    assert told.count(f"\nwarifuctl:   API token {kind} token ") == 10
    assert " (admin)\n" in told and "\nwarifuctl:   and 2 more\n" in told


def test_warifuctl_lists_who_is_limited_to_a_place(ctl, place):
    words = (f"--{place['kind']}", place["name"])
    users = ctl.json("user", "list", *words)["items"]
    assert {user["id"] for user in users} == set(place["users"])
    tokens = ctl.json("api-token", "list", "--everybody", *words)["items"]
    assert {token["id"] for token in tokens} == set(place["tokens"])
    assert "--everybody" in ctl.run(
        "api-token", "list", *words, code=2).stderr
    assert "not both" in ctl.run(
        "user", "list", "--office", "x", "--group", "y", code=2).stderr


def test_it_goes_when_nobody_is_limited_to_it(api, place):
    for user in place["users"]:
        api.ok("DELETE", f"/users/{user}")
    for token in place["tokens"][1:]:
        api.ok("DELETE", f"/me/api-tokens/{token}")
    told = api.ask("DELETE", place["path"]).json
    assert (told["users"], told["user_count"]) == ([], 0)
    assert told["detail"] == \
        f"0 users and 1 API token are limited to the {place['kind']}"
    api.ok("DELETE", f"/me/api-tokens/{place['tokens'][0]}")
    assert api.ask("DELETE", place["path"]).status == 204
