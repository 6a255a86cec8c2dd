"""Signing in: the first password, lock-out, sessions and their listeners."""

import stat

import pytest

import harness
from described import Api, DOCUMENT, example, operations

SECOND = "second password, long enough"


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def sign_in(api, password, user="admin", **more):
    return api.ok("POST", "/session", {"user": user, "password": password},
                  **more)["token"]


@pytest.fixture(scope="module")
def first(server, api):
    """The session of an administrator who has not changed the password."""
    return sign_in(api, server.initial_password())


def test_nothing_but_signing_in_is_open(api):
    for method, template, operation in operations():
        if operation["x-warifu-security"] == "anyone":
            continue
        path = example(template)
        for token in (None, "wfs_nonsense", "wfa_nonsense", ""):
            api.refused("not_signed_in", method, path, token=token)


def test_other_schemes_do_not_sign_in(api):
    for value in ("Basic YWRtaW46eA==", "Bearer", "Bearer ", "Token x"):
        api.refused("not_signed_in", "GET", "/me",
                    headers={"Authorization": value})


def test_the_first_password_is_in_a_private_file(server, first):
    path = server.state / "core" / "initial-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.initial_password() not in server.log()


def test_until_it_is_changed_only_that_is_allowed(api, first):
    session = api.ok("GET", "/session", token=first)
    assert session["user"]["must_change_password"] is True
    for path in ("/me", "/computers", "/offices", "/status", "/events",
                 "/api-tokens", "/certificates", "/enrolment-tokens"):
        api.refused("password_change_required", "GET", path, token=first)
    api.refused("password_change_required", "POST", "/offices",
                {"name": "x"}, token=first)


@pytest.mark.parametrize("wanted, code", [
    ("short", "password_too_short"),
    ("x" * 129, "password_too_long"),
    ("password123", "password_too_common"),
    ("aaaaaaaaaaaa", "password_too_common"),
])
def test_weak_passwords_are_refused(server, api, first, wanted, code):
    api.refused(code, "PUT", "/me/password", {
        "current_password": server.initial_password(),
        "new_password": wanted}, token=first)


def test_the_current_password_must_be_known(api, first):
    api.refused("password_wrong", "PUT", "/me/password", {
        "current_password": "no idea", "new_password": SECOND}, token=first)


def test_the_same_password_is_no_change(server, api, first):
    same = server.initial_password()
    api.refused("password_unchanged", "PUT", "/me/password", {
        "current_password": same, "new_password": same}, token=first)


def test_a_change_ends_other_sessions_and_removes_the_file(server, api, first):
    initial = server.initial_password()
    other = sign_in(api, initial)
    api.ok("PUT", "/me/password", {
        "current_password": initial, "new_password": harness.PASSWORD},
        token=first)
    assert not (server.state / "core" / "initial-password").exists()
    api.ok("GET", "/me", token=first)
    api.refused("not_signed_in", "GET", "/me", token=other)
    api.refused("sign_in_failed", "POST", "/session",
                {"user": "admin", "password": initial})


def test_the_name_is_read_without_regard_to_case(api):
    session = sign_in(api, harness.PASSWORD, "ADMIN")
    assert api.ok("GET", "/me", token=session)["name"] == "admin"


def test_signing_out_ends_the_session(api):
    session = sign_in(api, harness.PASSWORD)
    api.ok("GET", "/me", token=session)
    assert api.ask("DELETE", "/session", token=session).status == 204
    api.refused("not_signed_in", "GET", "/me", token=session)


def test_a_session_stays_on_its_listener(server, api):
    plain = Api(server, plain=True)
    over_http = sign_in(plain, harness.PASSWORD)
    over_https = sign_in(api, harness.PASSWORD)
    assert plain.ok("GET", "/session", token=over_http)["secure"] is False
    assert api.ok("GET", "/session", token=over_https)["secure"] is True
    api.refused("not_signed_in", "GET", "/me", token=over_http)
    plain.refused("not_signed_in", "GET", "/me", token=over_https)


def test_what_makes_secrets_needs_https(server):
    plain = Api(server, plain=True)
    plain.token = sign_in(plain, harness.PASSWORD)
    plain.ok("GET", "/computers")
    for method, template, operation in operations():
        if operation.get("x-warifu-https"):
            plain.refused("https_required", method, example(template), {})


def test_api_tokens_do_what_their_user_may_but_no_more(server, api):
    session = sign_in(api, harness.PASSWORD)
    made = api.ok("POST", "/me/api-tokens", {
        "name": "ci", "expires_in_s": 600}, token=session)
    token, ident = made["secret"], made["api_token"]["id"]
    assert token.startswith("wfa_") and len(token) == 47
    assert token not in server.log()
    assert api.ok("GET", "/session", token=token)["kind"] == "api_token"
    api.ok("GET", "/computers", token=token)
    listed = api.ok("GET", "/me/api-tokens", token=session)["items"]
    assert [item["id"] for item in listed] == [ident]
    assert token not in str(listed)
    for method, path, body in (
            ("POST", "/me/api-tokens", {"name": "more", "expires_in_s": 60}),
            ("DELETE", f"/me/api-tokens/{ident}", None),
            ("DELETE", f"/api-tokens/{ident}", None),
            ("DELETE", "/session", None),
            ("PUT", "/me/password", {"current_password": harness.PASSWORD,
                                     "new_password": SECOND})):
        api.refused("session_required", method, path, body, token=token)
    api.ok("DELETE", f"/me/api-tokens/{ident}", token=session)
    for where in ("/me/api-tokens", "/api-tokens"):
        api.refused("api_token_not_found", "DELETE", f"{where}/{ident}",
                    token=session)
    api.refused("not_signed_in", "GET", "/me", token=token)


def test_sessions_outlive_a_restart(server, api):
    session = sign_in(api, harness.PASSWORD)
    server.stop()
    server.start()
    api.ok("GET", "/me", token=session)


def test_unknown_users_and_wrong_passwords_look_the_same(api):
    """Last: it locks the account. 5 failures lock, known or not."""
    answers = {}
    for user in ("admin", "nobody"):
        answers[user] = [
            api.ask("POST", "/session", {"user": user, "password": "wrong"})
            for _ in range(6)]
    for known, unknown in zip(answers["admin"], answers["nobody"]):
        assert known.status == unknown.status
        assert known.json["code"] == unknown.json["code"]
        assert known.json["title"] == unknown.json["title"]
    codes = [answer.json["code"] for answer in answers["admin"]]
    assert codes == ["sign_in_failed"] * 5 + ["locked"]
    assert 0 < int(answers["admin"][5].headers["Retry-After"]) <= 300
    api.refused("locked", "POST", "/session",
                {"user": "admin", "password": harness.PASSWORD})


def test_an_address_that_fails_too_often_is_locked(api):
    codes = [api.ask("POST", "/session", {
        "user": f"somebody{n}", "password": "wrong"}).json["code"]
        for n in range(15)]
    assert "locked" in codes and "sign_in_failed" in codes
    assert codes == sorted(codes, reverse=True)


def test_the_description_is_served_as_the_server_was_built(server):
    import yaml
    for plain in (True, False):
        api = Api(server, plain=plain)
        as_json = api.get("/openapi.json")
        as_yaml = api.get("/openapi.yaml")
        assert as_json.json == DOCUMENT == yaml.safe_load(as_yaml.body)
