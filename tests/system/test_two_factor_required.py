"""A second factor of everybody: required for good, whatever happens to the
database or the journal; and warifuctl's part of all of it."""

import json
import re
import shutil
import sqlite3
import subprocess

import pytest

import harness
from authenticator import PASSWORD, Clock, Device, Person
from described import Api
from test_ctl import Ctl
from test_journal import journal_path, tool, verify

PATIENT = 30
REQUIREMENT = "/settings/two-factor/requirement"


@pytest.fixture(scope="module")
def clock(folder):
    return Clock(folder / "programs")


@pytest.fixture(scope="module")
def server(folder, clock):
    # Its clock runs ahead of the sessions'.
    running = harness.Server(folder, {"sessions.idle_timeout": "12h",
                                      "sessions.timeout": "7d"})
    running.program = clock.programs.server
    with harness.running(running):
        yield running


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def role_ids(api):
    return {role["name"]: role["id"] for role in
            api.ok("GET", "/roles")["items"]}


def person(api, clock, role_ids, name, role="Technician"):
    return Person(api, clock, name, role_ids[role], api.token)


# With warifuctl, while nothing is required

@pytest.fixture(scope="module")
def secret(folder):
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    return path


@pytest.fixture
def ctl(server, tmp_path):
    return Ctl(tmp_path, server)


def where(server):
    return ["--server", f"127.0.0.1:{server.https}", "--fingerprint",
            f"sha256:{server.certificate_sha256()}"]


def login(ctl, name, secret, *words, code=0):
    return ctl.run("login", *where(ctl.server), "--user", name,
                   "--password-file", secret, *words, code=code)


def test_a_script_sets_up_and_signs_in(server, api, clock, role_ids, ctl,
                                       secret, tmp_path):
    person(api, clock, role_ids, "script")
    login(ctl, "script", secret)
    assert not ctl.json("two-factor", "status")["enabled"]
    begun = ctl.json("two-factor", "enable", "--password-file", secret)
    device = Device(begun["uri"], clock)
    ctl.run("two-factor", "confirm", code=2)
    done = ctl.run("two-factor", "confirm", "--code", device.wrong(), code=1)
    assert "code_wrong" in done.stderr
    done = ctl.run("two-factor", "confirm", "--code", device.code())
    codes = done.stdout.split()
    assert len(codes) == 10 and "never again" in done.stderr
    assert re.search("^Recovery codes left: +10$",
                     ctl.run("two-factor", "status").stdout, re.M)
    other = Ctl(tmp_path / "other", server)
    other.home.mkdir()
    done = login(other, "script", secret, code=4)
    assert "two_factor_needed" in done.stderr
    done = login(other, "script", secret, "--code", device.wrong(), code=1)
    assert "code_wrong" in done.stderr
    done = login(other, "script", secret, "--code", device.code(),
                 "--recovery-code", codes[0], code=2)
    assert "not both" in done.stderr
    login(other, "script", secret, "--code", device.fresh())
    login(other, "script", secret, "--recovery-code", codes[0])
    assert other.json("whoami")["user"]["two_factor"]
    made = other.run("two-factor", "recovery-codes", "--password-file", secret,
                     "--code", device.fresh()).stdout.split()
    assert len(made) == 10 and not set(made) & set(codes)
    done = other.run("two-factor", "disable", "--password-file", secret,
                     "--recovery-code", made[0], code=1)
    assert "--yes" in done.stderr
    other.run("two-factor", "disable", "--password-file", secret,
              "--recovery-code", made[0], "--yes")
    login(other, "script", secret)


def test_a_person_is_asked_for_the_code(server, api, clock, role_ids, ctl,
                                        secret):
    who = person(api, clock, role_ids, "talker")
    who.set_up()
    clock.step()
    code, seen = ctl.talk(["login", *where(server), "--user", "talker"], [
        ("Password:", PASSWORD), ("Code of your device", who.device.code())])
    assert code == 0, seen
    assert ctl.json("whoami")["user"]["name"] == "talker"
    code, seen = ctl.talk(["two-factor", "enable"], [
        ("Current password:", PASSWORD),
        ("Code of your device", who.codes[0]), ("Code that the app", "1")])
    assert code == 1 and "otpauth://totp/" in seen


def test_an_administrator_resets_it_by_name(server, api, clock, role_ids, ctl,
                                            tmp_path):
    who = person(api, clock, role_ids, "forgetful")
    who.set_up()
    known = tmp_path / "known"
    known.write_text(harness.PASSWORD)
    login(ctl, "admin", known)
    assert re.search("^forgetful +Technician +all +no +- +yes ",
                     ctl.run("user", "list").stdout, re.M)
    done = ctl.run("user", "reset-two-factor", "forgetful", code=1)
    assert "--yes" in done.stderr
    ctl.run("user", "reset-two-factor", "forgetful", "--yes")
    assert who.session()
    done = ctl.run("user", "reset-two-factor", "forgetful", "--yes", code=1)
    assert "two_factor_not_enabled" in done.stderr


def test_a_root_shell_takes_it_away(server, api, clock, role_ids):
    """Who lost password, device and recovery codes has root's help left."""
    who = person(api, clock, role_ids, "locked out")
    who.set_up()
    done = subprocess.run(
        [server.program, "reset-password", who.name, "--config", server.conf],
        text=True, capture_output=True, stdin=subprocess.DEVNULL,
        timeout=60 * harness.PATIENCE)
    assert done.returncode == 0, done
    assert "second factor" in done.stderr
    who.password = done.stdout.strip()
    assert who.session()
    row = api.ok("GET", f"/audit?action=password.reset&target={who.id}"
                 )["items"][0]
    assert row["actor"]["kind"] == "root_shell"
    assert (row["before"]["two_factor"], row["after"]["two_factor"]) == (
        True, False)


# Required

def test_it_says_for_how_many(api):
    now = api.ok("GET", "/settings/two-factor")
    assert not now["required"]
    users = [user for user in api.ok("GET", "/users")["items"]
             if not user["is_disabled"] and user["name"] != "local-report"]
    assert now["users"] == len(users)
    assert now["users_without"] == len([user for user in users
                                        if not user["two_factor"]])


def test_only_administrators_require_it(server, api, clock, role_ids):
    for role in ("Technician", "Auditor", "Guest"):
        who = person(api, clock, role_ids, f"not-{role}", role).session()
        api.refused("not_permitted", "POST", REQUIREMENT, token=who)
        api.ask("GET", "/settings/two-factor", token=who)
    assert not api.ok("GET", "/settings/two-factor")["required"]
    entries, _ = verify(journal_path(server).read_bytes())
    assert "enforced" not in {entry["type"] for entry in entries}


@pytest.fixture(scope="module")
def before(api, clock, role_ids):
    """Sessions and an API token from before the requirement."""
    class Before:
        without = person(api, clock, role_ids, "without", "Administrator")
        having = person(api, clock, role_ids, "having", "Administrator")
        token = without.session()
        secret = api.ok("POST", "/me/api-tokens", {
            "name": "ci", "expires_in_s": 86400}, token=token)["secret"]
    Before.good = Before.having.set_up()
    return Before


@pytest.fixture(scope="module")
def copy(server, folder, before):
    """The database of before the requirement."""
    place = folder / "older"
    place.mkdir()
    with sqlite3.connect(server.state / "core" / "warifu.db") as database:
        with sqlite3.connect(place / "warifu.db") as other:
            database.backup(other)
    return place / "warifu.db"


@pytest.fixture(scope="module")
def required(api, before, copy):
    now = api.ok("POST", REQUIREMENT)
    assert now["required"] and now["users_without"] > 0
    return now


def test_once_more_is_no_change(server, api, before, required):
    again = api.ok("POST", REQUIREMENT, token=before.good)
    assert again["required"]
    entries, _ = verify(journal_path(server).read_bytes())
    enforced = [entry for entry in entries if entry["type"] == "enforced"]
    assert [(entry["setting"], entry["by"]) for entry in enforced] == [
        ("two_factor", "admin")]
    assert tool("verify", server.state)[0] == 0
    rows = api.ok("GET", "/audit?action=setting.change", token=before.good)
    changed = [(row["before"], row["after"]) for row in rows["items"]
               if row["target"] and
               row["target"]["id"] == "two_factor.required"]
    assert changed == [({"required": True}, {"required": True}),
                       ({"required": False}, {"required": True})]


def test_who_has_none_may_do_nothing_but_set_it_up(api, before, required):
    token = before.without.session()
    for one in (token, before.token):
        assert api.ok("GET", "/session", token=one)["must_set_up_two_factor"]
        for method, path, body in (
                ("GET", "/me", None), ("GET", "/computers", None),
                ("GET", "/users", None), ("POST", REQUIREMENT, None),
                ("POST", "/offices", {"name": "never"}),
                ("POST", "/me/api-tokens",
                 {"name": "x", "expires_in_s": 3600}),
                ("POST", "/me/two-factor/recovery-codes",
                 {"password": PASSWORD})):
            api.refused("two_factor_setup_required", method, path, body,
                        token=one)
    state = api.ok("GET", "/me/two-factor", token=token)
    assert state["required"] and not state["enabled"]
    api.ok("DELETE", "/session", token=token)


def test_api_tokens_go_on_working(api, before, required):
    assert api.ok("GET", "/me", token=before.secret)["name"] == "without"
    session = api.ok("GET", "/session", token=before.secret)
    assert not session["must_set_up_two_factor"]


def test_over_http_it_cannot_be_set_up(server, before, required):
    plain = Api(server, plain=True)
    token = plain.ok("POST", "/session", before.without.proof())["token"]
    plain.refused("https_required", "POST", "/me/two-factor",
                  {"password": PASSWORD}, token=token)
    plain.refused("two_factor_setup_required", "GET", "/me", token=token)


def test_the_password_comes_before_it(api, before, role_ids, required):
    made = api.ok("POST", "/users", {
        "name": "fresh", "password": PASSWORD, "role_id": role_ids["Guest"]},
        token=before.good)
    assert made["must_change_password"] and not made["two_factor"]
    token = api.ok("POST", "/session", {"user": "fresh", "password": PASSWORD},
                   token=None)["token"]
    for path in ("/me/two-factor", "/me"):
        api.refused("password_change_required", "GET", path, token=token)
    api.ok("PUT", "/me/password", {
        "current_password": PASSWORD, "new_password": PASSWORD + " changed"},
        token=token)
    api.refused("two_factor_setup_required", "GET", "/me", token=token)


def test_a_set_up_opens_everything_again(api, before, required, clock,
                                         role_ids):
    who = person(Api(api.server, before.good), clock, role_ids, "later")
    token = who.set_up()
    assert api.ok("GET", "/me", token=token)["two_factor"]
    api.refused("two_factor_required", "POST", "/me/two-factor/removal", {
        "password": PASSWORD, "code": who.device.fresh()}, token=token)
    # Reset by somebody else, it must be set up again.
    api.ok("DELETE", f"/users/{who.id}/two-factor", token=before.good)
    api.refused("two_factor_setup_required", "GET", "/me",
                token=who.session())


def test_warifuctl_says_what_to_do(server, before, required, ctl, secret):
    done = login(ctl, "without", secret)
    assert "warifuctl two-factor enable" in done.stderr
    done = ctl.run("computer", "list", code=1)
    assert "warifuctl two-factor enable" in done.stderr
    before.having.clock.step()
    login(ctl, "having", secret, "--code", before.having.device.code())
    assert ctl.json("setting", "two-factor")["required"]
    done = ctl.run("setting", "require-two-factor", code=1)
    assert "can never be switched off" in done.stderr
    assert ctl.json("setting", "require-two-factor", "--yes")["required"]


def test_a_restart_changes_nothing(server, api, before, required):
    server.stop()
    server.start(PATIENT)
    api.refused("two_factor_setup_required", "GET", "/me", token=before.token)
    assert api.ok("GET", "/me", token=before.good)


def put_back(server, copy):
    core = server.state / "core"
    for path in core.glob("warifu.db-*"):
        path.unlink()
    shutil.copyfile(copy, core / "warifu.db")


def test_a_restored_database_lifts_nothing(server, api, before, copy,
                                           required):
    server.stop()
    put_back(server, copy)
    server.start(PATIENT)
    api.refused("two_factor_setup_required", "GET", "/me", token=before.token)
    now = api.ok("GET", "/settings/two-factor", token=before.good)
    assert now["required"]
    rows = api.ok("GET", "/audit?action=setting.change", token=before.good)
    row = rows["items"][0]
    assert row["actor"]["kind"] == "server"
    assert row["target"]["id"] == "two_factor.required"
    assert (row["before"], row["after"]) == ({"required": False},
                                             {"required": True})


def entries_of(server):
    lines = journal_path(server).read_bytes().splitlines(keepends=True)
    return [(line, json.loads(line.rpartition(b" ")[0])) for line in lines]


def test_a_journal_that_is_set_back_lifts_nothing(server, api, before,
                                                  required):
    """The database has a copy, and tells the signer again."""
    server.stop()
    kept = []
    for line, entry in entries_of(server):
        if entry["type"] == "enforced":
            break
        kept.append(line)
    journal_path(server).write_bytes(b"".join(kept))
    server.start(PATIENT)
    api.refused("two_factor_setup_required", "GET", "/me", token=before.token)
    assert api.ok("GET", "/settings/two-factor",
                  token=before.good)["required"]
    assert [(entry["setting"], entry["by"]) for _, entry in entries_of(server)
            if entry["type"] == "enforced"] == [("two_factor", "database")]
