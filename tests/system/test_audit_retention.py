"""Rows past their time are cut off behind a checkpoint that is signed."""

import sqlite3

import pytest

import clocks
import harness
from described import Api

PATIENT = 60
HOUR = 3600


@pytest.fixture(scope="module")
def moved(folder):
    return clocks.Clocks(folder / "programs")


@pytest.fixture(scope="module")
def settings():
    return {"audit.head_interval": "1s"}


@pytest.fixture(scope="module")
def server(folder, settings, moved):
    running = harness.Server(folder, settings)
    running.program = moved.server
    try:
        running.start()
        yield running
    finally:
        running.stop()


def signed_in(server):
    return Api(server, server.sign_in(harness.PASSWORD))


def verification(api):
    return api.ok("GET", "/audit/verification")


def sql(server, text):
    with sqlite3.connect(server.state / "core" / "warifu.db",
                         timeout=PATIENT) as link:
        rows = link.execute(text).fetchall()
    link.close()
    return rows


def test_old_rows_are_cut_off_and_the_chain_goes_on(server, moved):
    api = Api(server, server.administrator())
    for number in range(3):
        api.ok("POST", "/offices", {"name": f"office {number}"})
    head = verification(api)["head"]
    server.stop()
    moved.set(real_s=400 * clocks.DAY)
    server.start(PATIENT)
    api = signed_in(server)
    # It has to be so for an hour: a wrong clock costs nothing at once.
    assert verification(api)["checkpoint"] is None
    # It looks after it has told the signer: the second time tells of the
    # first look.
    for number in range(2):
        api.ok("POST", "/offices", {"name": f"later {number}"})
        made = verification(api)["head"]
        harness.wait_until("core has told the signer", lambda: verification(
            api)["mirrored"] >= made, PATIENT)
    moved.set(real_s=400 * clocks.DAY, monotonic_s=HOUR + 60)
    api = signed_in(server)
    cut = harness.wait_until("the old rows are cut off", lambda:
                             verification(api)["checkpoint"], PATIENT)
    assert cut >= head
    found = verification(api)
    assert found["state"] == "whole" and found["from"] == cut + 1, found
    told = api.ok("GET", "/audit?action=audit.cut")["items"]
    assert told[0]["after"] == {"up_to": cut, "rows": cut}
    assert told[0]["actor"]["kind"] == "server"
    assert api.ask("GET", "/audit/rows/1").status == 404


def test_what_was_cut_off_does_not_come_back(server):
    api = signed_in(server)
    columns = "actor_kind, actor_id, actor_name, action, target_kind, " \
        "target_id, target_name, address, listener, outcome, code, " \
        "occurrences, value_before, value_after, previous_hash, hash"
    sql(server, f"INSERT INTO audit (n, at, {columns}) SELECT 2, at, "
        f"{columns} FROM audit ORDER BY n LIMIT 1")
    found = verification(api)
    assert found["fault"] == "row_not_chained" and found["first_bad"] == 2
    sql(server, "DELETE FROM audit WHERE n = 2")
    assert verification(api)["state"] == "whole"


def test_a_statement_of_the_signer_serves_for_its_row_alone(server):
    api = signed_in(server)
    row = api.ok("GET", "/audit?limit=1")["items"][0]
    cut = verification(api)["checkpoint"]
    sql(server, "INSERT INTO audit_checkpoint (n, hash, at, statement) "
        f"SELECT {row['row']}, '{row['hash']}', at, statement "
        f"FROM audit_checkpoint WHERE n = {cut}")
    sql(server, f"DELETE FROM audit WHERE n <= {row['row']}")
    found = verification(api)
    assert found["state"] == "tampered", found
    assert found["fault"] == "checkpoint_wrong"
