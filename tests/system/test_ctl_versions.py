"""Two people, one thing, by warifuctl: nothing that somebody else has changed
meanwhile is overwritten, and who was slower hears who changed what."""

import pytest

import harness
from described import Api
from test_ctl import Ctl

ADMINISTRATOR = "00000000-0000-7000-8000-000000000011"
TECHNICIAN = "00000000-0000-7000-8000-000000000012"


@pytest.fixture(scope="module")
def api(server, administrator):
    """What the other administrator does."""
    Api(server, administrator).ok("POST", "/users", {
        "name": "second", "password": harness.PASSWORD,
        "role_id": ADMINISTRATOR, "must_change_password": False})
    return Api(server, server.sign_in(harness.PASSWORD, "second"))


@pytest.fixture(scope="module")
def ctl(folder, server, api):
    one = Ctl(folder)
    password = folder / "password"
    password.write_text(harness.PASSWORD)
    one.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "admin", "--password-file", password)
    return one


def make_office(api, name):
    made = api.ok("POST", "/offices", {"name": name})
    return f"/offices/{made['id']}"


def make_role(api, name):
    made = api.ok("POST", "/roles", {"name": name, "levels": {}})
    return f"/roles/{made['id']}"


def make_user(api, name):
    made = api.ok("POST", "/users", {
        "name": name, "password": harness.PASSWORD, "role_id": TECHNICIAN})
    return f"/users/{made['id']}"


def make_group(api, name):
    made = api.ok("POST", "/groups", {"name": name, "kind": "static"})
    return f"/groups/{made['id']}"


# noun: (how one is made, what the other changes, what is asked of warifuctl)
THINGS = {
    "office": (make_office, {"name": "Elsewhere"}, ["rename", "{}", "Mine"]),
    "group": (make_group, {"name": "Different"},
              ["update", "{}", "--description", "mine"]),
    "role": (make_role, {"name": "Other"},
             ["update", "{}", "--levels", "computers=read"]),
    "user": (make_user, {"is_disabled": True},
             ["update", "{}", "--name", "mine"]),
}
SETTINGS = {
    "/settings/security": ("PATCH", {"lockout_attempts": 7}, [
        "setting", "set", "security", "lockout_attempts=9"]),
    "/settings/server": ("PATCH", {"refresh_minutes": 30}, [
        "setting", "set", "server", "refresh_minutes=60"]),
    "/audit/settings": ("PUT", {"retention_days": 400}, [
        "audit", "retention", "500"]),
}


@pytest.mark.parametrize("noun", THINGS)
def test_a_change_of_an_older_version_is_refused_and_told(ctl, api, noun):
    make, change, words = THINGS[noun]
    path = make(api, f"{noun}-changed")
    ident = path.rpartition("/")[2]
    seen = ctl.json(noun, "show", ident)["version"]
    other = api.ok("PATCH", path, change)
    words = [noun, *(word.format(ident) for word in words)]
    done = ctl.run(*words, "--if-version", seen, code=1)
    assert "(version_mismatch)" in done.stderr
    assert "changed by second" in done.stderr
    assert f"{next(iter(change))} is another" in done.stderr
    assert api.ok("GET", path) == other
    ctl.run(*words, "--if-version", other["version"])
    assert api.ok("GET", path)["version"] == other["version"] + 1


@pytest.mark.parametrize("noun", THINGS)
def test_what_changes_while_the_question_stands_is_not_deleted(
        ctl, api, noun):
    make, change, _ = THINGS[noun]
    change = {"name": f"{noun}-renamed"} if "name" in change else change
    path = make(api, f"{noun}-kept")

    def answer():
        api.ok("PATCH", path, change)
        return "yes"

    code, seen = ctl.talk([noun, "delete", f"{noun}-kept"],
                          [("Delete the", answer)])
    assert code == 1 and "(version_mismatch)" in seen, seen
    assert "changed by second" in seen
    name = api.ok("GET", path)["name"]
    ctl.run(noun, "delete", name, "--yes")
    assert api.ask("GET", path).status == 404


@pytest.mark.parametrize("path", SETTINGS)
def test_settings_that_somebody_else_changed_are_not_overwritten(
        ctl, api, path):
    method, change, words = SETTINGS[path]
    seen = api.ok("GET", path)["version"]
    other = api.ok(method, path, change)
    done = ctl.run(*words, "--if-version", seen, code=1)
    assert "(version_mismatch)" in done.stderr
    assert api.ok("GET", path) == other
    ctl.run(*words)
    assert api.ok("GET", path)["version"] == other["version"] + 1


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "9" * 30])
def test_what_is_no_version_is_wrong_use(ctl, api, version):
    path = make_office(api, f"unversioned-{len(version)}")
    done = ctl.run("office", "rename", path.rpartition("/")[2], "Mine too",
                   "--if-version", version, code=2)
    assert "is no version" in done.stderr
    assert api.ok("GET", path)["version"] == 1


def test_commands_without_a_version_take_none(ctl):
    for words in (["office", "create", "x"], ["user", "unlock", "admin"],
                  ["role", "list"]):
        done = ctl.run(*words, "--if-version", "1", code=2)
        assert "has no place here" in done.stderr
