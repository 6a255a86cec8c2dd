"""Users, roles, API tokens and remote offices as administrators work with
them, in Chromium."""

import pytest

import harness
import stage
from stage import need, need_good_page, need_pictures

PAGES = ("users", "user", "roles", "role", "api-tokens", "api-tokens-all",
         "office")
PICTURED = ("a user is made, after refusals in words",
            "a deleted user is gone with sessions and tokens",
            "a role is copied, changed and deleted",
            "an API token's secret is shown once and works",
            "an office that is a scope stays, and says whose")
OWN = "a password of one's own"
ROLE = {name: f"00000000-0000-7000-8000-00000000001{number}"
        for number, name in enumerate(
            ("administrator", "technician", "auditor", "guest"), 1)}


class Scene(stage.People):
    def prepare(self):
        """Places, users, roles and tokens, some with hostile names."""
        osaka = self.make("/offices", name="Osaka")["id"]
        bad_office = self.make("/offices", name=stage.HOSTILE)["id"]
        night = self.make("/roles", name="Night shift", levels={
            "computers": "write", "inventory": "read", "offices": "read"})
        bad_role = self.make("/roles", name=stage.HOSTILE, levels={})["id"]
        yamada = self.user("yamada", ROLE["technician"], osaka)
        self.user("kobayashi", ROLE["guest"], osaka)
        hostile = self.user(stage.HOSTILE, bad_role, bad_office)
        second = self.user("second", ROLE["administrator"])
        self.second = self.server.sign_in(harness.PASSWORD, second["name"])
        self.make("/me/api-tokens", name=stage.HOSTILE, expires_in_s=86400)
        self.computer("desk-01.example", osaka)
        return {"osaka": osaka, "bad_office": bad_office, "night": night["id"],
                "bad_role": bad_role, "yamada": yamada["id"],
                "hostile": hostile["id"]}

    def change_user(self, ident, change):
        return self.ask("PATCH", f"/users/{ident}", change, self.second)

    def rename_office(self, ident, name):
        return self.ask("PATCH", f"/offices/{ident}", {"name": name},
                        self.second)

    def make_token(self, name):
        return self.make("/me/api-tokens", name=name, expires_in_s=86400)

    def limit_token(self, name, office):
        return self.make("/me/api-tokens", name=name, expires_in_s=86400,
                         scope=[{"kind": "office", "id": office}])

    def use_token(self, secret):
        answer = self.server.request("GET", "/api/v1/session", token=secret)
        if answer.status != 200:
            return {"status": answer.status}
        return {"role": answer.json["user"]["role"]["built_in"]
                if answer.json["permissions"]["audit"] == "full"
                else "auditor"}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("people", server, Scene(server), hostile=stage.HOSTILE,
                      own=OWN)


@pytest.mark.parametrize("step", [
    *PICTURED,
    "the new user changes the password first",
    "a change of role counts in an open session",
    "of two administrators the slower hears who changed what",
    "a script in names is text", "another password ends the sessions",
    "a user is disabled and enabled", "nobody changes the own account",
    "users are found by name and role",
    "the server sorts users, and the address keeps it",
    "roles come by what they may, in each language",
    "a role that somebody got meanwhile stays, and says who has it",
    "a built-in role stays as it is",
    "API tokens are found by a part of the name",
    "an office is looked at, and renamed by two", "what is gone says so",
    "users and roles work by keyboard"])
def test_that(found, step):
    need(found, step)


@pytest.mark.parametrize("step", PICTURED)
def test_each_dialog_is_good_for_everybody(found, step):
    told = need(found, step)
    assert told["violations"] == []
    assert told["overflow"] == []
    assert told["missing"] == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ("en", "ja"))
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)
