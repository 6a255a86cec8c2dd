"""The pages about computers: many chosen and commanded, the list saved, one
computer's history."""

import pytest

import crowd
import estkit
import harness
import stage
from described import Api

GUEST = "00000000-0000-7000-8000-000000000014"


class Scene:
    """What the script in the browser asks of this half of the test."""

    def __init__(self, server):
        self.server = server
        self.api = Api(server, server.administrator())
        self.office = self.api.ok("POST", "/offices", {"name": "Nagoya"})["id"]
        self.crowd = crowd.add(server, [f"crowd-{n:03}" for n in range(60)])
        crowd.add(server, [f"gone-{n:03}" for n in range(120)])
        crowd.add(server, ["=evil()", "evil, \"quoted\"", "<b>evil</b>"])

    def remove_one(self):
        link = crowd.database(self.server)
        for table, column in (("computer_contact", "contact_id"),
                              ("computer", "id")):
            link.execute(f"DELETE FROM {table} WHERE {column} = ?",
                         (self.crowd[7],))
        link.close()
        return {}

    def stop_server(self):
        self.server.stop()
        return {}

    def start_server(self):
        self.server.start()
        return {}

    def history(self):
        agent = estkit.PythonAgent(
            self.server, self.server.folder / "agent",
            self.server.office_token(self.api.token, uses=1))
        agent.refresh(hostname="renewed")
        _, answer = agent.renew()
        assert answer.status == 200, answer
        for number in range(55):
            self.api.ok("PATCH", f"/computers/{agent.id}", {
                "office_id": self.office if number % 2 else crowd.LOCAL})
        return {"one": agent.id}

    def silent(self):
        return {"silent": crowd.add(self.server, ["silent"])[0]}

    def guest(self):
        self.api.ok("POST", "/users", {
            "name": "looker", "password": harness.PASSWORD, "role_id": GUEST,
            "must_change_password": False})
        return {"user": "looker"}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("computers", server, Scene(server))


@pytest.mark.parametrize("step", [
    "a page and all that match are chosen", "a choice ends with its filter",
    "many are moved and one is refused",
    "what cannot be undone wants the number",
    "a run outlives a server that restarts",
    "a run that is stopped goes on later", "the list is saved as it is shown",
    "the keyboard chooses and commands",
    "certificates have a history and can be saved",
    "events have further pages", "a computer that told nothing says so",
    "the choice in en", "the choice in ja",
    "who may only look sees no commands"])
def test_that(found, step):
    assert stage.need(found, step).get("violations", []) == []


def test_the_browser_complains_of_nothing(found):
    assert found["complaints"]["list"] == []
