"""Dialogs about things of long names are read to the end, on a phone too."""

import pytest

import harness
import stage
from stage import need, need_good_page, need_pictures
from test_people import ROLE

# Nearly as long as names may be: no blank to break at, and Japanese.
LONG = "Kansai-Umeda-3F-" + "laboratory" * 4 + "関西支社梅田分室三階の計測機器用"
DIALOGS = ("dialog-office-rename", "dialog-office-delete",
           "dialog-user-delete", "dialog-role-delete")


class Scene(stage.People):
    def prepare(self):
        assert 100 < len(LONG.encode()) <= 128
        return {"office": self.make("/offices", name=LONG)["id"],
                "user": self.user(LONG, ROLE["guest"])["id"],
                "role": self.make("/roles", name=LONG, levels={})["id"]}


@pytest.fixture(scope="module")
def found():
    with stage.console_server() as server:
        yield stage.play("dialogs", server, Scene(server), long=LONG)


@pytest.mark.parametrize("dialog", DIALOGS)
@pytest.mark.parametrize("language", ("en", "ja"))
def test_a_long_title_is_read_to_its_end(found, dialog, language):
    need_good_page(found, dialog, language)


@pytest.mark.parametrize("language", ("en", "ja"))
def test_the_path_to_a_page_is_read_to_its_end(found, language):
    need_good_page(found, "long-user", language)


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_dialog(found):
    need_pictures((*DIALOGS, "long-user"))
