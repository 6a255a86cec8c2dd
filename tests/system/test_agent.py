"""The agent against a stand-in server: what it does, and what it refuses."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

import harness
import stand_in


@pytest.fixture
def server(place):
    https, agents = harness.free_ports(2)
    running = stand_in.StandIn(place, https, agents).start()
    yield running
    running.stop()


def enrolled(server, agents, **settings):
    agent = agents(server.bootstrap(), **settings)
    try:
        harness.wait_until("the agent has refreshed",
                           lambda: server.refreshes, 15)
        harness.wait_until("the agent listens", lambda: server.links and
                           agent.status()["connected"])
    except AssertionError as problem:
        raise AssertionError(
            f"{problem}\n{agent.log()}\n{server.faults}") from None
    return agent


def test_it_enrols_refreshes_and_listens(server, agents):
    agent = enrolled(server, agents)
    first = server.refreshes[0]
    request = first["request"]
    assert first["serial"] == server.certificates[0].serial_number
    assert request["agent"]["protocol"] == 1
    assert request["acknowledged"]["publication"] == 1
    assert request["agent"]["proxy_in_environment"] is True
    assert "users" in server.held and "packages" in server.held
    status = agent.status()
    assert status["enrolled"] and status["running"] and status["connected"]
    assert status["computer_id"] == server.agent_id
    text = agent.run("status")
    assert text.returncode == 0 and "all is well" in text.stdout
    key = next((agent.state / "channel" / "identity").glob("*/key.pem"))
    assert key.stat().st_mode & 0o777 == 0o600
    assert agent.stop() == 0
    assert agent.run("status").returncode == 3


def test_a_second_refresh_sends_no_inventory(server, agents):
    agent = enrolled(server, agents)
    done = agent.run("refresh")
    assert done.returncode == 0, done.stderr + agent.log()
    last = server.refreshes[-1]["request"]
    sections = last.get("inventory", {}).get("sections", {})
    # Other work on this computer may have changed something meanwhile, but
    # nothing is sent whole.
    assert not any(change.get("full") for change in sections.values())
    assert "hardware" not in sections and "processors" not in sections


def test_a_knock_is_acted_on_within_a_second(server, agents):
    enrolled(server, agents)
    count = len(server.refreshes)
    started = time.monotonic()
    server.knock()
    harness.wait_until("a refresh", lambda: len(server.refreshes) > count)
    assert server.refreshes[count]["at"] - started < 1 * harness.PATIENCE


def test_ordered_sections_are_sent_whole_again(server, agents):
    enrolled(server, agents)
    server.orders = [{"type": "resend_inventory",
                      "sections": ["users", "unknown"]},
                     {"type": "of_a_newer_server", "x": 1}]
    server.held.pop("users")
    count = len(server.refreshes)
    server.knock()
    harness.wait_until("the section", lambda: "users" in server.held)
    change = server.refreshes[count + 1]["request"]["inventory"]["sections"]
    assert change["users"]["full"] and change["users"]["base"] is None


def test_the_certificate_is_renewed_with_a_new_key(server, agents):
    server.life = stand_in.datetime.timedelta(seconds=15)
    agent = enrolled(server, agents)
    server.life = 90 * stand_in.DAY
    harness.wait_until("the renewal", lambda: len(server.certificates) > 1, 20)
    new = server.certificates[-1].serial_number
    harness.wait_until("the switch", lambda: agent.status()[
        "certificate_sha256"] == server.certificates[-1].fingerprint(
            stand_in.hashes.SHA256()).hex())
    assert agent.run("refresh").returncode == 0, agent.log()
    assert server.refreshes[-1]["serial"] == new
    folders = list((agent.state / "channel" / "identity").glob("[0-9]*"))
    assert len(folders) == 1


def test_it_goes_on_from_its_state(server, agents):
    agent = enrolled(server, agents)
    assert agent.stop() == 0
    count = len(server.refreshes)
    agent.start()
    harness.wait_until("a refresh", lambda: len(server.refreshes) > count)
    assert len(server.certificates) == 1


def test_a_lost_answer_is_asked_again_with_the_same_key(server, agents):
    keys = []

    def lose(handler, body):
        keys.append(server.read_request(body).public_numbers())
        if len(keys) == 1:
            handler.connection.close()
        else:
            server.enrol(handler, body)

    server.bent["/.well-known/est/simpleenroll"] = lose
    enrolled(server, agents)
    assert len(keys) == 2 and keys[0] == keys[1]


def refuses(server, agents, code, bootstrap=None):
    agent = agents(bootstrap or server.bootstrap())
    harness.wait_until(f"the agent says {code}:\n{agent.log()}",
                       lambda: agent.error() == code)
    done = agent.run("status")
    assert done.returncode == 1 and "What to do:" in done.stdout
    assert agent.process.is_alive()
    return agent


def test_another_servers_publication_is_refused(server, agents):
    refuses(server, agents, "publication_key",
            server.bootstrap(publication_key="ab" * 32))
    # Nothing secret went to the stranger.
    assert server.requests[0] == ("GET", "/.well-known/warifu/publication")
    assert all(method == "GET" for method, _ in server.requests)


def test_a_publication_with_a_wrong_signature_is_refused(server, agents):
    good = server.authority.publication()
    head, body, signature = good.split(".")
    other = stand_in.jws(stand_in.new_key(), "warifu-publication+jwt",
                         {}).split(".")[2]
    server.publication_override = f"{head}.{body}.{other}"
    refuses(server, agents, "signature_wrong")


def test_a_server_with_another_certificate_gets_no_token(server, agents):
    other = stand_in.server_identity()[0]
    server.authority.anchors = [other]
    refuses(server, agents, "server_untrusted")
    assert ("POST", "/.well-known/est/simpleenroll") not in server.requests


def test_a_used_token_is_told(server, agents):
    server.bent["/.well-known/est/simpleenroll"] = \
        lambda handler, body: handler.problem(401, "token_used")
    refuses(server, agents, "token_used")


def test_a_certificate_for_another_key_is_refused(server, agents):
    def swap(handler, body):
        server.send_certificate(handler, server.authority.issue(
            stand_in.new_key().public_key(), server.agent_id or
            "018f0000-0000-7000-8000-000000000000"))

    server.bent["/.well-known/est/simpleenroll"] = swap
    refuses(server, agents, "certificate_other_key")


def test_a_certificate_of_another_fleet_is_refused(server, agents):
    def swap(handler, body):
        server.send_certificate(handler, server.authority.issue(
            server.read_request(body),
            "018f0000-0000-7000-8000-000000000000",
            fleet="018f0000-0000-7000-8000-000000000001"))

    server.bent["/.well-known/est/simpleenroll"] = swap
    refuses(server, agents, "certificate_fleet")


@pytest.mark.parametrize("answer", [
    b"", b"no base64!", b"AAAA", stand_in.base64.b64encode(b"\x30\x80" * 99)])
def test_a_broken_certificate_answer_is_refused(server, agents, answer):
    server.bent["/.well-known/est/simpleenroll"] = \
        lambda handler, body: handler.answer(200, answer)
    refuses(server, agents, "est_malformed")


def cut(handler, body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json"
                        b"\r\nContent-Length: 5000\r\n\r\n{\"server_time\"")
    handler.connection.close()


def flood(handler, body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n")
    for _ in range(100):
        handler.wfile.write(b" " * 65536)


@pytest.mark.parametrize("bend,code", [
    (cut, "answer_broken"),
    (flood, "answer_too_large"),
    (lambda handler, body: handler.connection.close(), None),
    (lambda handler, body: handler.answer(200, b"{}"), "json_type"),
    (lambda handler, body: handler.answer(200, b"[[["), "json_malformed"),
    (lambda handler, body: handler.problem(503, "busy",
                                           [("Retry-After", "7")]), "busy"),
])
def test_a_bad_answer_to_a_refresh_is_survived(server, agents, bend, code):
    server.bent["/agent/v1/refresh"] = bend
    agent = agents(server.bootstrap())
    harness.wait_until("the agent says so", lambda: agent.status().get(
        "last_error_code") and (code is None or agent.error() == code))
    status = agent.status()
    if code == "busy":
        wait = stand_in.datetime.datetime.fromisoformat(
            status["next_contact_at"][:-1]) - \
            stand_in.datetime.datetime.fromisoformat(
                status["last_attempt_at"][:-1])
        assert wait.total_seconds() >= 6.9
        return
    server.bent.clear()
    harness.wait_until("it recovers", lambda: server.refreshes, 20)


def test_who_asks_during_a_failing_contact_is_heard(server, agents):
    agent = enrolled(server, agents)
    come, go = threading.Event(), threading.Event()

    def stall(handler, body):
        come.set()
        go.wait(60)
        server.bent.clear()
        handler.problem(503, "busy", [("Retry-After", "3600")])

    server.bent["/agent/v1/refresh"] = stall
    server.knock()
    assert come.wait(30 * harness.PATIENCE)
    count = len(server.refreshes)
    with subprocess.Popen([harness.AGENT, "--config", agent.conf, "refresh"],
                          stdout=subprocess.PIPE, text=True) as asking:
        time.sleep(1)  # its wish reaches the agent in the contact
        go.set()
        assert asking.communicate(timeout=100)[0] == "Refreshed.\n"
    assert len(server.refreshes) > count


def test_a_refused_certificate_is_told_with_advice(server, agents):
    agent = enrolled(server, agents)
    foreign = stand_in.Authority()
    server.stop()
    server.authority.ca = foreign.ca
    server.start()
    agent.run("refresh")
    assert agent.error() in ("certificate_unknown", "certificate_refused")
    text = agent.run("status").stdout
    assert "enrol" in text


def test_a_newer_publication_is_taken_into_force(server, agents):
    agent = enrolled(server, agents)
    server.authority.number = 2
    server.offer = server.authority.publication()
    assert agent.run("refresh").returncode == 0
    assert agent.run("refresh").returncode == 0
    last = server.refreshes[-1]["request"]
    assert last["acknowledged"]["publication"] == 2
    assert agent.status()["publication"] == 2


@pytest.mark.parametrize("bend,words", [
    ({"number": 0}, "publication"),
    ({"epoch": 0, "number": 9}, "not newer"),
    ({"fleet": "018f0000-0000-7000-8000-000000000001", "number": 9}, "fleet"),
])
def test_a_worse_publication_is_refused(server, agents, bend, words):
    agent = enrolled(server, agents)
    server.offer = server.authority.publication(**bend)
    assert agent.run("refresh").returncode == 0
    harness.wait_until("the log says why", lambda: words in agent.log())
    assert agent.status()["publication"] == 1


def test_new_anchors_are_held_beside_the_old_until_they_work(server, agents):
    agent = enrolled(server, agents)
    old, new = server.identity, stand_in.server_identity()
    # Announced, but the server still shows the old certificate.
    server.authority.anchors = [new[0]]
    server.authority.number = 2
    server.offer = server.authority.publication()
    assert agent.run("refresh").returncode == 0
    assert agent.run("refresh").returncode == 0, agent.log()
    assert agent.status()["publication"] == 1
    server.stop()
    server.use_identity(*new, is_announced=False)
    server.start()
    assert agent.run("refresh").returncode == 0, agent.log()
    assert agent.status()["publication"] == 2
    server.stop()
    server.use_identity(*old, is_announced=False)
    server.start()
    assert agent.run("refresh").returncode == 1
    assert agent.error() == "server_untrusted"


def test_a_server_with_a_new_certificate_is_found_back(server, agents):
    agent = enrolled(server, agents)
    server.stop()
    server.use_identity(*stand_in.server_identity())
    server.authority.number = 2
    server.start()
    agent.run("refresh")
    harness.wait_until("it is found back", lambda: agent.status()[
        "failures"] == 0 and agent.status()["publication"] == 2, 20)
    assert all(("/.well-known/est" not in path)
               for _, path in server.requests[-4:])


def test_a_server_that_published_nothing_new_is_not_believed(server, agents):
    agent = enrolled(server, agents)
    server.stop()
    server.use_identity(*stand_in.server_identity(), is_announced=False)
    server.start()
    count = len(server.refreshes)
    for _ in range(3):
        agent.run("refresh")
    assert agent.error() == "server_untrusted"
    assert len(server.refreshes) == count


def test_it_works_without_root(server, place):
    agent = harness.Agent(place, server.bootstrap())
    words = []
    # Programs of its own: the build may lie where only root may pass.
    for name in ("warifu-agent", "warifu-agent-channel"):
        shutil.copy2(harness.AGENT.with_name(name), place)
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in [place, *place.iterdir()]:
            os.chown(path, 65534, 65534)
    agent.process = harness.Process(
        [*words, place / "warifu-agent", "--config", agent.conf],
        place / "agent.log")
    harness.wait_until("it refreshes", lambda: server.refreshes, 15)
    assert "not started by root" in agent.log()
    assert agent.stop() == 0


def test_an_uninstall_is_reported_and_carried_out(server, agents):
    agent = enrolled(server, agents)
    server.orders = [{"type": "command", "jws":
                      server.authority.command(server.agent_id, 1)}]
    server.knock()
    harness.wait_until("the agent has ended",
                       lambda: not agent.process.is_alive(), 20)
    events = [event for refresh in server.refreshes
              for event in refresh["request"].get("events", [])]
    assert [event["result"] for event in events] == ["accepted"]
    assert not (agent.state / "channel").exists()
    agent.process = None
    agent.start()
    harness.wait_until("it does not start again",
                       lambda: not agent.process.is_alive())
    assert "retired" in agent.log()


@pytest.mark.parametrize("bend", [
    {"key": stand_in.new_key()}, {"seconds": -1}, {"action": "shell"},
    {"arguments": "[]"},
    {"target": "018f0000-0000-7000-8000-000000000009"}, {"counter": 0}])
def test_a_wrong_command_is_refused_and_reported(server, agents, bend):
    agent = enrolled(server, agents)
    order = {"target": server.agent_id, "counter": 1, **bend}
    server.orders = [{"type": "command",
                      "jws": server.authority.command(**order)}]
    server.knock()
    harness.wait_until("the report", lambda: any(
        refresh["request"].get("events") for refresh in server.refreshes))
    event = next(refresh["request"]["events"][0]
                 for refresh in server.refreshes
                 if refresh["request"].get("events"))
    assert event["result"] == "refused" and event["sentence"]
    assert agent.process.is_alive()
    assert agent.run("refresh").returncode == 0
    assert not server.refreshes[-1]["request"].get("events")


def test_a_dead_channel_is_started_again(server, agents):
    agent = enrolled(server, agents)
    count = len(server.refreshes)
    os.kill(agent.child("channel"), signal.SIGKILL)
    harness.wait_until("a refresh", lambda: len(server.refreshes) > count)
    assert agent.process.is_alive()


def test_all_end_when_the_supervisor_dies(server, agents):
    agent = enrolled(server, agents)
    channel = agent.child("channel")
    os.kill(agent.process.pid, signal.SIGKILL)
    agent.process.process.wait()
    harness.wait_until("the channel has ended",
                       lambda: not pathlib.Path(f"/proc/{channel}").exists())
    agent.process = None


def test_the_executor_goes_when_idle(server, agents):
    agent = enrolled(server, agents)
    harness.wait_until("no executor", lambda: agent.child("executor") is None,
                       15)


def test_one_state_directory_has_one_agent(server, agents):
    agent = enrolled(server, agents)
    second = agent.run("run")
    assert second.returncode == 1 and "another agent" in second.stderr
    assert agent.process.is_alive()


def test_a_server_that_is_away_is_waited_for(server, agents):
    server.stop()
    agent = agents(server.bootstrap())
    harness.wait_until("the agent says so",
                       lambda: agent.error() == "server_unreachable")
    server.start()
    harness.wait_until("a refresh", lambda: server.refreshes, 30)
    harness.wait_until("all is well",
                       lambda: agent.status()["failures"] == 0)


@pytest.mark.skipif(os.geteuid() != 0,
                    reason="only root may give an agent its own packages")
def test_changed_software_is_noticed(server, agents, own_packages):
    agent = enrolled(server, agents, software_check="1s",
                     program=own_packages.of(harness.AGENT))
    count = len(server.refreshes)
    own_packages.touch()
    harness.wait_until("a refresh", lambda: len(server.refreshes) > count, 30)
    assert "software was installed or removed" in agent.log()


def test_without_a_bootstrap_file_it_says_what_it_needs(agents):
    agent = agents(None)
    harness.wait_until("it says so",
                       lambda: agent.error() == "bootstrap_missing")


def test_wrong_configuration_is_told_with_its_line(place):
    conf = place / "agent.conf"
    conf.write_text("[agent]\nstate_dir = /tmp\ncolour = blue\n")
    done = subprocess.run([harness.AGENT, "--config", conf, "status"],
                          text=True, capture_output=True)
    assert done.returncode == 2 and f"{conf}:3" in done.stderr


def test_the_manual_knows_every_option_and_setting():
    manual = (harness.TOP / "docs/man/warifu-agent.8").read_text()
    usage = subprocess.run([harness.AGENT, "--help"], text=True,
                           capture_output=True).stdout
    for option in re.findall(r"--([a-z-]+)", usage):
        assert f"-{option}" in manual, option
    settings = subprocess.run([harness.AGENT, "--print-config"], text=True,
                              capture_output=True).stdout
    keys = re.findall(r"^#? ?([a-z_]+) =", settings, re.M)
    assert keys and set(keys) == set(
        re.findall(r"^\.It Sy ([a-z_]+)$", manual, re.M))


def test_it_tells_its_version_and_its_usage():
    for words, code in ((["--version"], 0), (["--help"], 0),
                        (["--nonsense"], 2), (["nonsense"], 2)):
        done = subprocess.run([harness.AGENT, *words], text=True,
                              capture_output=True)
        assert done.returncode == code, words


@pytest.fixture
def tpm(place):
    """A software TPM; unlike a device it is connected to anew each time."""
    folder = place / "tpm"
    folder.mkdir()
    place.chmod(0o711)
    folder.chmod(0o711)
    path = folder / "socket"
    process = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}",
         "--server", f"type=unixio,path={path},mode=0666",
         "--ctrl", f"type=unixio,path={path}.ctrl,mode=0666",
         "--flags", "not-need-init,startup-clear"])
    harness.wait_until("the TPM listens", path.exists)
    yield f"swtpm:path={path}"
    process.terminate()
    process.wait()


def test_the_key_lives_in_the_tpm(server, agents, tpm):
    server.life = stand_in.datetime.timedelta(seconds=15)
    agent = enrolled(server, agents, key="tpm", tpm=tpm)
    server.life = 90 * stand_in.DAY
    key = next((agent.state / "channel" / "identity").glob("*/key.pem"))
    assert "TSS2 PRIVATE KEY" in key.read_text()
    assert agent.status()["key"] == "tpm"
    harness.wait_until("the renewal", lambda: len(server.certificates) > 1, 20)
    harness.wait_until("the switch", lambda: agent.status()[
        "certificate_sha256"] == server.certificates[-1].fingerprint(
            stand_in.hashes.SHA256()).hex())
    assert agent.run("refresh").returncode == 0, agent.log()
    assert agent.stop() == 0
    count = len(server.refreshes)
    agent.start()
    harness.wait_until("a refresh", lambda: len(server.refreshes) > count)


def test_a_tpm_that_is_not_there_is_told(server, agents):
    agent = agents(server.bootstrap(), key="tpm", tpm="swtpm:path=/nowhere")
    harness.wait_until("it says so", lambda: agent.error() == "key_tpm")
    assert "TPM" in agent.run("status").stdout


def test_a_name_is_resolved_inside_the_sandbox(server, agents):
    agent = agents(server.bootstrap(server="localhost"))
    harness.wait_until(f"it refreshes\n{agent.log()}",
                       lambda: server.refreshes, 15)
    harness.wait_until("it tells so",
                       lambda: agent.status()["server"] == "localhost")


def test_a_name_that_cannot_be_resolved_is_told(server, agents):
    agent = agents(server.bootstrap(server="nowhere.invalid"))
    harness.wait_until("it says so", lambda: agent.error() in (
        "server_name", "server_timeout"), 30)
    assert agent.child("channel")
    assert "ended" not in agent.log()
