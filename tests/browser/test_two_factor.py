"""Two-factor authentication as people use it, in Chromium."""

import base64

import pytest

import harness
import stage
from authenticator import Clock, Device


class Scene:
    """What the script asks of this half: the device, and another user."""

    def __init__(self, server, clock):
        self.server = server
        self.clock = clock
        self.session = server.administrator()
        self.secret = self.server.request(
            "POST", "/api/v1/me/api-tokens",
            {"name": "scene", "expires_in_s": 86400},
            token=self.session).json["secret"]
        self.user("yamada")

    def device(self, key):
        base64.b32decode(key)
        return Device("otpauth://totp/x?algorithm=SHA1&digits=6&period=30"
                      f"&secret={key}", self.clock)

    def code(self, key):
        return {"code": self.device(key).fresh()}

    def wrong(self, key):
        return {"code": self.device(key).wrong()}

    def user(self, name):
        roles = self.server.request("GET", "/api/v1/roles",
                                    token=self.secret).json["items"]
        guest = next(r["id"] for r in roles if r["name"] == "Guest")
        answer = self.server.request("POST", "/api/v1/users", {
            "name": name, "password": harness.PASSWORD, "role_id": guest,
            "must_change_password": False}, token=self.secret)
        assert answer.status == 201, answer
        return {}


@pytest.fixture(scope="module")
def found():
    with harness.folder() as folder:
        clock = Clock(folder / "programs")
        server = harness.Server(folder, {
            "console.bundle": stage.BUNDLE, "sessions.idle_timeout": "12h"})
        server.program = clock.programs.server
        with harness.running(server):
            yield stage.play("two_factor", server, Scene(server, clock))


@pytest.mark.parametrize("step", [
    "it is set up in the own account", "signing in asks for the code",
    "a recovery code serves in its place",
    "an ended ticket leads back to the password",
    "page two-factor en", "page two-factor ja",
    "it is required of everybody, knowingly",
    "who has none sets it up before anything else",
    "over HTTP one is led to HTTPS"])
def test_that(found, step):
    told = stage.need(found, step)
    for kind in ("violations", "overflow", "missing"):
        assert told.get(kind, []) == [], f"{kind}: {told[kind]}"


def test_the_browser_complains_of_nothing(found):
    assert found["complaints"]["list"] == []
