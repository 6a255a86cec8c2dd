"""Revocation lists and OCSP for anyone, and the health of the server."""

import base64
import hashlib
import os
import subprocess
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

import estkit

OCSP_TYPE = "application/ocsp-request"


@pytest.fixture(scope="module")
def agents(server, administrator, folder):
    """One that is good and one that is revoked."""
    made = [estkit.PythonAgent(server, folder / name,
                               server.office_token(administrator))
            for name in ("good", "revoked")]
    for agent in made:
        agent.refresh()
    answer = server.request(
        "POST", f"/api/v1/computers/{made[1].id}/revoke",
        {"reason": "a test"}, token=administrator)
    assert answer.status == 200, answer
    return made


@pytest.fixture(scope="module")
def ca(server):
    return x509.load_pem_x509_certificate(
        server.request("GET", "/pki/agent-ca.pem", plain=True).body)


@pytest.fixture(scope="module")
def ca_file(ca, folder):
    path = folder / "ca.pem"
    path.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("plain", [True, False], ids=["HTTP", "HTTPS"])
def test_the_revocation_list_names_the_revoked(server, agents, ca, plain):
    answer = server.request("GET", "/pki/agent-ca.crl", plain=plain)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/pkix-crl"
    crl = x509.load_der_x509_crl(answer.body)
    assert crl.is_signature_valid(ca.public_key())
    good, revoked = (a.identity.certificate.serial_number for a in agents)
    assert crl.get_revoked_certificate_by_serial_number(revoked) is not None
    assert crl.get_revoked_certificate_by_serial_number(good) is None
    assert crl.next_update > crl.last_update


def test_openssl_verifies_with_the_list(server, agents, ca_file, folder):
    crl = folder / "list.der"
    crl.write_bytes(
        server.request("GET", "/pki/agent-ca.crl", plain=True).body)
    pem = folder / "list.pem"
    subprocess.run(["openssl", "crl", "-inform", "DER", "-in", crl, "-out",
                    pem], check=True, capture_output=True)
    results = [subprocess.run(
        ["openssl", "verify", "-CAfile", ca_file, "-CRLfile", pem,
         "-crl_check", "-purpose", "sslclient", agent.identity.file],
        capture_output=True, text=True) for agent in agents]
    assert results[0].returncode == 0, results[0]
    assert "certificate revoked" in results[1].stderr + results[1].stdout


@pytest.mark.parametrize("algorithm", ["-sha1", "-sha256"])
def test_openssl_asks_ocsp(server, agents, ca_file, algorithm):
    for agent, word in zip(agents, ("good", "revoked")):
        done = subprocess.run(
            ["openssl", "ocsp", "-issuer", ca_file, algorithm, "-cert",
             agent.identity.file, "-CAfile", ca_file, "-url",
             f"http://127.0.0.1:{server.http}/pki/ocsp"],
            capture_output=True, text=True, timeout=30)
        assert f": {word}" in done.stdout, done
        assert "Response verify OK" in done.stderr, done


def ocsp_request(ca, serial):
    der, octets = estkit.der, estkit.der_octets
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    identifier = der(
        0x30, der(0x30, estkit.der_oid("1.3.14.3.2.26"), der(0x05)),
        octets(sha1(ca.subject.public_bytes())), octets(sha1(key_bits(ca))),
        der(0x02, number))
    return der(0x30, der(0x30, der(0x30, der(0x30, identifier))))


def sha1(data):
    return hashlib.sha1(data).digest()


def key_bits(ca):
    return ca.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)


def ask(server, data, content_type=OCSP_TYPE):
    answer = server.request("POST", "/pki/ocsp", data, plain=True,
                            headers={"Content-Type": content_type})
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(answer.body)


def test_an_unknown_serial_is_unknown_or_unissued(server, ca):
    response = ask(server, ocsp_request(ca, 0x1234567890))
    assert response.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    assert response.certificate_status == ocsp.OCSPCertStatus.UNKNOWN


def test_get_works_with_slashes_escaped_and_not(server, agents, ca):
    for number in range(40):
        data = ocsp_request(ca, agents[0].identity.certificate.serial_number
                            if number == 0 else 0x40 << 120 | number)
        text = base64.b64encode(data).decode()
        for path in (quote(text, safe=""), text):
            answer = server.request("GET", "/pki/ocsp/" + path, plain=True)
            assert answer.status == 200, answer
            assert ocsp.load_der_ocsp_response(answer.body).response_status \
                == ocsp.OCSPResponseStatus.SUCCESSFUL


GARBAGE = [b"", b"\x30", b"\x30\x00", b"hello", os.urandom(500),
           b"\x30\x82\xff\xff" + b"\x30" * 200]


@pytest.mark.parametrize("number", range(len(GARBAGE)))
def test_garbage_gets_an_answer(server, number):
    response = ask(server, GARBAGE[number])
    assert response.response_status == \
        ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_truncated_request_gets_an_answer(server, ca):
    whole = ocsp_request(ca, 7)
    for length in range(0, len(whole), 5):
        assert ask(server, whole[:length]).response_status == \
            ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_another_media_type_is_refused(server):
    answer = server.request("POST", "/pki/ocsp", b"x", plain=True,
                            headers={"Content-Type": "text/plain"})
    assert answer.status == 415, answer


def test_the_publication_is_served_on_both_tls_ports(server):
    answers = [server.request("GET", "/.well-known/warifu/publication",
                              port=port)
               for port in (server.https, server.agents)]
    assert [a.status for a in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert answers[0].body.count(b".") == 2


def test_health(server):
    assert server.request("GET", "/healthz", plain=True).body == b"ok\n"
    answer = server.request("GET", "/readyz", plain=True)
    assert answer.json == {"ready": True, "database": "ok", "signer": "ok",
                           "identity": "ok"}


def test_metrics_are_prometheus_text(server, agents):
    answer = server.request("GET", "/metrics", plain=True)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(
        "text/plain; version=0.0.4")
    names = set()
    for line in answer.body.decode().splitlines():
        if line.startswith("#"):
            assert line.split()[1] in ("HELP", "TYPE")
            continue
        name, _, value = line.rpartition(" ")
        float(value)
        names.add(name.partition("{")[0])
    assert {"warifu_requests_total", "warifu_live_agents",
            "warifu_queue_length", "warifu_journal_length",
            "warifu_database_available",
            "warifu_gateway_handshakes_done"} <= names
