"""The API with a signed-in administrator: nouns, refusals, paging."""

import base64
import concurrent.futures
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from described import Api

LOCAL = "00000000-0000-7000-8000-000000000001"
NOBODY = "00000000-0000-7000-8000-00000000dead"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def enrol(server, secret):
    """A stock EST client: the serial number of its new certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "any")])
    ).sign(key, hashes.SHA256())
    der = request.public_bytes(serialization.Encoding.DER)
    basic = base64.b64encode(f"x:{secret}".encode()).decode()
    return server.request(
        "POST", "/.well-known/est/simpleenroll", base64.encodebytes(der),
        {"Content-Type": "application/pkcs10",
         "Content-Transfer-Encoding": "base64",
         "Authorization": f"Basic {basic}"})


@pytest.fixture(scope="module")
def computers(server, api):
    """Five computers of the Local Office."""
    secret = api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "uses": 5, "comment": "for tests"})["secret"]
    for _ in range(5):
        answer = enrol(server, secret)
        assert answer.status == 200, answer
    assert enrol(server, secret).status in (401, 403)
    items = api.ok("GET", "/computers")["items"]
    assert len(items) == 5
    return items


def test_who_is_asking(api):
    me = api.ok("GET", "/me")
    assert me["name"] == "admin" and me["role"]["built_in"] == "administrator"
    assert me["must_change_password"] is False
    assert api.ok("GET", "/session")["user"] == me


def test_anybody_learns_by_which_ports_to_come(server, api):
    for plain in (False, True):
        answer = server.request("GET", "/api/v1/ports", plain=plain)
        assert answer.status == 200, answer
        assert answer.json == {
            "http_port": server.http, "https_port": server.https,
            "agent_port": server.agents}


# Offices

def test_the_local_office_is_there_and_stays(api):
    office = api.ok("GET", f"/offices/{LOCAL}")
    assert office["is_local"] is True
    api.refused("office_is_local", "DELETE", f"/offices/{LOCAL}")


def test_an_office_is_made_renamed_and_deleted(api):
    office = api.ok("POST", "/offices", {"name": "大阪支店"})
    path = f"/offices/{office['id']}"
    api.refused("office_exists", "POST", "/offices", {"name": "大阪支店"})
    api.refused("office_exists", "PATCH", f"/offices/{LOCAL}",
                {"name": "大阪支店"})
    renamed = api.ok("PATCH", path, {"name": "Osaka"})
    assert renamed["name"] == "Osaka" and renamed["id"] == office["id"]
    api.refused("office_exists", "POST", "/offices", {"name": "OSAKA"})
    assert "Osaka" in [o["name"] for o in api.ok("GET", "/offices")["items"]]
    assert api.ask("DELETE", path).status == 204
    for method, body in (("GET", None), ("DELETE", None),
                         ("PATCH", {"name": "x"})):
        api.refused("office_not_found", method, path, body)


def test_of_two_editors_the_slower_one_hears_of_it(api):
    path = "/offices/" + api.ok("POST", "/offices", {"name": "Kobe"})["id"]
    seen = {"If-Match": api.get(path).headers["ETag"]}
    api.ok("PATCH", path, {"name": "Kobe 1"}, headers=seen)
    api.refused("version_mismatch", "PATCH", path, {"name": "Kobe 2"},
                headers=seen)
    api.refused("version_mismatch", "DELETE", path, headers=seen)
    assert api.ok("GET", path)["name"] == "Kobe 1"
    seen = {"If-Match": api.get(path).headers["ETag"]}
    assert api.ask("DELETE", path, headers=seen).status == 204


def test_an_office_with_a_token_is_not_deleted(api):
    office = api.ok("POST", "/offices", {"name": "Nara"})
    api.ok("POST", "/enrolment-tokens", {
        "kind": "office", "office_id": office["id"]})
    api.refused("office_not_empty", "DELETE", f"/offices/{office['id']}")


# Enrolment tokens

def test_an_enrolment_token_is_shown_once_and_revoked(server, api):
    made = api.ok("POST", "/enrolment-tokens", {"kind": "office"})
    secret, token = made["secret"], made["enrolment_token"]
    assert token["state"] == "usable" and token["office_id"] == LOCAL
    assert token["created_by"] == "admin" and token["uses"] == 1
    path = f"/enrolment-tokens/{token['id']}"
    assert api.ok("GET", path) == token
    assert secret not in api.get("/enrolment-tokens").body.decode()
    assert secret not in server.log()
    listed = "/enrolment-tokens?usable=true"
    assert token["id"] in [t["id"] for t in api.ok("GET", listed)["items"]]
    assert api.ok("POST", path + "/revoke")["state"] == "revoked"
    assert token["id"] not in [t["id"] for t in api.ok("GET", listed)["items"]]
    assert api.ok("GET", f"/enrolment-tokens?office_id={NOBODY}")["items"] == []
    again = api.ok("POST", path + "/revoke")
    assert again["state"] == "revoked"
    assert enrol(server, secret).status in (401, 403)


@pytest.mark.parametrize("body, code", [
    ({}, "member_missing"),
    ({"kind": "fleet"}, "json_range"),
    ({"kind": "computer"}, "member_missing"),
    ({"kind": "computer", "computer_id": NOBODY}, "computer_not_found"),
    ({"kind": "computer", "computer_id": NOBODY, "uses": 2},
     "member_not_allowed"),
    ({"kind": "computer", "computer_id": NOBODY, "office_id": LOCAL},
     "member_not_allowed"),
    ({"kind": "office", "computer_id": NOBODY}, "member_not_allowed"),
    ({"kind": "office", "office_id": NOBODY}, "office_not_found"),
    ({"kind": "office", "uses": 0}, "json_range"),
    ({"kind": "office", "uses": 100001}, "json_range"),
    ({"kind": "office", "expires_in_s": 1}, "json_range"),
    ({"kind": "office", "comment": "a\nb"}, "json_range"),
    ({"kind": "office", "secret": "mine"}, "unknown_member"),
])
def test_a_wrong_wish_for_a_token_is_refused(api, body, code):
    api.refused(code, "POST", "/enrolment-tokens", body)


# Computers

def test_a_computer_is_found_by_every_filter(api, computers):
    one = computers[0]
    assert api.ok("GET", f"/computers/{one['id']}") == one
    assert one["profile"] == "stock" and one["state"] == "active"
    for query, count in ((f"search={one['id']}", 1), ("search=no-such", 0),
                         (f"office_id={LOCAL}", 5),
                         (f"office_id={NOBODY}", 0), ("state=active", 5),
                         ("state=removed", 0), ("not_seen_days=1", 5),
                         ("os_name=Plan%209", 0)):
        page = api.ok("GET", f"/computers?{query}")
        assert len(page["items"]) == page["total"] == count, query


@pytest.mark.parametrize("sort", [
    sign + key for key in ("name", "last_seen_at", "enrolled_at", "os",
                           "state") for sign in ("", "-")])
def test_pages_hold_every_computer_once_in_any_order(api, computers, sort):
    seen, cursor = [], None
    for _ in range(5):
        path = f"/computers?limit=2&sort={sort}" + (
            f"&cursor={cursor}" if cursor else "")
        page = api.ok("GET", path)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert cursor is None
    assert sorted(seen) == sorted(item["id"] for item in computers)


def test_a_cursor_belongs_to_its_list(api, computers):
    cursor = api.ok("GET", "/computers?limit=2")["next_cursor"]
    for path in (f"/computers?limit=2&sort=-enrolled_at&cursor={cursor}",
                 f"/certificates?limit=2&cursor={cursor}",
                 f"/offices?cursor={cursor}", f"/events?cursor={cursor}",
                 f"/enrolment-tokens?cursor={cursor}",
                 f"/api-tokens?cursor={cursor}",
                 "/computers?cursor=AAAA", f"/computers?cursor={cursor[:-4]}"):
        api.refused("cursor_invalid", "GET", path)


def test_a_computer_moves_to_another_office(api, computers):
    path = f"/computers/{computers[0]['id']}"
    office = api.ok("POST", "/offices", {"name": "Kyoto"})
    moved = api.ok("PATCH", path, {"office_id": office["id"]})
    assert moved["office_id"] == office["id"]
    assert api.ok("GET", f"/offices/{office['id']}")["computer_count"] == 1
    api.refused("office_not_empty", "DELETE", f"/offices/{office['id']}")
    api.refused("office_not_found", "PATCH", path, {"office_id": NOBODY})
    api.ok("PATCH", path, {"office_id": LOCAL})


def test_a_computer_that_is_away_is_not_live(api, computers):
    path = f"/computers/{computers[1]['id']}"
    assert api.ok("POST", path + "/refresh") == {"live": False}
    assert api.ok("GET", path)["refresh_requested_at"] is not None


def test_an_inventory_that_has_not_arrived_is_empty(api, computers):
    path = f"/computers/{computers[0]['id']}/inventory"
    assert api.ok("GET", path)["sections"] == {}
    api.refused("section_not_found", "GET", path + "/packages")
    api.refused("bad_parameter", "GET", path + "/passwords")


def test_certificates_are_listed_and_given_in_pem(api, computers):
    one = computers[0]
    listed = api.ok("GET", f"/computers/{one['id']}/certificates")["items"]
    assert [c["serial"] for c in listed] == [one["certificate_serial"]]
    assert api.ok("GET", f"/certificates/{listed[0]['serial']}") == listed[0]
    pem = api.get(f"/certificates/{listed[0]['serial']}/pem").body
    certificate = x509.load_pem_x509_certificate(pem)
    assert certificate.fingerprint(hashes.SHA256()).hex() == \
        listed[0]["sha256"]
    assert f"{certificate.serial_number:x}" == \
        listed[0]["serial"].lstrip("0")
    assert len(api.ok("GET", "/certificates?limit=3")["items"]) == 3
    for query, count in (("only=current", 5), ("only=revoked", 0),
                         ("expires_within_days=100", 5),
                         ("expires_within_days=10", 0)):
        found = api.ok("GET", f"/certificates?{query}")["items"]
        assert len(found) == count, query
    api.refused("certificate_not_found", "GET", "/certificates/abcdef")
    api.refused("certificate_not_found", "GET", "/certificates/abcdef/pem")


def test_what_happened_is_listed(api, computers):
    api.ok("GET", f"/computers/{computers[0]['id']}/events")
    kinds = {e["kind"] for e in api.ok("GET", "/events?limit=500")["items"]}
    assert {"signed_in", "enrolment_token_created"} <= kinds
    only = api.ok("GET", "/events?kind=enrolment_token_created")["items"]
    assert only and {e["kind"] for e in only} == {"enrolment_token_created"}
    assert only[0]["actor"] == "admin"


def test_a_revoked_computer_stays_revoked(api, computers):
    path = f"/computers/{computers[2]['id']}"
    for body, code in (({}, "member_missing"), ({"reason": ""}, "json_range"),
                       ({"reason": "a\nb"}, "json_range")):
        api.refused(code, "POST", path + "/revoke", body)
    assert api.ok("POST", path + "/revoke", {"reason": "盗難"})["state"] == \
        "revoked"
    for order, body in (("/revoke", {"reason": "again"}), ("/retire", None),
                        ("/refresh", None)):
        api.refused("computer_revoked", "POST", path + order, body)
    certificates = api.ok("GET", path + "/certificates")["items"]
    assert [c["state"] for c in certificates] == ["revoked"]
    assert certificates[0]["revocation_reason"] == "盗難"
    events = api.ok("GET", path + "/events")["items"]
    assert "computer_revoked" in [e["kind"] for e in events]


def test_a_computer_is_retired_once(api, computers):
    path = f"/computers/{computers[3]['id']}"
    assert api.ok("POST", path + "/retire")["state"] == "retired"
    api.refused("computer_retired", "POST", path + "/retire")


def test_a_token_lets_a_known_computer_enrol_once_more(server, api, computers):
    one = computers[4]
    made = api.ok("POST", "/enrolment-tokens", {
        "kind": "computer", "computer_id": one["id"]})
    assert made["enrolment_token"]["computer_id"] == one["id"]
    answer = enrol(server, made["secret"])
    assert answer.status == 200, answer
    now = api.ok("GET", f"/computers/{one['id']}")
    assert now["state"] == "active"
    assert now["certificate_serial"] != one["certificate_serial"]
    used = api.ok("GET", f"/enrolment-tokens/{made['enrolment_token']['id']}")
    assert used["state"] == "used_up" and used["uses_left"] == 0


@pytest.mark.parametrize("index, code", [
    (2, "computer_revoked"), (3, "computer_retired")])
def test_no_token_lifts_a_revocation(api, computers, index, code):
    api.refused(code, "POST", "/enrolment-tokens", {
        "kind": "computer", "computer_id": computers[index]["id"]})


@pytest.mark.parametrize("method, rest, body", [
    ("GET", "", None), ("PATCH", "", {"office_id": LOCAL}),
    ("GET", "/inventory", None), ("GET", "/inventory/users", None),
    ("GET", "/certificates", None), ("GET", "/events", None),
    ("POST", "/refresh", None), ("POST", "/retire", None),
    ("POST", "/revoke", {"reason": "x"}),
])
def test_an_unknown_computer_is_not_found(api, method, rest, body):
    api.refused("computer_not_found", method, f"/computers/{NOBODY}{rest}",
                body)


# The server

def test_the_status_tells_how_it_stands(server, api, computers):
    status = api.ok("GET", "/status")
    assert status["server_certificate"]["sha256"] == \
        server.certificate_sha256()
    assert status["signer"]["state"] == "ok"
    assert status["journal"]["count"] > 0
    assert status["database"]["state"] == "ok"
    assert status["computers"] >= 5 and status["gateways"] >= 1
    assert status["fleet_id"] and status["agent_ca"]["sha256"]


# What bad input gets

@pytest.mark.parametrize("body, code", [
    (b"", "json_malformed"),
    (b"{", "json_malformed"),
    (b"{\"name\":\"a\"} x", "json_malformed"),
    (b"{\"name\":\"a\",\"name\":\"b\"}", "json_malformed"),
    (b"{\"name\":\"\xff\"}", "json_malformed"),
    (b"{\"name\":\"\xed\xa0\x80\"}", "json_malformed"),
    (b"{\"name\":\"\\ud800\"}", "json_malformed"),
    (b"{'name':'a'}", "json_malformed"),
    (b"{\"name\":\"a\"}\0", "json_malformed"),
    (b"[" * 40 + b"]" * 40, "json_too_deep"),
    (b"{\"name\":" + b"[" * 40 + b"]" * 40 + b"}", "json_too_deep"),
    (b"[]", "json_type"),
    (b"{\"name\":1}", "json_type"),
    (b"{\"name\":null}", "json_type"),
    (b"{\"name\":\"a\\u0000b\"}", "json_malformed"),
    (b"{\"name\":\"\"}", "json_range"),
    (b"{\"name\":\" x\"}", "json_range"),
    (b"{\"name\":\"" + b"x" * 129 + b"\"}", "json_range"),
    (b"{\"nmae\":\"x\"}", "unknown_member"),
    (b"{}", "member_missing"),
])
def test_a_wrong_body_is_refused(api, body, code):
    api.refused(code, "POST", "/offices", body,
                headers={"Content-Type": "application/json"})


def test_the_body_must_say_that_it_is_json(api):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "json"):
        api.refused("media_type", "POST", "/offices",
                    json.dumps({"name": "x"}),
                    headers={"Content-Type": kind})
    office = api.ok("POST", "/offices", json.dumps({"name": "Mie"}), headers={
        "Content-Type": "Application/JSON; charset=utf-8"})
    api.ok("DELETE", f"/offices/{office['id']}")


def test_a_body_that_is_too_large_is_refused(api):
    body = json.dumps({"name": "x" * 70000})
    answer = api.server.request(
        "POST", "/api/v1/offices", body,
        {"Content-Type": "application/json"}, token=api.token)
    assert answer.status == 413


@pytest.mark.parametrize("path, code", [
    ("/computers?page=1", "unknown_parameter"),
    ("/computers?limit=0", "bad_parameter"),
    ("/computers?limit=501", "bad_parameter"),
    ("/computers?limit=ten", "bad_parameter"),
    ("/computers?sort=colour", "bad_parameter"),
    ("/computers?state=lost", "bad_parameter"),
    ("/computers?office_id=1", "bad_parameter"),
    ("/computers?cursor=%20", "bad_parameter"),
    ("/computers?search=", "bad_parameter"),
    ("/computers/1", "bad_parameter"),
    ("/computers/" + NOBODY.upper(), "bad_parameter"),
    ("/certificates/xyz", "bad_parameter"),
    ("/events?kind=A-B", "bad_parameter"),
    ("/me?x=1", "unknown_parameter"),
    ("/status?verbose=1", "unknown_parameter"),
])
def test_a_wrong_parameter_is_refused(api, path, code):
    api.refused(code, "GET", path)


@pytest.mark.parametrize("path", [
    "/computers?limit=1&limit=2", "/computers?search=%ff",
    "/computers?search=%00", "/computers?search=%", "/computers/%ff"])
def test_a_malformed_target_is_refused(api, path):
    assert api.server.request("GET", "/api/v1" + path,
                              token=api.token).status == 400


def test_wrong_methods_and_addresses_are_refused(api):
    for method, path, allowed in (
            ("PUT", "/computers", "GET"), ("DELETE", "/status", "GET"),
            ("PATCH", "/session", "POST"), ("POST", "/me", "GET")):
        answer = api.server.request(method, "/api/v1" + path, token=api.token)
        assert answer.status == 405, (method, path, answer)
        assert allowed in answer.headers["Allow"]
    for path in ("/nothing", "/computers/", "", "/../me", "/computers//x"):
        answer = api.server.request("GET", "/api/v1" + path, token=api.token)
        assert answer.status in (400, 404), (path, answer)


def test_head_answers_like_get_without_body(api):
    answer = api.server.request("HEAD", "/api/v1/me", token=api.token)
    assert answer.status == 200 and answer.body == b""


def test_many_ask_at_once(api, computers):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda _: api.get("/computers?limit=5").status, range(200)))
    assert set(answers) == {200}
