"""Two-factor authentication as people use it, in Chromium."""

import base64
import json
import os
import subprocess

import pytest

import harness
from authenticator import Clock, Device
from stage import BUNDLE, PICTURES, TOP, path_with_node

SCRIPT = TOP / "tests" / "browser" / "two_factor.mjs"


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


def play(scene, process):
    found = {}
    for line in process.stdout:
        told = json.loads(line)
        if "step" in told:
            found[told["step"]] = told
        else:
            answer = getattr(scene, told["asks"])(**told["given"])
            process.stdin.write(json.dumps(answer) + "\n")
            process.stdin.flush()
    return found


@pytest.fixture(scope="module")
def found():
    PICTURES.mkdir(parents=True, exist_ok=True)
    assert BUNDLE.exists(), "the console is not built; scripts/build-console"
    with harness.folder() as folder:
        clock = Clock(folder / "programs")
        server = harness.Server(folder, {
            "console.bundle": BUNDLE, "sessions.idle_timeout": "12h"})
        server.program = clock.programs.server
        with harness.running(server):
            yield run(server, clock, PICTURES)


def run(server, clock, pictures):
    scene = Scene(server, clock)
    wanted = {"https": f"https://127.0.0.1:{server.https}",
              "http": f"http://127.0.0.1:{server.http}",
              "password": harness.PASSWORD, "pictures": str(pictures)}
    with open(pictures / "two-factor.log", "w+") as errors:
        process = subprocess.Popen(
            ["node", str(SCRIPT), json.dumps(wanted)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            text=True, start_new_session=True,
            env=dict(os.environ, PATH=path_with_node()))
        try:
            steps = play(scene, process)
            errors.seek(0)
            assert process.wait(30) == 0, errors.read()[-6000:]
            return steps
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdin.close()


@pytest.mark.parametrize("step", [
    "it is set up in the own account", "signing in asks for the code",
    "a recovery code serves in its place",
    "an ended ticket leads back to the password",
    "page two-factor en", "page two-factor ja",
    "it is required of everybody, knowingly",
    "who has none sets it up before anything else",
    "over HTTP one is led to HTTPS"])
def test_that(found, step):
    assert step in found, f"the browser never came to it: {list(found)}"
    told = found[step]
    assert not told.get("error"), told["error"]
    assert told.get("violations", []) == []
    assert told.get("overflow", []) == []


def test_the_browser_complains_of_nothing(found):
    assert found["complaints"]["list"] == []
