"""The agent's installer as the server offers it: what anybody may download, what
the API and warifuctl tell of it, and where there is none."""

import gzip
import hashlib
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile

import pytest

import harness
from described import Api
from test_ctl import Ctl

ARCHIVE = harness.BUILD / "src" / "agent" / "warifu-agent.tar.gz"
SCRIPT_PATH, ARCHIVE_PATH = "/installer/linux.sh", "/installer/agent.tar.gz"
GUEST = "00000000-0000-7000-8000-000000000014"


@pytest.fixture(scope="module")
def archive(folder):
    path = folder / "agent.tar.gz"
    shutil.copy(ARCHIVE, path)
    return path


@pytest.fixture(scope="module")
def settings(archive):
    return {"installer.archive": archive}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# What must be refused.

@pytest.mark.parametrize("path", [SCRIPT_PATH, ARCHIVE_PATH])
def test_over_http_nothing_is_handed_out(server, path):
    answer = server.request("GET", path, plain=True)
    assert (answer.status, answer.json["code"]) == (403, "https_required")


@pytest.mark.parametrize("path", [SCRIPT_PATH, ARCHIVE_PATH])
def test_the_agent_port_does_not_have_it(server, path):
    assert server.request("GET", path, port=server.agents).status == 404


@pytest.mark.parametrize("path", [SCRIPT_PATH, ARCHIVE_PATH])
def test_it_is_read_alone(server, path):
    for method in ("POST", "PUT", "DELETE"):
        answer = server.request(method, path)
        assert answer.status == 405, (method, answer)
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", [
    "/installer", "/installer/", "/installer/agent.tar.gz/",
    "/installer/../installer/agent.tar.gz", "/installer/%61gent.tar.gz"])
def test_nothing_else_lies_beside_it(server, path):
    answer = server.request("GET", path, headers={"Accept": "text/html"})
    assert answer.status == 404, answer


def test_who_may_not_read_enrolment_learns_no_command(server, api):
    api.ok("POST", "/users", {"name": "guest", "password": harness.PASSWORD,
                              "role_id": GUEST})
    token = server.sign_in(harness.PASSWORD, "guest")
    server.request("PUT", "/api/v1/me/password", {
        "current_password": harness.PASSWORD,
        "new_password": harness.PASSWORD + "!"}, token=token)
    token = server.sign_in(harness.PASSWORD + "!", "guest")
    for path in ("/api/v1/installer", "/api/v1/installer/script"):
        assert server.request("GET", path).status == 401
        answer = server.request("GET", path, token=token)
        assert (answer.status, answer.json["code"]) == (403, "not_permitted")


@pytest.mark.parametrize("name", ["-x", "a'b", "x;id", "a%20b", "x:1", "a/b",
                                  ".", "%24(id)", "%0a", "a" * 254])
def test_a_hostile_server_name_gets_no_command(server, administrator, name):
    answer = server.request("GET", f"/api/v1/installer?server={name}",
                            token=administrator)
    assert answer.status == 400, answer
    # A control character does not even reach the operation.
    assert answer.json["code"] == (
        "target_malformed" if name == "%0a" else "bad_parameter")


@pytest.mark.parametrize("archive_bytes", [
    None, b"", b"PK\x03\x04", gzip.compress(b"no comment")],
    ids=["absent", "empty", "zip", "without-comment"])
def test_without_an_archive_it_says_where_to_put_one(place, archive_bytes):
    path = place / "agent.tar.gz"
    if archive_bytes is not None:
        path.write_bytes(archive_bytes)
    with harness.running(harness.Server(place, {
            "installer.archive": path})) as server:
        answer = server.request("GET", "/api/v1/installer",
                                token=server.administrator())
        assert (answer.status, answer.json["code"]) == (
            404, "installer_unavailable")
        assert str(path) in answer.json["detail"]
        assert server.request("GET", SCRIPT_PATH).json["code"] == \
            "installer_unavailable"
        if archive_bytes is None:
            assert server.request("GET", ARCHIVE_PATH).json["code"] == \
                "installer_unavailable"


def test_a_name_that_is_none_of_a_host_starts_no_server(place, archive):
    """It would be in the script, the certificate and every agent."""
    server = harness.Server(place, {
        "installer.archive": archive, "server.names": "127.0.0.1,$(reboot)"})
    server.write_configuration()
    done = subprocess.run(
        [server.program, "--config", server.conf, "--check-config"], text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60 * harness.PATIENCE)
    assert done.returncode == 2
    assert "[server] names" in done.stderr and '"$(reboot)"' in done.stderr
    assert "xn--" in done.stderr


# What must work.

def test_the_api_tells_what_is_handed_out(server, api):
    told = api.ok("GET", "/installer?server=127.0.0.1")
    script = server.request("GET", SCRIPT_PATH)
    packed = server.request("GET", ARCHIVE_PATH)
    assert script.status == packed.status == 200
    assert script.headers["Content-Type"] == "text/x-shellscript"
    assert packed.headers["Content-Type"] == "application/gzip"
    for name, answer in (("script", script), ("archive", packed)):
        assert told[name]["sha256"] == sha256(answer.body)
        assert told[name]["bytes"] == len(answer.body)
    assert told["script"]["url"] == \
        f"https://127.0.0.1:{server.https}{SCRIPT_PATH}"
    assert (told["https_port"], told["agent_port"]) == (
        server.https, server.agents)
    assert told["archive"]["architecture"] == os.uname().machine
    assert told["archive"]["version"] == (
        harness.TOP / "VERSION").read_text().strip()
    same = server.request("GET", "/api/v1/installer/script", token=api.token)
    assert same.body == script.body


def test_each_command_compares_the_scripts_hash_before_it_runs(api):
    told = api.ok("GET", "/installer?server=central.example.net")
    for name, command in told["commands"].items():
        fetch, compare, run = (
            command.index(word) for word in
            ("/installer/linux.sh' && ", told["script"]["sha256"],
             " sh warifu-install.sh "))
        assert fetch < compare < run
        assert command.count("TOKEN") == 1
        assert "--server central.example.net" in command
        assert ("--reenrol" in command) == name.startswith("reenrol")
        assert subprocess.run(["sh", "-nc", command]).returncode == 0


def test_the_script_holds_no_secret_and_stays_the_same(server, api):
    first = server.request("GET", SCRIPT_PATH).body
    api.ok("POST", "/enrolment-tokens", {"kind": "office"})
    assert server.request("GET", SCRIPT_PATH).body == first
    assert b"wft_" not in first and b"PRIVATE" not in first
    pin = api.ok("GET", "/installer")["publication_key"]
    assert f"\nWARIFU_PUBLICATION_KEY='{pin}'\n".encode() in first


@pytest.mark.parametrize("shell", [["dash", "-n"], ["bash", "-n"],
                                   ["bash", "--posix", "-n"], ["shellcheck"]])
def test_shells_and_shellcheck_find_nothing_wrong(server, place, shell):
    path = place / "warifu-install.sh"
    path.write_bytes(server.request("GET", SCRIPT_PATH).body)
    done = subprocess.run([*shell, path], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_languages_say_as_much(server, place):
    path = place / "warifu-install.sh"
    path.write_bytes(server.request("GET", SCRIPT_PATH).body)
    texts = [subprocess.run(["sh", path, "--help"], text=True, check=True,
                            capture_output=True, env={"LC_ALL": locale}).stdout
             for locale in ("C.UTF-8", "ja_JP.UTF-8")]
    options = [re.findall(r"^  (--[a-z-]+)", text, re.M) for text in texts]
    assert options[0] == options[1] and len(options[0]) == 10
    assert "登録" in texts[1] and "登録" not in texts[0]


def test_the_archive_comes_in_parts_and_without_core(server):
    whole = ARCHIVE.read_bytes()
    core = server.roles()["core"][0]
    os.kill(core, signal.SIGSTOP)
    try:
        part = server.request("GET", ARCHIVE_PATH,
                              headers={"Range": "bytes=1000-1999"})
        rest = server.request("GET", ARCHIVE_PATH,
                              headers={"Range": "bytes=2000-"})
        past = server.request("GET", ARCHIVE_PATH,
                              headers={"Range": f"bytes={len(whole)}-"})
        head = server.request("HEAD", ARCHIVE_PATH)
    finally:
        os.kill(core, signal.SIGCONT)
    assert (part.status, part.body) == (206, whole[1000:2000])
    assert (rest.status, rest.body) == (206, whole[2000:])
    assert past.status == 416
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole)


def test_the_archive_holds_what_an_agent_needs(server):
    body = server.request("GET", ARCHIVE_PATH).body
    with tarfile.open(fileobj=io.BytesIO(body)) as packed:
        members = {one.name: one for one in packed.getmembers()}
        needs = packed.extractfile("needs").read().decode()
    assert {name for name, one in members.items() if one.isfile()} == {
        "agent.conf", "libexec/warifu/warifu-agent-channel", "needs",
        "sbin/warifu-agent", "share/man/man8/warifu-agent.8",
        "warifu-agent.service"}
    for one in members.values():
        assert (one.uid, one.gid, one.mtime) == (0, 0, 0)
        assert one.isfile() or one.isdir()
        assert not one.mode & 0o022
    assert re.search(r"^glibc 2\.\d+$", needs, re.M)
    assert "library libcurl.so.4 libcurl4\n" in needs


def test_the_unit_is_one_that_systemd_takes(server, place):
    body = server.request("GET", ARCHIVE_PATH).body
    with tarfile.open(fileobj=io.BytesIO(body)) as packed:
        text = packed.extractfile("warifu-agent.service").read().decode()
    unit = place / "warifu-agent.service"
    unit.write_text(text.replace("@PREFIX@/sbin/warifu-agent", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "warifu-agent.service" not in done.stderr, done.stderr


def test_a_new_archive_is_taken_up_by_a_reload(server, api, archive):
    before = api.ok("GET", "/installer")
    body = ARCHIVE.read_bytes()
    fresh = archive.with_suffix(".new")
    fresh.write_bytes(body.replace(b"warifu-agent ", b"warifu-agent 9", 1))
    os.rename(fresh, archive)
    assert api.ok("GET", "/installer") == before
    server.process.process.send_signal(signal.SIGHUP)
    after = harness.wait_until(
        "the new archive is told", lambda: next(
            (told for told in [api.ok("GET", "/installer")]
             if told["archive"] != before["archive"]), None), 30)
    assert after["archive"]["version"].startswith("9")
    assert after["script"]["sha256"] != before["script"]["sha256"]
    harness.wait_until("all gateways have it", lambda: sha256(server.request(
        "GET", ARCHIVE_PATH).body) == after["archive"]["sha256"], 30)


# warifuctl, the third door.

@pytest.fixture
def ctl(place, server, administrator):
    one = Ctl(place)
    password = place / "password"
    password.write_text(harness.PASSWORD)
    one.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "admin", "--password-file", password)
    return one


def test_warifuctl_shows_and_downloads_it(ctl, server, place):
    told = ctl.json("installer", "show", "--address", "central.example.net")
    assert told["server"] == "central.example.net"
    assert told["commands"]["curl"] in ctl.run(
        "installer", "show", "--address", "central.example.net").stdout
    path = place / "install.sh"
    ctl.run("installer", "download", path)
    assert path.read_bytes() == server.request("GET", SCRIPT_PATH).body
    assert path.stat().st_mode & 0o777 == 0o755


def test_warifuctl_makes_a_token_with_its_command(ctl, api):
    line = ctl.run("token", "create", "--install", "wget").stdout
    secret = re.search(r"'(wft_[a-z0-9]+)'", line).group(1)
    told = api.ok("GET", "/installer")
    assert line.strip() == \
        told["commands"]["wget"].replace("TOKEN", secret)


def test_warifuctl_refuses_what_does_not_go_together(ctl, api, place):
    before = api.ok("GET", "/enrolment-tokens")
    ctl.run("token", "create", "--install", "telnet", code=2)
    ctl.run("token", "create", "--install", "curl", "--bootstrap",
            place / "file", code=2)
    ctl.run("token", "create", "--install", "curl", "--address", "a;b", code=1)
    assert api.ok("GET", "/enrolment-tokens") == before
    assert not pathlib.Path(place / "file").exists()
