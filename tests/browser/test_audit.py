"""The audit log in the console, in Chromium."""

import sqlite3

import pytest

import stage
from stage import need, need_good_page, need_pictures

PAGES = ("audit", "audit-integrity", "audit-row")
MANY = 60


class Scene(stage.People):
    def prepare(self):
        """Offices made, changed and refused, more rows than a page has."""
        osaka = self.make("/offices", name="Osaka")["id"]
        self.ask("PATCH", f"/offices/{osaka}", {"name": "Kyoto"})
        local = self.ask("GET", "/offices")["items"]
        local = next(one["id"] for one in local if one["is_local"])
        refused = self.server.request(
            "DELETE", f"/api/v1/offices/{local}", token=self.session)
        assert refused.json["code"] == "office_is_local"
        hostile = self.make("/offices", name=stage.HOSTILE)["id"]
        for number in range(MANY):
            self.make("/offices", name=f"office {number}")
        changed = self.ask("GET", "/audit?action=office.change")["items"]
        return {"hostile": hostile, "row": changed[0]["row"]}

    def tamper(self, row):
        """What somebody with access to the database might do."""
        path = self.server.state / "core" / "warifu.db"
        link = sqlite3.connect(path, timeout=60)
        with link:
            link.execute("UPDATE audit SET actor_name = 'nobody'"
                         " WHERE n = ?", (row,))
        link.close()
        return {}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("audit", server, Scene(server), hostile=stage.HOSTILE)


@pytest.mark.parametrize("step", [
    "the log is filtered by the server, and the address keeps it",
    "one row shows what was before and after", "the pages are turned",
    "it is taken away as it is filtered", "what somebody wrote is text",
    "a whole log is found whole", "it is kept for 750 days at most",
    "a row that is gone says so", "a changed row is named, with what to do"])
def test_that(found, step):
    need(found, step)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ("en", "ja"))
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)
