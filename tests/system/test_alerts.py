"""Alerts: what there is, who sees it, who acknowledges it, and when it is
back."""

import contextlib
import itertools
import os
import signal
import sqlite3
import subprocess
import time

import pytest

import estkit
import harness
from described import Api
from test_roles import LOCAL, make_user, places

DAY_MS = 24 * 3600 * 1000
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def alerts(who):
    return {alert["kind"]: alert
            for alert in who.ok("GET", "/alerts")["items"]}


def appears(who, kind, is_so=lambda alert: True):
    def look():
        alert = alerts(who).get(kind)
        return alert if alert and is_so(alert) else None
    return harness.wait_until(f"the alert {kind}", look, 30)


def goes(who, kind):
    harness.wait_until(f"no alert {kind}", lambda: kind not in alerts(who),
                       30)


def is_forgotten(server, kind):
    """The next time will be a new alert, which nobody has acknowledged."""
    def look():
        link = sqlite3.connect(server.state / "core" / "warifu.db",
                               timeout=30)
        try:
            return link.execute("SELECT count(*) FROM alert WHERE kind = ?",
                                (kind,)).fetchone() == (0,)
        finally:
            link.close()
    harness.wait_until(f"{kind} is forgotten", look, 60)


def enrol(server, api, folder, office=LOCAL, **more):
    secret = api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "office_id": office})["secret"]
    agent = estkit.PythonAgent(server, folder / f"a{next(NUMBERS)}", secret)
    agent.refresh(hostname=f"pc-{next(NUMBERS)}", **more)
    return agent


def database(server, sql, *values):
    """What only time does to a row: done by hand beside the server."""
    path = server.state / "core" / "warifu.db"
    with sqlite3.connect(path, timeout=30) as link:
        changed = link.execute(sql, values).rowcount
    link.close()
    assert changed > 0, sql


def age_certificate(server, agent, days_left):
    now = int(time.time() * 1000)
    end = now + days_left * DAY_MS
    database(server, "UPDATE certificate SET not_after = ?, not_before = ?"
             " WHERE computer_id = ?", end, end - 90 * DAY_MS, agent.id)


# What there is

def test_a_new_server_has_nothing_to_alert_to(server, api):
    harness.wait_until(
        "no alert but of this machine's own", lambda: set(alerts(api)) <=
        {"disk", "clock"}, 30)


def test_certificates_that_are_not_renewed(server, api, folder):
    late, ended, well = (enrol(server, api, folder) for _ in range(3))
    age_certificate(server, late, 14)
    age_certificate(server, ended, -1)
    age_certificate(server, well, 20)
    for kind, word, agent, severity in (
            ("certificate_expiring", "expiring", late, "warning"),
            ("certificate_expired", "expired", ended, "critical")):
        alert = appears(api, kind)
        assert (alert["count"], alert["severity"]) == (1, severity)
        assert alert["computers"] == {"state": "active", "certificate": word}
        listed = api.ok("GET", "/computers?state=active&certificate=" + word)
        assert [one["id"] for one in listed["items"]] == [agent.id]
        assert listed["total"] == 1
        for sort in ("-name", "last_seen_at", "-enrolled_at", "os", "state"):
            for more in ("", "&search=pc-"):
                again = api.ok("GET", f"/computers?certificate={word}"
                                      f"&sort={sort}{more}")
                assert [one["id"] for one in again["items"]] == [agent.id]
    fleet = api.ok("GET", "/fleet")
    assert fleet["expiring_certificates"] == 1
    assert fleet["expired_certificates"] == 1
    api.refused("bad_parameter", "GET", "/computers?certificate=soon")
    # A revoked computer needs no certificate.
    for agent in (late, ended):
        api.ok("POST", f"/computers/{agent.id}/revoke", {"reason": "test"})
    goes(api, "certificate_expired")
    goes(api, "certificate_expiring")


def test_computers_that_share_an_identity(server, api, folder):
    first = enrol(server, api, folder)
    name = api.ok("GET", f"/computers/{first.id}")["name"]
    second = enrol(server, api, folder)
    second.refresh(hostname=name)
    alert = appears(api, "computer_duplicate")
    listed = api.ok("GET", "/computers?duplicate=any")["items"]
    assert {first.id, second.id} >= {one["id"] for one in listed} != set()
    assert alert["count"] == len(listed)
    for agent in (first, second):
        api.ok("POST", f"/computers/{agent.id}/revoke", {"reason": "test"})
    goes(api, "computer_duplicate")


def test_computers_that_are_not_seen(server, api, folder):
    agent = enrol(server, api, folder)
    database(server, "UPDATE computer_contact SET last_seen_at = ?"
             " WHERE contact_id = ?",
             int(time.time() * 1000) - 8 * DAY_MS, agent.id)
    alert = appears(api, "computer_not_seen")
    assert (alert["count"], alert["value"]) == (1, 7)
    assert alert["computers"] == {"state": "active", "not_seen_days": 7}
    agent.refresh()
    goes(api, "computer_not_seen")


def test_a_signer_that_is_away(server, api):
    # Started anew at once, so only one that cannot work is away for long.
    pid, = server.roles()["signer"]
    os.kill(pid, signal.SIGSTOP)
    try:
        alert = appears(api, "signer_away")
        assert alert["severity"] == "critical"
    finally:
        os.kill(pid, signal.SIGCONT)
    goes(api, "signer_away")


@contextlib.contextmanager
def break_row(server, row):
    """A row of the audit log is another than it was, and then itself."""
    path = server.state / "core" / "warifu.db"
    with sqlite3.connect(path, timeout=30) as link:
        was, = link.execute("SELECT address FROM audit WHERE n = ?",
                            (row,)).fetchone()
    link.close()
    database(server, "UPDATE audit SET address = 'x' WHERE n = ?", row)
    try:
        yield
    finally:
        database(server, "UPDATE audit SET address = ? WHERE n = ?", was, row)


def test_an_audit_log_that_was_changed(server, api):
    row = api.ok("GET", "/audit")["items"][-1]["row"]
    with break_row(server, row):
        assert api.ok("GET", "/audit/verification")["first_bad"] == row
        alert = appears(api, "audit_chain")
        assert (alert["severity"], alert["reason"], alert["value"]) == (
            "critical", "fault", row)
    # It stays until the row itself is found whole again.
    assert "audit_chain" in alerts(api)
    assert api.ok("GET", "/audit/verification")["first_bad"] is None
    goes(api, "audit_chain")


def test_accounts_that_are_locked(server, api):
    user, _ = make_user(api, "guest")
    for _ in range(5):
        answer = api.ask("POST", "/session", {
            "user": user["name"], "password": "wrong wrong wrong"},
            token=None)
        assert answer.status in (401, 429)
    alert = appears(api, "account_locked")
    assert alert["count"] >= 1


# Who sees it

def test_a_role_sees_what_it_may_read_alone(server, api):
    appears(api, "account_locked")
    _, technician = make_user(api, "technician")
    _, auditor = make_user(api, "auditor")
    _, guest = make_user(api, "guest")
    assert "account_locked" in alerts(auditor)
    for who in (technician, guest):
        assert "account_locked" not in alerts(who)


# Who may read the module sees these, and nobody else.
SEEN = {"users": "account_locked", "computers": "certificate_expired",
        "audit": "audit_chain", "settings": "signer_away"}


def test_each_module_shows_its_own_alerts_and_no_others(server, api, folder):
    """One alert of each module at once, and a role for each module: the list
    and the count say the same, with a scope as well."""
    agent = enrol(server, api, folder)
    age_certificate(server, agent, -1)
    row = api.ok("GET", "/audit")["items"][-1]["row"]
    with break_row(server, row):
        assert api.ok("GET", "/audit/verification")["first_bad"] == row
        people = []
        for module in api.ok("GET", "/roles")["items"][0]["levels"]:
            role = api.ok("POST", "/roles", {
                "name": f"sees {module} {next(NUMBERS)}",
                "levels": {module: "read"}})["id"]
            people.append((module, make_user(api, role)[1], False))
            people.append((module, make_user(api, role, places(LOCAL))[1],
                           True))
        pid, = server.roles()["signer"]
        os.kill(pid, signal.SIGSTOP)
        try:
            appears(api, "signer_away")
            assert set(SEEN.values()) <= set(alerts(api))
            for module, who, is_scoped in people:
                seen = who.ok("GET", "/alerts")
                kinds = {alert["kind"] for alert in seen["items"]}
                hidden = is_scoped and module in ("users", "audit")
                expected = {SEEN[module]} \
                    if module in SEEN and not hidden else set()
                assert kinds & set(SEEN.values()) == expected, (module, kinds)
                assert seen["unacknowledged"] == len([
                    alert for alert in seen["items"]
                    if not alert["acknowledged"]])
                assert all((alert["since"] is None) == is_scoped
                           for alert in seen["items"])
        finally:
            os.kill(pid, signal.SIGCONT)
    assert api.ok("GET", "/audit/verification")["first_bad"] is None
    age_certificate(server, agent, 80)
    for kind in ("certificate_expired", "signer_away", "audit_chain"):
        goes(api, kind)


def group_of(api, agent):
    group = api.ok("POST", "/groups", {
        "name": f"g {next(NUMBERS)}", "kind": "static"})["id"]
    api.ok("POST", f"/groups/{group}/members/add",
           {"computer_ids": [agent.id]})
    return [{"kind": "group", "id": group}]


@pytest.mark.parametrize("kind", ["office", "group"])
def test_a_scope_counts_its_own_computers(server, api, folder, kind):
    office = api.ok("POST", "/offices", {"name": f"o {next(NUMBERS)}"})["id"]
    here, there = enrol(server, api, folder), enrol(
        server, api, folder, office)
    scopes = [places(LOCAL), places(office)] if kind == "office" else [
        group_of(api, here), group_of(api, there)]
    _, one = make_user(api, "technician", scopes[0])
    _, other = make_user(api, "technician", scopes[1])
    for agent in (here, there):
        age_certificate(server, agent, -1)
    assert appears(api, "certificate_expired",
                   lambda alert: alert["count"] == 2)
    age_certificate(server, there, 80)
    assert appears(one, "certificate_expired")["count"] == 1
    goes(other, "certificate_expired")
    one.refused("outside_scope", "POST",
                "/alerts/certificate_expired/acknowledgement")
    # What is hidden cannot be told from what is not there.
    one.refused("alert_not_found", "POST",
                "/alerts/account_locked/acknowledgement")
    age_certificate(server, here, 80)
    goes(api, "certificate_expired")


# Acknowledging

def test_who_may_not_cannot(server, api):
    appears(api, "account_locked")
    path = "/alerts/account_locked/acknowledgement"
    api.refused("not_signed_in", "POST", path, token=None)
    for role in ("auditor", "guest"):
        _, who = make_user(api, role)
        who.refused("not_permitted", "POST", path)
        who.refused("not_permitted", "DELETE", path)
    role = api.ok("POST", "/roles", {
        "name": f"role {next(NUMBERS)}",
        "levels": {"computers": "write", "users": "read"}})
    _, who = make_user(api, role["id"])
    who.refused("not_permitted", "POST", path)


def test_what_is_not_there_cannot_be_acknowledged(api):
    for kind in ("nothing", "certificate_expired", "journal"):
        api.refused("alert_not_found", "POST",
                    f"/alerts/{kind}/acknowledgement")
        api.refused("alert_not_found", "DELETE",
                    f"/alerts/{kind}/acknowledgement")


def test_it_is_acknowledged_for_all_and_comes_back_when_worse(
        server, api, folder):
    first, second = (enrol(server, api, folder) for _ in range(2))
    _, technician = make_user(api, "technician")
    age_certificate(server, first, -1)
    appears(api, "certificate_expired")
    before = api.ok("GET", "/alerts")["unacknowledged"]
    path = "/alerts/certificate_expired/acknowledgement"
    told = technician.ok("POST", path)
    assert told["acknowledged"]["by"] == technician.ok("GET", "/me")["name"]
    listed = api.ok("GET", "/alerts")
    assert listed["unacknowledged"] == before - 1
    assert alerts(api)["certificate_expired"]["acknowledged"] == \
        told["acknowledged"]
    # Worse.
    age_certificate(server, second, -1)
    assert appears(api, "certificate_expired",
                   lambda alert: alert["count"] == 2)["acknowledged"] is None
    api.ok("POST", path)
    # Better is still covered.
    age_certificate(server, second, 80)
    assert appears(api, "certificate_expired",
                   lambda alert: alert["count"] == 1)["acknowledged"]
    # Taken back.
    api.ok("DELETE", path)
    assert alerts(api)["certificate_expired"]["acknowledged"] is None
    api.ok("POST", path)
    # Gone and there again: nobody has acknowledged that.
    age_certificate(server, first, 80)
    goes(api, "certificate_expired")
    is_forgotten(server, "certificate_expired")
    age_certificate(server, first, -1)
    assert appears(api, "certificate_expired")["acknowledged"] is None
    actions = [row["action"] for row in api.ok(
        "GET", "/audit?target=certificate_expired")["items"]]
    assert actions.count("alert.acknowledge") == 3
    assert actions.count("alert.reopen") == 1
    age_certificate(server, first, 80)
    goes(api, "certificate_expired")


def test_a_restart_forgets_nothing(server, api, folder):
    agent = enrol(server, api, folder)
    age_certificate(server, agent, -1)
    since = appears(api, "certificate_expired")["since"]
    api.ok("POST", "/alerts/certificate_expired/acknowledgement")
    since = alerts(api)["certificate_expired"]["since"]
    server.stop()
    server.start()
    api.token = server.sign_in(harness.PASSWORD)
    alert = appears(api, "certificate_expired")
    assert alert["acknowledged"] and alert["since"] == since
    age_certificate(server, agent, 80)
    goes(api, "certificate_expired")
    is_forgotten(server, "certificate_expired")


# The command line

@pytest.fixture
def ctl(server, api, place):
    environment = dict(os.environ, XDG_CONFIG_HOME=str(place),
                       HOME=str(place))
    password = place / "password"
    password.write_text(harness.PASSWORD)

    def run(*words):
        return subprocess.run(
            [harness.CTL, *words], env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True,
            timeout=60 * harness.PATIENCE)
    done = run("login", "--server", f"https://127.0.0.1:{server.https}",
               "--fingerprint", "sha256:" + server.certificate_sha256(),
               "--user", "admin", "--password-file", str(password))
    assert done.returncode == 0, done.stderr
    run.environment = environment
    return run


def test_warifuctl_checks_and_acknowledges(server, api, folder, ctl):
    assert ctl("alert", "list", "--check").returncode == 0
    agent = enrol(server, api, folder)
    age_certificate(server, agent, -1)
    appears(api, "certificate_expired")
    done = ctl("alert", "list", "--check")
    assert done.returncode == 1 and "certificate_expired" in done.stdout
    assert ctl("alert", "list").returncode == 0
    listed = ctl("computer", "list", "--certificate", "expired")
    assert listed.returncode == 0
    assert agent.id in listed.stdout
    assert ctl("alert", "acknowledge", "../users").returncode == 2
    assert ctl("alert", "acknowledge", "journal").returncode == 1
    assert ctl("alert", "acknowledge", "certificate_expired").returncode == 0
    assert ctl("alert", "list", "--check").returncode == 0
    assert ctl("alert", "reopen", "certificate_expired").returncode == 0
    assert ctl("alert", "list", "--check").returncode == 1
    age_certificate(server, agent, 80)
    goes(api, "certificate_expired")


def test_warifuctl_watches(server, api, ctl):
    watching = subprocess.Popen(
        [harness.CTL, "watch"], env=ctl.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    try:
        first = {watching.stdout.readline().strip() for _ in range(14)}
        assert {"computers", "offices", "users", "alerts"} <= first, \
            watching.stderr.read()
        api.ok("POST", "/offices", {"name": f"o {next(NUMBERS)}"})
        for line in watching.stdout:
            if line.strip() == "offices":
                break
        else:
            raise AssertionError("it ended")
    finally:
        watching.terminate()
        watching.communicate(timeout=30)
