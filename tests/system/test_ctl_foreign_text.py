"""What an agent writes does nothing to the terminal of who reads it."""

import json

import pytest

import estkit
import harness
from test_ctl import Ctl

# DEL, a control sequence of C1, a title of one, the direction turned.
BAD = "x\x7f\u009b2J\u009d0;t\u202egpj"
PLAIN = "x???2J??0;t???gpj"


@pytest.fixture(scope="module")
def ctl(server, administrator, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    made = Ctl(home, server)
    (home / "password").write_text(harness.PASSWORD)
    made.run("login", "--server", f"https://127.0.0.1:{server.https}",
             "--fingerprint", "sha256:" + server.certificate_sha256(),
             "--user", "admin", "--password-file", home / "password")
    return made


@pytest.fixture(scope="module")
def computer(server, administrator, tmp_path_factory):
    agent = estkit.PythonAgent(server, tmp_path_factory.mktemp("agent"),
                               server.office_token(administrator, uses=1))
    agent.refresh({"packages": estkit.full({
        BAD: {"name": BAD, "version": BAD, BAD: BAD}})}, hostname="here")
    return agent.id


def assert_plain(text):
    assert not [c for c in text if c != "\n" and
                (c < " " or "\x7f" <= c < "\xa0" or c == "\u202e")], text


def test_not_in_an_inventory_nor_by_the_names_of_its_members(ctl, computer):
    text = ctl.run("computer", "inventory", computer, "packages").stdout
    assert_plain(text)
    assert text.splitlines()[1:] == [f"  {PLAIN}", f"    name: {PLAIN}",
                                     f"    version: {PLAIN}",
                                     f"    {PLAIN}: {PLAIN}"]


def test_not_in_json_that_means_the_same(ctl, computer):
    text = ctl.run("computer", "inventory", computer, "packages",
                   "--json").stdout
    assert_plain(text)
    assert json.loads(text)["items"] == {
        BAD: {"name": BAD, "version": BAD, BAD: BAD}}


def test_not_in_what_is_said_about_it(ctl, computer):
    assert_plain(ctl.run("computer", "show", BAD, code=1).stderr)
    done = ctl.run("software", "list", "--search", "x")
    assert_plain(done.stdout + done.stderr)
    assert PLAIN in done.stdout
