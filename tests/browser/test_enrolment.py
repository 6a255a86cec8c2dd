"""Enrolment as people do it in the console: tokens, lines to paste, revoking."""

import contextlib
import hashlib
import os
import pathlib
import shutil

import pytest

import crowd
import harness
import own_root
import stage
from stage import need, need_good_page, need_pictures

AUDITOR = "00000000-0000-7000-8000-000000000013"
TECHNICIAN = "00000000-0000-7000-8000-000000000012"
LANGUAGES = ("en", "ja")
PAGES = ("enrolment-empty", "enrolment-dialog", "enrolment-installer",
         "enrolment-made", "enrolment-list")
PICTURED = ("revoking says what it does, and does it",
            "a computer enrols once more from its page")
RUN = "the line enrols a computer, and the token is used up"


class Scene(stage.People):
    """What the script in the browser asks of this half of the test."""

    def __init__(self, server, archive):
        super().__init__(server)
        self.archive = archive

    def prepare(self):
        osaka = self.make("/offices", name="Osaka")["id"]
        self.make("/offices", name="Kobe")
        clerk = self.make("/roles", name="Clerk", levels={
            "enrolment": "write", "offices": "read"})["id"]
        nameless = self.make("/roles", name="Nameless", levels={
            "enrolment": "write"})["id"]
        self.user("auditor", AUDITOR)
        self.user("yamada", TECHNICIAN, osaka)
        self.user("clerk", clerk)
        self.user("nameless", nameless, osaka)
        return {"osaka": osaka}

    def one_computer(self):
        return {"computer": self.computer("desk-01.example")}

    def installer(self, server):
        return self.ask("GET", "/installer" +
                        (f"?server={server}" if server else ""))

    def sha256(self, path):
        return {"sha256": hashlib.sha256(
            pathlib.Path(path).read_bytes()).hexdigest()}

    def run(self, line):
        """Paste the line on a new computer, and leave that as it was."""
        with harness.folder("warifu-agent-") as folder, \
                own_root.computer(folder) as computer:
            done = computer.run(line)
            if done.code != 0:
                return {"code": done.code, "text": done.text[-3000:]}
            made = computer.status()["computer_id"]
            harness.wait_until("the computer is live", lambda: self.ask(
                "GET", f"/computers/{made}")["is_live"], 30)
        return {"code": 0, "computer": made}

    def many(self):
        for number in range(25):
            self.make("/enrolment-tokens", kind="office",
                      comment=f"number {number}.")
        self.server.stop()
        with contextlib.closing(crowd.database(self.server)) as link, link:
            link.execute("UPDATE enrolment_token SET expires_at = created_at"
                         " WHERE comment = 'number 2.'")
        self.server.start()
        return {}

    def office_of(self, comment):
        return {"office": next(
            one["office_id"]
            for one in self.ask("GET", "/enrolment-tokens")["items"]
            if one["comment"] == comment)}

    def remove_archive(self):
        self.server.stop()
        self.archive.unlink()
        self.server.start()
        return {"path": str(self.archive)}


@pytest.fixture(scope="module")
def found():
    assert stage.BUNDLE.exists(), "scripts/build-console"
    with harness.folder() as folder:
        archive = folder / "agent.tar.gz"
        shutil.copy(stage.ARCHIVE, archive)
        server = harness.Server(folder, {
            "console.bundle": stage.BUNDLE, "installer.archive": archive})
        with harness.running(server):
            yield stage.play("enrolment", server, Scene(server, archive),
                             isRoot=os.geteuid() == 0)


@pytest.mark.parametrize("step", [
    *PICTURED, "a name that is none makes no token",
    "the installer is taken away as the server tells of it",
    "a token comes with the line to paste", "a token of another office",
    "a computer is found for a token of its own",
    "the list has pages and filters that the address keeps",
    "who is limited to an office makes tokens for that one alone",
    "auditor has the list alone", "clerk has no way to revoke",
    "nameless has no names of offices",
    "over HTTP it leads to the configured HTTPS port",
    "without an archive it says what is missing"])
def test_that(found, step):
    need(found, step)


@own_root.needed
def test_the_line_really_enrols(found):
    need(found, RUN)


@pytest.mark.parametrize("step", PICTURED)
def test_each_dialog_is_good_for_everybody(found, step):
    told = need(found, step)
    for kind in ("violations", "overflow", "missing"):
        assert told[kind] == [], f"{kind}: {told[kind]}"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []
