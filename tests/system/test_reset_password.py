"""The way back in from a root shell."""

import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

import harness
from described import Api

ROLE = "00000000-0000-7000-8000-00000000001"
PASSWORD = "some pass phrase for tests"


def run(server, *words, code=0, user=None, program=None):
    done = subprocess.run(
        [program or server.program, "reset-password", *words],
        text=True, user=user, capture_output=True, stdin=subprocess.DEVNULL,
        timeout=60 * harness.PATIENCE)
    assert done.returncode == code, done
    return done


def reset(server, user, *words):
    """The new password."""
    done = run(server, user, "--config", server.conf, *words)
    assert user.lower() in done.stderr and done.stdout.count("\n") == 1
    assert done.stdout.strip() not in done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def database(server):
    return sqlite3.connect(server.state / "core" / "warifu.db")


def sign_in(api, user, password):
    return api.ok("POST", "/session", {"user": user, "password": password},
                  token=None)["token"]


def change(api, session, old, new):
    api.ok("PUT", "/me/password", {
        "current_password": old, "new_password": new}, token=session)


def test_beside_a_running_server(server, api):
    """The old password and the old session are of no use any more."""
    old = sign_in(api, "admin", harness.PASSWORD)
    for _ in range(6):
        api.ask("POST", "/session", {"user": "admin", "password": "wrong"},
                token=None)
    api.refused("locked", "POST", "/session", {
        "user": "admin", "password": harness.PASSWORD}, token=None)
    password = reset(server, "Admin")
    api.refused("not_signed_in", "GET", "/me", token=old)
    api.refused("sign_in_failed", "POST", "/session", {
        "user": "admin", "password": harness.PASSWORD}, token=None)
    session = sign_in(api, "admin", password)
    api.refused("password_change_required", "GET", "/me", token=session)
    change(api, session, password, harness.PASSWORD)
    api.token = session
    row = api.ok("GET", "/audit?action=password.reset")["items"][0]
    assert row["actor"]["kind"] == "root_shell"
    assert row["target"]["name"] == "admin" and row["outcome"] == "done"
    assert password not in str(row) and password not in server.log()
    assert api.ok("GET", "/audit/verification")["state"] == "whole"


def test_beside_a_stopped_server(server, api):
    server.stop()
    password = reset(server, "admin")
    server.start()
    session = sign_in(api, "admin", password)
    change(api, session, password, harness.PASSWORD)
    api.token = session
    assert api.ok("GET", "/audit/verification")["state"] == "whole"


def test_a_disabled_user_may_sign_in_and_gets_no_rights(server, api):
    user = api.ok("POST", "/users", {
        "name": "guest", "password": PASSWORD, "role_id": f"{ROLE}4",
        "must_change_password": False, "scope": [
            {"kind": "office",
             "id": "00000000-0000-7000-8000-000000000001"}]})
    api.ok("PATCH", f"/users/{user['id']}", {"is_disabled": True})
    password = reset(server, "guest")
    assert sign_in(api, "guest", password)
    now = api.ok("GET", f"/users/{user['id']}")
    assert now["is_disabled"] is False
    assert now["role"] == user["role"] and now["scope"] == user["scope"]
    assert now["version"] > user["version"]


@pytest.mark.parametrize("damage", [
    "is_disabled = 1", "is_scoped = 1", f"role_id = '{ROLE}4'"])
def test_the_last_administrator_is_one_again(server, api, damage):
    """Whatever somebody has done to the database."""
    server.stop()
    with database(server) as rows:
        rows.execute(f"UPDATE local_user SET {damage} WHERE name = 'admin'")
    password = reset(server, "admin")
    server.start()
    session = sign_in(api, "admin", password)
    change(api, session, password, harness.PASSWORD)
    api.token = session
    me = api.ok("GET", "/session")
    assert me["user"]["role"]["built_in"] == "administrator"
    assert me["scope"] is None
    assert me["permissions"]["security"] == "full"


def test_what_cannot_be_is_refused(server, api, tmp_path):
    before = api.ok("GET", "/audit?action=password.reset")["items"][0]["row"]
    run(server, code=2)
    run(server, "--config", server.conf, code=2)
    run(server, "admin", "--no-such-option", "x", code=2)
    run(server, "admin", "--config", server.conf, "--version", code=2)
    done = run(server, "nobody", "--config", server.conf, code=1)
    assert "no such user" in done.stderr and done.stdout == ""
    done = run(server, "admin", "--state-dir", tmp_path / "none", code=1)
    assert done.stdout == "" and not (tmp_path / "none").exists()
    (tmp_path / "empty" / "core").mkdir(parents=True)
    done = run(server, "admin", "--state-dir", tmp_path / "empty", code=1)
    assert done.stdout == ""
    assert list((tmp_path / "empty" / "core").iterdir()) == []
    api.ok("GET", "/me")
    rows = api.ok("GET", "/audit?action=password.reset")["items"]
    assert rows[0]["row"] == before


def test_who_never_signs_in_gets_no_password(server, api):
    server.stop()
    with database(server) as rows:
        rows.execute("UPDATE local_user SET password_hash = '*'"
                     " WHERE name = 'guest'")
    done = run(server, "guest", "--config", server.conf, code=1)
    assert "never signs in" in done.stderr and done.stdout == ""
    server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may "
                    "try as another user")
def test_another_user_of_the_computer_may_not(server):
    """Even where nothing above the state or the program would keep that user
    out."""
    program = server.folder / "warifu-server"
    shutil.copy2(server.program, program)
    folders = [server.state, *server.state.parents]
    modes = {path: path.stat().st_mode for path in folders
             if path != pathlib.Path("/")}
    for path, mode in modes.items():
        path.chmod(mode | 0o055)
    try:
        done = run(server, "admin", "--state-dir", server.state, code=1,
                   user="nobody", program=program)
        assert "only root" in done.stderr and done.stdout == ""
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may "
                    "run core as a user of its own")
def test_the_files_stay_those_of_core(server):
    """Root made none that core could not write."""
    import pwd
    core = pwd.getpwnam("warifu-core").pw_uid
    owners = {path.name: path.stat().st_uid
              for path in (server.state / "core").iterdir()}
    assert set(owners.values()) == {core}, owners
