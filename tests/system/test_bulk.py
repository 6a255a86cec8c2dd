"""Many computers at once: refreshed, moved, revoked, retired."""

import contextlib
import http.client
import json
import os
import signal
import threading
import time
import uuid

import pytest

import crowd
import estkit
import harness
from described import Api
from test_ctl import Ctl
from test_roles import ROLES, make_role, make_user, places

LOCAL = crowd.LOCAL
NOBODY = "00000000-0000-7000-8000-00000000dead"
ACTIONS = {"refresh": {}, "move": {"office_id": LOCAL},
           "revoke": {"reason": "sold"}, "retire": {}}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def office(api):
    return api.ok("POST", "/offices", {"name": "Osaka"})["id"]


@pytest.fixture(scope="module")
def ctl(folder, server):
    home = folder / "home"
    home.mkdir()
    ctl, password = Ctl(home, server), home / "password"
    password.write_text(harness.PASSWORD + "\n")
    ctl.run("login", "--server", f"127.0.0.1:{server.https}", "--fingerprint",
            f"sha256:{server.certificate_sha256()}", "--user", "admin",
            "--password-file", password)
    return ctl


def some(server, count, prefix=None, **more):
    prefix = prefix or f"pc-{uuid.uuid4().hex[:6]}"
    return crowd.add(server, [f"{prefix}-{n:03}" for n in range(count)],
                     **more)


def do(api, action, ids, **more):
    return api.ok("POST", f"/computers/{action}",
                  {"computer_ids": ids, **ACTIONS[action], **more})


def outcomes(answer):
    return [result["outcome"] for result in answer["results"]]


def state(api, ident):
    return api.ok("GET", f"/computers/{ident}")["state"]


def audit(api, action, **wanted):
    query = "".join(f"&{name}={value}" for name, value in wanted.items())
    return api.ok("GET", f"/audit?limit=500&action={action}{query}")["items"]


# What is refused

@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("ids, code", [
    (None, "member_missing"), ([], "json_range"), ("all", "json_type"),
    ([1], "json_type"), (["x"], "json_range"), ([NOBODY.upper()], "json_range"),
    ([NOBODY] * 2, "json_range"),
    ([f"00000000-0000-7000-8000-{n:012}" for n in range(501)], "json_range"),
])
def test_wrong_ids_are_refused_before_anything_is_done(
        api, action, ids, code):
    body = dict(ACTIONS[action])
    if ids is not None:
        body["computer_ids"] = ids
    api.refused(code, "POST", f"/computers/{action}", body)


@pytest.mark.parametrize("action, body, code", [
    ("move", {}, "member_missing"), ("move", {"office_id": "x"}, "json_range"),
    ("move", {"office_id": LOCAL, "reason": "r"}, "unknown_member"),
    ("revoke", {}, "member_missing"), ("revoke", {"reason": ""}, "json_range"),
    ("revoke", {"reason": "a\nb"}, "json_range"),
    ("revoke", {"reason": "x" * 257}, "json_range"),
    ("retire", {"reason": "r"}, "unknown_member"),
    ("refresh", {"all": True}, "unknown_member"),
])
def test_wrong_arguments_are_refused(server, api, action, body, code):
    ident, = some(server, 1)
    api.refused(code, "POST", f"/computers/{action}",
                {"computer_ids": [ident], **body})
    assert state(api, ident) == "active"


@pytest.mark.parametrize("level, allowed", [
    ("read", ()), ("write", ("refresh", "move")), ("full", tuple(ACTIONS))])
def test_each_action_needs_its_level(server, api, level, allowed):
    _, who = make_user(api, make_role(
        api, computers=level, offices="read")["id"])
    for action in ACTIONS:
        ident, = some(server, 1)
        if action in allowed:
            assert outcomes(do(who, action, [ident])) == ["done"]
        else:
            who.refused("not_permitted", "POST", f"/computers/{action}",
                        {"computer_ids": [ident], **ACTIONS[action]})
            assert state(api, ident) == "active"


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_outside_the_scope_is_as_if_absent(
        server, api, office, action):
    inside, = some(server, 1)
    outside, = some(server, 1, office=office)
    _, who = make_user(api, "technician", places(LOCAL))
    answer = do(who, action, [outside, NOBODY, inside])
    assert outcomes(answer) == ["refused", "refused", "done"]
    hidden, absent, _ = answer["results"]
    for result in (hidden, absent):
        assert result["code"] == "computer_not_found"
        assert result["name"] is None
    assert hidden["detail"].replace(outside, "") == \
        absent["detail"].replace(NOBODY, "")
    assert state(api, outside) == "active"


def test_an_office_out_of_reach_refuses_all(server, api, office):
    ids = some(server, 2)
    api.refused("office_not_found", "POST", "/computers/move", {
        "computer_ids": ids, "office_id": NOBODY})
    _, who = make_user(api, "technician", places(LOCAL))
    who.refused("office_not_found", "POST", "/computers/move", {
        "computer_ids": ids, "office_id": office})
    for ident in ids:
        assert api.ok("GET", f"/computers/{ident}")["office_id"] == LOCAL


# What is done

def test_one_wrong_stops_no_other(server, api, office):
    ids = some(server, 4)
    assert do(api, "revoke", ids[:1])["done"] == 1
    answer = do(api, "refresh", [ids[0], ids[1], NOBODY, ids[2]])
    assert outcomes(answer) == ["refused", "done", "refused", "done"]
    assert [r["code"] for r in answer["results"]] == [
        "computer_revoked", None, "computer_not_found", None]
    assert [answer[word] for word in ("done", "already", "refused", "left")] \
        == [2, 0, 2, 0]
    answer = do(api, "move", [NOBODY, *ids], office_id=office)
    assert outcomes(answer) == ["refused", *["done"] * 4]
    for ident in ids:
        assert api.ok("GET", f"/computers/{ident}")["office_id"] == office
    assert do(api, "retire", [ids[0], ids[1]])["results"][0]["code"] == \
        "computer_revoked"
    assert state(api, ids[1]) == "retired"


@pytest.mark.parametrize("action, end", [
    ("revoke", "revoked"), ("retire", "retired")])
def test_asking_again_is_safe(server, api, action, end):
    """An answer that was lost: everything is asked once more."""
    ids = some(server, 3)
    assert outcomes(do(api, action, ids[:2])) == ["done"] * 2
    answer = do(api, action, ids)
    assert outcomes(answer) == ["already", "already", "done"]
    assert answer["results"][0]["code"] == f"computer_{end}"
    assert [state(api, ident) for ident in ids] == [end] * 3


@pytest.mark.parametrize("action, word", [
    ("refresh", "computer.refresh"), ("move", "computer.change"),
    ("revoke", "computer.revoke"), ("retire", "computer.retire")])
def test_each_computer_has_its_own_row_in_the_audit_log(
        server, api, action, word):
    ids = some(server, 60)
    do(api, action, [*ids, NOBODY])
    rows = [row for row in audit(api, word) if row["target"] is not None]
    done = {row["target"]["id"]: row for row in rows
            if row["outcome"] == "done"}
    assert set(ids) <= set(done)
    row = done[ids[0]]
    assert row["actor"]["name"] == "admin" and row["address"]
    assert row["target"]["name"].startswith("pc-")
    if action == "revoke":
        assert row["before"] == {"state": "active"}
        assert row["after"] == {"state": "revoked", "reason": "sold"}
    refused = audit(api, word, outcome="refused")
    assert "computer_not_found" in {row["code"] for row in refused}
    assert api.ok("GET", "/audit/verification")["state"] == "whole"


def test_hundreds_are_revoked_in_one_request_of_bounded_time(server, api):
    ids = some(server, 500)
    began = time.monotonic()
    left = ids
    while left:
        answer = do(api, "revoke", left, reason="盗難")
        assert time.monotonic() - began < 60 * harness.PATIENCE
        assert answer["refused"] == 0
        left = [r["computer_id"] for r in answer["results"]
                if r["outcome"] == "left"]
    listed, cursor = {}, ""
    while cursor is not None:
        page = api.ok("GET", "/computers?state=revoked&limit=500" + cursor)
        listed.update((c["id"], c) for c in page["items"])
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert set(ids) <= set(listed)
    events = api.ok("GET", f"/computers/{ids[77]}/events")["items"]
    assert [e["kind"] for e in events] == ["computer_revoked"]
    assert events[0]["detail"] == {"reason": "盗難"}


def test_certificates_and_connections_end(server, api, place):
    secret = server.office_token(api.token, uses=3)
    agents = [estkit.PythonAgent(server, place / str(n), secret)
              for n in range(3)]
    for agent in agents:
        agent.refresh()
    ids = [agent.id for agent in agents]
    assert outcomes(do(api, "revoke", ids[:2])) == ["done"] * 2
    for agent in agents[:2]:
        with pytest.raises(OSError):
            agent.refresh()
        certificates = api.ok(
            "GET", f"/computers/{agent.id}/certificates")["items"]
        assert [c["state"] for c in certificates] == ["revoked"]
        assert certificates[0]["revocation_reason"] == "sold"
    agents[2].refresh()


def test_a_revocation_outlives_the_core_that_made_it(server, api):
    """What the signer has and the database has not is asked again."""
    ids = some(server, 200)
    pid, = server.roles()["core"]

    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.request("POST", "/api/v1/computers/revoke", {
                "computer_ids": ids, "reason": "cut off"}, token=api.token)

    asking = threading.Thread(target=ask)
    asking.start()
    harness.wait_until(
        "some are revoked", lambda: state(api, ids[0]) == "revoked", 30)
    os.kill(pid, signal.SIGKILL)
    asking.join()
    server.wait_ready()
    left = ids
    while left:
        answer = do(api, "revoke", left)
        assert set(outcomes(answer)) <= {"done", "already", "left"}
        left = [r["computer_id"] for r in answer["results"]
                if r["outcome"] == "left"]
    assert {state(api, ident) for ident in ids[::17]} == {"revoked"}


# A refresh of all is no storm

def test_a_fleet_is_knocked_at_one_after_the_other(server, api, place):
    secret = server.office_token(api.token, uses=30)
    with contextlib.ExitStack() as stack:
        agents = [estkit.PythonAgent(server, place / str(n), secret)
                  for n in range(30)]
        for agent in agents:
            agent.refresh()
        channels = [agent.channel() for agent in agents]
        for channel in channels:
            stack.callback(channel.close)
            assert channel.status == 101
        ids = [agent.id for agent in agents]
        harness.wait_until("all are live", lambda: all(
            api.ok("GET", f"/computers/{ident}")["is_live"] for ident in ids))
        began = time.monotonic()
        answer = do(api, "refresh", [*ids, *some(server, 1)])
        assert [r["live"] for r in answer["results"]] == [True] * 30 + [False]
        for channel in channels:
            assert channel.message()["type"] == "knock"
        # 10 at once at most: the last of 30 waits for two pauses or more.
        assert time.monotonic() - began > 0.1


# Rights that are taken away meanwhile

REQUESTS = [("POST", "/computers/{0}/revoke", {"reason": "r"}),
            ("POST", "/computers/{0}/retire", None),
            ("POST", "/computers/revoke",
             {"computer_ids": ["{0}"], "reason": "r"}),
            ("POST", "/computers/retire", {"computer_ids": ["{0}"]}),
            ("POST", "/computers/move",
             {"computer_ids": ["{0}"], "office_id": LOCAL})]


def filled(body, ident):
    if body is None or "computer_ids" not in body:
        return body
    return {**body, "computer_ids": [ident]}


def is_waiting(server):
    """Whether core has more to do than this question."""
    text = server.request("GET", "/metrics", plain=True).body.decode()
    busy = [line for line in text.splitlines()
            if line.startswith("warifu_workers_busy ")]
    return busy and float(busy[0].split()[1]) >= 2


@pytest.mark.parametrize("method, path, body", REQUESTS)
def test_rights_taken_away_before_it_is_decided_count(
        server, api, method, path, body):
    """The database is held while somebody takes the role away: a request that
    was let in before is judged again before the signer hears of it."""
    user, who = make_user(api, "technician")
    who.ok("GET", "/computers?limit=1")
    ident, = some(server, 1)
    answers = []
    link = crowd.database(server)
    try:
        link.execute("BEGIN IMMEDIATE")
        link.execute("UPDATE local_user SET role_id = ? WHERE id = ?",
                     (ROLES["guest"], user["id"]))
        asking = threading.Thread(target=lambda: answers.append(who.ask(
            method, path.format(ident), filled(body, ident))))
        asking.start()
        harness.wait_until("the request is at work",
                           lambda: is_waiting(server), 30)
        link.execute("COMMIT")
    finally:
        link.close()
    asking.join()
    assert answers[0].status == 403, answers
    assert answers[0].json["code"] == "not_permitted"
    one = api.ok("GET", f"/computers/{ident}")
    assert one["state"] == "active"
    # Neither has the signer revoked it: it may still be.
    assert outcomes(do(api, "revoke", [ident])) == ["done"]


# warifuctl

def test_warifuctl_does_it_to_a_list(server, api, ctl, folder, office):
    ids = some(server, 620, prefix="listed")
    path = folder / "ids"
    path.write_text(ctl.run("computer", "export", "--columns", "id",
                            "--search", "listed-").stdout)
    done = ctl.run("computer", "refresh", "--list", path)
    assert "620 done" in done.stderr and done.stdout == ""
    done = ctl.run("computer", "move", "--list", path, "Osaka")
    assert "620 done" in done.stderr
    assert api.ok("GET", f"/computers?office_id={office}&search=listed-&"
                  "limit=1")["total"] == 620
    path.write_text("\n".join([*ids[:3], NOBODY, ids[0]]))
    ctl.run("computer", "revoke", "--list", path, code=2)
    done = ctl.run("computer", "revoke", "--list", path, "--reason", "x",
                   code=1)
    assert "--yes" in done.stderr and state(api, ids[0]) == "active"
    done = ctl.run("computer", "revoke", "--list", path, "--reason", "x",
                   "--yes", code=1)
    assert "3 done" in done.stderr and "1 refused" in done.stderr
    assert NOBODY in done.stdout and "computer_not_found" in done.stdout
    told = json.loads(ctl.run("computer", "retire", "--yes", "--list", path,
                              "--json", code=1).stdout)
    assert told["refused"] == 4 and len(told["results"]) == 4
    path.write_text(ids[9])
    told = ctl.json("computer", "refresh", "--list", path)
    assert told["done"] == 1 and told["results"][0]["live"] is False


def test_warifuctl_takes_ids_alone(ctl, folder):
    for text in ("", "x\n", f"{NOBODY}\nlisted-001\n", "id\n\n"):
        done = ctl.run("computer", "refresh", "--list", "-", stdin=text,
                       code=2)
        assert "list" in done.stderr
    ctl.run("computer", "refresh", code=2)
    ctl.run("computer", "refresh", NOBODY, "--list", "-", code=2)
    ctl.run("computer", "move", "Osaka", code=2)
    ctl.run("computer", "refresh", "--list", folder / "nowhere", code=1)
