"""A real server with the console, a few computers of which one is hostile, and
one run of Chromium whose findings the tests judge. A module with a server and
a script of its own has fixtures of its own by these names."""

import pathlib
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "system"))

import harness  # noqa: E402
import stage  # noqa: E402


@pytest.fixture(scope="session")
def server():
    with stage.console_server() as running:
        yield running


class Scene:
    """What the script in the browser asks of this half of the test."""

    def __init__(self, server):
        self.server = server

    def computers(self):
        session = self.server.sign_in(harness.PASSWORD)
        made = [
            stage.computer(self.server, self.server.folder, session, name,
                           sections)
            for name, sections in (
                ("desk-01.example", stage.SECTIONS),
                ("desk-02.example", stage.SECTIONS),
                (stage.HOSTILE, stage.hostile_sections()))]
        return {"good": made[0].id, "hostile": made[2].id}

    def stop_server(self):
        self.server.stop()
        return {}

    def start_server(self):
        self.server.start()
        return {}

    def end_sessions(self):
        answer = self.server.request("PUT", "/api/v1/me/password", {
            "current_password": harness.PASSWORD,
            "new_password": harness.PASSWORD + "!"},
            token=self.server.sign_in(harness.PASSWORD))
        assert answer.status == 204, answer
        return {"password": harness.PASSWORD + "!"}


@pytest.fixture(scope="session")
def found(server):
    return stage.play("console", server, Scene(server), hostile=stage.HOSTILE,
                      first=server.initial_password())
