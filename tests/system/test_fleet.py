"""warifu-fleet: refused input first, then every kind of step on a server."""

import json
import pathlib
import re
import signal
import subprocess
import threading

import pytest

import harness

FLEET = harness.BUILD / "src" / "fleet" / "warifu-fleet"
EXAMPLES = harness.TOP / "docs" / "examples" / "fleet"
MANUAL = harness.TOP / "docs" / "man" / "warifu-fleet.1"
SMALL = "packages_least = 20\npackages_most = 60\n"
LATE = 100 * harness.PATIENCE


class Fleet:
    """One state directory, and the runs in it."""

    def __init__(self, folder, bootstrap=None):
        self.folder = folder
        folder.mkdir()
        self.state = folder / "state"
        self.scenario = folder / "s.ini"
        self.report = folder / "report.json"
        self.bootstrap = folder / "bootstrap.json"
        if bootstrap is not None:
            self.bootstrap.write_text(json.dumps(bootstrap))
            self.bootstrap.chmod(0o600)

    def write(self, text):
        self.scenario.write_text(text)
        self.report.unlink(missing_ok=True)

    def command(self, *words):
        return [FLEET, "--state-dir", self.state, "--json", self.report,
                *words, self.scenario]

    def run(self, text, *words):
        """(exit code, {kind: step} of the report, all that was said)."""
        self.write(text)
        done = subprocess.run(
            self.command(*words), text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=LATE)
        steps = json.loads(self.report.read_text())["steps"] \
            if self.report.exists() else []
        return done.returncode, steps, done.stdout + done.stderr

    def first(self, text, *words):
        return self.run(text, "--bootstrap", self.bootstrap, *words)

    def good(self, text, *words):
        code, steps, said = self.run(text, *words)
        assert code == 0, said
        return steps


def begin(agents, steps):
    return f"[fleet]\nagents = {agents}\n{SMALL}{steps}"


@pytest.fixture
def offline(tmp_path):
    return Fleet(tmp_path / "offline")


def refused(fleet, text, sentence, *words):
    code, _, said = fleet.run(text, *words)
    assert code == 2, said
    assert sentence in said, said
    assert not fleet.report.exists()
    return said


def test_an_unknown_step_is_refused_before_anything_starts(offline):
    said = refused(offline, begin(5, "[enroll]\n"),
                   f"{offline.scenario}:5: there is no step [enroll]")
    assert "allowed are fleet, enrol, refresh, hold, storm, renew, " \
        "lose_answer, misbehave" in said
    assert not offline.state.exists()


def test_an_unknown_key_is_refused(offline):
    refused(offline, begin(5, "[enrol]\nspeed = 4\n"),
            f"{offline.scenario}:6: [enrol] has no key \"speed\"; "
            "allowed are agents, rate, over")


@pytest.mark.parametrize("agents", ["0", "-1", "1000001", "ten", "1.5", ""])
def test_an_impossible_number_is_refused_with_the_limit(offline, agents):
    said = refused(offline, begin(agents, "[enrol]\n"),
                   f"{offline.scenario}:2: ")
    assert "1 to 1000000" in said, said


def test_more_agents_than_descriptors_allow_are_refused(offline):
    offline.write(begin(700, "[enrol]\n"))
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 1000; exec "$@"', "sh",
         *offline.command("--processes", "1")],
        text=True, capture_output=True, timeout=LATE)
    assert done.returncode == 2, done
    assert f"{offline.scenario}:2: 700 agents" in done.stderr
    assert "one may open 1000 (ulimit -n)" in done.stderr
    assert "1 hold 680" in done.stderr
    assert not offline.state.exists()


@pytest.mark.parametrize("words,sentence", [
    (["--processes", "0"], "--processes must be a number from 1 to 256"),
    (["--processes", "x"], "--processes must be a number from 1 to 256"),
    (["--colour"], "--colour"),
    (["second.ini"], "exactly one scenario is needed"),
])
def test_wrong_arguments_are_refused(offline, words, sentence):
    refused(offline, begin(5, "[enrol]\n"), sentence, *words)


def test_a_missing_scenario_is_refused(offline):
    done = subprocess.run([FLEET, offline.scenario], text=True,
                          capture_output=True, timeout=LATE)
    assert done.returncode == 2
    assert str(offline.scenario) in done.stderr


def test_a_fleet_without_a_server_asks_for_a_bootstrap_file(offline):
    refused(offline, begin(5, "[enrol]\n"), "--bootstrap is needed")


def test_a_bootstrap_file_that_others_can_read_is_refused(offline):
    offline.bootstrap.write_text("{}")
    offline.bootstrap.chmod(0o644)
    refused(offline, begin(5, "[enrol]\n"), str(offline.bootstrap),
            "--bootstrap", offline.bootstrap)


def test_a_broken_bootstrap_file_is_refused(offline):
    offline.bootstrap.write_text('{"server": "127.0.0.1"}')
    offline.bootstrap.chmod(0o600)
    refused(offline, begin(5, "[enrol]\n"), "https_port",
            "--bootstrap", offline.bootstrap)


def test_a_server_that_is_not_there_is_said(offline):
    port, = harness.free_ports(1)
    offline.bootstrap.write_text(json.dumps({
        "server": "127.0.0.1", "https_port": port, "agent_port": port,
        "publication_key": "0" * 64, "token": "wft_x"}))
    offline.bootstrap.chmod(0o600)
    code, _, said = offline.first(begin(5, "[enrol]\n"))
    assert code == 1, said
    assert "the server cannot be reached" in said


def test_another_publication_key_is_not_believed(
        server, administrator, tmp_path):
    bootstrap = server.bootstrap(administrator)
    bootstrap["publication_key"] = "0" * 64
    code, steps, said = Fleet(tmp_path / "f", bootstrap).first(
        begin(1, "[enrol]\n"))
    assert code == 1 and not steps, said
    assert "publication key" in said


@pytest.mark.parametrize("name", ["small", "refresh", "storm", "idle"])
def test_the_examples_are_sound(name):
    done = subprocess.run([FLEET, "--check", EXAMPLES / f"{name}.ini"],
                          text=True, capture_output=True, timeout=LATE)
    assert done.returncode == 0, done.stderr


def test_the_manual_knows_every_option_and_key():
    manual = MANUAL.read_text()
    usage = subprocess.run([FLEET, "--help"], text=True, check=True,
                           capture_output=True, timeout=LATE).stdout
    options = set(re.findall(r"--([a-z-]+)", usage))
    assert len(options) > 5
    for option in options:
        assert f"Fl -{option}" in manual, option
    completed = (harness.TOP / "src/fleet/completion.bash").read_text()
    assert set(re.findall(r"--([a-z-]+)", completed)) == options
    source = (harness.TOP / "src/fleet/scenario.c").read_text()
    words = set(re.findall(
        r'(?:NUMBER|TIME|RUDE)\(\s*(?:"[a-z_]+",\s*(?:step|scenario),\s*)?'
        r'"([a-z_]+)"', source))
    assert {"agents", "slow_body", "duration", "seed"} <= words
    for word in words:
        assert re.search(rf"\.(It )?Sy .*\b{word}\b", manual), word
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", MANUAL],
                          text=True, capture_output=True)
    assert lint.returncode == 0, lint.stdout


@pytest.fixture(scope="module")
def fleet(server, administrator, tmp_path_factory):
    """Forty enrolled agents that have told their inventory."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet") / "f",
                  server.bootstrap(administrator, uses=40))
    code, steps, said = fleet.first(
        begin(40, "[lose_answer]\nagents = 10\n[enrol]\n[refresh]\n"),
        "--processes", "2")
    assert code == 0, said
    fleet.steps = steps
    return fleet


def test_a_lost_enrolment_is_asked_again_and_is_the_same(
        server, administrator, fleet):
    lost, enrol, _ = fleet.steps
    assert lost["succeeded"] == 10 and lost["handshakes"] == 30
    assert enrol["succeeded"] == 30 and enrol["skipped"] == 10
    # Forty uses were enough for seventy questions: none made a second one.
    certificates = server.request(
        "GET", "/api/v1/certificates?limit=200", token=administrator).json
    assert len(certificates["items"]) == 40


def test_the_servers_list_shows_them(server, administrator, fleet):
    assert fleet.steps[2]["succeeded"] == 40
    computers = server.request(
        "GET", "/api/v1/computers?limit=200", token=administrator
    ).json["items"]
    names = {c["name"] for c in computers if c["name"].startswith("fleet-")}
    assert len(names) == 40
    for one in computers:
        assert one["proved_at"] is not None
        assert 20 <= one["software_count"] <= 60
    assert len({c["software_count"] for c in computers}) > 5


def test_a_second_run_goes_on_with_the_same_computers(
        server, administrator, fleet):
    before = server.request("GET", "/api/v1/computers?limit=200",
                            token=administrator).json["items"]
    enrol, quiet, news = fleet.good(begin(
        40, "[enrol]\n[refresh]\n[refresh]\nchanged = 100\n"),
        "--processes", "3")
    assert enrol["skipped"] == 40 and enrol["begun"] == 0
    assert quiet["succeeded"] == 40 and quiet["outcomes"] == {}
    # Nothing new is little to say; news are the difference alone.
    assert quiet["bytes_out"] < 40 * 1000
    assert quiet["bytes_out"] < news["bytes_out"] < 40 * 5000
    after = server.request("GET", "/api/v1/computers?limit=200",
                           token=administrator).json["items"]
    assert {c["id"] for c in before} == {c["id"] for c in after}


def test_renewals_with_and_without_a_lost_answer(
        server, administrator, fleet):
    renew, lost, refresh = fleet.good(begin(
        40, "[renew]\nagents = 5\n[lose_answer]\nof = renew\nagents = 5\n"
            "[refresh]\nagents = 5\n"))
    assert renew["succeeded"] == 5 and renew["handshakes"] == 15
    assert lost["succeeded"] == 5 and lost["handshakes"] == 25
    assert refresh["succeeded"] == 5
    certificates = server.request(
        "GET", "/api/v1/certificates?limit=200", token=administrator).json
    assert len(certificates["items"]) == 50


def test_channels_are_held_through_storms_and_a_restart(
        server, administrator, fleet):
    first, storm, again, held = fleet.good(begin(
        40, "[hold]\nduration = 2s\nping = 1s\n[storm]\n"
            "[storm]\ncome_back = at_once\n[hold]\nduration = 1s\n"),
        "--processes", "2")
    assert first["succeeded"] == 40 and first["channels_open"] == 40
    assert first["pings"] >= 40
    for one in (storm, again):
        assert one["succeeded"] == 40 and one["channels_open"] == 40
        assert one["handshakes"] == 40
    assert held["skipped"] == 40 and held["channels_open"] == 40


def test_a_knock_is_followed_by_a_refresh(server, administrator, fleet):
    computer = server.request(
        "GET", "/api/v1/computers?limit=1", token=administrator
    ).json["items"][0]
    fleet.write(begin(40, "[hold]\nduration = 10s\n"))
    done = {}

    def hold():
        done["it"] = subprocess.run(
            fleet.command(), text=True, capture_output=True, timeout=LATE)

    def is_connected():
        return server.request("GET", f"/api/v1/computers/{computer['id']}",
                              token=administrator).json["is_live"]

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        harness.wait_until("the channel is open", is_connected, 30)
        answer = server.request(
            "POST", f"/api/v1/computers/{computer['id']}/refresh",
            token=administrator)
        assert answer.status < 300, answer
        harness.wait_until(
            "it refreshed", lambda: server.request(
                "GET", f"/api/v1/computers/{computer['id']}",
                token=administrator).json["last_seen_at"] >
            computer["last_seen_at"], 30)
    finally:
        thread.join()
    assert done["it"].returncode == 0, done["it"].stderr
    hold, = json.loads(fleet.report.read_text())["steps"]
    assert hold["knocks"] == 1
    assert hold["succeeded"] == 41


def test_a_fleet_that_is_stopped_reports_what_it_did(fleet):
    fleet.write(begin(40, "[refresh]\n[hold]\nduration = 1h\n"))
    with subprocess.Popen(fleet.command(), text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        children = harness.wait_until(
            "it runs", lambda: harness.children_of(running.pid), 30)
        for line in running.stderr:
            if "2 hold: 40 of 40" in line:
                break
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=LATE)
    assert running.returncode == 1
    assert "40 of 40 succeeded" in said
    report = json.loads(fleet.report.read_text())
    assert report["complete"] is False
    assert report["steps"][0]["succeeded"] == 40
    for pid, _ in children:
        assert not pathlib.Path(f"/proc/{pid}").exists()


def test_rude_clients_are_ended_and_the_others_served(fleet):
    rude, = fleet.good(begin(
        40, "[misbehave]\nslow_headers = 5\nslow_body = 5\nslow_reader = 5\n"
            "garbage = 6\nwrong_certificate = 5\nduration = 4s\n"
            "witnesses = 3\n"), "--processes", "2")
    assert rude["succeeded"] + rude["skipped"] == 12
    seen = rude["outcomes"]
    assert seen["wrong_certificate:certificate_unknown"] >= 5
    assert seen["garbage:ended"] >= 6
    assert seen["slow_headers:still_open"] + \
        seen.get("slow_headers:ended", 0) >= 5


def test_a_revoked_computer_is_told_so(server, administrator, fleet):
    computer = server.request(
        "GET", "/api/v1/computers?limit=1", token=administrator
    ).json["items"][0]
    answer = server.request(
        "POST", f"/api/v1/computers/{computer['id']}/revoke",
        {"reason": "lost"}, token=administrator)
    assert answer.status < 300, answer
    code, (refresh,), said = fleet.run(begin(40, "[refresh]\n"))
    assert code == 1, said
    assert refresh["failures"] == {"certificate_revoked": 1}, said
    assert refresh["succeeded"] == 39


def test_a_broken_record_is_said_and_the_others_go_on(fleet):
    with open(fleet.state / "agents", "r+b") as file:
        file.seek(39 * 2048)
        file.write(b"ruin")
    code, (refresh,), said = fleet.run(
        begin(40, "[refresh]\n"))
    assert code == 1, said
    assert refresh["failures"]["vault_broken"] == 1
    assert refresh["succeeded"] == 38


def test_too_few_uses_of_the_token_are_said_before_anything_starts(
        server, administrator, tmp_path):
    fleet = Fleet(tmp_path / "f", server.bootstrap(administrator, uses=3))
    code, steps, said = fleet.first(begin(5, "[enrol]\n"))
    assert code == 2 and not steps, said
    assert "5 agents have no certificate yet, but the token was made for " \
        "3 uses" in said
    assert fleet.first(begin(3, "[enrol]\n"))[0] == 0
    fleet.good(begin(3, "[enrol]\n"))


def test_a_token_that_is_used_up_fails_by_the_servers_code(
        server, administrator, tmp_path):
    bootstrap = server.bootstrap(administrator, uses=3)
    bootstrap["uses"] = 5
    fleet = Fleet(tmp_path / "f", bootstrap)
    code, steps, said = fleet.first(begin(5, "[enrol]\n"))
    assert code == 1, said
    assert steps[0]["succeeded"] == 3
    assert steps[0]["failures"] == {"token_used": 2}
    assert "2 × token_used" in said
