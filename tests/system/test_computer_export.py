"""The list of computers as CSV: the same computers as the list, in the same
order, and nothing in it runs."""

import csv
import io
import time

import pytest

import crowd
import estkit
import harness
from described import Api
from test_bulk import ctl  # noqa: F401
from test_roles import make_user, places

LOCAL = crowd.LOCAL
DAY_MS = 86400 * 1000
STANDARD = ["name", "id", "state", "live", "office", "os_name", "os_version",
            "architecture", "address", "agent_version", "last_seen_at",
            "enrolled_at", "software_count", "hardware_serial"]
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a,b", 'a "b"', "a\u202eb",
        "<script>alert(1)</script>", "割符の𠮷野家", "＝1+1", "　=1"]


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def office(api):
    return api.ok("POST", "/offices", {"name": "=Osaka, \"割\""})["id"]


@pytest.fixture(scope="module")
def fleet(server, api, office):
    """More than one part of the export, in two offices, two systems."""
    old = int(time.time() * 1000) - 40 * DAY_MS
    crowd.add(server, [f"here-{n:04}" for n in range(1100)])
    crowd.add(server, [f"there-{n:04}" for n in range(150)], office=office,
              os_name="Fedora", os_version="40", seen=old, enrolled=old)
    crowd.add(server, EVIL, serial="=cmd|' /C calc'!A0")


def export(api, query=""):
    answer = api.ask("GET", f"/computers/export?{query}")
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.body


def rows(body):
    assert body.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""),
                               strict=True))


def listed(api, query):
    found, cursor = [], ""
    while cursor is not None:
        page = api.ok("GET", f"/computers?limit=500&{query}{cursor}")
        found += page["items"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found


# What is refused

@pytest.mark.parametrize("query, code", [
    ("columns=", "bad_parameter"), ("columns=nothing", "bad_parameter"),
    ("columns=name,", "bad_parameter"), ("columns=,name", "bad_parameter"),
    ("columns=name,name", "bad_parameter"), ("columns=Name", "bad_parameter"),
    ("columns=credential_hash", "bad_parameter"),
    ("columns=" + "name," * 90, "bad_parameter"),
    ("bom=yes", "bad_parameter"), ("sort=age", "bad_parameter"),
    ("state=lost", "bad_parameter"), ("office_id=x", "bad_parameter"),
    ("not_seen_days=0", "bad_parameter"), ("limit=5", "unknown_parameter"),
    ("format=pdf", "unknown_parameter"),
])
def test_a_wrong_wish_is_refused(api, query, code):
    api.refused(code, "GET", f"/computers/export?{query}")


def test_a_stranger_gets_nothing(api):
    api.refused("not_signed_in", "GET", "/computers/export", token=None)


def test_who_may_not_read_computers_gets_nothing(api):
    role = api.ok("POST", "/roles", {
        "name": "no computers", "levels": {"inventory": "read"}})
    _, who = make_user(api, role["id"])
    who.refused("not_permitted", "GET", "/computers/export")


# What comes

def test_all_computers_come_in_the_lists_order(api, fleet):
    found = rows(export(api))
    assert list(found[0]) == STANDARD
    wanted = listed(api, "")
    assert len(wanted) > 1250
    assert [row["id"] for row in found] == [one["id"] for one in wanted]


@pytest.mark.parametrize("sort", [
    sign + key for key in ("name", "last_seen_at", "enrolled_at", "os", "state")
    for sign in ("", "-")])
def test_every_order_is_the_lists(api, fleet, sort):
    query = f"search=ere-01&sort={sort}"
    assert [row["id"] for row in rows(export(api, query))] == \
        [one["id"] for one in listed(api, query)]


@pytest.mark.parametrize("query, count", [
    ("search=there-", 150), ("os_name=fedora", 150), ("not_seen_days=30", 150),
    ("search=nowhere", 0), ("state=removed", 0), ("office_id=" + LOCAL, 1100 + len(EVIL)),
    ("search=calc", len(EVIL)),
])
def test_every_filter_is_the_lists(api, fleet, query, count):
    assert len(rows(export(api, query))) == count


def test_chosen_columns_come_in_their_order(api, fleet, office):
    names = ["office", "name", "enrolled_at", "proved_at", "live", "last_seen_by"]
    found = rows(export(api, "search=there-0000&columns=" + ",".join(names)))
    assert list(found[0]) == names
    one, = listed(api, "search=there-0000")
    assert found[0]["name"] == "there-0000"
    assert found[0]["office"] == "'=Osaka, \"割\""
    assert found[0]["enrolled_at"] == one["enrolled_at"]
    assert found[0]["live"] == "no"
    assert found[0]["last_seen_by"] == one["last_seen_by"]


def test_nothing_in_it_runs(api, fleet):
    found = rows(export(api, "search=calc&columns=name,hardware_serial"))
    for row in found:
        for cell in row.values():
            assert not cell.startswith(
                ("=", "+", "-", "@", "\t", "\r", "＝", "　"))
            assert "\u202e" not in cell and "\t" not in cell
    names = {row["name"] for row in found}
    assert {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\\u0009=1", "a,b", 'a "b"',
            "a\\u202Eb", EVIL[8], EVIL[9], "'＝1+1", "'　=1"} == names
    assert {row["hardware_serial"] for row in found} == \
        {"'=cmd|' /C calc'!A0"}


def test_a_mark_for_excel_comes_when_asked_for(api, fleet):
    plain = export(api, "search=there-0001")
    marked = export(api, "search=there-0001&bom=true")
    assert marked == b"\xef\xbb\xbf" + plain
    assert export(api, "search=there-0001&bom=false") == plain


def test_a_live_agent_is_told(server, api, place):
    agent = estkit.PythonAgent(server, place / "a", server.office_token(
        api.token, uses=1))
    agent.refresh(hostname="connected")
    channel = agent.channel()
    harness.wait_until("it is live", lambda: rows(export(
        api, "search=connected&columns=name,live")) ==
        [{"name": "connected", "live": "yes"}])
    channel.close()


def test_a_scope_narrows_it(api, fleet, office):
    _, who = make_user(api, "auditor", places(office))
    found = rows(export(who))
    assert len(found) == 150
    assert {row["name"][:6] for row in found} == {"there-"}
    assert rows(export(who, f"office_id={LOCAL}")) == []


def test_it_is_recorded_and_leaves_no_file(server, api, fleet):
    export(api, "search=there-&sort=-name&bom=true")
    row = api.ok("GET", "/audit?action=computer.export&limit=1")["items"][0]
    assert row["actor"]["name"] == "admin" and row["outcome"] == "done"
    assert row["after"] == {"search": "there-", "sort": "-name", "bom": "true"}
    assert not list((server.state / "core").glob("export-*"))


def test_warifuctl_writes_it(api, ctl, fleet):  # noqa: F811
    text = ctl.run("computer", "export", "--search", "there-", "--columns",
                   "name,office", "--sort", "-name").stdout
    assert text.splitlines()[0] == "name,office"
    assert len(text.splitlines()) == 151
    text = ctl.run("computer", "export", "--office", "=Osaka, \"割\"",
                   "--bom").stdout
    assert text.startswith("\ufeffname,id,")
    done = ctl.run("computer", "export", "--columns", "x", code=1)
    assert done.stdout == "" and "columns" in done.stderr
