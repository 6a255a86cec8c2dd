"""Lock-out: strangers wait, owners get in, and an office is no stranger."""

import contextlib
import http.client
import itertools
import json
import time

import pytest

import harness
from described import Api, check

ROLES = "00000000-0000-7000-8000-00000000001"
PASSWORD = "some pass phrase for tests"
MARKER = {"X-Warifu-Request": "1"}
ADDRESSES = itertools.count(2)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture
def address():
    """An address of this computer that no other test uses."""
    return f"127.0.1.{next(ADDRESSES)}"


class Client:
    """Somebody at an address, who keeps cookies as a browser does."""

    def __init__(self, server, address):
        self.server = server
        self.address = address
        self.cookies = {}

    def send(self, method, path, body=None, headers=None):
        link = http.client.HTTPSConnection(
            "127.0.0.1", self.server.https, timeout=30 * harness.PATIENCE,
            context=harness.unverified(), source_address=(self.address, 0))
        headers = {"Content-Type": "application/json", **MARKER,
                   **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self.cookies.items())
        with contextlib.closing(link):
            link.request(method, "/api/v1" + path, headers=headers,
                         body=None if body is None else json.dumps(body))
            answer = link.getresponse()
            answer = harness.Answer(answer.status, answer.headers,
                                    answer.read())
        check(method, "/api/v1" + path, answer)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def sign_in(self, user, password=PASSWORD, **more):
        """The code of the refusal, or None; too busy is tried again."""
        deadline = time.monotonic() + 30 * harness.PATIENCE
        while True:
            answer = self.send("POST", "/session", {
                "user": user, "password": password, "cookie": True, **more})
            code = None if answer.status == 201 else answer.json["code"]
            if code != "sign_in_busy" or time.monotonic() > deadline:
                return code

    def fail(self, user, times):
        return [self.sign_in(user, "wrong") for _ in range(times)]

    def close(self):
        """The window with the session goes, the browser stays."""
        self.cookies.pop("__Host-warifu", None)


@pytest.fixture(scope="module")
def make_user(api):
    numbers = itertools.count(1)

    def make(role=4):
        name = f"person {next(numbers)}"
        return api.ok("POST", "/users", {
            "name": name, "password": PASSWORD, "role_id": f"{ROLES}{role}",
            "must_change_password": False})
    return make


def test_a_stranger_does_not_lock_the_owner_out(server, api, make_user,
                                                address):
    """Neither the account nor, where both sit behind one, the address."""
    user = make_user()
    owner = Client(server, address)
    stranger = Client(server, address)
    assert owner.sign_in(user["name"]) is None
    owner.close()
    assert stranger.fail(user["name"], 7) == \
        ["sign_in_failed"] * 5 + ["locked"] * 2
    for n in range(20):
        stranger.fail(f"nobody {n}", 1)
    assert stranger.sign_in("admin", harness.PASSWORD) == "locked"
    assert owner.sign_in(user["name"]) is None
    # Nor does the owner's success let the stranger go on.
    assert stranger.sign_in(user["name"]) == "locked"


def test_a_stranger_with_the_password_waits_too(server, make_user, address):
    user = make_user()
    assert Client(server, address).fail(user["name"], 5)[-1] == \
        "sign_in_failed"
    elsewhere = Client(server, f"127.0.1.{next(ADDRESSES)}")
    assert elsewhere.sign_in(user["name"]) == "locked"


def test_a_device_is_known_for_its_users_alone(server, make_user, address):
    one, other = make_user(), make_user()
    colleague = Client(server, address)
    assert colleague.sign_in(one["name"]) is None
    stranger = Client(server, f"127.0.1.{next(ADDRESSES)}")
    stranger.fail(other["name"], 5)
    colleague.close()
    assert colleague.sign_in(other["name"]) == "locked"
    assert colleague.sign_in(one["name"]) is None


@pytest.mark.parametrize("token", [
    "wfd_" + "A" * 43, "wfs_" + "A" * 43, "wfd_", "", "x" * 64, "%00"])
def test_a_token_that_was_made_up_is_a_strangers(server, make_user, address,
                                                 token):
    user = make_user()
    Client(server, address).fail(user["name"], 5)
    liar = Client(server, f"127.0.1.{next(ADDRESSES)}")
    liar.cookies["__Host-warifu-device"] = token
    assert liar.sign_in(user["name"]) == "locked"


def test_a_planted_token_is_replaced(server, make_user, address):
    """Who knows it would else be taken for the user's own browser."""
    user = make_user()
    victim = Client(server, address)
    planted = "wfd_" + "A" * 43
    victim.cookies["__Host-warifu-device"] = planted
    assert victim.sign_in(user["name"]) is None
    assert victim.cookies["__Host-warifu-device"] != planted


def test_a_known_device_that_fails_is_locked_by_itself(server, make_user,
                                                       address):
    user = make_user()
    stolen, own = Client(server, address), Client(server, address)
    assert stolen.sign_in(user["name"]) is None
    assert own.sign_in(user["name"]) is None
    stolen.close()
    own.close()
    assert stolen.fail(user["name"], 6) == ["sign_in_failed"] * 5 + ["locked"]
    assert stolen.sign_in(user["name"]) == "locked"
    assert own.sign_in(user["name"]) is None
    # A stranger is not punished for it, nor the address.
    assert Client(server, address).sign_in(user["name"]) is None


def test_the_device_cookie_opens_nothing(server, make_user, address):
    user = make_user()
    browser = Client(server, address)
    assert browser.sign_in(user["name"]) is None
    token = browser.cookies["__Host-warifu-device"]
    browser.close()
    assert browser.send("GET", "/me").json["code"] == "not_signed_in"
    answer = browser.send("GET", "/me", headers={
        "Authorization": f"Bearer {token}"})
    assert answer.json["code"] == "not_signed_in"


def test_programs_keep_the_token_themselves(server, api, make_user, address):
    user = make_user()
    wish = {"user": user["name"], "password": PASSWORD}
    assert api.ok("POST", "/session", wish, token=None)["device"] is None
    device = api.ok("POST", "/session", {**wish, "device": ""},
                    token=None)["device"]
    assert device.startswith("wfd_") and len(device) == 47
    assert device not in server.log()
    assert api.ok("POST", "/session", {**wish, "device": device},
                  token=None)["device"] == device
    Client(server, address).fail(user["name"], 5)
    api.refused("locked", "POST", "/session", wish, token=None)
    api.ok("POST", "/session", {**wish, "device": device}, token=None)


def test_colleagues_behind_one_address_sign_in(server, make_user, address):
    """Fifty of them, for the first time; every second one mistypes."""
    for n in range(50):
        user = make_user()["name"]
        browser = Client(server, address)
        if n % 2 == 0:
            assert browser.fail(user, 1) == ["sign_in_failed"], n
        assert browser.sign_in(user) is None, n


def test_nobody_clears_an_address_by_signing_in(server, make_user, address):
    """A stranger with an account of the own goes on guessing others'."""
    own = make_user()["name"]
    codes = []
    for n in range(22):
        browser = Client(server, address)
        codes += browser.fail(f"somebody {n}", 1)
        browser.sign_in(own)
    assert codes == ["sign_in_failed"] * 20 + ["locked"] * 2


def test_locked_accounts_are_seen_and_unlocked(server, api, make_user,
                                               address):
    user = make_user()
    path = f"/users/{user['id']}"
    stranger = Client(server, address)
    assert api.ok("GET", path)["locked_until"] is None
    stranger.fail(user["name"], 5)
    assert api.ok("GET", path)["locked_until"] is not None
    assert stranger.sign_in(user["name"]) == "locked"
    assert api.ok("POST", path + "/unlock")["locked_until"] is None
    assert stranger.sign_in(user["name"]) is None
    row = api.ok("GET", f"/audit?target={user['id']}&action=user.unlock")[
        "items"][0]
    assert row["outcome"] == "done" and row["before"]["locked_until"]
    # What had locked nothing yet is forgotten as well.
    stranger.close()
    stranger = Client(server, address)
    stranger.fail(user["name"], 4)
    api.ok("POST", path + "/unlock")
    assert stranger.fail(user["name"], 4) == ["sign_in_failed"] * 4


def test_who_may_not_does_not_unlock(server, api, make_user):
    user, guest = make_user(), make_user()
    who = Api(server, api.ok("POST", "/session", {
        "user": guest["name"], "password": PASSWORD}, token=None)["token"])
    who.refused("not_permitted", "POST", f"/users/{user['id']}/unlock")
    api.refused("user_not_found", "POST",
                "/users/00000000-0000-7000-8000-00000000dead/unlock")


def test_the_own_password_is_changed_while_a_stranger_hammers(
        server, api, make_user, address):
    user = make_user()
    session = api.ok("POST", "/session", {
        "user": user["name"], "password": PASSWORD}, token=None)["token"]
    Client(server, address).fail(user["name"], 6)
    api.ok("PUT", "/me/password", {
        "current_password": PASSWORD, "new_password": PASSWORD + "!"},
        token=session)


def test_a_lock_outlives_a_restart_and_the_owner_too(server, api, make_user,
                                                     address):
    user = make_user()
    owner = Client(server, address)
    assert owner.sign_in(user["name"]) is None
    owner.close()
    stranger = Client(server, f"127.0.1.{next(ADDRESSES)}")
    stranger.fail(user["name"], 5)
    server.stop()
    server.start()
    assert stranger.sign_in(user["name"]) == "locked"
    assert owner.sign_in(user["name"]) is None
    assert stranger.sign_in(user["name"]) == "locked"


def test_another_password_ends_the_lock_and_forgets_devices(
        server, api, make_user, address):
    user = make_user()
    thief = Client(server, address)
    assert thief.sign_in(user["name"]) is None
    thief.close()
    stranger = Client(server, f"127.0.1.{next(ADDRESSES)}")
    stranger.fail(user["name"], 5)
    api.ok("PUT", f"/users/{user['id']}/password", {
        "new_password": PASSWORD + "?", "must_change_password": False})
    assert Client(server, address).sign_in(
        user["name"], PASSWORD + "?") is None
    stranger.fail(user["name"], 5)
    assert thief.sign_in(user["name"], PASSWORD + "?") == "locked"


def test_the_limits_are_settings(server, api, make_user, address):
    """They count from the next attempt on."""
    user = make_user()
    stranger = Client(server, address)
    assert stranger.fail(user["name"], 3) == ["sign_in_failed"] * 3
    api.ok("PATCH", "/settings/security", {"lockout_attempts": 4,
                                           "lockout_minutes": 7})
    try:
        assert stranger.fail(user["name"], 2) == ["sign_in_failed", "locked"]
        answer = stranger.send("POST", "/session", {
            "user": user["name"], "password": "wrong", "cookie": True})
        assert 300 < int(answer.headers["Retry-After"]) <= 420
    finally:
        api.ok("PATCH", "/settings/security", {"lockout_attempts": 5,
                                               "lockout_minutes": 5})
