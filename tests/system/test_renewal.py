"""The real agent and the real server: renewal, revocation, and the bootstrap
file that brings them together."""

import json
import subprocess
import time

import pytest

import harness


@pytest.fixture(scope="module")
def settings():
    # So short that a certificate is due for renewal as soon as it is issued.
    return {"agents.certificate_lifetime": "1min"}


@pytest.fixture
def agent(server, administrator, folder, request):
    running = harness.Agent(folder / request.node.name,
                            server.bootstrap(administrator)).start()
    yield running
    if running.process is not None and running.process.is_alive():
        running.stop()


def computer_of(server, administrator, agent):
    """The server's record of the agent, once its inventory has arrived."""
    def find():
        computer_id = agent.status().get("computer_id")
        if not computer_id:
            return None
        answer = server.request("GET", f"/api/v1/computers/{computer_id}",
                                token=administrator)
        return answer.status == 200 and answer.json["inventory_at"] and \
            answer.json
    try:
        return harness.wait_until("the computer is managed", find, 20)
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{agent.log()}\n"
                             f"{server.log()[-3000:]}") from None


def wait_live(server, administrator, computer_id):
    harness.wait_until("its channel is open", lambda: server.request(
        "GET", f"/api/v1/computers/{computer_id}",
        token=administrator).json["is_live"])


def test_renewal_gives_a_new_key_and_ends_the_old(server, administrator,
                                                  agent):
    computer = computer_of(server, administrator, agent)
    first = agent.status()["certificate_sha256"]
    path = f"/api/v1/computers/{computer['id']}"

    def renewed():
        agent.run("refresh")
        return agent.status()["certificate_sha256"] != first
    harness.wait_until("another certificate is in use", renewed, 20)
    rows = server.request("GET", f"{path}/certificates",
                          token=administrator).json["items"]
    assert len(rows) >= 2
    agent.run("refresh")
    assert server.request("GET", path, token=administrator).json[
        "state"] == "active"


def test_revocation_ends_the_live_connection_within_a_second(
        server, administrator, agent):
    computer = computer_of(server, administrator, agent)
    wait_live(server, administrator, computer["id"])
    path = f"/api/v1/computers/{computer['id']}"
    started = time.monotonic()
    answer = server.request("POST", f"{path}/revoke",
                            {"reason": "stolen"}, token=administrator)
    assert answer.status == 200, answer
    harness.wait_until("it is not live", lambda: not server.request(
        "GET", path, token=administrator).json["is_live"], 1)
    assert time.monotonic() - started < 2 * harness.PATIENCE
    harness.wait_until("the agent says it is refused", lambda: agent.status()
                       .get("last_error_code"), 30)


def test_warifuctl_writes_the_bootstrap_file(server, administrator, folder):
    token = folder / "session"
    token.write_text(administrator)
    token.chmod(0o600)
    path = folder / "bootstrap.json"
    done = subprocess.run(
        [harness.CTL, "token", "create", "--server",
         f"https://127.0.0.1:{server.https}", "--fingerprint",
         f"sha256:{server.certificate_sha256()}", "--token-file", token,
         "--bootstrap", path, "--address", "127.0.0.1"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    file = json.loads(path.read_text())
    assert file["server"] == "127.0.0.1"
    agent = harness.Agent(folder / "by-ctl", file).start()
    try:
        computer_of(server, administrator, agent)
    finally:
        agent.stop()
