"""The agent protocol: refresh, inventory, ratchet, orders, knocks."""

import json
import os
import time
import uuid

import pytest

import estkit
import harness

PACKAGES = {"bash:amd64": {"name": "bash", "version": "5.2"},
            "sed:amd64": {"name": "sed", "version": "4.9"}}
SYSTEM = {"this": {"name": "Debian GNU/Linux", "version_id": "12",
                   "architecture": "x86_64"}}


@pytest.fixture
def agent(server, administrator, folder):
    return estkit.PythonAgent(server, folder / str(uuid.uuid4()),
                              server.office_token(administrator))


def computer(server, administrator, agent):
    return server.request("GET", f"/api/v1/computers/{agent.id}",
                          token=administrator).json


def refused(answer, status, code):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == code, answer


def test_without_anything_a_certificate_is_required(server, agent):
    refused(agent.post("/agent/v1/refresh", estkit.refresh_body(),
                       identity=None), 403, "certificate_required")


def test_an_unknown_credential_is_refused(agent):
    agent.credential = os.urandom(32)
    refused(agent.post("/agent/v1/refresh", estkit.refresh_body(),
                       identity=None, headers=agent.bearer()),
            401, "credential_unknown")


def test_the_credential_is_good_until_the_certificate_was(
        server, administrator, agent):
    answer = agent.post("/agent/v1/refresh", estkit.refresh_body(),
                        identity=None, headers=agent.bearer())
    assert answer.status == 200, answer
    assert answer.json["computer_id"] == agent.id
    seen = computer(server, administrator, agent)
    assert seen["proved_at"] is None and seen["last_mutual_at"] is None
    assert seen["last_seen_by"] == "credential"
    assert seen["last_credential_at"] == seen["last_seen_at"]
    agent.refresh()
    after = computer(server, administrator, agent)
    assert after["proved_at"] is not None
    assert after["last_seen_by"] == "certificate"
    assert after["last_credential_at"] == seen["last_credential_at"]
    refused(agent.post("/agent/v1/refresh", estkit.refresh_body(),
                       identity=None, headers=agent.bearer()),
            403, "certificate_required")


def test_the_first_contact_by_credential_is_an_event(
        server, administrator, agent):
    for _ in range(2):
        answer = agent.post("/agent/v1/refresh", estkit.refresh_body(),
                            identity=None, headers=agent.bearer())
        assert answer.status == 200, answer
    events = server.request("GET", f"/api/v1/computers/{agent.id}/events",
                            token=administrator).json["items"]
    kinds = [event["kind"] for event in events]
    assert kinds.count("computer_without_certificate") == 1


@pytest.mark.parametrize("order,code", [
    ("revoke", "computer_revoked"), ("retire", "computer_retired")])
def test_the_credential_goes_with_the_computer(
        server, administrator, agent, order, code):
    answer = server.request(
        "POST", f"/api/v1/computers/{agent.id}/{order}",
        {"reason": "a test"} if order == "revoke" else None,
        token=administrator)
    assert answer.status == 200, answer
    refused(agent.post("/agent/v1/refresh", estkit.refresh_body(),
                       identity=None, headers=agent.bearer()), 403, code)


def test_a_credential_opens_nothing_but_refresh(agent):
    refused(agent.post("/agent/v1/renewal-nonce", {}, identity=None,
                       headers=agent.bearer()), 403, "certificate_required")


def test_a_stock_certificate_is_no_agent(server, administrator, folder, agent):
    key = estkit.new_key()
    certificate, = estkit.certificates_of(estkit.enrol(
        server, server.office_token(administrator), estkit.request_der(key)))
    stock = estkit.Identity(folder / "stock", key, certificate)
    refused(agent.post("/agent/v1/refresh", estkit.refresh_body(),
                       identity=stock), 403, "not_an_agent")


def test_a_refresh_keeps_the_record_up_to_date(server, administrator, agent):
    answer = agent.refresh({"packages": estkit.full(PACKAGES),
                            "operating_system": estkit.full(SYSTEM)})
    assert answer["refresh_interval_s"] == 5400
    assert answer["applied"] == {"packages": estkit.digest(PACKAGES),
                                 "operating_system": estkit.digest(SYSTEM)}
    assert answer["orders"] == []
    seen = computer(server, administrator, agent)
    assert seen["name"] == "made-up.example"
    assert seen["agent_version"] == "9.8.7"
    assert seen["software_count"] == 2
    assert seen["os_name"] == "Debian GNU/Linux"
    assert seen["os_version"] == "12"
    assert seen["address"] == "127.0.0.1"
    assert seen["certificate_serial"] == agent.identity.serial
    assert seen["last_mutual_at"] is not None


def test_refreshes_that_tell_nothing_new_are_recorded_too(
        server, administrator, agent):
    agent.refresh({"packages": estkit.full(PACKAGES)})
    first = computer(server, administrator, agent)
    asked = server.request("POST", f"/api/v1/computers/{agent.id}/refresh",
                           token=administrator)
    assert asked.status == 202, asked
    time.sleep(0.002)  # times are told in milliseconds
    assert agent.refresh(publication=1)["orders"] == []
    seen = computer(server, administrator, agent)
    assert seen["last_seen_at"] > first["last_seen_at"]
    assert seen["last_mutual_at"] == seen["last_seen_at"]
    assert seen["proved_at"] == first["proved_at"]
    assert seen["acknowledged_publication"] == 1
    assert seen["refresh_requested_at"] is None
    used, = server.request(
        "GET", f"/api/v1/computers/{agent.id}/certificates",
        token=administrator).json["items"]
    assert used["first_used_at"] == first["last_seen_at"]
    assert used["last_used_at"] == seen["last_seen_at"]
    # A body that is wrong is still told of, and so is another name.
    refused(agent.post("/agent/v1/refresh", {"agent": 7}), 400, "json_type")
    agent.refresh(hostname="renamed.example")
    assert computer(server, administrator, agent)["name"] == \
        "renamed.example"


def test_differences_are_applied_on_their_base(server, administrator, agent):
    agent.refresh({"packages": estkit.full(PACKAGES)})
    after = {"sed:amd64": {"name": "sed", "version": "5.0"},
             "tar:amd64": {"name": "tar", "version": "1.34"}}
    change = estkit.difference(PACKAGES, after)
    assert agent.refresh({"packages": change})["applied"] == {
        "packages": estkit.digest(after)}
    # The answer was lost: the same again changes nothing and is fine.
    assert agent.refresh({"packages": change})["applied"] == {
        "packages": estkit.digest(after)}
    kept = server.request(
        "GET", f"/api/v1/computers/{agent.id}/inventory/packages",
        token=administrator).json
    assert "tar:amd64" in json.dumps(kept)
    assert "bash:amd64" not in json.dumps(kept)


def test_a_difference_on_another_base_asks_for_all(agent):
    agent.refresh({"packages": estkit.full(PACKAGES)})
    change = estkit.difference({"other:amd64": {}}, PACKAGES | {"x:y": {}})
    answer = agent.refresh({"packages": change})
    assert answer["orders"] == [
        {"type": "resend_inventory", "sections": ["packages"]}]
    assert "packages" not in answer["applied"]


def test_who_sends_nothing_and_is_unknown_is_asked_for_all(agent):
    order, = agent.refresh()["orders"]
    assert order["type"] == "resend_inventory"
    assert sorted(order["sections"]) == sorted(estkit.SECTIONS)


MALFORMED = {
    "no object": ("packages", []),
    "no digest": ("packages", {"full": True, "set": {}}),
    "a digest that is not the set's": (
        "packages", {"full": True, "set": {}, "digest": "0" * 64}),
    "an item that is no object": (
        "packages", {"full": True, "set": {"a": 1}, "digest": "0" * 64}),
    "a key of 513 bytes": (
        "users", {"full": True, "set": {"k" * 513: {}}, "digest": "0" * 64}),
    "a difference without base": (
        "disks", {"full": False, "set": {}, "digest": "0" * 64}),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_wrong_section_is_refused_by_name(agent, what):
    section, change = MALFORMED[what]
    answer = agent.post("/agent/v1/refresh",
                        estkit.refresh_body({section: change}))
    refused(answer, 400, "inventory_malformed")
    assert f'"{section}"' in answer.json["detail"]


def test_too_many_items_are_refused(agent):
    change = estkit.full({"this": {}, "that": {}})
    refused(agent.post("/agent/v1/refresh",
                       estkit.refresh_body({"hardware": change})),
            413, "inventory_too_large")


WRONG_BODIES = {
    "empty": (b"", "json_malformed"),
    "no JSON": (b"hello", "json_malformed"),
    "a duplicate member": (b'{"agent":{},"agent":{}}', "json_malformed"),
    "too deep": (b"[" * 100 + b"]" * 100, "json_too_deep"),
    "invalid UTF-8": (b'{"agent":"\xff"}', "json_malformed"),
    "an array": (b"[]", "json_type"),
    "a wrong type": (b'{"agent":7}', "json_type"),
    "another protocol": (b'{"agent":{"protocol":2}}', "protocol_unknown"),
}


@pytest.mark.parametrize("what", WRONG_BODIES)
def test_a_wrong_body_is_refused(agent, what):
    body, code = WRONG_BODIES[what]
    answer = agent.post("/agent/v1/refresh", body,
                        headers={"Content-Type": "application/json"})
    refused(answer, 400, code)


def test_a_body_of_another_type_is_refused(agent):
    refused(agent.post("/agent/v1/refresh", b"{}",
                       headers={"Content-Type": "text/plain"}),
            415, "media_type")


def test_a_long_inventory_arrives_whole(server, administrator, agent):
    packages = {f"package-{i}:amd64": {"name": f"package-{i}",
                                       "version": "1.0", "vendor": "v" * 50}
                for i in range(5000)}
    answer = agent.refresh({"packages": estkit.full(packages)})
    assert answer["applied"]["packages"] == estkit.digest(packages)
    assert computer(server, administrator, agent)["software_count"] == 5000


def test_unknown_members_and_sections_are_ignored(agent):
    body = estkit.refresh_body({"printers": 17})
    body["mood"] = "good"
    assert agent.post("/agent/v1/refresh", body).status == 200


def test_a_publication_comes_until_it_is_acknowledged(agent):
    jws = agent.refresh()["publication"]
    number = estkit.jws_payload(jws)["number"]
    assert "publication" not in agent.refresh(publication=number)


def test_a_knock_arrives_within_a_second(server, administrator, agent):
    agent.refresh()
    channel = agent.channel()
    assert channel.status == 101
    harness.wait_until("the agent is live", lambda: computer(
        server, administrator, agent)["is_live"])
    began = time.monotonic()
    answer = server.request("POST", f"/api/v1/computers/{agent.id}/refresh",
                            token=administrator)
    assert answer.status == 202 and answer.json["live"], answer
    assert channel.message() == {"type": "knock"}
    assert time.monotonic() - began < 1 * harness.PATIENCE
    channel.close()
    harness.wait_until("the agent is gone", lambda: not computer(
        server, administrator, agent)["is_live"])


def test_the_newer_of_two_channels_stays(agent):
    agent.refresh()
    first = agent.channel()
    second = agent.channel()
    assert first.ends_within(2)
    assert not second.ends_within(0.3)


def test_a_channel_needs_a_certificate(server, agent):
    assert estkit.Channel(server, None).status == 403


def test_a_retired_computer_uninstalls_and_is_revoked_then(
        server, administrator, agent):
    agent.refresh()
    answer = server.request("POST", f"/api/v1/computers/{agent.id}/retire",
                            token=administrator)
    assert answer.status == 200, answer
    assert answer.json["state"] == "retired"
    answer = agent.refresh({"packages": estkit.full(PACKAGES)})
    assert answer["applied"] == {}
    order, = answer["orders"]
    assert order["type"] == "command"
    command = estkit.jws_payload(order["jws"])
    assert command["action"] == "uninstall"
    assert command["target"] == agent.id
    event = {"id": str(uuid.uuid4()), "type": "command_result",
             "at": "2026-01-01T00:00:00Z", "action": "uninstall",
             "epoch": command["epoch"], "counter": command["counter"],
             "result": "accepted"}
    answer = agent.refresh(events=[event])
    assert not [o for o in answer["orders"] if o["type"] == "command"]
    harness.wait_until("the certificate is revoked", lambda: estkit.alert_of(
        server, estkit.tls(agent.identity)) ==
        "SSLV3_ALERT_CERTIFICATE_REVOKED")


def test_a_computer_that_is_not_in_the_database_is_recorded_again(
        server, administrator, folder):
    """The agent CA's own signature is enough: the database was restored."""
    identity = estkit.fake_identity(server, folder / "rebuilt")
    answer = server.request(
        "POST", "/agent/v1/refresh", estkit.refresh_body(),
        port=server.agents, context=estkit.tls(identity))
    assert answer.status == 200, answer
    seen = server.request("GET", f"/api/v1/computers/{identity.agent_id}",
                          token=administrator)
    assert seen.json["state"] == "active"
