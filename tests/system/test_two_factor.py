"""The second factor: set up, asked for at sign-in, used once, lost, reset.

Codes are judged by authenticator.py, which shares nothing with the server.
"""

import concurrent.futures
import itertools
import json
import re
import sqlite3

import pytest

import harness
from authenticator import PASSWORD, Clock, Device, Person
from described import Api

MINUTES = 60
names = itertools.count(1)


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
def roles(api):
    return {role["name"]: role["id"] for role in
            api.ok("GET", "/roles")["items"]}


@pytest.fixture
def somebody(api, clock, roles, administrator):
    """A new user: locks are of other accounts. Each good sign-in forgets what
    the address has failed."""
    return Person(api, clock, f"user-{next(names)}", roles["Technician"],
                  administrator)


@pytest.fixture
def owner(somebody):
    """Somebody with a second factor."""
    somebody.token = somebody.set_up()
    return somebody


def rows(api, action, user):
    """Of the audit log, newest first: what this user did."""
    return [row for row in api.ok("GET", f"/audit?action={action}&limit=200")
            ["items"] if row["actor"]["name"] == user.name]


# Set-up

def test_only_who_knows_the_password_begins(api, somebody):
    token = somebody.session()
    api.refused("password_wrong", "POST", "/me/two-factor",
                {"password": "wrong"}, token=token)
    api.refused("member_missing", "POST", "/me/two-factor", {}, token=token)
    api.refused("not_signed_in", "POST", "/me/two-factor",
                {"password": PASSWORD}, token=None)
    made = api.ok("POST", "/me/api-tokens",
                  {"name": "ci", "expires_in_s": 60}, token=token)
    for method, path, body in (
            ("GET", "/me/two-factor", None),
            ("POST", "/me/two-factor", {"password": PASSWORD}),
            ("POST", "/me/two-factor/confirmation", {"code": "000000"}),
            ("POST", "/me/two-factor/removal", {"password": PASSWORD}),
            ("POST", "/me/two-factor/recovery-codes",
             {"password": PASSWORD})):
        api.refused("session_required", method, path, body,
                    token=made["secret"])
    assert not api.ok("GET", "/me/two-factor", token=token)["pending"]


def test_no_secret_goes_over_http(server, api, somebody):
    plain = Api(server, plain=True)
    token = plain.ok("POST", "/session", somebody.proof())["token"]
    for path, body in (("", {"password": PASSWORD}),
                       ("/confirmation", {"code": "000000"}),
                       ("/removal", {"password": PASSWORD}),
                       ("/recovery-codes", {"password": PASSWORD})):
        plain.refused("https_required", "POST", "/me/two-factor" + path, body,
                      token=token)
    assert plain.ok("GET", "/me/two-factor", token=token) == {
        "enabled": False, "enabled_at": None, "pending": False,
        "recovery_codes_left": 0, "required": False}


def test_it_counts_once_a_code_has_confirmed_it(api, somebody, clock):
    token, other = somebody.session(), somebody.session()
    api.refused("two_factor_not_pending", "POST",
                "/me/two-factor/confirmation", {"code": "000000"}, token=token)
    begun = api.ok("POST", "/me/two-factor", {"password": PASSWORD},
                   token=token)
    device = Device(begun["uri"], clock)
    assert re.fullmatch("[A-Z2-7]{32}", begun["secret"])
    assert device.asked["secret"] == begun["secret"]
    assert device.label == f"Warifu 127.0.0.1:{somebody.name}"
    assert device.asked["issuer"] == "Warifu 127.0.0.1"
    assert api.ok("GET", "/me/two-factor", token=token)["pending"]
    somebody.session()
    api.refused("code_wrong", "POST", "/me/two-factor/confirmation",
                {"code": device.wrong()}, token=token)
    for wrong in ("12345", "1234567", "12345a", ""):
        answer = api.ask("POST", "/me/two-factor/confirmation",
                         {"code": wrong}, token=token)
        assert answer.status == 400
    # Begun anew: the secret before is none any more.
    again = Device(api.ok("POST", "/me/two-factor", {"password": PASSWORD},
                          token=token)["uri"], clock)
    assert again.secret != device.secret
    api.refused("code_wrong", "POST", "/me/two-factor/confirmation",
                {"code": device.code()}, token=token)
    codes = api.ok("POST", "/me/two-factor/confirmation",
                   {"code": again.code()}, token=token)["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("([a-z2-9]{4}-){3}[a-z2-9]{4}", code)
               for code in codes)
    state = api.ok("GET", "/me/two-factor", token=token)
    assert state["enabled"] and not state["pending"]
    assert state["recovery_codes_left"] == 10
    api.refused("not_signed_in", "GET", "/me", token=other)
    assert api.ok("GET", "/session", token=token)["user"]["two_factor"]
    api.refused("two_factor_not_pending", "POST",
                "/me/two-factor/confirmation", {"code": again.fresh()},
                token=token)
    states = [row["after"]["state"] for row in
              rows(api, "two_factor.enable", somebody)
              if row["outcome"] == "done"]
    assert states == ["enabled", "pending", "pending"]


def test_a_set_up_that_waits_too_long_has_ended(api, somebody, clock):
    token = somebody.session()
    begun = api.ok("POST", "/me/two-factor", {"password": PASSWORD},
                   token=token)
    device = Device(begun["uri"], clock)
    clock.forward(25 * MINUTES)
    api.ok("GET", "/me", token=token)
    clock.forward(25 * MINUTES)
    api.ok("GET", "/me", token=token)
    assert api.ok("GET", "/me/two-factor", token=token)["pending"]
    clock.forward(11 * MINUTES)
    assert not api.ok("GET", "/me/two-factor", token=token)["pending"]
    api.refused("two_factor_not_pending", "POST",
                "/me/two-factor/confirmation", {"code": device.code()},
                token=token)


# Signing in

def test_the_password_alone_is_half_of_it(api, owner):
    ticket = owner.ticket()
    body = {"ticket": ticket, "code": owner.device.fresh()}
    done = api.ok("POST", "/session/two-factor", body, token=None)
    assert api.ok("GET", "/me", token=done["token"])["name"] == owner.name
    row = rows(api, "sign_in", owner)[0]
    assert row["outcome"] == "done"
    assert row["after"] == {"second_factor": "code"}
    # Somebody knew the password, and got no further.
    refused = rows(api, "sign_in", owner)[1]
    assert (refused["outcome"], refused["code"]) == ("refused",
                                                     "two_factor_needed")
    api.refused("ticket_invalid", "POST", "/session/two-factor",
                {"ticket": ticket, "code": owner.device.fresh()}, token=None)


def test_a_stranger_learns_nothing_of_it(api, owner):
    answers = [api.refused("sign_in_failed", "POST", "/session", {
        "user": user, "password": "wrong", **more}, token=None).body
        for user in (owner.name, "nobody at all")
        for more in ({}, {"code": owner.device.code()}, {"code": "000000"},
                     {"recovery_code": owner.codes[0]})]
    assert len(set(answers)) == 1
    assert owner.session(recovery_code=owner.codes[0])


def test_code_and_password_may_come_at_once(api, owner):
    code = owner.device.fresh()
    api.refused("member_not_allowed", "POST", "/session", owner.proof(
        code=code, recovery_code=owner.codes[0]), token=None)
    assert owner.session(code=code)


def test_a_code_of_who_has_no_second_factor_is_of_no_interest(somebody):
    assert somebody.session(code="000000")


def test_a_code_is_used_once(api, owner):
    # The one that confirmed the set-up too.
    for code in (owner.device.code(), owner.device.fresh()):
        api.ask("POST", "/session", owner.proof(code=code), token=None)
        api.refused("code_wrong", "POST", "/session", owner.proof(code=code),
                    token=None)
        api.refused("code_wrong", "POST", "/session/two-factor",
                    {"ticket": owner.ticket(), "code": code}, token=None)
    # Nor is an older one good, though nobody has used it.
    owner.clock.step(3)
    newest, older = owner.device.code(), owner.device.code(-1)
    owner.session(code=newest)
    api.refused("code_wrong", "POST", "/session", owner.proof(code=older),
                token=None)


def test_a_clock_may_be_off_by_one_step(api, owner, clock):
    clock.step(5)
    for steps in (-2, 2):
        api.refused("code_wrong", "POST", "/session",
                    owner.proof(code=owner.device.code(steps)), token=None)
    owner.session(code=owner.device.code(-1))
    clock.step(5)
    owner.session(code=owner.device.code(1))


def test_of_many_at_once_with_one_code_one_gets_in(api, owner):
    tickets = [owner.ticket() for _ in range(4)]
    code = owner.device.fresh()
    with concurrent.futures.ThreadPoolExecutor(len(tickets)) as pool:
        answers = list(pool.map(lambda ticket: api.ask(
            "POST", "/session/two-factor", {"ticket": ticket, "code": code},
            token=None), tickets))
    assert sorted(answer.status for answer in answers) == [201, 403, 403, 403]


def test_of_many_at_once_with_one_ticket_one_gets_in(api, owner):
    ticket = owner.ticket()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda code: api.ask(
            "POST", "/session/two-factor",
            {"ticket": ticket, "recovery_code": code}, token=None),
            owner.codes[:4]))
    assert sorted(answer.status for answer in answers) == [201, 401, 401, 401]
    # The codes of those who were too late are not lost.
    left = api.ok("GET", "/me/two-factor", token=owner.token)
    assert left["recovery_codes_left"] == 9


def test_who_knows_the_password_cannot_guess_on(api, owner):
    ticket = owner.ticket()
    for number in range(5):
        # A right password between two wrong codes forgives nothing.
        if number == 3:
            ticket = owner.ticket()
        api.refused("code_wrong", "POST", "/session/two-factor",
                    {"ticket": ticket, "code": owner.device.wrong()},
                    token=None)
    right = owner.device.fresh()
    for path, body in (
            ("/session/two-factor", {"ticket": ticket, "code": right}),
            ("/session", owner.proof(code=right)),
            ("/session", owner.proof()),
            ("/session", owner.proof(recovery_code=owner.codes[0]))):
        answer = api.refused("locked", "POST", path, body, token=None)
        assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert [row["target"]["name"] for row in api.ok(
        "GET", "/audit?action=sign_in.lock")["items"]][0] == owner.name


def test_wrong_codes_lock_in_every_place(api, owner):
    """Also in the own account: a stolen session is not the device."""
    for path in ("/me/two-factor/removal", "/me/two-factor/recovery-codes",
                 "/me/two-factor") * 2:
        answer = api.ask("POST", path, {
            "password": PASSWORD, "code": owner.device.wrong()},
            token=owner.token)
        if answer.status == 429:
            break
        assert answer.json["code"] == "code_wrong"
    assert answer.json["code"] == "locked"


# Tickets

def test_a_ticket_is_for_its_own_port_and_time(server, api, owner, clock):
    plain = Api(server, plain=True)
    ticket = owner.ticket()
    body = {"ticket": ticket, "recovery_code": owner.codes[0]}
    plain.refused("ticket_invalid", "POST", "/session/two-factor", body)
    over_http = plain.refused("two_factor_needed", "POST", "/session",
                              owner.proof()).json["two_factor"]["ticket"]
    api.refused("ticket_invalid", "POST", "/session/two-factor",
                {**body, "ticket": over_http}, token=None)
    for nonsense in ("x", "wfk_" + "A" * 43, ticket[:-1], ticket + "A"):
        api.refused("ticket_invalid", "POST", "/session/two-factor",
                    {**body, "ticket": nonsense}, token=None)
    # It signs nobody in by itself.
    api.refused("not_signed_in", "GET", "/me", token=ticket)
    clock.forward(5 * MINUTES + 1)
    api.refused("ticket_invalid", "POST", "/session/two-factor", body,
                token=None)


def test_a_ticket_ends_with_what_it_stood_for(api, owner):
    def refused(ticket):
        api.refused("ticket_invalid", "POST", "/session/two-factor", {
            "ticket": ticket, "recovery_code": owner.codes[0]}, token=None)

    ticket = owner.ticket()
    api.ok("PATCH", f"/users/{owner.id}", {"is_disabled": True})
    refused(ticket)
    api.ok("PATCH", f"/users/{owner.id}", {"is_disabled": False})
    ticket = owner.ticket()
    owner.password = "another pass phrase"
    api.ok("PUT", f"/users/{owner.id}/password", {
        "new_password": owner.password, "must_change_password": False})
    refused(ticket)
    ticket = owner.ticket()
    api.ok("DELETE", f"/users/{owner.id}/two-factor")
    refused(ticket)
    assert owner.session()


def test_a_ticket_is_its_users_alone(api, owner, clock, roles, administrator):
    other = Person(api, clock, f"user-{next(names)}", roles["Guest"],
                   administrator)
    other.set_up()
    for code in ({"code": other.device.fresh()},
                 {"recovery_code": other.codes[0]}):
        api.refused("code_wrong", "POST", "/session/two-factor",
                    {"ticket": owner.ticket(), **code}, token=None)
    assert other.session(recovery_code=other.codes[0])


# Recovery codes

def test_a_recovery_code_is_good_once_however_it_is_typed(api, owner):
    first, second = owner.codes[:2]
    owner.session(recovery_code=first)
    row = rows(api, "sign_in", owner)[0]
    assert row["after"] == {"second_factor": "recovery_code",
                            "recovery_codes_left": 9}
    assert first not in json.dumps(row)
    api.refused("code_wrong", "POST", "/session",
                owner.proof(recovery_code=first), token=None)
    typed = second.replace("-", " ").upper()
    token = api.ok("POST", "/session/two-factor", {
        "ticket": owner.ticket(), "recovery_code": typed},
        token=None)["token"]
    state = api.ok("GET", "/me/two-factor", token=token)
    assert state["recovery_codes_left"] == 8


def test_new_recovery_codes_end_the_old_ones(api, owner):
    body = {"password": PASSWORD, "code": owner.device.fresh()}
    api.refused("password_wrong", "POST", "/me/two-factor/recovery-codes",
                {**body, "password": "wrong"}, token=owner.token)
    api.refused("member_missing", "POST", "/me/two-factor/recovery-codes",
                {"password": PASSWORD}, token=owner.token)
    made = api.ok("POST", "/me/two-factor/recovery-codes", body,
                  token=owner.token)["recovery_codes"]
    assert len(set(made) | set(owner.codes)) == 20
    api.refused("code_wrong", "POST", "/session",
                owner.proof(recovery_code=owner.codes[0]), token=None)
    owner.session(recovery_code=made[0])
    assert rows(api, "two_factor.renew", owner)[0]["outcome"] == "done"


# Another device, none any more

def test_another_device_takes_the_place_of_the_old_one(api, owner, clock):
    api.refused("member_missing", "POST", "/me/two-factor",
                {"password": PASSWORD}, token=owner.token)
    begun = api.ok("POST", "/me/two-factor", {
        "password": PASSWORD, "recovery_code": owner.codes[0]},
        token=owner.token)
    newer = Device(begun["uri"], clock)
    owner.session(code=owner.device.fresh())
    codes = api.ok("POST", "/me/two-factor/confirmation",
                   {"code": newer.fresh()},
                   token=owner.token)["recovery_codes"]
    clock.step()
    api.refused("code_wrong", "POST", "/session",
                owner.proof(code=owner.device.code()), token=None)
    api.refused("code_wrong", "POST", "/session",
                owner.proof(recovery_code=owner.codes[1]), token=None)
    owner.session(code=newer.code())
    owner.session(recovery_code=codes[0])


def test_it_is_taken_away_by_password_and_code(api, owner):
    path = "/me/two-factor/removal"
    right = {"password": PASSWORD, "code": owner.device.fresh()}
    for body, code in (({**right, "password": "wrong"}, "password_wrong"),
                       ({"password": PASSWORD}, "member_missing"),
                       ({**right, "code": owner.device.wrong()},
                        "code_wrong")):
        api.refused(code, "POST", path, body, token=owner.token)
    api.ok("POST", path, right, token=owner.token)
    api.refused("two_factor_not_enabled", "POST", path, right,
                token=owner.token)
    assert owner.session()
    assert not api.ok("GET", "/me", token=owner.token)["two_factor"]
    assert {row["outcome"] for row in
            rows(api, "two_factor.disable", owner)} == {"done", "refused"}


def test_who_manages_users_resets_it(api, owner, clock, roles, administrator):
    path = f"/users/{owner.id}/two-factor"
    assert api.ok("GET", f"/users/{owner.id}")["two_factor"]
    me = api.ok("GET", "/me")["id"]
    api.refused("own_account", "DELETE", f"/users/{me}/two-factor")
    api.refused("user_not_found", "DELETE",
                "/users/00000000-0000-7000-8000-000000000000/two-factor")
    clerk_role = api.ok("POST", "/roles", {
        "name": f"Clerk {owner.name}", "levels": {"users": "full"}})["id"]
    clerk = Person(api, clock, f"user-{next(names)}", clerk_role,
                   administrator).session()
    api.refused("above_own_role", "DELETE", path, token=clerk)
    api.refused("not_permitted", "DELETE", path, token=owner.token)
    api.ok("DELETE", path)
    api.refused("not_signed_in", "GET", "/me", token=owner.token)
    api.refused("two_factor_not_enabled", "DELETE", path)
    assert owner.session()
    done = [row for row in api.ok(
        "GET", f"/audit?action=two_factor.reset&target={owner.id}")["items"]
        if row["outcome"] == "done"]
    assert len(done) == 1 and done[0]["actor"]["name"] == "admin"


# A stolen or meddled database

def database_of(server):
    return sqlite3.connect(server.state / "core" / "warifu.db", timeout=20)


def test_a_stolen_database_opens_nothing(server, owner):
    texts = [owner.device.secret, owner.device.secret.hex().encode(),
             owner.device.asked["secret"].encode(),
             *(code.encode() for code in owner.codes),
             *(code.replace("-", "").encode() for code in owner.codes)]
    core = server.state / "core"
    key = (core / "sealing-key").read_bytes()
    assert len(key) == 32
    assert (core / "sealing-key").stat().st_mode & 0o777 == 0o600
    for path in core.glob("warifu.db*"):
        contents = path.read_bytes()
        for text in [*texts, key]:
            assert text not in contents, path
    assert owner.device.asked["secret"] not in server.log()


def test_a_secret_in_anothers_place_is_refused(server, api, owner, clock,
                                               roles, administrator):
    """Who can write to the database cannot lend out the own device."""
    thief = Person(api, clock, f"user-{next(names)}", roles["Guest"],
                   administrator)
    thief.set_up()
    with database_of(server) as database:
        database.execute(
            "UPDATE two_factor SET secret = (SELECT secret FROM two_factor"
            " WHERE user_id = ?) WHERE user_id = ?", (thief.id, owner.id))
    api.refused("secret_unreadable", "POST", "/session",
                owner.proof(code=thief.device.fresh()), token=None)
    assert owner.session(recovery_code=owner.codes[0])


def test_without_its_key_recovery_codes_are_left(server, api, owner):
    key = server.state / "core" / "sealing-key"
    kept = key.with_name("kept-key")
    key.rename(kept)
    try:
        api.refused("secret_unreadable", "POST", "/session",
                    owner.proof(code=owner.device.fresh()), token=None)
        assert owner.session(recovery_code=owner.codes[0])
    finally:
        kept.rename(key)
    assert owner.session(code=owner.device.fresh())
