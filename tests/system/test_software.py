"""Software over all computers: counted, listed, searched, exported; what agents
write about it, and what a scope hides."""

import csv
import io
import sqlite3

import pytest

import estkit
import harness
from described import Api
from test_ctl import Ctl
from test_roles import make_user, places

LOCAL = "00000000-0000-7000-8000-000000000001"
HOSTILE = "=cmd|' /C calc'!A0\x9b2J<script>alert(1)</script>"


def package(name, version, form="dpkg", **more):
    return {"format": form, "name": name, "version": version, **more}


def section(*packages):
    return {f"{number}": one for number, one in enumerate(packages)}


BASH = package("bash", "5.2", architecture="amd64",
               installed_at="2026-01-02T03:04:05Z")
FIRST = section(BASH, package("bash", "5.2", architecture="i386"),
                package("vim", "9.0"), package("kernel", "6.1", "rpm"),
                package("kernel", "6.2", "rpm"), package(HOSTILE, "=1+1"))
SECOND = section(BASH, package("vim", "8.2"), package("Zsh", "5"))


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def osaka(api):
    return api.ok("POST", "/offices", {"name": "Osaka"})["id"]


def enrol(api, folder, name, office=LOCAL):
    secret = api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "office_id": office})["secret"]
    agent = estkit.PythonAgent(api.server, folder / name, secret)
    agent.name = name
    return agent


def tell(agent, packages, base=None):
    said = estkit.full(packages) if base is None else \
        estkit.difference(base, packages)
    answer = agent.refresh({"packages": said}, hostname=agent.name)
    assert "packages" in answer["applied"], answer
    return answer


@pytest.fixture(scope="module")
def agents(api, folder, osaka):
    here = enrol(api, folder, "here")
    there = enrol(api, folder, "there", osaka)
    tell(here, FIRST)
    tell(there, SECOND)
    return here, there


@pytest.fixture(scope="module")
def ctl(server, api, agents, folder):
    home = folder / "home"
    home.mkdir()
    ctl = Ctl(home, server)
    password = home / "password"
    password.write_text(harness.PASSWORD)
    ctl.run("login", "--server", f"127.0.0.1:{server.https}", "--fingerprint",
            server.certificate_sha256(), "--user", "admin",
            "--password-file", password)
    return ctl


def titles(api, query=""):
    """{name: (computers, versions)} of all pages."""
    found, cursor = [], ""
    while cursor is not None:
        page = api.ok("GET", f"/software?limit=2{query}" +
                      (f"&cursor={cursor}" if cursor else ""))
        assert (page["total"] is None) == bool(cursor)
        found += page["items"]
        cursor = page["next_cursor"]
    return {one["name"]: (one["computers"], one["versions"]) for one in found}


def number_of(api, name):
    return next(one["id"] for one in api.ok("GET", "/software?limit=500")[
        "items"] if one["name"] == name)


def having(api, number, query=""):
    return [(one["name"], one["version"]) for one in api.ok(
        "GET", f"/software/{number}/computers?limit=100{query}")["items"]]


def test_titles_are_counted_over_all_computers(api, agents):
    assert titles(api) == {
        "bash": (2, 1), "vim": (2, 2), "kernel": (1, 2), "Zsh": (1, 1),
        HOSTILE: (1, 1)}
    assert list(titles(api)) == [HOSTILE, "bash", "kernel", "vim", "Zsh"]
    assert list(titles(api, "&sort=-computers"))[:2] == ["bash", "vim"]
    page = api.ok("GET", "/software")
    assert page["total"] == 5 and page["counting"] is None


def test_titles_are_searched_in_part_and_from_the_beginning(api, agents):
    for query, expected in (
            ("&search=S", ["=cmd", "bash", "Zsh"]), ("&search=SH", 2),
            ("&search=z&match=beginning", ["Zsh"]),
            ("&search=sh&match=beginning", []), ("&search=%25", []),
            ("&search=_", [])):
        found = titles(api, query)
        if isinstance(expected, int):
            assert len(found) == expected, query
        else:
            assert [name[:4] for name in found] == expected, query


def test_one_title_has_versions_and_those_that_have_them(api, agents):
    here, there = agents
    vim = number_of(api, "vim")
    assert api.ok("GET", f"/software/{vim}") == {
        "id": vim, "name": "vim", "format": "dpkg", "computers": 2,
        "versions": 2}
    versions = api.ok("GET", f"/software/{vim}/versions")["items"]
    assert [(one["version"], one["computers"]) for one in versions] == [
        ("8.2", 1), ("9.0", 1)]
    assert having(api, vim) == [("here", "9.0"), ("there", "8.2")]
    newer = versions[1]["id"]
    assert having(api, vim, f"&version_id={newer}") == [("here", "9.0")]
    bash = api.ok("GET", f"/software/{number_of(api, 'bash')}/computers")
    assert [one["computer_id"] for one in bash["items"]] == [
        here.id, there.id]
    assert bash["items"][0]["installed_at"].startswith("2026-01-02T03:04:05")
    kernel = number_of(api, "kernel")
    assert having(api, kernel) == [("here", "6.1"), ("here", "6.2")]


def test_what_makes_no_sense_is_refused(api, agents):
    vim = number_of(api, "vim")
    for path, code in (
            ("/software/999999999", "software_title_not_found"),
            ("/software/0", "software_title_not_found"),
            ("/software/999999999/versions", "software_title_not_found"),
            ("/software/999999999/computers", "software_title_not_found"),
            ("/software/999999999/export", "software_title_not_found"),
            ("/software?cursor=AAAA", "cursor_invalid"),
            (f"/software/{vim}/versions?cursor=AAAA", "cursor_invalid"),
            (f"/software/{vim}/computers?cursor=AAAA", "cursor_invalid"),
            ("/software?sort=id", "bad_parameter"),
            ("/software?match=regex", "bad_parameter"),
            ("/software?search=", "bad_parameter"),
            ("/software?search=" + "x" * 129, "bad_parameter"),
            ("/software?limit=0", "bad_parameter"),
            ("/software?wrong=1", "unknown_parameter"),
            (f"/software/{vim}/computers?version_id=x", "bad_parameter")):
        api.refused(code, "GET", path)
    assert api.ask("GET", "/software/vim").status in (400, 404)
    assert having(api, vim, "&version_id=999999") == []


def test_a_difference_changes_the_counts(api, agents):
    _, there = agents
    changed = dict(SECOND)
    changed["1"] = package("vim", "9.0")
    del changed["2"]
    tell(there, changed, SECOND)
    assert titles(api, "&search=vim") == {"vim": (2, 1)}
    assert titles(api, "&search=zsh") == {}
    tell(there, SECOND, changed)
    assert titles(api, "&search=zsh") == {"Zsh": (1, 1)}
    # Said twice: the answer was lost.
    there.refresh({"packages": estkit.difference(changed, SECOND)},
                  hostname="there")
    assert titles(api, "&search=zsh") == {"Zsh": (1, 1)}


def test_a_scope_hides_what_others_have(api, agents, osaka):
    _, scoped = make_user(api, "technician", places(osaka))
    assert titles(scoped) == {"bash": (1, 1), "vim": (1, 1), "Zsh": (1, 1)}
    vim, kernel = number_of(api, "vim"), number_of(api, "kernel")
    assert scoped.ok("GET", f"/software/{vim}")["computers"] == 1
    assert having(scoped, vim) == [("there", "8.2")]
    hidden = next(one["id"] for one in api.ok(
        "GET", f"/software/{vim}/versions")["items"]
        if one["version"] == "9.0")
    assert having(scoped, vim, f"&version_id={hidden}") == []
    for number in (kernel, 999999999):
        for rest in ("", "/versions", "/computers", "/export"):
            scoped.refused("software_title_not_found", "GET",
                           f"/software/{number}{rest}")
    text = scoped.ask("GET", "/software/export").body.decode()
    assert "Zsh" in text and "kernel" not in text


def test_exports_run_nowhere(api, server, agents, ctl):
    answer = api.ask("GET", "/software/export")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""),
                               strict=True))
    assert [row["name"] for row in rows][1:] == [
        "bash", "kernel", "vim", "Zsh"]
    assert rows[0]["name"].startswith("'=cmd|") and \
        "\\u009B" in rows[0]["name"]
    assert rows[1] == {"name": "bash", "format": "dpkg", "computers": "2",
                       "versions": "1"}
    narrowed = api.ask("GET", "/software/export?search=z").body.decode()
    assert narrowed.count("\r\n") == 2
    answer = api.ask("GET", f"/software/{number_of(api, HOSTILE)}/export")
    row, = csv.DictReader(io.StringIO(answer.body.decode(), newline=""),
                          strict=True)
    assert row["computer"] == "here" and row["version"] == "'=1+1"
    text = ctl.run("software", "export", "vim").stdout
    assert text.count('"here",') == 1 and text.count('"there",') == 1
    assert not list((server.state / "core").glob("export-*"))


def test_a_person_asks_on_the_command_line(ctl, agents, api):
    text = ctl.run("software", "list").stdout
    assert text.splitlines()[0].split() == [
        "NAME", "FORMAT", "COMPUTERS", "VERSIONS", "ID"]
    assert "\x9b" not in text and "<script>" in text
    assert ctl.json("software", "list", "--search", "z")["total"] == 1
    assert ctl.json("software", "list", "--search", "s", "--beginning")[
        "items"] == []
    one = ctl.json("software", "show", "VIM")
    assert one["computers"] == 2
    assert ctl.json("software", "show", str(one["id"])) == one
    assert "8.2" in ctl.run("software", "versions", "vim").stdout
    found = ctl.json("software", "computers", "vim", "--version", "8.2")
    assert [one["name"] for one in found["items"]] == ["there"]
    assert "nobody has" in ctl.run(
        "software", "computers", "vim", "--version", "1", code=1).stderr
    assert "no software" in ctl.run(
        "software", "show", "nothing", code=1).stderr
    ctl.run("software", "export", "--version", "1", code=2)
    assert ctl.run("software", "export", "--search", "z").stdout.startswith(
        "name,format")


def test_more_than_is_counted_is_left_off_and_told(api, server, agents,
                                                  folder):
    agent = enrol(api, folder, "hoarder")
    many = {f"hoard-{n:05}": {"version": "v" * 200} for n in range(10003)}
    tell(agent, many)
    assert api.ok("GET", "/software?search=hoard-")["total"] == 10000
    assert api.ok("GET", f"/computers/{agent.id}")["software_count"] == 10003
    assert "more software than is counted" in server.log()
    version, = api.ok("GET", f"/software/{number_of_first(api)}/versions")[
        "items"]
    assert version["version"] == "v" * 127
    # Ever new ones leave nothing behind.
    for turn in range(3):
        tell(agent, {f"turn-{turn}-{n}": {} for n in range(50)})
        assert api.ok("GET", "/software?search=turn-")["total"] == 50
    assert api.ok("GET", "/software?search=hoard-")["total"] == 0
    tell(agent, {})


def number_of_first(api):
    return api.ok("GET", "/software?search=hoard-&limit=1")["items"][0]["id"]


def test_only_active_computers_count(api, folder):
    agent = enrol(api, folder, "leaver")
    tell(agent, section(package("leaving", "1")))
    assert titles(api, "&search=leaving") == {"leaving": (1, 1)}
    number = number_of(api, "leaving")
    api.ok("POST", f"/computers/{agent.id}/retire")
    assert titles(api, "&search=leaving") == {}
    api.refused("software_title_not_found", "GET", f"/software/{number}")


# An older database: its stored sections are counted by and by.

MANY = 400


def forget_all(database):
    """What there was before software was counted: sections, and no counts."""
    for table in ("software_title", "software_version", "software_computer",
                  "computer_software", "software_packed"):
        database.execute(f"DELETE FROM {table}")
    database.execute("DELETE FROM software_uncounted")


def multiply(database, original):
    """MANY computers with the section of the original one."""
    columns = [row[1] for row in database.execute(
        "PRAGMA table_info(computer)")]
    row = dict(zip(columns, database.execute(
        f"SELECT {', '.join(columns)} FROM computer WHERE id = ?",
        (original,)).fetchone()))
    for n in range(MANY):
        ident = f"00000000-0000-7000-8000-{n:012x}"
        row.update(id=ident, name=f"copy-{n:04}", name_key=f"copy-{n:04}",
                   credential_hash=None, certificate_serial=None)
        database.execute(
            f"INSERT INTO computer ({', '.join(columns)}) VALUES "
            f"({', '.join('?' * len(columns))})", list(row.values()))
        database.execute(
            "INSERT INTO inventory (computer_id, section, digest, item_count,"
            " updated_at, content) SELECT ?, section, digest, item_count,"
            " updated_at, content FROM inventory WHERE computer_id = ?"
            " AND section = 'packages'", (ident, original))
    database.execute(
        "INSERT INTO software_uncounted SELECT computer_id FROM inventory"
        " JOIN computer ON id = computer_id"
        " WHERE section = 'packages' AND state = 'active'")


def test_stored_sections_are_counted_whoever_stops_it(place):
    server = harness.Server(place)
    with harness.running(server):
        api = Api(server, server.administrator())
        agent = enrol(api, place, "original")
        tell(agent, section(*(package(f"title-{n:03}", f"{n}")
                              for n in range(300))))
        damaged = enrol(api, place, "damaged")
        tell(damaged, section(package("damaged", "1")))
    database = sqlite3.connect(server.state / "core" / "warifu.db")
    with database:
        forget_all(database)
        multiply(database, agent.id)
        database.execute(
            "UPDATE inventory SET content = x'00' WHERE computer_id = ?",
            (damaged.id,))
    database.close()
    # Ended at once, wherever it is by then; then it goes on.
    with harness.running(server):
        api = Api(server, server.sign_in(harness.PASSWORD))
        seen = api.ok("GET", "/software?limit=1")["counting"]
        assert seen is None or seen["done"] <= seen["total"] <= MANY + 2
    with harness.running(server):
        api = Api(server, server.sign_in(harness.PASSWORD))
        harness.wait_until("all is counted", lambda: api.ok(
            "GET", "/software?limit=1")["counting"] is None, 60)
        page = api.ok("GET", "/software?limit=500")
        assert page["total"] == 300
        for title in page["items"]:
            assert title["computers"] == MANY + 1 and title["versions"] == 1
        number = page["items"][0]["id"]
        assert len(api.ok("GET", f"/software/{number}/computers?limit=500")[
            "items"]) == MANY + 1
        assert "cannot be counted" in server.log()
        # Whose section was damaged says it whole, and counts.
        tell(damaged, section(package("damaged", "2")))
        assert titles(api, "&search=damaged") == {"damaged": (1, 1)}
