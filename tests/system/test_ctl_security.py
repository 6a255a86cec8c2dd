"""warifuctl on settings, locks and sessions."""

import pytest

import harness
from described import Api
from test_ctl import Ctl

PASSWORD = "some pass phrase for tests"
GUEST = "00000000-0000-7000-8000-000000000014"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def login(ctl, server, user, password, code=0):
    file = ctl.home / "password"
    file.write_text(password + "\n")
    return ctl.run("login", "--server", f"127.0.0.1:{server.https}",
                   "--fingerprint", f"sha256:{server.certificate_sha256()}",
                   "--user", user, "--password-file", file, code=code)


@pytest.fixture
def ctl(server, api, tmp_path):
    ctl = Ctl(tmp_path, server)
    login(ctl, server, "admin", harness.PASSWORD)
    return ctl


@pytest.fixture
def user(api, request):
    return api.ok("POST", "/users", {
        "name": request.node.name[:60], "password": PASSWORD,
        "role_id": GUEST, "must_change_password": False})


def test_settings_are_shown_and_set(ctl, api):
    shown = ctl.run("setting", "show", "security").stdout
    assert "lockout_attempts:" in shown
    before = ctl.json("setting", "show", "security")
    changed = ctl.json("setting", "set", "security", "lockout_attempts=9",
                       "session_idle_minutes=10")
    assert changed["lockout_attempts"] == 9
    assert changed["in_force"]["session_idle_seconds"] == 600
    ctl.run("setting", "set", "security", "lockout_attempts=5",
            "session_idle_minutes=file")
    after = ctl.json("setting", "show", "security")
    assert {**after, "version": 0} == {**before, "version": 0}
    done = ctl.run("setting", "set", "security", "lockout_attempts=1", code=1)
    assert "json_range" in done.stderr
    names = ctl.run("setting", "show", "server").stdout
    assert "127.0.0.1, localhost" in names
    assert ctl.json("setting", "set", "server", "refresh_minutes=60")[
        "in_force"] == {"refresh_seconds": 3600}
    ctl.run("setting", "set", "server", "refresh_minutes=file")


@pytest.mark.parametrize("words", [
    ("show", "weather"), ("show",), ("set", "security"),
    ("set", "security", "lockout_attempts"),
    ("set", "security", "lockout_attempts=many"),
    ("set", "security", "a=1", "b=2", "c=3", "d=4")])
def test_a_wrong_command_line_is_told(ctl, words):
    ctl.run("setting", *words, code=2)


def test_it_is_no_stranger_after_its_first_sign_in(server, api, user,
                                                   tmp_path):
    known, other = Ctl(tmp_path / "known"), Ctl(tmp_path / "other")
    for one in (known, other):
        one.home.mkdir()
    login(known, server, user["name"], PASSWORD)
    assert "wfd_" in known.profile.read_text()
    for _ in range(5):
        login(other, server, user["name"], "wrong", code=4)
    assert "locked" in login(other, server, user["name"], PASSWORD,
                             code=1).stderr
    known.run("logout")
    login(known, server, user["name"], PASSWORD)


def test_a_locked_user_is_seen_and_unlocked(ctl, server, api, user, tmp_path):
    stranger = Ctl(tmp_path / "stranger")
    stranger.home.mkdir()
    for _ in range(5):
        login(stranger, server, user["name"], "wrong", code=4)
    assert ctl.json("user", "show", user["name"])["locked_until"]
    ctl.run("user", "unlock", user["name"])
    assert ctl.json("user", "show", user["name"])["locked_until"] is None
    login(stranger, server, user["name"], PASSWORD)


def test_sessions_are_listed_and_ended(ctl, server, user, tmp_path):
    mine = Ctl(tmp_path / "mine")
    mine.home.mkdir()
    login(mine, server, user["name"], PASSWORD)
    login(mine, server, user["name"], PASSWORD)
    listed = mine.json("session", "list")["items"]
    assert len(listed) == 2
    assert all(one["user_agent"].startswith("warifuctl/") for one in listed)
    other = next(one["id"] for one in listed if not one["is_current"])
    mine.run("session", "end", other)
    assert len(mine.json("session", "list")["items"]) == 1
    login(mine, server, user["name"], PASSWORD)
    mine.run("session", "end-others")
    found = ctl.json("user", "sessions", user["name"])["items"]
    assert len(found) == 1
    ctl.run("user", "end-sessions", user["name"], found[0]["id"])
    mine.run("whoami", code=4)
    login(mine, server, user["name"], PASSWORD)
    ctl.run("user", "end-sessions", user["name"])
    mine.run("whoami", code=4)
    assert ctl.json("user", "sessions", user["name"])["items"] == []


def test_a_user_gets_another_name(ctl, user):
    ctl.run("user", "update", user["name"], "--name", "Another Name")
    assert ctl.json("user", "show", "another name")["id"] == user["id"]
