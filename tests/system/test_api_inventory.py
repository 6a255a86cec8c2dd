"""A computer with an agent, as the API and warifuctl show it."""

import json
import re
import time

import pytest

import estkit
import harness
from described import Api
from test_ctl import Ctl

PACKAGES = {f"package-{n}:amd64": {"name": f"package-{n}", "version": f"{n}.0",
                                   "architecture": "amd64"}
            for n in range(300)}
SYSTEM = {"this": {"name": "Debian GNU/Linux", "version_id": "12",
                   "architecture": "x86_64"}}
USERS = {"hanako": {"name": "hanako", "comment": "山田\x9b2J花子"}}
HOST = "inventory.example"
SECTIONS = {"packages": PACKAGES, "operating_system": SYSTEM, "users": USERS}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def agent(server, api, folder):
    secret = api.ok("POST", "/enrolment-tokens", {"kind": "office"})["secret"]
    agent = estkit.PythonAgent(server, folder / "agent", secret)
    agent.refresh({name: estkit.full(section)
                   for name, section in SECTIONS.items()},
                  hostname=HOST)
    return agent


@pytest.fixture(scope="module")
def ctl(server, api, agent, folder):
    home = folder / "home"
    home.mkdir()
    ctl = Ctl(home, server)
    password = home / "password"
    password.write_text(harness.PASSWORD)
    ctl.run("login", "--server", f"127.0.0.1:{server.https}", "--fingerprint",
            server.certificate_sha256(), "--user", "admin",
            "--password-file", password)
    return ctl


def test_the_computer_is_known_by_its_certificate(api, agent):
    one = api.ok("GET", f"/computers/{agent.id}")
    assert one["name"] == "inventory.example"
    assert one["profile"] == "agent" and one["proved_at"]
    assert one["last_mutual_at"] and one["inventory_at"]
    assert one["agent_version"] == "9.8.7"
    assert one["software_count"] == len(PACKAGES)
    assert one["os_name"] == "Debian GNU/Linux"
    assert one["is_live"] is False
    assert one["last_seen_by"] == "certificate"
    assert one["last_credential_at"] is None
    assert one["proxy_in_environment"] is None
    kinds = [event["kind"] for event in api.ok(
        "GET", f"/computers/{agent.id}/events")["items"]]
    assert "computer_proved" in kinds


def test_the_inventory_is_what_the_agent_said(api, agent):
    path = f"/computers/{agent.id}/inventory"
    whole = api.ok("GET", path)
    assert whole["computer_id"] == agent.id
    assert set(whole["sections"]) == set(SECTIONS)
    for name, items in SECTIONS.items():
        section = api.ok("GET", f"{path}/{name}")
        assert section == whole["sections"][name]
        assert section["items"] == items
        assert section["digest"] == estkit.digest(items)
        assert section["item_count"] == len(items)
    api.refused("section_not_found", "GET", f"{path}/disks")


def test_a_summary_counts_without_the_items(api, agent):
    path = f"/computers/{agent.id}/inventory"
    whole = api.ok("GET", path)
    summary = api.ok("GET", f"{path}-summary")
    for section in whole["sections"].values():
        del section["items"]
    assert summary == whole
    nobody = "00000000-0000-7000-8000-00000000dead"
    api.refused("computer_not_found", "GET",
                f"/computers/{nobody}/inventory-summary")


def test_a_proxy_in_the_environment_is_shown(api, ctl, agent):
    def shown():
        return api.ok("GET", f"/computers/{agent.id}")["proxy_in_environment"]
    agent.refresh(hostname=HOST, proxy_in_environment=True)
    assert shown() is True
    text = ctl.run("computer", "show", agent.id).stdout
    assert re.search("^Proxy in environment: +yes$", text, re.M)
    agent.refresh(hostname=HOST)
    assert shown() is True, "who says nothing takes nothing back"
    agent.refresh(hostname=HOST, proxy_in_environment=False)
    assert shown() is False


def test_a_large_inventory_is_given_whole(api, agent):
    large = {f"p{n}": {"name": f"p{n}", "description": "x" * 200}
             for n in range(20000)}
    agent.refresh({"packages": estkit.full(large)}, hostname=HOST)
    path = f"/computers/{agent.id}/inventory/packages"
    assert api.ok("GET", path)["item_count"] == 20000
    assert api.ok("GET", f"/computers/{agent.id}")["software_count"] == 20000
    agent.refresh({"packages": estkit.full(PACKAGES)}, hostname=HOST)


def test_a_knock_reaches_a_connected_agent(api, agent):
    channel = agent.channel()
    assert channel.status == 101
    harness.wait_until("it is live", lambda: api.ok(
        "GET", f"/computers/{agent.id}")["is_live"])
    begin = time.monotonic()
    assert api.ok("POST", f"/computers/{agent.id}/refresh")["live"] is True
    assert channel.message()["type"] == "knock"
    assert time.monotonic() - begin < harness.PATIENCE
    assert api.ok("GET", "/status")["live_agents"] == 1
    channel.close()
    harness.wait_until("it is away", lambda: not api.ok(
        "GET", f"/computers/{agent.id}")["is_live"])


def test_search_finds_it_by_name_and_system(api, agent):
    for query, count in (("search=INVENTORY", 1), ("search=example", 1),
                         ("search=%25", 0), ("search=_", 0),
                         ("search=nothing", 0), ("sort=os", 1)):
        assert api.ok("GET", f"/computers?{query}")["total"] == count, query


def test_a_person_reads_the_inventory(ctl, agent):
    listed = ctl.run("computer", "list").stdout
    assert "inventory.example" in listed and "300" in listed
    assert ctl.json("computer", "show", "inventory.example")["id"] == agent.id
    assert ctl.json("computer", "show", agent.id)["office_id"]
    text = ctl.run("computer", "show", agent.id).stdout
    assert re.search("^Office: +Local Office$", text, re.M)
    done = ctl.run("computer", "inventory", "inventory.example")
    rows = [line.split()[:2] for line in done.stdout.splitlines()]
    assert rows == [["SECTION", "ITEMS"], ["operating_system", "1"],
                    ["packages", "300"], ["users", "1"]]
    assert "--all" in done.stderr and "SECTION" in done.stderr
    summary = ctl.json("computer", "inventory", agent.id)
    assert summary["sections"]["packages"]["item_count"] == 300
    assert "items" not in summary["sections"]["packages"]
    text = ctl.run("computer", "inventory", agent.id, "--all").stdout
    assert "packages (300)" in text and "package-299" in text
    whole = ctl.json("computer", "inventory", agent.id, "--all")
    assert whole["sections"]["users"]["items"] == USERS
    ctl.run("computer", "inventory", agent.id, "users", "--all", code=2)
    users = ctl.run("computer", "inventory", agent.id, "users").stdout
    assert "山田??2J花子" in users, "escapes never reach the terminal"
    as_json = ctl.json("computer", "inventory", agent.id, "users")
    assert as_json["items"] == USERS
    ctl.run("computer", "inventory", agent.id, "passwords", code=1)


def test_a_person_gives_orders(ctl, api, agent):
    done = ctl.run("computer", "refresh", "inventory.example")
    assert "not connected" in done.stderr
    office = ctl.json("office", "create", "京都")
    ctl.run("computer", "move", "inventory.example", "京都")
    assert api.ok("GET", f"/computers/{agent.id}")["office_id"] == office["id"]
    assert agent.id in ctl.run("computer", "list", "--office", "京都").stdout
    certificates = ctl.json("computer", "certificates", agent.id)["items"]
    pem = ctl.run("certificate", "print", certificates[0]["serial"]).stdout
    assert pem.startswith("-----BEGIN CERTIFICATE-----")
    token = ctl.run("token", "create", "--computer", agent.id).stdout
    assert token.startswith("wft_")
    words = ["computer", "revoke", agent.id, "--reason", "lost"]
    assert "--yes" in ctl.run(*words, code=1).stderr
    ctl.run(*words, "--yes")
    assert json.loads(ctl.run("computer", "show", agent.id, "--json").stdout)[
        "state"] == "revoked"
    assert "computer_revoked" in ctl.run("computer", "events",
                                         agent.id).stdout
    done = ctl.run("token", "create", "--computer", agent.id, code=1)
    assert "computer_revoked" in done.stderr
