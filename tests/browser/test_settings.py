"""Security Settings, Server Settings and the own account as administrators
work with them, in Chromium."""

import pytest

import harness
import stage
from stage import need, need_good_page, need_pictures

PAGES = ("security-settings", "server-settings", "account")
ROLE = "00000000-0000-7000-8000-00000000001"


class Scene(stage.People):
    def prepare(self):
        self.user("auditor", f"{ROLE}3")
        second = self.user("second", f"{ROLE}1")
        self.second = self.server.sign_in(harness.PASSWORD, second["name"])
        return {}

    def change_settings(self, group, change):
        return self.ask("PATCH", f"/settings/{group}", change, self.second)

    def settings(self, group):
        return self.ask("GET", f"/settings/{group}")

    def sign_in_elsewhere(self, agent):
        answer = self.server.request("POST", "/api/v1/session", {
            "user": "admin", "password": harness.PASSWORD},
            {"User-Agent": agent})
        self.elsewhere = answer.json["token"]
        return {}

    def elsewhere_status(self):
        return {"status": self.server.request(
            "GET", "/api/v1/me", token=self.elsewhere).status}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("settings", server, Scene(server))


@pytest.mark.parametrize("step", [
    "a wrong value is told at its field and cannot be saved",
    "what will be saved is shown, saved and in force",
    "somebody else's change is told and not overwritten",
    "the configuration file wins and it says so",
    "the refresh cycle is set, names are shown",
    "a new least length is what a short password is told",
    "a session elsewhere is seen and ended",
    "who may only read changes nothing"])
def test_that(found, step):
    need(found, step)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)
