"""The audit log on both databases: what is recorded, and which tampering is
found. The chain is checked by a second implementation, too."""

import csv
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import struct
import subprocess

import pytest

import harness
import postgresql
from described import Api

PATIENT = 60
ZERO = "0" * 64
FIELDS = ("n", "at", "actor_kind", "actor_id", "actor_name", "action",
          "target_kind", "target_id", "target_name", "address", "listener",
          "outcome", "code", "occurrences", "value_before", "value_after")


class Sqlite:
    settings = {}

    def __init__(self):
        self.path = None

    def sql(self, text):
        link = sqlite3.connect(self.path, timeout=PATIENT)
        try:
            with link:
                return link.execute(text).fetchall()
        finally:
            link.close()

    def remove(self):
        pass


class PostgreSQL:
    def __init__(self):
        self.server = postgresql.PostgreSQL().create().start()
        self.path = None

    @property
    def settings(self):
        return {"database.driver": "postgresql",
                "database.conninfo": self.server.conninfo}

    def sql(self, text):
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e",
             "-v", "ON_ERROR_STOP=1", "-d", self.server.conninfo, "-c", text],
            capture_output=True, encoding="utf-8", check=True, cwd="/")
        return [tuple(row.split("\x1f")) for row in
                done.stdout.strip("\n\x1e").split("\x1e") if row]

    def remove(self):
        self.server.remove()


@pytest.fixture(scope="module", params=[Sqlite, PostgreSQL],
                ids=["sqlite", "postgresql"])
def database(request):
    made = request.param()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def folder(database):
    """One for each database: the signer remembers what it saw of another."""
    with harness.folder() as path:
        yield path


@pytest.fixture(scope="module")
def settings(database):
    return {**database.settings, "audit.head_interval": "1s"}


@pytest.fixture(scope="module")
def api(server, administrator, database):
    database.path = server.state / "core" / "warifu.db"
    return Api(server, administrator)


@pytest.fixture(scope="module")
def ctl(server, administrator, folder):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    token = folder / "token"

    def run(*words, code=0):
        """The token is that of now: a restarted server keeps sessions."""
        token.write_text(administrator + "\n")
        token.chmod(0o600)
        done = subprocess.run(
            [harness.CTL, *map(str, words), "--server",
             f"https://127.0.0.1:{server.https}", "--fingerprint",
             "sha256:" + server.certificate_sha256(), "--token-file", token],
            text=True, capture_output=True, stdin=subprocess.DEVNULL,
            env={"HOME": str(home), "PATH": os.environ["PATH"]}, timeout=120)
        assert done.returncode == code, \
            f"{words} ended with {done.returncode}:\n{done.stdout}" \
            f"{done.stderr}"
        return done.stdout
    return run


def make_office(api, name):
    return api.ok("POST", "/offices", {"name": name})


def rows(api, query=""):
    found, cursor = [], ""
    while cursor is not None:
        page = api.ok("GET", f"/audit?limit=500{query}" +
                      (f"&cursor={cursor}" if cursor else ""))
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def verification(api):
    """The last part's answer, after all of them."""
    answer = api.ok("GET", "/audit/verification?rows=7")
    while answer["state"] == "unfinished":
        answer = api.ok("GET", "/audit/verification?rows=7&cursor=" +
                        answer["next_cursor"])
    return answer


def mirrored(api):
    """Until the signer knows of every row that there is now."""
    head = verification(api)["head"]
    return harness.wait_until(
        "the signer knows of the newest row", lambda:
        (verification(api)["mirrored"] or 0) >= head and head, PATIENT)


# A second implementation of the chain.
def row_hash(values, previous):
    out = b"warifu-audit-row-1\0"
    for name in FIELDS:
        if name in ("n", "at", "occurrences"):
            out += struct.pack(">q", int(values[name]))
        else:
            text = str(values[name]).encode()
            out += struct.pack(">I", len(text)) + text
    return hashlib.sha256(out + bytes.fromhex(previous)).hexdigest()


def stored(database, where="1 = 1"):
    names = FIELDS + ("previous_hash", "hash")
    return [dict(zip(names, row)) for row in database.sql(
        f"SELECT {', '.join(names)} FROM audit WHERE {where} ORDER BY n")]


def test_a_change_is_recorded_with_who_what_where_before_and_after(api):
    office = make_office(api, "Osaka")
    api.ok("PATCH", f"/offices/{office['id']}", {"name": "Kobe"})
    assert api.ask("DELETE", f"/offices/{office['id']}").status == 204
    deleted, renamed, made = rows(api, f"&target={office['id']}")
    me = api.ok("GET", "/me")
    for row in (made, renamed, deleted):
        assert row["actor"] == {"kind": "user", "id": me["id"],
                                "name": "admin"}
        assert row["address"] == "127.0.0.1" and row["listener"] == "https"
        assert row["outcome"] == "done" and row["code"] is None
    assert [r["action"] for r in (made, renamed, deleted)] == [
        "office.create", "office.change", "office.delete"]
    assert made["before"] is None and made["after"]["name"] == "Osaka"
    assert renamed["before"]["name"] == "Osaka"
    assert renamed["after"]["name"] == "Kobe"
    assert deleted["before"]["name"] == "Kobe" and deleted["after"] is None
    assert api.ok("GET", f"/audit/rows/{made['row']}") == made


def test_what_is_refused_is_recorded_with_its_code(api):
    office = make_office(api, "Nara")
    answer = api.ask("PATCH", f"/offices/{office['id']}", {"name": "Uji"},
                     headers={"If-Match": '"another"'})
    assert answer.json["code"] == "version_mismatch", answer
    row = rows(api, f"&target={office['id']}&outcome=refused")[0]
    assert row["code"] == "version_mismatch" and row["occurrences"] == 1
    assert api.ok("GET", f"/offices/{office['id']}")["name"] == "Nara"


def test_a_stranger_is_counted_and_what_he_typed_is_not_kept(
        server, api, database):
    before = len(rows(api, "&action=sign_in&outcome=refused"))
    for _ in range(4):
        server.request("POST", "/api/v1/session", {
            "user": "my own password, mistyped", "password": "hunter2hunter"})
    found = rows(api, "&action=sign_in&outcome=refused")
    assert 1 <= len(found) - before <= 2
    assert found[0]["actor"]["kind"] == "stranger"
    everything = json.dumps(stored(database))
    assert "mistyped" not in everything and "hunter2" not in everything
    assert harness.PASSWORD not in everything
    assert api.token not in everything


def test_an_unauthorised_change_is_recorded(api):
    answer = api.ask("POST", "/offices", {"name": "x"}, token=None)
    assert answer.status == 401
    found = rows(api, "&action=office.create&outcome=refused")
    assert found[0]["code"] == "not_signed_in"
    assert found[0]["actor"]["kind"] == "stranger"


def test_the_servers_own_trust_is_recorded_once(api):
    for action in ("server_certificate.change", "publication.change",
                   "agent_ca.change"):
        found = rows(api, f"&action={action}")
        assert len(found) == 1, action
        assert found[0]["actor"]["kind"] == "server"
    assert rows(api, "&action=user.create")[-1]["target"]["name"] == "admin"


def test_a_computer_is_followed_from_its_token_to_its_end(server, api):
    import estkit
    secret = api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "uses": 1})["secret"]
    with harness.folder() as path:
        agent = estkit.PythonAgent(server, path, secret)
        agent.refresh()
        answer = api.ask("POST", f"/computers/{agent.id}/revoke",
                         {"reason": "stolen"})
        assert answer.status == 200, answer
    revoked, issued = rows(api, f"&target={agent.id}")
    assert issued["action"] == "certificate.issue"
    assert issued["actor"]["kind"] == "agent" and issued["after"]["serial"]
    assert revoked["action"] == "computer.revoke"
    assert revoked["before"]["state"] == "active"
    assert revoked["after"] == {"state": "revoked", "reason": "stolen"}
    assert secret not in json.dumps(rows(api))


def test_the_filters_are_checked(api):
    for query in ("from=yesterday", "until=1", "outcome=maybe",
                  "action=A%20B", "address="):
        assert api.ask("GET", f"/audit?{query}").status == 400, query
    assert api.ask("GET", "/audit/rows/99999999").json["code"] == \
        "audit_row_not_found"
    assert rows(api, "&from=2099-01-01T00:00:00Z") == []
    assert rows(api, "&until=2001-01-01T00:00:00Z") == []


def test_a_second_implementation_agrees_on_every_hash(api, database):
    make_office(api, "割符 \"=1+1\" <script>")
    previous = ZERO
    for number, row in enumerate(stored(database), 1):
        assert int(row["n"]) == number
        assert row["previous_hash"] == previous
        previous = row_hash(row, previous)
        assert row["hash"] == previous


def test_the_export_has_every_row_and_runs_nowhere(api, server, ctl):
    make_office(api, "=cmd|' /C calc'!A0")
    lines = [json.loads(line) for line in ctl(
        "audit", "export").splitlines()]
    assert [line["row"] for line in lines] == list(
        range(1, len(lines) + 1))
    answer = api.ask("GET", "/audit/export?format=csv&action=office.create")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""),
                                strict=True))
    evil = [row for row in table if "calc" in row["target_name"]]
    assert [row["target_name"] for row in evil] == ["'=cmd|' /C calc'!A0"]
    for row in table:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    taken = rows(api, "&action=audit.export")[0]
    assert taken["after"] == {"format": "csv", "action": "office.create"}
    left = list((server.state / "core").glob("export-*"))
    assert not left


def test_the_list_is_shown_harmless(ctl, database):
    text = ctl("audit", "list", "--limit", "500")
    assert "office.create" in text and "\x1b" not in text
    row = stored(database, "action = 'office.change'")[0]
    text = ctl("audit", "show", row["n"])
    assert row["hash"] in text and "Kobe" in text


def test_how_long_it_is_kept_is_bounded_and_recorded(api, ctl):
    assert api.ok("GET", "/audit/settings") == {
        "retention_days": 365, "version": 1}
    for days in (0, 29, 751, -1):
        answer = api.ask("PUT", "/audit/settings", {"retention_days": days})
        assert answer.status == 400, days
    assert "30" in ctl("audit", "retention", "30")
    row = rows(api, "&action=setting.change&outcome=done")[0]
    assert row["before"] == {"retention_days": 365}
    assert row["after"] == {"retention_days": 30}
    api.ok("PUT", "/audit/settings", {"retention_days": 365})


def test_a_whole_log_is_found_whole(api, ctl):
    mirrored(api)
    assert verification(api)["state"] == "whole", verification(api)
    assert "whole" in ctl("audit", "verify")
    assert api.ask("GET", "/audit/verification?cursor=nonsense").status == 400


@pytest.fixture(scope="module")
def quiet(server, api):
    """Refusals that are counted now would be written in the midst of it."""
    server.stop()
    server.start(PATIENT)


@pytest.fixture
def kept(api, database, quiet):
    """The log is put back afterwards: each test tampers for itself."""
    mirrored(api)
    database.sql("CREATE TABLE kept AS SELECT * FROM audit")
    database.sql("CREATE TABLE kept_head AS SELECT * FROM audit_head")
    yield
    for table in ("audit", "audit_head"):
        source = "kept" if table == "audit" else "kept_head"
        database.sql(f"DELETE FROM {table} WHERE 1 = 1")
        database.sql(f"INSERT INTO {table} SELECT * FROM {source}")
        database.sql(f"DROP TABLE {source}")
    assert verification(api)["state"] == "whole"


def assert_found(api, ctl, fault, first_bad):
    found = verification(api)
    assert (found["state"], found["fault"], found["first_bad"]) == (
        "tampered", fault, first_bad), found
    shown = json.loads(ctl("audit", "verify", "--json", code=1))
    assert shown["first_bad"] == first_bad


def test_a_changed_row_is_named(api, ctl, database, kept):
    database.sql("UPDATE audit SET actor_name = 'nobody' WHERE n = 3")
    assert_found(api, ctl, "row_changed", 3)
    assert rows(api)[-3]["actor"]["name"] == "nobody"


def test_a_row_with_an_unknown_word_is_still_shown(api, ctl, database, kept):
    database.sql("UPDATE audit SET action = 'no.such' WHERE n = 3")
    assert rows(api, "&action=no.such")[0]["row"] == 3
    assert_found(api, ctl, "row_changed", 3)


def test_a_removed_row_is_named(api, ctl, database, kept):
    database.sql("DELETE FROM audit WHERE n = 4")
    assert_found(api, ctl, "row_missing", 4)


def test_swapped_rows_are_named(api, ctl, database, kept):
    database.sql("UPDATE audit SET n = 1000000 WHERE n = 2")
    database.sql("UPDATE audit SET n = 2 WHERE n = 5")
    database.sql("UPDATE audit SET n = 5 WHERE n = 1000000")
    assert_found(api, ctl, "row_changed", 2)


def set_head(database, row):
    database.sql(f"UPDATE audit_head SET n = {row['n']}, "
                 f"hash = '{row['hash']}'")


def test_a_cut_tail_is_found_by_what_the_signer_knows(
        api, ctl, database, kept):
    last = int(stored(database)[-1]["n"])
    database.sql(f"DELETE FROM audit WHERE n > {last - 3}")
    set_head(database, stored(database)[-1])
    assert_found(api, ctl, "row_missing", last - 2)


def test_rows_chained_anew_are_found_by_what_the_signer_knows(
        api, ctl, database, kept):
    all_rows = stored(database)
    start = len(all_rows) - 4
    all_rows[start]["actor_name"] = "nobody"
    previous = all_rows[start]["previous_hash"]
    for row in all_rows[start:]:
        row["previous_hash"] = previous
        row["hash"] = previous = row_hash(row, previous)
        database.sql(
            f"UPDATE audit SET previous_hash = '{row['previous_hash']}', "
            f"hash = '{row['hash']}', actor_name = '{row['actor_name']}' "
            f"WHERE n = {row['n']}")
    set_head(database, all_rows[-1])
    found = verification(api)
    assert found["state"] == "tampered" and found["fault"] == "rows_replaced"
    assert found["first_bad"] <= int(all_rows[start]["n"])
    ctl("audit", "verify", code=1)


def test_rows_cut_off_without_the_signers_word_are_found(
        api, ctl, database, kept):
    row = stored(database, "n = 5")[0]
    database.sql("DELETE FROM audit WHERE n <= 5")
    assert_found(api, ctl, "row_missing", 1)
    database.sql("INSERT INTO audit_checkpoint (n, hash, at, statement) "
                 f"VALUES (5, '{row['hash']}', 0, 'a.b.c')")
    try:
        assert_found(api, ctl, "checkpoint_wrong", 5)
    finally:
        database.sql("DELETE FROM audit_checkpoint WHERE 1 = 1")


def test_a_core_that_is_killed_between_row_and_head_raises_no_alarm(
        server, api):
    for number in range(5):
        make_office(api, f"before the end {number}")
        for pid in server.roles()["core"]:
            os.kill(pid, signal.SIGKILL)
        server.wait_ready(PATIENT)
    made = rows(api, "&action=office.create&outcome=done")
    assert sum("before the end" in row["target"]["name"]
               for row in made) == 5
    assert verification(api)["state"] == "whole"
    mirrored(api)
    assert verification(api)["state"] == "whole"


def test_an_orderly_end_tells_the_signer_of_the_last_row(server, api):
    office = make_office(api, "the last one")
    server.stop()
    server.start(PATIENT)
    row = rows(api, f"&target={office['id']}")[0]
    found = verification(api)
    assert found["state"] == "whole" and found["mirrored"] >= row["row"]


def test_an_older_database_is_found(server, api, ctl, database):
    if isinstance(database, PostgreSQL):
        older = database.server.folder / "older"
        data = database.server.folder / "data"
    else:
        older, data = server.folder / "older", server.state / "core"
    mirrored(api)
    head = verification(api)["head"]
    server.stop()
    put_database_by(database, data, older)
    server.start(PATIENT)
    for number in range(3):
        make_office(api, f"forgotten {number}")
    mirrored(api)
    server.stop()
    take_database_back(database, data, older)
    server.start(PATIENT)
    found = verification(api)
    assert found["state"] == "tampered" and found["fault"] == "row_missing"
    assert found["first_bad"] >= head + 1
    harness.wait_until("the log says so", lambda:
                       "the audit log is shorter than it was" in server.log(),
                       PATIENT)
    ctl("audit", "verify", code=1)
    # It never grows over: what the signer saw is not what is there.
    while verification(api)["head"] <= found["mirrored"]:
        make_office(api, f"again {verification(api)['head']}")
    found = verification(api)
    assert found["fault"] == "rows_replaced"
    assert found["first_bad"] >= head + 1


def copy_as_is(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)


def put_database_by(database, data, older):
    if isinstance(database, PostgreSQL):
        database.server.kill()
    copy_as_is(data, older)
    if isinstance(database, PostgreSQL):
        database.server.start()


def take_database_back(database, data, older):
    if isinstance(database, PostgreSQL):
        database.server.kill()
    copy_as_is(older, data)
    if isinstance(database, PostgreSQL):
        database.server.start()


def test_the_trail_is_nobodys_to_change_by_the_api(api):
    for method in ("DELETE", "PUT", "PATCH", "POST"):
        assert api.ask(method, "/audit/rows/1").status == 405
        assert api.ask(method, "/audit").status == 405


def test_the_document_has_every_action():
    words = (harness.TOP / "src/store/audit_words.h").read_text()
    text = pathlib.Path(harness.TOP / "docs/protocol/audit.md").read_text()
    for line in words.splitlines():
        if line.startswith("\tX(") and '", ' not in line and '"' in line:
            word = line.split('"')[1]
            assert not word or f"`{word}`" in text, word
