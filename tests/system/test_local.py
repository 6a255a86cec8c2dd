"""What [local] of the configuration asks for."""

import json

import pytest

import estkit


@pytest.fixture(scope="module")
def settings():
    return {"local.agent_bootstrap": "yes", "local.report_token": "yes"}


def bootstrap(server):
    path = server.state / "core" / "local-agent.json"
    assert path.stat().st_mode & 0o777 == 0o600
    return json.loads(path.read_text())


def test_the_bootstrap_file_enrols_one_computer(server):
    first = bootstrap(server)
    assert first["server"] in ("localhost", "127.0.0.1")
    assert first["https_port"] == server.https
    assert first["agent_port"] == server.agents
    jws = server.request("GET", "/.well-known/warifu/publication").body
    assert first["publication_key"] in estkit.jws_header(jws)["kid"]
    request = estkit.request_der(estkit.new_key())
    assert estkit.enrol(server, first["token"], request).status == 200
    again = estkit.enrol(server, first["token"],
                         estkit.request_der(estkit.new_key()))
    assert again.headers["Warifu-Error"] == "token_used"


def test_the_next_start_makes_a_fresh_token(server):
    before = bootstrap(server)
    server.stop()
    server.start()
    assert bootstrap(server)["token"] != before["token"]


def test_the_report_token_reads_and_changes_nothing(server):
    path = server.state / "core" / "local-report-token"
    assert path.stat().st_mode & 0o777 == 0o600
    token = path.read_text().strip()
    assert server.request("GET", "/api/v1/computers",
                          token=token).status == 200
    answer = server.request("POST", "/api/v1/offices", {"name": "x"},
                            token=token)
    assert answer.status == 403 and answer.json["code"] == "read_only"


def test_nobody_signs_in_as_the_user_that_reports(server):
    for password in ("", "*", "local-report"):
        answer = server.request("POST", "/api/v1/session", {
            "user": "local-report", "password": password})
        assert answer.status in (400, 401), answer
