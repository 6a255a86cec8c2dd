"""warifuctl: what scripts and people rely on."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

import harness

NOBODY = "00000000-0000-7000-8000-00000000dead"


class Ctl:
    """warifuctl with a home of its own."""

    def __init__(self, home, server=None):
        self.home = home
        self.server = server

    @property
    def environment(self):
        return {"HOME": str(self.home), "PATH": os.environ["PATH"],
                "LC_ALL": "C"}

    @property
    def profile(self):
        return self.home / ".config" / "warifu" / "ctl.json"

    def run(self, *words, stdin="", code=0):
        done = subprocess.run(
            [harness.CTL, *map(str, words)], input=stdin, text=True,
            capture_output=True, env=self.environment, timeout=60)
        assert done.returncode == code, \
            f"{words} ended with {done.returncode}:\n{done.stdout}" \
            f"{done.stderr}"
        return done

    def json(self, *words):
        return json.loads(self.run(*words, "--json").stdout)

    def talk(self, words, answers):
        """Run on a terminal, answering each prompt with a text or with what
        a function returns; (exit code, output)."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(harness.CTL, [str(harness.CTL), *words],
                      self.environment)
        seen, deadline = "", time.monotonic() + 30 * harness.PATIENCE
        answers = list(answers)
        fresh = 0
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    part = os.read(terminal, 4096).decode(errors="replace")
                except OSError:
                    break
                seen += part
            if answers and answers[0][0] in seen[fresh:]:
                fresh = len(seen)
                answer = answers.pop(0)[1]
                answer = answer() if callable(answer) else answer
                os.write(terminal, answer.encode() + b"\n")
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen


@pytest.fixture(scope="module")
def home(folder):
    path = folder / "home"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def offline(folder):
    path = folder / "offline"
    path.mkdir()
    return Ctl(path)


@pytest.fixture(scope="module")
def ctl(home, server):
    """Signed in, with the first password changed."""
    ctl = Ctl(home, server)
    old, new = home / "old", home / "new"
    old.write_text(server.initial_password() + "\n")
    new.write_text(harness.PASSWORD + "\n")
    ctl.run("login", "--server", f"127.0.0.1:{server.https}",
            "--fingerprint", f"sha256:{server.certificate_sha256()}",
            "--user", "admin", "--password-file", old,
            "--new-password-file", new)
    return ctl


# Without a server

def commands():
    """(usage words, arguments) of every command, from the general help."""
    done = subprocess.run([harness.CTL, "--help"], text=True,
                          capture_output=True, check=True)
    rows = re.findall(r"^  ([a-z].*?)  +[a-z]", done.stdout, re.M)
    assert len(rows) > 25
    return rows


def words_of(usage):
    return [word for word in usage.split() if re.fullmatch("[a-z-]+", word)]


def test_every_command_has_help(offline):
    for usage in commands():
        words = words_of(usage)
        text = offline.run(*words, "--help").stdout
        assert text.startswith(f"usage: warifuctl {usage}")
        assert offline.run("help", *words).stdout == text


def test_the_manual_knows_every_command_and_option(offline):
    manual = (harness.TOP / "docs/man/warifuctl.1").read_text()
    options = set()
    for usage in commands():
        words = " ".join(words_of(usage))
        assert re.search(rf"^\.It Cm {re.escape(words)}( |$)", manual, re.M), \
            words
        help_text = offline.run("help", *words.split()).stdout
        options |= set(re.findall(r"^  --([a-z-]+)", help_text, re.M))
    for option in options:
        assert f"Fl -{option}" in manual, option
    lint = subprocess.run(
        ["mandoc", "-Tlint", "-Wwarning",
         harness.TOP / "docs/man/warifuctl.1"], text=True, capture_output=True)
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["computer"], ["computer", "destroy"],
    ["computer", "show"], ["computer", "show", "a", "b"],
    ["status", "--colour"], ["status", "--limit", "3"],
    ["computer", "list", "--limit"], ["status", "--json=1"],
    ["status", "--json", "--json"], ["status", "--server", "ftp://x"],
    ["status", "--fingerprint", "12"], ["office", "rename", "a"],
    ["a", "b", "c", "d", "e", "f", "g"],
])
def test_wrong_use_ends_with_2(offline, words):
    done = offline.run(*words, code=2)
    assert done.stdout == "" and done.stderr != ""


@pytest.mark.parametrize("words", [
    ["settings"], ["settings", "show", "security"],
    ["settings", "require-two-factor", "--yes"]])
def test_the_noun_setting_has_one_spelling(offline, words):
    done = offline.run(*words, code=2)
    assert "\"settings\" is called \"setting\"" in done.stderr
    told = offline.run("help", "setting").stdout
    assert all(f"setting {verb}" in told for verb in (
        "show", "set", "two-factor", "require-two-factor"))
    assert "settings two-factor" not in offline.run("help").stdout


def test_a_server_that_is_not_there_ends_with_3(offline):
    port, = harness.free_ports(1)
    for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
        done = offline.run("status", "--server", url, code=3)
        assert "cannot reach" in done.stderr


def test_completion_knows_nouns_verbs_and_options(offline):
    script = offline.run("completion", "bash").stdout
    for line, expected in ((["comp"], {"computer", "completion"}),
                           (["office", "re"], {"rename"}),
                           (["set"], {"setting"}),
                           (["setting", ""], {"show", "set", "two-factor",
                                              "require-two-factor"}),
                           (["login", "--pass"], {"--password-file"}),
                           (["computer", "list", "--state", "re"],
                            {"retired", "revoked", "removed"})):
        words = " ".join(f"'{word}'" for word in ["warifuctl", *line])
        done = subprocess.run(
            ["bash", "-c", f"{script}\nCOMP_WORDS=({words}); "
             f"COMP_CWORD={len(line)}; _warifuctl; "
             "printf '%s\\n' \"${COMPREPLY[@]}\""],
            text=True, capture_output=True, check=True)
        assert set(done.stdout.split()) == expected


# First contact

def test_a_script_must_name_the_certificate(server, tmp_path):
    ctl = Ctl(tmp_path)
    done = ctl.run("status", "--server", f"127.0.0.1:{server.https}", code=1)
    assert f"sha256:{server.certificate_sha256()}" in done.stderr
    assert not ctl.profile.exists()


def test_another_certificate_is_not_trusted(server, tmp_path):
    password = tmp_path / "password"
    password.write_text("never sent")
    done = Ctl(tmp_path).run(
        "login", "--server", f"127.0.0.1:{server.https}", "--fingerprint",
        "sha256:" + "ab" * 32, "--user", "admin",
        "--password-file", password, code=3)
    assert "does not show the certificate" in done.stderr


def test_who_is_not_signed_in_ends_with_4(server, tmp_path):
    done = Ctl(tmp_path).run(
        "status", "--server", f"127.0.0.1:{server.https}",
        "--fingerprint", server.certificate_sha256(), code=4)
    assert "warifuctl login" in done.stderr


def test_a_person_compares_and_types(server, ctl, tmp_path):
    talker = Ctl(tmp_path)
    where = ["--server", f"127.0.0.1:{server.https}"]
    code, seen = talker.talk(["login", *where], [("Is it the same?", "n")])
    assert code == 1 and server.certificate_sha256() in seen
    code, seen = talker.talk(["login", *where], [
        ("Is it the same?", "y"), ("User:", "admin"),
        ("Password:", harness.PASSWORD)])
    assert code == 0, seen
    assert harness.PASSWORD not in seen
    assert talker.json("whoami")["user"]["name"] == "admin"
    code, seen = talker.talk(["password"], [
        ("Current password:", harness.PASSWORD),
        ("New password:", "one new password"),
        ("Once more:", "another password")])
    assert code == 1 and "not the same" in seen


# Signed in

def test_the_session_is_kept_privately(ctl):
    assert ctl.profile.stat().st_mode & 0o777 == 0o600
    assert ctl.profile.parent.stat().st_mode & 0o777 == 0o700
    assert ctl.json("whoami")["kind"] == "session"


def test_a_wrong_password_ends_with_4(ctl, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")
    done = Ctl(tmp_path).run(
        "login", "--server", f"127.0.0.1:{ctl.server.https}",
        "--fingerprint", ctl.server.certificate_sha256(), "--user", "nobody",
        "--password-file", wrong, code=4)
    assert "sign_in_failed" in done.stderr


def test_the_status_is_shown(ctl):
    status = ctl.json("status")
    assert status["database"]["state"] == "ok"
    text = ctl.run("status").stdout
    assert re.search(rf"^Version: +{re.escape(status['version'])}$", text,
                     re.M)


def test_offices_are_kept_by_name(ctl):
    office = ctl.json("office", "create", "大阪支店")
    ctl.run("office", "create", "大阪支店", code=1)
    assert ctl.json("office", "show", "大阪支店") == office
    table = ctl.run("office", "list").stdout.splitlines()
    assert table[0].split() == ["NAME", "COMPUTERS", "MADE", "ID"]
    wide = next(line for line in table if line.startswith("大阪支店"))
    plain = next(line for line in table if line.startswith("Local Office"))
    # four characters of two places each
    assert wide.index(" 0 ") + 4 == plain.index(" 0 ")
    assert ctl.json("office", "rename", "大阪支店", "Osaka")["name"] == "Osaka"
    ctl.run("office", "delete", "Osaka", code=1)
    ctl.run("office", "delete", "Osaka", "--yes")
    assert "no office" in ctl.run("office", "show", "Osaka", code=1).stderr


def test_a_secret_stands_alone_on_standard_output(ctl):
    done = ctl.run("token", "create", "--uses", 3, "--expires", "2h",
                   "--comment", "from a script")
    assert re.fullmatch(r"wft_[a-z2-7A-Z0-9]+\n", done.stdout)
    token = ctl.json("token", "list")["items"][0]
    assert token["uses"] == 3 and token["comment"] == "from a script"
    assert ctl.json("token", "show", token["id"]) == token
    ctl.run("token", "revoke", token["id"], code=1)
    ctl.run("token", "revoke", token["id"], "--yes")
    assert ctl.json("token", "show", token["id"])["state"] == "revoked"
    ctl.run("token", "create", "--expires", "soon", code=2)
    ctl.run("token", "create", "--office", "a", "--computer", "b", code=2)


def test_an_api_token_serves_scripts(ctl, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(ctl.run("api-token", "create", "ci").stdout)
    other = Ctl(tmp_path)
    words = ["--server", f"127.0.0.1:{ctl.server.https}", "--fingerprint",
             ctl.server.certificate_sha256(), "--token-file", secret]
    assert other.json("whoami", *words)["kind"] == "api_token"
    assert not other.profile.exists()
    done = other.run("whoami", *words[:-1], "-", stdin=secret.read_text())
    assert "admin" in done.stdout
    other.run("api-token", "create", "more", *words, code=1)
    ident = ctl.json("api-token", "list")["items"][0]["id"]
    ctl.run("api-token", "delete", ident, "--yes")
    other.run("whoami", *words, code=4)


def test_roles_and_users_are_kept_by_name(ctl, tmp_path):
    password = tmp_path / "password"
    password.write_text("a pass phrase for a user\n")
    ctl.run("office", "create", "Sendai")
    role = ctl.json("role", "create", "Help Desk", "--levels",
                    "computers=write, inventory=read")
    assert role["levels"]["computers"] == "write"
    assert role["levels"]["users"] == "none"
    shown = ctl.run("role", "show", "help desk").stdout
    assert re.search("^Computers: +write$", shown, re.M)
    user = ctl.json("user", "create", "yamada", "--role", "Help Desk",
                    "--scope", "Sendai", "--new-password-file", password)
    assert [p["kind"] for p in user["scope"]] == ["office"]
    assert re.search("^yamada +Help Desk +Sendai +no ",
                     ctl.run("user", "list").stdout, re.M)
    assert [u["name"] for u in ctl.json(
        "user", "list", "--role", "Help Desk")["items"]] == ["yamada"]
    done = ctl.run("role", "delete", "Help Desk", "--yes", code=1)
    assert "role_in_use" in done.stderr and "user yamada" in done.stderr
    changed = ctl.json("user", "update", "yamada", "--role", "Guest",
                       "--scope", "all", "--disable")
    assert changed["is_disabled"] and changed["scope"] is None
    ctl.run("user", "update", "yamada", "--enable")
    ctl.run("user", "password", "yamada", "--new-password-file", password)
    assert re.search("^Scope: +all$",
                     ctl.run("user", "show", "yamada").stdout, re.M)
    ctl.run("role", "update", "Help Desk", "--levels", "events=read",
            "--name", "Desk")
    assert ctl.json("role", "show", "Desk")["levels"]["events"] == "read"
    ctl.run("role", "delete", "Desk", "--yes")
    ctl.run("user", "delete", "yamada", "--yes")
    ctl.run("user", "show", "yamada", code=1)
    ctl.run("office", "delete", "Sendai", "--yes")


@pytest.mark.parametrize("words, code, told", [
    (["role", "create", "x"], 2, "--levels"),
    (["role", "create", "x", "--levels", "computers"], 2, "MODULE=LEVEL"),
    (["role", "create", "x", "--levels", "moon=full"], 1, "moon"),
    (["role", "create", "x", "--levels", "users=most"], 1, "json_range"),
    (["role", "create", "x", "--levels", "security=full"], 1,
     "security_reserved"),
    (["role", "update", "Guest"], 2, "--levels"),
    (["role", "update", "Guest", "--name", "x"], 1, "role_is_built_in"),
    (["role", "show", "nowhere"], 1, "there is no role"),
    (["user", "create", "x"], 2, "--role"),
    (["user", "create", "x", "--role", "nowhere"], 1, "there is no role"),
    (["user", "update", "admin"], 2, "--role"),
    (["user", "update", "admin", "--enable", "--disable"], 2, "not both"),
    (["user", "update", "admin", "--disable"], 1, "last_administrator"),
    (["user", "update", "admin", "--scope", "Atlantis"], 1,
     "there is no office"),
    (["user", "delete", "admin", "--yes"], 1, "last_administrator"),
    (["api-token", "create", "x", "--expires", "400d"], 1, "366 days"),
])
def test_what_is_wrong_about_rights_is_told(ctl, words, code, told):
    assert told in ctl.run(*words, code=code).stderr


def test_api_tokens_of_everybody(ctl, tmp_path):
    made = ctl.json("api-token", "create", "reader", "--role", "Auditor",
                    "--expires", "1h")["api_token"]
    assert made["role"]["built_in"] == "auditor"
    table = ctl.run("api-token", "list", "--everybody").stdout
    assert re.search("reader +admin +Auditor +all ", table)
    ctl.run("api-token", "delete", made["id"], "--everybody", "--yes")
    assert made["id"] not in ctl.run("api-token", "list").stdout


def test_lists_are_fetched_page_by_page(ctl):
    for number in range(7):
        ctl.run("office", "create", f"Office {number}")
    done = ctl.run("office", "list", "--limit", 3, "--json")
    listed = json.loads(done.stdout)
    assert len(listed["items"]) == 3 and listed["next_cursor"]
    assert "there are more" in done.stderr
    assert "there are more" not in ctl.run(
        "office", "list", "--limit", 3, "--quiet").stderr
    assert len(ctl.json("office", "list")["items"]) == 8
    ctl.run("office", "list", "--limit", 0, code=2)


def test_what_is_not_there_is_told(ctl):
    for words in (["computer", "show", "no-such"],
                  ["computer", "show", NOBODY],
                  ["computer", "inventory", NOBODY, "packages"],
                  ["computer", "refresh", NOBODY],
                  ["computer", "revoke", NOBODY, "--reason", "x", "--yes"],
                  ["computer", "retire", NOBODY, "--yes"],
                  ["computer", "move", NOBODY, "Local Office"],
                  ["computer", "certificates", NOBODY],
                  ["computer", "events", NOBODY],
                  ["certificate", "show", "ab"],
                  ["certificate", "print", "ab"],
                  ["token", "show", NOBODY]):
        done = ctl.run(*words, code=1)
        assert done.stdout == "" and done.stderr.startswith("warifuctl: ")
    ctl.run("computer", "revoke", NOBODY, "--yes", code=2)


def test_lists_of_nothing_are_a_header(ctl):
    assert ctl.run("computer", "list").stdout.split()[0] == "NAME"
    assert ctl.run("certificate", "list").stdout.split()[0] == "SERIAL"
    assert "signed_in" in ctl.run("event", "list").stdout
    assert ctl.json("event", "list", "--kind", "signed_in")["items"]


def test_it_says_when_the_answer_cannot_be_written(ctl):
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.CTL, "office", "list"], stdout=full,
                              stderr=subprocess.PIPE, env=ctl.environment)
    assert done.returncode == 1


def test_the_password_is_changed_from_files(ctl, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text(harness.PASSWORD)
    two.write_text("an entirely new one")
    ctl.run("password", "--password-file", one, "--new-password-file", two)
    ctl.run("whoami")
    ctl.run("password", "--password-file", two, "--new-password-file", one)


def test_signing_out_forgets_the_session(ctl):
    """Last."""
    token = json.loads(ctl.profile.read_text())["servers"][0]["token"]
    ctl.run("logout")
    assert token not in ctl.profile.read_text()
    assert ctl.server.request("GET", "/api/v1/me", token=token).status == 401
    ctl.run("whoami", code=4)
