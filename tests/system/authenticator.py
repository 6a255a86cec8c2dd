"""An authenticator app and its owner: RFC 6238 by the book, with no code of
ours."""

import base64
import hashlib
import hmac
import struct
import time
import urllib.parse

import clocks

STEP = 30
PASSWORD = "a pass phrase for somebody"


class Clock:
    """The server's clock, put forward by the test where it would have to wait."""

    def __init__(self, folder):
        self.programs = clocks.Clocks(folder)
        self.by = 0

    def now(self):
        return time.time() + self.by

    def forward(self, seconds):
        """The real time alone: what waits by the monotonic clock goes on."""
        self.by += seconds
        self.programs.set(real_s=self.by)

    def step(self, count=1):
        """To the beginning of a later step: it lasts for what follows."""
        self.forward(count * STEP - self.now() % STEP + 1)


class Device:
    """What has the secret. The clock of another one may be wrong."""

    def __init__(self, uri, clock):
        parts = urllib.parse.urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        self.label = urllib.parse.unquote(parts.path)[1:]
        self.asked = dict(urllib.parse.parse_qsl(parts.query))
        assert self.asked["algorithm"] == "SHA1"
        assert self.asked["digits"] == "6" and self.asked["period"] == "30"
        self.secret = base64.b32decode(self.asked["secret"])
        self.clock = clock

    def code_at(self, step):
        mac = hmac.new(self.secret, struct.pack(">Q", step),
                       hashlib.sha1).digest()
        at = mac[19] & 15
        number = struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff
        return f"{number % 1000000:06}"

    def code(self, steps=0):
        return self.code_at(int(self.clock.now() // STEP) + steps)

    def fresh(self):
        """Of a step that nobody has used before."""
        self.clock.step()
        return self.code()

    def wrong(self):
        """A code of no step near now."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(text for text in ("000000", "111111", "222222", "333333",
                                      "444444", "555555", "666666", "777777")
                    if text not in near)


class Person:
    """A user with a password, perhaps a device, and what sign-ins gave."""

    def __init__(self, api, clock, name, role_id=None, administrator=None,
                 password=PASSWORD):
        self.api = api
        self.clock = clock
        self.name = name
        self.password = password
        self.device = None
        self.codes = []
        if administrator is not None:
            self.id = api.ok("POST", "/users", {
                "name": name, "password": self.password, "role_id": role_id,
                "must_change_password": False}, token=administrator)["id"]

    def proof(self, **more):
        return {"user": self.name, "password": self.password, **more}

    def session(self, **more):
        return self.api.ok("POST", "/session", self.proof(**more),
                           token=None)["token"]

    def ticket(self):
        answer = self.api.refused("two_factor_needed", "POST", "/session",
                                  self.proof(), token=None)
        assert answer.status == 401
        return answer.json["two_factor"]["ticket"]

    def set_up(self, token=None):
        """A session in which the second factor has come into force."""
        token = token or self.session()
        begun = self.api.ok("POST", "/me/two-factor",
                            {"password": self.password}, token=token)
        self.device = Device(begun["uri"], self.clock)
        self.codes = self.api.ok(
            "POST", "/me/two-factor/confirmation",
            {"code": self.device.fresh()}, token=token)["recovery_codes"]
        return token
