"""The two files for programs on the server's own computer."""

import json
import stat

import pytest

import estkit
import harness
from described import Api, example, operations

NOBODY = "00000000-0000-7000-8000-00000000dead"


@pytest.fixture(scope="module")
def settings():
    return {"local.agent_bootstrap": "yes", "local.report_token": "yes"}


def private(path):
    harness.wait_until(f"{path.name} is there", path.exists)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text()


def test_the_enrolment_file_lets_one_computer_in(server, folder):
    file = json.loads(private(server.state / "core" / "local-agent.json"))
    assert file["https_port"] == server.https
    assert file["agent_port"] == server.agents
    assert file["token"] not in server.log()
    estkit.PythonAgent(server, folder, file["token"])
    with pytest.raises(AssertionError):
        estkit.PythonAgent(server, folder, file["token"])


def test_the_report_token_reads_and_changes_nothing(server):
    api = Api(server, private(server.state / "core" / "local-report-token"))
    assert len(api.ok("GET", "/computers")["items"]) == 1
    assert api.ok("GET", "/session")["user"]["role"]["built_in"] == \
        "auditor"
    for method, template, operation in operations():
        if operation["x-warifu-security"] == "anyone":
            continue
        answer = api.ask(method, example(template, NOBODY))
        if method == "GET":
            assert answer.status in (101, 200, 404) or \
                answer.json["code"] == "session_required", (template, answer)
        elif operation.get("x-warifu-reads"):
            assert answer.status in (400, 415), (template, answer)
        else:
            assert answer.json["code"] in (
                "not_permitted", "session_required")


def test_nobody_signs_in_as_the_report(server):
    Api(server).refused("sign_in_failed", "POST", "/session", {
        "user": "local-report", "password": "*"})


def test_without_the_options_the_files_are_removed(server):
    server.stop()
    server.settings = {}
    server.start()
    for name in ("local-agent.json", "local-report-token"):
        assert not (server.state / "core" / name).exists()
