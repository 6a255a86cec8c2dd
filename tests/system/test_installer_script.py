"""The pasted command on a computer: it installs, enrols, brings up to date and
goes away again; whatever fails leaves the computer as it was."""

import contextlib
import http.server
import re
import ssl
import subprocess
import threading

import pytest

import harness
import own_root
from described import Api
from own_root import AGENT
from test_installer import ARCHIVE

pytestmark = own_root.needed
STATE = "/var/lib/warifu-agent"


@pytest.fixture(scope="module")
def settings():
    return {"installer.archive": ARCHIVE}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module", autouse=True)
def short_lived(api):
    """A token whose minute begins with the first test."""
    return api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "expires_in_s": 60})


@pytest.fixture
def computer(place):
    with own_root.computer(place) as one:
        yield one


@pytest.fixture(scope="module")
def script(server):
    return server.request("GET", "/installer/linux.sh").body.decode()


def token(api, **wanted):
    return api.ok("POST", "/enrolment-tokens", {
        "kind": "office", **wanted})["secret"]


def command(api, secret, name="curl"):
    told = api.ok("GET", "/installer?server=127.0.0.1")
    return told["commands"][name].replace("TOKEN", secret)


def install(computer, text, secret="", options="", **more):
    """Run a script that was put there; the token comes by standard input."""
    computer.write("/tmp/warifu-install.sh", text)
    return computer.run(
        "sh /tmp/warifu-install.sh --server 127.0.0.1 --token-file - " +
        options, stdin=secret + "\n", **more)


def set_value(text, name, value):
    """The script with another value in its head."""
    changed = re.sub(rf"^{name}='.*'$", f"{name}='{value}'", text, count=1,
                     flags=re.M)
    assert changed != text
    return changed


class Forger:
    """Answers in the server's place, with what change(path, body) makes."""

    def __init__(self, server, folder, change):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                real = server.request("GET", self.path)
                body = change(self.path, real.body)
                self.send_response(real.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *words):
                pass

        pem = folder / "forger.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=forger",
             "-keyout", pem, "-out", folder / "forger.crt"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "forger.crt", pem)
        self.listener = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.listener.socket = context.wrap_socket(
            self.listener.socket, server_side=True)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()


@pytest.fixture
def forger(server, place):
    made = []

    def make(change):
        made.append(Forger(server, place, change))
        return made[-1]
    yield make
    for one in made:
        one.stop()


# What must be refused, and leave nothing behind.

def test_a_script_changed_on_the_way_is_not_run(
        api, server, computer, forger):
    evil = forger(lambda path, body: body.replace(
        b"set -u\n", b"touch /etc/owned\nset -u\n"))
    line = command(api, token(api)).replace(
        f":{server.https}/", f":{evil.port}/")
    done = computer.run(line)
    assert done.code != 0 and "FAILED" in done.text, done
    computer.assert_untouched()


@pytest.mark.parametrize("change", [
    lambda body: body[:-1] + bytes([body[-1] ^ 1]),
    lambda body: body[:1000],
    lambda body: body + b"more",
    lambda body: body + bytes(1 << 24),
    lambda body: b""], ids=["changed", "cut", "longer", "endless", "empty"])
@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_an_archive_changed_on_the_way_is_not_unpacked(
        api, computer, forger, script, change, tool):
    evil = forger(lambda path, body: change(body)
                  if path.endswith(".tar.gz") else body)
    if tool == "wget":
        computer.run("rm /usr/bin/curl")
        computer.before = computer.changes()
    done = install(computer, set_value(script, "WARIFU_HTTPS_PORT", evil.port),
                   token(api))
    assert done.code == 1, done
    assert "SHA-256" in done.text and "Nothing was changed" in done.text, done
    computer.assert_untouched()


def test_a_token_that_is_none_is_refused_in_plain_words(
        api, computer, script):
    done = install(computer, script, "wft_" + "a" * 32)
    assert done.code == 1, done
    assert "does not know this token" in done.text, done
    computer.assert_untouched()


def test_a_revoked_token_is_refused_in_japanese_too(api, computer, script):
    made = api.ok("POST", "/enrolment-tokens", {"kind": "office"})
    api.ok("POST", "/enrolment-tokens/"
           f"{made['enrolment_token']['id']}/revoke")
    done = install(computer, script, made["secret"], LC_ALL="ja_JP.UTF-8")
    assert done.code == 1, done
    assert "トークンは失効しています" in done.text, done
    assert "元のままです" in done.text, done
    computer.assert_untouched()


@pytest.mark.parametrize("words", [
    "--token wft_secret", "--server 'a;b'", "--server -x", "--prefix relative",
    "--prefix '/a b'", "--prefix /usr/../etc", "--wait soon", "--purge",
    "--nonsense", "--server"])
def test_wrong_words_are_refused(computer, script, words):
    computer.write("/tmp/warifu-install.sh", script)
    done = computer.run(f"sh /tmp/warifu-install.sh {words}")
    assert done.code == 2 and "--help" in done.text, done
    computer.assert_untouched()


@pytest.mark.parametrize("secret", ["", "wft_a b", "wft_$(id)", "wft_'x"])
def test_what_cannot_be_a_token_is_not_written_anywhere(
        computer, script, secret):
    done = install(computer, script, secret)
    assert done.code == 2 and "token" in done.text, done
    computer.assert_untouched()


def test_only_root_installs(computer, script):
    computer.write("/tmp/warifu-install.sh", script)
    done = computer.run("setpriv --reuid=65534 --clear-groups "
                        "sh /tmp/warifu-install.sh")
    assert done.code == 2 and "root" in done.text, done
    computer.assert_untouched()


def test_what_stands_in_the_way_is_told(api, computer, script):
    closed = harness.free_ports(1)[0]
    for text, options, words in (
            (script, "--server no-such-host.invalid", "is not known here"),
            (set_value(script, "WARIFU_HTTPS_PORT", closed), "",
             f"nothing answers at 127.0.0.1, port {closed}"),
            (set_value(script, "WARIFU_AGENT_PORT", closed), "",
             f"nothing answers at 127.0.0.1, port {closed}"),
            (set_value(script, "WARIFU_ARCHITECTURE", "vax"), "",
             "the server has an agent for vax"),
            (script.replace("ROOM_KB=20480", "ROOM_KB=99999999999"), "",
             "KiB left"),
            (script.replace("needed=$(sed", "needed=99.9; : $(sed"), "",
             "needs 99.9 or newer")):
        done = install(computer, text, token(api), options)
        assert done.code == 1 and words in done.text, (words, done)
        computer.assert_untouched()


def test_missing_libraries_are_told_by_package(api, computer, script):
    computer.run("rm $(ldconfig -p | sed -n 's/.*libwslay.so.1 .*=> //p')")
    computer.before = computer.changes()
    done = install(computer, script, token(api))
    assert done.code == 1, done
    assert "apt-get install --no-install-recommends libwslay1" in done.text
    computer.assert_untouched()


def test_an_interrupted_installation_goes_back(api, computer, script):
    done = install(computer, script.replace(
        "start_agent || give_up", "kill -TERM $$; start_agent || give_up"),
        token(api))
    assert done.code == 1 and "interrupted" in done.text, done
    computer.assert_untouched()


# What must work.

def live_computer(api, computer_id):
    def look():
        one = api.ok("GET", f"/computers/{computer_id}")
        return one if one["is_live"] else None
    return harness.wait_until("the computer is live", look, 30)


@pytest.mark.parametrize("name, shell", [("curl", "dash"), ("wget", "bash")])
def test_the_pasted_command_makes_the_computer_managed(
        api, computer, name, shell):
    done = computer.run(command(api, token(api), name), shell=shell)
    assert done.code == 0, done
    status = computer.status()
    assert (status["running"], status["authentication"]) == (
        True, "certificate")
    assert status["computer_id"] in done.text
    live_computer(api, status["computer_id"])
    assert computer.run("test -e /etc/warifu/agent-bootstrap.json").code == 1
    assert "systemd does not run here" in done.text
    modes = computer.run(
        f"stat -c '%a %U %n' {AGENT} {STATE} {STATE}/channel "
        "/usr/local/libexec/warifu/warifu-agent-channel /etc/warifu/agent.conf")
    assert modes.out.split("\n")[:5] == [
        f"755 root {AGENT}", f"755 root {STATE}",
        f"700 warifu-agent {STATE}/channel",
        "755 root /usr/local/libexec/warifu/warifu-agent-channel",
        "644 root /etc/warifu/agent.conf"]
    assert computer.run("ls -A /usr/local | grep -c warifu-install").code == 1

    # Once more: the programs are new, the identity is the same.
    again = computer.run(command(api, token(api), name), shell=shell)
    assert again.code == 0 and "keeps its identity" in again.text, again
    after = computer.status()
    assert after["computer_id"] == status["computer_id"]
    assert after["certificate_sha256"] == status["certificate_sha256"]
    assert after["pid"] != status["pid"]
    assert api.ok("GET", "/enrolment-tokens")["items"][0]["uses_left"] == 1

    # And away: first without the state, then with it.
    installed = "/usr/local/share/warifu/install.sh"
    gone = computer.run(f"sh {installed} --uninstall")
    assert gone.code == 0, gone
    assert computer.agents() == []
    assert computer.run(f"test -e {STATE}/channel/identity/current").code == 0
    assert computer.run(f"test -e {AGENT}").code == 1
    back = computer.run(command(api, token(api), name), shell=shell)
    assert back.code == 0, back
    assert computer.status()["computer_id"] == status["computer_id"]
    gone = computer.run(f"sh {installed} --uninstall --purge")
    assert gone.code == 0, gone
    computer.assert_untouched()


def test_a_token_of_the_computer_enrols_it_again(api, computer, script):
    assert install(computer, script, token(api)).code == 0
    before = computer.status()
    wrong = install(computer, script, "wft_" + "a" * 32, "--reenrol")
    assert wrong.code == 1 and "keeps the identity" in wrong.text, wrong
    kept = harness.wait_until("the agent runs as before", lambda: next(
        (now for now in [computer.status()] if now["running"]), None), 30)
    assert kept["certificate_sha256"] == before["certificate_sha256"]
    secret = token(api, kind="computer", computer_id=before["computer_id"])
    done = computer.run(command(api, secret, "reenrol_curl"))
    assert done.code == 0, done
    after = computer.status()
    assert after["computer_id"] == before["computer_id"]
    assert after["certificate_sha256"] != before["certificate_sha256"]
    live_computer(api, after["computer_id"])


def test_a_new_version_that_does_not_get_through_is_taken_back(
        api, computer, script):
    assert install(computer, script, token(api)).code == 0
    before, status = computer.changes(), computer.status()
    broken = script.replace(
        "start_agent || give_up",
        "cp /bin/false \"$PREFIX/sbin/warifu-agent\"; start_agent || give_up")
    done = install(computer, broken, "", "--wait 5")
    assert done.code == 1 and "Nothing was changed" in done.text, done
    programs = [name for name in before if name.startswith("usr/local/")]
    after = computer.changes()
    assert {name: after[name] for name in programs} == {
        name: before[name] for name in programs}
    harness.wait_until("the old one runs", lambda: computer.status()["running"]
                       and computer.status()["failures"] == 0, 30)
    assert computer.status()["computer_id"] == status["computer_id"]


def test_it_can_be_installed_without_being_started(api, computer, script):
    done = install(computer, script, token(api),
                   "--no-start --prefix /opt/warifu")
    assert done.code == 0 and "not started" in done.text, done
    assert computer.agents() == []
    assert computer.run("stat -c %a /etc/warifu/agent-bootstrap.json"
                        ).out == "600\n"
    assert computer.run("/opt/warifu/sbin/warifu-agent --version").code == 0
    gone = computer.run(
        "sh /opt/warifu/share/warifu/install.sh --uninstall --purge")
    assert gone.code == 0, gone
    computer.assert_untouched()


SYSTEMCTL = f"""#!/bin/sh
echo "$*" >>/run/systemctl.log
case "$*" in
*restart*) setsid $(sed -n 's/^ExecStart=//p' \\
	/etc/systemd/system/warifu-agent.service) </dev/null >>/run/agent.log 2>&1 &
	;;
*stop*) pid=$({AGENT} status --json | sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p')
	[ -z "$pid" ] || kill "$pid"
	;;
esac
"""


def test_systemd_runs_it_where_there_is_one(api, computer, script):
    computer.write("/usr/bin/systemctl", SYSTEMCTL, 0o755)
    computer.run("mkdir -p /run/systemd/system")
    computer.before = computer.changes()
    refused = install(computer, script, "wft_" + "a" * 32)
    assert refused.code == 1, refused
    computer.assert_untouched()
    computer.write("/run/systemctl.log", "")
    done = install(computer, script, token(api))
    assert done.code == 0, done
    assert computer.read("/run/systemctl.log").split("\n")[:3] == [
        "daemon-reload", "-q enable warifu-agent", "restart warifu-agent"]
    unit = computer.read("/etc/systemd/system/warifu-agent.service")
    assert f"\nExecStart={AGENT} run\n" in unit and "@" not in unit
    gone = computer.run("sh /usr/local/share/warifu/install.sh "
                        "--uninstall --purge")
    assert gone.code == 0, gone
    assert "-q disable warifu-agent" in computer.read("/run/systemctl.log")
    computer.assert_untouched()


def test_the_token_stands_in_no_programs_arguments(api, computer, script):
    """What another user sees in the list of processes, while it works."""
    secret = token(api)
    watched = script.replace(
        "check_glibc\n", "cat /proc/[0-9]*/cmdline >/tmp/seen; check_glibc\n")
    computer.write("/tmp/warifu-install.sh", watched)
    computer.write("/tmp/line", command(api, secret).replace(
        "sh warifu-install.sh", "sh /tmp/warifu-install.sh"))
    done = computer.run("sh /tmp/line")
    assert done.code == 0, done
    seen = computer.read("/tmp/seen")
    assert "--token-file" in seen and secret not in seen


def test_an_expired_token_is_refused(api, computer, script, short_lived):
    """The last one: by now most of its minute is over."""
    harness.wait_until("the token has expired", lambda: api.ok(
        "GET", f"/enrolment-tokens/{short_lived['enrolment_token']['id']}"
    )["state"] == "expired", 90)
    done = install(computer, script, short_lived["secret"])
    assert done.code == 1 and "has expired" in done.text, done
    computer.assert_untouched()
