"""What others change reaches an open page by itself, and alerts wait behind the
bell, in Chromium."""

import itertools
import sqlite3
import time

import pytest

import harness
import stage

NUMBERS = itertools.count(1)
GUEST, TECHNICIAN = (f"00000000-0000-7000-8000-00000000001{number}"
                     for number in (4, 2))
PAGES = ["alerts", "home-alerts", "computers-expired"]


class Scene(stage.People):
    """The other client, and what only time or root does."""

    def prepare(self):
        self.late = self.computer("late.example")
        self.computer("well.example")
        empty = self.make("/offices", name="Empty")["id"]
        self.user("guest", GUEST)
        self.user("limited", TECHNICIAN, empty)
        return {"late": self.late, "guest": "guest", "limited": "limited"}

    def enrol(self, name):
        return {"id": self.computer(name)}

    def office(self):
        name = f"Branch {next(NUMBERS)}"
        return {"name": name, "id": self.make("/offices", name=name)["id"]}

    def move(self):
        made = self.office()
        self.ask("PATCH", f"/computers/{self.late}",
                 {"office_id": made["id"]})
        return made

    def restart(self):
        self.server.stop()
        self.server.start()
        return self.office()

    def expire(self):
        """The certificate's time is over."""
        end = int(time.time() * 1000) - 1000
        path = self.server.state / "core" / "warifu.db"
        with sqlite3.connect(path, timeout=30) as link:
            link.execute("UPDATE certificate SET not_after = ?"
                         " WHERE computer_id = ?", (end, self.late))
        link.close()
        return {}

    def end_sessions(self):
        """Another password ends the other sessions."""
        self.ask("PUT", "/me/password", {
            "current_password": harness.PASSWORD,
            "new_password": harness.PASSWORD + "!"})
        return {}


@pytest.fixture(scope="module")
def found():
    with stage.console_server() as server:
        return stage.play("live", server, Scene(server))


@pytest.mark.parametrize("step", [
    "one socket stands for a tab",
    "the list of computers follows",
    "one computer follows",
    "home follows",
    "a server that restarts under the open page is back by itself",
    "the bell counts a new alert",
    "alerts are acknowledged and taken back by keyboard",
    "an alert leads to the computers concerned",
    "who may not acknowledge sees the alerts and no button",
    "who is limited to an office is told of its alerts alone",
    "an ended session shows at once"])
def test_that(found, step):
    stage.need(found, step)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_good_for_everybody(found, page, language):
    stage.need_good_page(found, page, language)


def test_the_browser_complains_of_nothing(found):
    assert stage.need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    stage.need_pictures(PAGES)
