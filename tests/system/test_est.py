"""Enrolment as a stock EST client sees it (RFC 7030)."""

import base64
import http.client
import os
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import (AuthorityInformationAccessOID,
                                   ExtendedKeyUsageOID, NameOID)

import estkit
import harness

EST = "/.well-known/est/"


@pytest.fixture
def token(server, administrator):
    return server.office_token(administrator)


def refused(answer, status, code):
    assert answer.status == status, answer
    assert answer.headers["Warifu-Error"] == code, answer.headers
    assert len(estkit.http_error_line(answer)) > 20


def test_cacerts_are_the_agent_ca(server):
    for port in (server.https, server.agents):
        ca, = estkit.certificates_of(
            server.request("GET", EST + "cacerts", port=port))
        on_disk = x509.load_pem_x509_certificate(
            (server.state /
             "signer/authority/agent-ca.pem").read_bytes())
        assert ca == on_disk


def test_csrattrs_are_der_in_base64(server):
    answer = server.request("GET", EST + "csrattrs")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/csrattrs"
    data = base64.b64decode(answer.body)
    assert data[0] == 0x30 and data[1] == len(data) - 2


def test_without_a_token_there_is_a_challenge(server):
    answer = estkit.enrol(server, None, estkit.request_der(estkit.new_key()))
    refused(answer, 401, "token_required")
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_wrong_token_is_refused(server):
    answer = estkit.enrol(server, "wft_" + "a" * 32,
                          estkit.request_der(estkit.new_key()))
    refused(answer, 401, "token_unknown")
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_problem_document_for_who_accepts_it(server):
    answer = estkit.enrol(
        server, "wrong", estkit.request_der(estkit.new_key()),
        headers={"Accept": "application/problem+json"})
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "token_unknown"


@pytest.mark.parametrize("form", ["wrapped", "plain", "der", "pem"])
def test_every_form_of_a_request_is_signed(server, token, form):
    request = estkit.request_der(estkit.new_key())
    text = base64.b64encode(request).decode()
    body = {"wrapped": estkit.wrapped(request), "plain": text, "der": request,
            "pem": "-----BEGIN CERTIFICATE REQUEST-----\n" + text +
                   "\n-----END CERTIFICATE REQUEST-----\n"}[form]
    certificate, = estkit.certificates_of(
        estkit.enrol(server, token, request, body=body))
    assert certificate.subject.get_attributes_for_oid(
        NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value == "stock"


def test_a_chunked_request_is_signed(server, token):
    body = estkit.wrapped(estkit.request_der(estkit.new_key())).encode()
    link = http.client.HTTPSConnection("127.0.0.1", server.https,
                                       context=harness.unverified())
    link.request("POST", EST + "simpleenroll",
                 iter([body[:7], body[7:200], body[200:]]),
                 {"Content-Type": "application/pkcs10",
                  "Authorization": estkit.basic(token)},
                 encode_chunked=True)
    answer = link.getresponse()
    assert len(estkit.certificates_of(harness.Answer(
        answer.status, answer.headers, answer.read()))) == 1
    link.close()


def test_the_signer_writes_subject_and_extensions(server, token):
    key = estkit.new_key()
    certificate, = estkit.certificates_of(estkit.enrol(
        server, token, estkit.request_der(key, b"c" * 32, name="root")))
    ca = x509.load_pem_x509_certificate(
        (server.state /
             "signer/authority/agent-ca.pem").read_bytes())
    ca.public_key().verify(certificate.signature,
                           certificate.tbs_certificate_bytes,
                           ec.ECDSA(certificate.signature_hash_algorithm))
    names = {a.oid: a.value for a in certificate.subject}
    assert names[NameOID.ORGANIZATIONAL_UNIT_NAME] == "agent"
    assert names[NameOID.COMMON_NAME] != "root"
    assert certificate.public_key().public_numbers() == \
        key.public_key().public_numbers()
    usage = certificate.extensions.get_extension_for_class(
        x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(
        x509.BasicConstraints).value.ca
    life = certificate.not_valid_after - certificate.not_valid_before
    assert 89 <= life.days <= 91


def test_crl_and_ocsp_are_served_where_the_certificate_says(server, token):
    certificate, = estkit.certificates_of(estkit.enrol(
        server, token, estkit.request_der(estkit.new_key())))
    point, = certificate.extensions.get_extension_for_class(
        x509.CRLDistributionPoints).value
    access = certificate.extensions.get_extension_for_class(
        x509.AuthorityInformationAccess).value
    ocsp, = [a.access_location.value for a in access
             if a.access_method == AuthorityInformationAccessOID.OCSP]
    assert point.full_name[0].value.endswith(
        f":{server.http}/pki/agent-ca.crl")
    assert ocsp.endswith(f":{server.http}/pki/ocsp")


WEAK = {
    "an RSA key of 1024 bits": (
        lambda: rsa.generate_private_key(65537, 1024), "key_weak"),
    "an Ed25519 key": (ed25519.Ed25519PrivateKey.generate, "key_type"),
    "a P-521 key": (lambda: estkit.new_key(ec.SECP521R1), "key_type"),
}


@pytest.mark.parametrize("what", WEAK)
def test_a_key_that_is_not_good_enough_is_refused(server, token, what):
    make, code = WEAK[what]
    refused(estkit.enrol(server, token, estkit.request_der(make())), 403, code)


def test_a_request_signed_by_another_key_is_never_signed(server, token):
    forged = estkit.request_der(estkit.new_key(), signer=estkit.new_key())
    refused(estkit.enrol(server, token, forged), 400, "request_signature")


@pytest.mark.parametrize("cut", [0, 1, 2, 40, -1])
def test_a_truncated_request_is_refused(server, token, cut):
    request = estkit.request_der(estkit.new_key())[:cut]
    refused(estkit.enrol(server, token, request), 400, "request_malformed")


def test_a_body_of_another_type_is_refused(server, token):
    refused(estkit.enrol(server, token, b"x",
                         headers={"Content-Type": "text/plain"}),
            415, "media_type")


def test_a_body_that_is_too_long_is_refused(server, token):
    answer = estkit.enrol(server, token, b"", body="A" * 100000)
    assert answer.status == 413, answer


def test_a_used_token_is_refused_and_a_lost_answer_is_given_again(
        server, administrator):
    token = server.office_token(administrator, uses=1)
    request = estkit.request_der(estkit.new_key())
    first, = estkit.certificates_of(estkit.enrol(server, token, request))
    again, = estkit.certificates_of(estkit.enrol(server, token, request))
    assert first == again
    refused(estkit.enrol(server, token,
                         estkit.request_der(estkit.new_key())),
            401, "token_used")


def test_a_token_of_an_office_always_makes_a_new_computer(server, token):
    ids = set()
    for _ in range(3):
        certificate, = estkit.certificates_of(estkit.enrol(
            server, token, estkit.request_der(estkit.new_key(), os.urandom(32))))
        ids.add(certificate.subject.get_attributes_for_oid(
            NameOID.COMMON_NAME)[0].value)
    assert len(ids) == 3


def test_the_wrong_port_names_the_right_one(server, token, folder):
    request = estkit.request_der(estkit.new_key())
    refused_here = estkit.enrol(server, token, request, port=server.agents)
    refused(refused_here, 421, "wrong_port")
    assert str(server.https) in estkit.http_error_line(refused_here)
    refused_there = server.request(
        "POST", EST + "simplereenroll", estkit.wrapped(request),
        headers={"Content-Type": "application/pkcs10"})
    refused(refused_there, 421, "wrong_port")
    assert str(server.agents) in estkit.http_error_line(refused_there)


def test_over_http_nothing_is_answered(server):
    for method, path in (("GET", "cacerts"), ("POST", "simpleenroll")):
        answer = server.request(method, EST + path, body=b"",
                                plain=True, port=server.http)
        refused(answer, 403, "https_required")


def test_a_stock_client_renews_plainly(server, token, folder):
    key = estkit.new_key()
    certificate, = estkit.certificates_of(
        estkit.enrol(server, token, estkit.request_der(key)))
    identity = estkit.Identity(folder / "stock", key, certificate)
    fresh = estkit.new_key()
    renewed, = estkit.certificates_of(server.request(
        "POST", EST + "simplereenroll",
        estkit.wrapped(estkit.request_der(fresh)),
        headers={"Content-Type": "application/pkcs10"}, port=server.agents,
        context=estkit.tls(identity)))
    assert renewed.subject == certificate.subject
    assert renewed.serial_number != certificate.serial_number


def test_renewal_needs_a_certificate(server):
    answer = server.request(
        "POST", EST + "simplereenroll",
        estkit.wrapped(estkit.request_der(estkit.new_key())),
        headers={"Content-Type": "application/pkcs10"}, port=server.agents)
    refused(answer, 403, "certificate_required")


def test_an_agent_renews_with_proof_alone(server, token, folder):
    agent = estkit.PythonAgent(server, folder / "agent", token)
    _, without = agent.renew(proof=False)
    refused(without, 403, "proof_missing")
    _, same = agent.renew(key=agent.identity.key)
    assert same.status in (400, 403), same
    key, answer = agent.renew()
    renewed, = estkit.certificates_of(answer)
    agent.identity = estkit.Identity(folder / "agent", key, renewed)
    assert agent.refresh()["computer_id"] == agent.id


def test_curl_and_openssl_enrol(server, token, folder):
    """What an administrator's script would do."""
    place = folder / "script"
    place.mkdir()
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", place / "key.pem",
         "-subj", "/CN=script", "-outform", "DER", "-out", place / "req.der"],
        check=True, capture_output=True)
    subprocess.run(["openssl", "base64", "-in", place / "req.der", "-out",
                    place / "req.b64"], check=True)
    subprocess.run(
        ["curl", "-sSk", "--fail", "--user", f"est:{token}", "--data-binary",
         f"@{place / 'req.b64'}", "-H", "Content-Type: application/pkcs10",
         "-H", "Content-Transfer-Encoding: base64", "-o", place / "out.b64",
         f"https://127.0.0.1:{server.https}{EST}simpleenroll"],
        check=True, capture_output=True)
    text = subprocess.run(
        f"openssl base64 -d -in {place / 'out.b64'} | "
        "openssl pkcs7 -inform DER -print_certs",
        shell=True, check=True, capture_output=True, text=True).stdout
    assert "BEGIN CERTIFICATE" in text and "OU = stock" in text


def test_what_no_signer_reads_never_reaches_it(server, token):
    """Core must refuse it: the signer would call it broken protocol."""
    roles = server.roles()
    request = estkit.request_der(estkit.new_key())
    for password in ("x" * 129, "x" * 300, "x\0y", "\u00e9" * 100):
        answer = estkit.enrol(server, password, request)
        assert answer.status == 401, answer
    for size in (16385, 23000):
        refused(estkit.enrol(server, token, b"\x30\x82" + b"a" * size),
                400, "request_malformed")
    assert server.roles() == roles
