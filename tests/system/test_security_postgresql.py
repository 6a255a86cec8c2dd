"""Settings, lock-out, sessions and the way back in, on PostgreSQL."""

import subprocess

import pytest

import harness
from described import Api
from postgresql import PostgreSQL

GUEST = "00000000-0000-7000-8000-000000000014"
WORDS = [f"pass phrase number {n}" for n in range(4)]


@pytest.fixture(scope="module")
def postgresql():
    database = PostgreSQL().create().start()
    yield database
    database.remove()


@pytest.fixture(scope="module")
def settings(postgresql):
    return {"database.driver": "postgresql",
            "database.conninfo": postgresql.conninfo}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def test_settings_history_locks_and_sessions(api):
    api.ok("PATCH", "/settings/security", {"password_history": 3,
                                           "lockout_attempts": 3,
                                           "session_longest_hours": 2})
    user = api.ok("POST", "/users", {
        "name": "guest", "password": WORDS[0], "role_id": GUEST,
        "must_change_password": False})
    made = api.ok("POST", "/session", {
        "user": "guest", "password": WORDS[0], "device": ""}, token=None)
    who = Api(api.server, made["token"])
    for old, new in zip(WORDS, WORDS[1:3]):
        who.ok("PUT", "/me/password", {"current_password": old,
                                       "new_password": new})
    who.refused("password_used_before", "PUT", "/me/password", {
        "current_password": WORDS[2], "new_password": WORDS[0]})
    for _ in range(3):
        api.refused("sign_in_failed", "POST", "/session", {
            "user": "guest", "password": "wrong"}, token=None)
    api.refused("locked", "POST", "/session", {
        "user": "guest", "password": WORDS[2]}, token=None)
    api.ok("POST", "/session", {"user": "guest", "password": WORDS[2],
                                "device": made["device"]}, token=None)
    path = f"/users/{user['id']}"
    assert api.ok("GET", path)["locked_until"]
    assert api.ok("POST", path + "/unlock")["locked_until"] is None
    assert len(api.ok("GET", path + "/sessions")["items"]) == 2
    api.ok("DELETE", path + "/sessions")
    who.refused("not_signed_in", "GET", "/me")
    api.ok("PATCH", path, {"name": "visitor"})
    api.refused("user_exists", "PATCH", path, {"name": "ADMIN"})


def test_a_root_shell_opens_an_account_again(server, api):
    done = subprocess.run(
        [server.program, "reset-password", "admin", "--config", server.conf],
        text=True, capture_output=True, stdin=subprocess.DEVNULL,
        timeout=60 * harness.PATIENCE)
    assert done.returncode == 0, done
    api.refused("not_signed_in", "GET", "/me")
    api.token = server.sign_in(done.stdout.strip())
    api.ok("PUT", "/me/password", {
        "current_password": done.stdout.strip(),
        "new_password": harness.PASSWORD + "!"})
    row = api.ok("GET", "/audit?action=password.reset")["items"][0]
    assert row["actor"]["kind"] == "root_shell"
    assert api.ok("GET", "/audit/verification")["state"] == "whole"
