"""Settings that Administrators change while the server runs."""

import itertools
import sqlite3

import pytest

import estkit
import harness
from described import Api

ROLE = "00000000-0000-7000-8000-00000000001"
SECURITY, SERVER = "/settings/security", "/settings/server"
NUMBERS = itertools.count(1)
PASSWORD = "some pass phrase for tests"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(autouse=True)
def as_before(request):
    """What a test sets does not reach the next one."""
    yield
    if "api" in request.fixturenames:
        api = request.getfixturevalue("api")
        api.ok("PATCH", SECURITY, {
            "password_minimum_length": 8, "password_history": 0,
            "lockout_attempts": 5, "lockout_minutes": 5,
            "session_idle_minutes": None, "session_longest_hours": None})
        api.ok("PATCH", SERVER, {"refresh_minutes": None})


def make_user(api, role=4, password=PASSWORD):
    user = api.ok("POST", "/users", {
        "name": f"user {next(NUMBERS)}", "password": password,
        "role_id": f"{ROLE}{role}", "must_change_password": False})
    return user, Api(api.server, api.ok("POST", "/session", {
        "user": user["name"], "password": password}, token=None)["token"])


def test_the_settings_of_a_new_server(api):
    found = api.ok("GET", SECURITY)
    assert found == {
        "password_minimum_length": 8, "password_history": 0,
        "lockout_attempts": 5, "lockout_minutes": 5,
        "session_idle_minutes": None, "session_longest_hours": None,
        "in_force": {"session_idle_seconds": 1800,
                     "session_longest_seconds": 43200},
        "stricter_in_file": [], "version": found["version"]}
    found = api.ok("GET", SERVER)
    assert found["refresh_minutes"] is None
    assert found["in_force"] == {"refresh_seconds": 5400}
    assert found["file"]["names"] == ["127.0.0.1", "localhost"]
    assert found["file"]["https_port"] == api.server.https


@pytest.mark.parametrize("path, body, code", [
    (SECURITY, {"password_minimum_length": 7}, "json_range"),
    (SECURITY, {"password_minimum_length": 129}, "json_range"),
    (SECURITY, {"password_minimum_length": None}, "json_type"),
    (SECURITY, {"password_history": 25}, "json_range"),
    (SECURITY, {"password_history": -1}, "json_range"),
    (SECURITY, {"lockout_attempts": 2}, "json_range"),
    (SECURITY, {"lockout_attempts": 101}, "json_range"),
    (SECURITY, {"lockout_minutes": 0}, "json_range"),
    (SECURITY, {"lockout_minutes": 1441}, "json_range"),
    (SECURITY, {"session_idle_minutes": 0}, "json_range"),
    (SECURITY, {"session_longest_hours": 721}, "json_range"),
    (SECURITY, {"lockout_attempts": "5"}, "json_type"),
    (SECURITY, {"lockout_attempts": 5.5}, "json_type"),
    (SECURITY, {"refresh_minutes": 90}, "unknown_member"),
    (SECURITY, {"in_force": {}}, "unknown_member"),
    (SERVER, {"refresh_minutes": 4}, "json_range"),
    (SERVER, {"refresh_minutes": 1441}, "json_range"),
    (SERVER, {"names": ["a"]}, "unknown_member"),
])
def test_what_is_out_of_bounds_is_refused(api, path, body, code):
    before = api.ok("GET", path)
    api.refused(code, "PATCH", path, body)
    assert api.ok("GET", path) == before


@pytest.mark.parametrize("role", [2, 3, 4])
def test_only_administrators_change_security_settings(api, role):
    _, who = make_user(api, role)
    who.refused("not_permitted", "PATCH", SECURITY, {"lockout_attempts": 9})
    if role == 3:
        assert who.ok("GET", SECURITY)["lockout_attempts"] == 5
    else:
        who.refused("not_permitted", "GET", SECURITY)


def test_two_administrators_do_not_overwrite_each_other(api):
    other, second = make_user(api, 1)
    for path, mine, theirs in (
            (SECURITY, {"lockout_attempts": 9}, {"password_history": 3}),
            (SERVER, {"refresh_minutes": 30}, {"refresh_minutes": 60}),
            ("/audit/settings", {"retention_days": 100},
             {"retention_days": 200})):
        method = "PUT" if path.startswith("/audit") else "PATCH"
        seen = api.get(path)
        etag = seen.headers["ETag"]
        assert etag == f'"{seen.json["version"]}"'
        changed = second.ok(method, path, theirs, headers={"If-Match": etag})
        assert changed["version"] == seen.json["version"] + 1
        refused = api.refused("version_mismatch", method, path, mine,
                              headers={"If-Match": etag}).json["changed"]
        assert refused["by"] == other["name"]
        assert refused["members"] == list(theirs)
        assert refused["version"] == changed["version"]
        again = api.get(path)
        assert all(again.json[name] == value
                   for name, value in theirs.items())
        api.ok(method, path, mine, headers={
            "If-Match": again.headers["ETag"]})


def test_what_changes_nothing_makes_no_version(api):
    version = api.ok("GET", SECURITY)["version"]
    same = api.ok("PATCH", SECURITY, {"lockout_attempts": 5})
    assert same["version"] == version
    assert api.ok("PATCH", SECURITY, {})["version"] == version


def test_the_audit_log_has_before_and_after(api):
    api.ok("PATCH", SECURITY, {"lockout_minutes": 15})
    row = api.ok("GET", "/audit?action=setting.change&target=security")[
        "items"][0]
    assert row["before"]["lockout_minutes"] == 5
    assert row["after"]["lockout_minutes"] == 15
    _, guest = make_user(api)
    guest.refused("not_permitted", "PATCH", SECURITY, {"lockout_minutes": 1})
    row = api.ok("GET", "/audit?action=setting.change&outcome=refused")[
        "items"][0]
    assert row["code"] == "not_permitted"


def test_the_least_length_counts_however_a_password_is_set(api):
    user, who = make_user(api)
    api.ok("PATCH", SECURITY, {"password_minimum_length": 30})
    short, long = "x" * 14 + "y" * 15, "x" * 15 + "y" * 15
    for asking, method, path, body in (
            (who, "PUT", "/me/password", {
                "current_password": PASSWORD, "new_password": short}),
            (api, "PUT", f"/users/{user['id']}/password",
             {"new_password": short}),
            (api, "POST", "/users", {
                "name": "short", "password": short,
                "role_id": f"{ROLE}4"})):
        answer = asking.refused("password_too_short", method, path, body)
        assert "30" in answer.json["detail"]
        assert answer.json["minimum_length"] == 30
    # The old one, shorter now than any new one, still opens the door.
    api.ok("POST", "/session", {"user": user["name"], "password": PASSWORD},
           token=None)
    who.ok("PUT", "/me/password", {"current_password": PASSWORD,
                                   "new_password": long})


def test_a_password_does_not_come_back_too_soon(api):
    api.ok("PATCH", SECURITY, {"password_history": 3})
    words = [f"pass phrase number {n}" for n in range(5)]
    user, who = make_user(api, password=words[0])
    path = f"/users/{user['id']}/password"

    def change(current, wanted):
        return who.ask("PUT", "/me/password", {
            "current_password": words[current],
            "new_password": words[wanted]})

    assert change(0, 1).status == 204
    assert change(1, 2).status == 204
    for used in (0, 1):
        assert change(2, used).json["code"] == "password_used_before"
    assert change(2, 2).json["code"] == "password_unchanged"
    for used in (0, 1, 2):
        api.refused("password_used_before", "PUT", path,
                    {"new_password": words[used]})
    assert change(2, 3).status == 204
    # Three on, the first is free again.
    assert change(3, 1).json["code"] == "password_used_before"
    assert change(3, 0).status == 204
    # Fewer are remembered from the next change on.
    api.ok("PATCH", SECURITY, {"password_history": 1})
    assert change(0, 3).status == 204
    api.ok("PATCH", SECURITY, {"password_history": 0})
    api.ok("PUT", path, {"new_password": words[3]})


def test_only_hashes_are_remembered_and_they_go_with_the_user(server, api):
    api.ok("PATCH", SECURITY, {"password_history": 5})
    user, who = make_user(api)
    who.ok("PUT", "/me/password", {"current_password": PASSWORD,
                                   "new_password": PASSWORD + "!"})

    def rows():
        with sqlite3.connect(server.state / "core" / "warifu.db") as database:
            return [row[0] for row in database.execute(
                "SELECT password_hash FROM password_history"
                " WHERE user_id = ?", (user["id"],))]

    assert len(rows()) == 1 and rows()[0].startswith("$argon2id$")
    assert PASSWORD not in rows()[0]
    api.ok("DELETE", f"/users/{user['id']}")
    assert rows() == []


def test_a_shorter_life_counts_for_open_sessions(api):
    _, who = make_user(api)
    assert who.ok("GET", "/session")["idle_seconds"] == 1800
    before = who.ok("GET", "/session")["expires_at"]
    found = api.ok("PATCH", SECURITY, {"session_idle_minutes": 3,
                                       "session_longest_hours": 1})
    assert found["in_force"] == {"session_idle_seconds": 180,
                                 "session_longest_seconds": 3600}
    now = who.ok("GET", "/session")
    assert now["idle_seconds"] == 180 and now["expires_at"] < before
    api.ok("PATCH", SECURITY, {"session_longest_hours": None})
    assert who.ok("GET", "/session")["expires_at"] == before


def test_the_file_wins_where_it_is_stricter(api):
    found = api.ok("PATCH", SECURITY, {"session_idle_minutes": 60,
                                       "session_longest_hours": 48})
    assert found["session_idle_minutes"] == 60
    assert found["stricter_in_file"] == ["session_idle_minutes",
                                         "session_longest_hours"]
    assert found["in_force"] == {"session_idle_seconds": 1800,
                                 "session_longest_seconds": 43200}
    _, who = make_user(api)
    assert who.ok("GET", "/session")["idle_seconds"] == 1800


def test_settings_outlive_a_restart(server, api):
    api.ok("PATCH", SECURITY, {"lockout_attempts": 77,
                               "session_idle_minutes": 9})
    before = api.ok("GET", SECURITY)
    server.stop()
    server.start()
    assert api.ok("GET", SECURITY) == before
    assert api.ok("GET", "/session")["idle_seconds"] == 540


def test_agents_learn_the_refresh_cycle(server, api, tmp_path):
    secret = server.office_token(api.token)
    agent = estkit.PythonAgent(server, tmp_path / "agent", secret)
    assert agent.refresh({})["refresh_interval_s"] == 5400
    api.ok("PATCH", SERVER, {"refresh_minutes": 7})
    assert agent.refresh({})["refresh_interval_s"] == 420
    assert api.ok("GET", SERVER)["in_force"] == {"refresh_seconds": 420}


def test_a_user_gets_another_name(api):
    user, who = make_user(api)
    path = f"/users/{user['id']}"
    changed = api.ok("PATCH", path, {"name": "renamed"},
                     headers={"If-Match": f'"{user["version"]}"'})
    assert changed["name"] == "renamed"
    assert changed["version"] == user["version"] + 1
    assert who.ok("GET", "/me")["name"] == "renamed"
    api.ok("POST", "/session", {"user": "RENAMED", "password": PASSWORD},
           token=None)
    api.refused("sign_in_failed", "POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None)
    other, _ = make_user(api)
    api.refused("user_exists", "PATCH", f"/users/{other['id']}",
                {"name": "Renamed"})
    for bad in ("", " x", "a\tb", "x" * 129):
        api.refused("json_range", "PATCH", path, {"name": bad})
    row = api.ok("GET", f"/audit?action=user.change&target={user['id']}")[
        "items"][0]
    assert row["before"]["name"] == user["name"]
    assert row["after"]["name"] == "renamed"
    # The own name is no right.
    me = api.ok("GET", "/me")
    api.ok("PATCH", f"/users/{me['id']}", {"name": "chief"})
    api.ok("PATCH", f"/users/{me['id']}", {"name": me["name"]})
