"""Names that agents give: none at all, blanks, and marks of direction."""

import pytest

import estkit
import stage
from stage import need, need_good_page, need_pictures

PAGE = "computers-without-names"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with stage.console_server() as server:
        scene = stage.People(server)
        made = [estkit.PythonAgent(
            server, tmp_path_factory.mktemp("agent"),
            server.office_token(scene.session, uses=1)) for _ in range(4)]
        # The first has enrolled and says nothing yet, as stock clients do.
        for agent, name in zip(made[1:], ("", "\u3000\u200b", "a\u202egpj.exe")):
            agent.refresh({}, hostname=name)
        yield stage.play(
            "names", server, scene, turning=made[3].id,
            nameless=[agent.id for agent in made[:3]])


def test_a_computer_without_a_name_is_opened_by_its_id(found):
    need(found, "a computer without a name is opened by its id")


def test_what_would_turn_a_question_round_is_shown_in_it(found):
    need(found, "what would turn a question round is shown in it")


@pytest.mark.parametrize("language", ("en", "ja"))
def test_the_page_is_good_for_everybody(found, language):
    need_good_page(found, PAGE, language)


def test_there_is_a_picture(found):
    need_pictures([PAGE])


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []
