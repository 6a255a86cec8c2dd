"""Wide tables: every column chosen, in a window of 1280 pixels."""

import pytest

import crowd
import stage
from stage import need, need_good_page, need_pictures

COLUMNS = ["name", "status", "office", "os", "address", "agentVersion",
           "lastSeen", "enrolled", "software", "serial", "architecture",
           "state"]
NAME = "workstation-017.research.osaka.example.co.jp"
PAGE = "computers-all-columns"


@pytest.fixture(scope="module")
def found():
    with stage.console_server() as server:
        scene = stage.People(server)
        crowd.add(server, [NAME, "desk-01", "desk-02"], serial="SN-2026-00017",
                  address="2001:db8:12:3456::17")
        yield stage.play("columns", server, scene, columns=COLUMNS, name=NAME)


def test_the_name_keeps_its_room_and_the_table_scrolls_in_its_frame(found):
    need(found, "the name keeps its room and the table scrolls in its frame")


@pytest.mark.parametrize("language", ("en", "ja"))
def test_the_page_is_good_for_everybody(found, language):
    need_good_page(found, PAGE, language)


def test_there_is_a_picture(found):
    need_pictures([PAGE])


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []
