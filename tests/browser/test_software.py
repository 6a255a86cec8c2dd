"""Software over all computers in the console, in Chromium."""

import sqlite3

import pytest

import estkit
import stage
from stage import need, need_good_page, need_pictures

PAGES = ("software", "software-title", "software-missing")
LANGUAGES = ("en", "ja")


class Scene(stage.People):
    def prepare(self):
        """More titles than a page has, one of two versions, one hostile."""
        first = dict(stage.SECTIONS["packages"])
        first["shell:amd64"] = {
            "format": "dpkg", "name": "shell", "version": "5.2",
            "installed_at": "2026-01-02T03:04:05Z"}
        second = {"shell:amd64": dict(first["shell:amd64"], version="5.1")}
        third = dict(stage.hostile_sections()["packages"],
                     **{"shell:amd64": first["shell:amd64"]})
        names = {"desk-01.example": first, "desk-02.example": second,
                 stage.HOSTILE: third}
        self.agents = {
            name: stage.computer(self.server, self.server.folder, self.session,
                                 name, {"packages": packages})
            for name, packages in names.items()}
        self.second = second
        found = {one["name"]: one["id"] for one in self.ask(
            "GET", "/software?limit=500")["items"]}
        return {"shell": found["shell"], "hostile": found[stage.HOSTILE],
                "computer": self.agents["desk-01.example"].id}

    def upgrade(self):
        """The second computer has the newer version too."""
        newer = {"shell:amd64": dict(self.second["shell:amd64"],
                                     version="5.2")}
        agent = self.agents["desk-02.example"]
        agent.refresh({"packages": estkit.difference(self.second, newer)},
                      hostname="desk-02.example")
        return {}

    def count_again(self):
        """As after an update: nothing is counted, and nobody is at it."""
        self.server.stop()
        path = self.server.state / "core" / "warifu.db"
        link = sqlite3.connect(path, timeout=60)
        with link:
            for table in ("title", "version", "computer", "packed"):
                link.execute(f"DELETE FROM software_{table}")
            link.execute("DELETE FROM computer_software")
            link.execute("INSERT INTO software_uncounted SELECT computer_id"
                         " FROM inventory WHERE section = 'packages'")
        link.close()
        self.server.start()
        return {}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("software", server, Scene(server),
                      hostile=stage.HOSTILE)


@pytest.mark.parametrize("step", [
    "the navigation leads to the list", "the pages are turned",
    "the server searches and sorts, and the address keeps it",
    "a search that finds nothing says so",
    "a title shows its versions and who has it",
    "one version narrows who has it", "a change is seen",
    "a hostile title is text", "it is taken away as a file",
    "a computer's software leads to who else has it",
    "stored inventories that are being counted are told of",
    "it is counted again"])
def test_that(found, step):
    need(found, step)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)
