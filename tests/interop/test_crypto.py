"""src/crypto judged by OpenSSL's command line and Python's cryptography."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TOOL = pathlib.Path(os.environ["WARIFU_BUILD"]) / "tests/interop/crypto_tool"
FLEET = "0193b4a2-7c00-7000-8000-00000000f1ee"
AGENT = "0193b4a2-7c00-7000-8000-0000000000a1"


def tool(*arguments):
    done = subprocess.run([TOOL, *map(str, arguments)], text=True,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout.strip()


def openssl(*arguments, **options):
    done = subprocess.run(["openssl", *map(str, arguments)], text=True,
                          capture_output=True, timeout=60, **options)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-interop-"))
    assert tool("make", folder)[0] == 0
    yield folder
    shutil.rmtree(folder)


def load(folder, name):
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def test_an_agent_certificate_is_as_the_design_says(made):
    agent = load(made, "agent.pem")
    names = [(n.oid, n.value) for n in agent.subject]
    assert names == [(NameOID.ORGANIZATION_NAME, f"Warifu fleet {FLEET}"),
                     (NameOID.ORGANIZATIONAL_UNIT_NAME, "agent"),
                     (NameOID.COMMON_NAME, AGENT)]
    assert agent.serial_number.bit_length() == 127
    basic = extension(agent, x509.BasicConstraints)
    assert basic.critical and not basic.value.ca
    usage = extension(agent, x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature
    assert not (usage.value.key_cert_sign or usage.value.crl_sign
                or usage.value.key_encipherment or usage.value.key_agreement)
    assert list(extension(agent, x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH]
    points = extension(agent, x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value == \
        "http://server.test:8020/pki/agent-ca.crl"
    access = extension(agent, x509.AuthorityInformationAccess).value
    assert access[0].access_location.value == "http://server.test:8020/pki/ocsp"
    ca = load(made, "ca.pem")
    assert extension(agent, x509.AuthorityKeyIdentifier).value.key_identifier \
        == extension(ca, x509.SubjectKeyIdentifier).value.digest
    ca.public_key().verify(agent.signature, agent.tbs_certificate_bytes,
                           ec.ECDSA(hashes.SHA256()))


def test_the_agent_ca_is_narrow(made):
    ca = load(made, "ca.pem")
    basic = extension(ca, x509.BasicConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 0
    usage = extension(ca, x509.KeyUsage).value
    assert usage.key_cert_sign and usage.crl_sign
    assert not usage.digital_signature
    constraints = extension(ca, x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees
    assert [n.value.rfc4514_string() for n in permitted] == [
        f"O=Warifu fleet {FLEET}"]
    assert {type(n) for n in constraints.value.excluded_subtrees} == {
        x509.DNSName, x509.RFC822Name, x509.IPAddress}


def verify(made, name, *more):
    return openssl("verify", "-x509_strict", "-CAfile", made / "ca.pem",
                   *more, made / name)


def test_openssl_verifies_what_is_good_and_nothing_else(made):
    assert verify(made, "agent.pem", "-purpose", "sslclient")[0] == 0
    assert verify(made, "ocsp.pem", "-purpose", "ocsphelper")[0] == 0
    assert verify(made, "agent.pem", "-purpose", "sslserver")[0] != 0
    assert "has expired" in verify(made, "expired.pem")[1]
    assert "not yet valid" in verify(made, "future.pem")[1]
    assert "excluded subtree violation" in \
        verify(made, "unconstrained.pem", "-purpose", "sslserver")[1]


def test_openssl_accepts_the_server_certificate_as_its_own_anchor(made):
    status, text = openssl("verify", "-CAfile", made / "server.pem",
                           "-purpose", "sslserver", "-verify_hostname",
                           "server.test", made / "server.pem")
    assert status == 0, text
    status, text = openssl("verify", "-CAfile", made / "server.pem",
                           "-verify_ip", "::1", made / "server.pem")
    assert status == 0, text
    status, _ = openssl("verify", "-CAfile", made / "server.pem",
                        "-verify_hostname", "other.test", made / "server.pem")
    assert status != 0


def test_the_crl_is_read_by_others_and_revokes(made):
    crl = x509.load_der_x509_crl((made / "crl.der").read_bytes())
    ca = load(made, "ca.pem")
    revoked = load(made, "revoked.pem")
    assert crl.is_signature_valid(ca.public_key())
    assert crl.extensions.get_extension_for_class(
        x509.CRLNumber).value.crl_number == 7
    entry = crl.get_revoked_certificate_by_serial_number(
        revoked.serial_number)
    assert entry.extensions.get_extension_for_class(
        x509.CRLReason).value.reason == \
        x509.ReasonFlags.cessation_of_operation
    status, text = openssl("crl", "-in", made / "crl.der", "-inform", "DER",
                           "-CAfile", made / "ca.pem", "-noout", "-text")
    assert status == 0 and "verify OK" in text
    openssl("crl", "-in", made / "crl.der", "-inform", "DER", "-out",
            made / "crl.pem")
    both = ["-crl_check", "-CRLfile", made / "crl.pem"]
    assert verify(made, "agent.pem", *both)[0] == 0
    assert "certificate revoked" in verify(made, "revoked.pem", *both)[1]


@pytest.mark.parametrize("hash_option", ["-sha1", "-sha256"])
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_ocsp_believes_the_answer(made, hash_option, nonce):
    request, answer = made / "request.ocsp", "answer.ocsp"
    status, text = openssl(
        "ocsp", "-issuer", made / "ca.pem",
        hash_option, "-cert", made / "agent.pem",
        hash_option, "-cert", made / "revoked.pem",
        hash_option, "-serial", "0x1234", nonce, "-reqout", request)
    assert status == 0, text
    assert tool("ocsp", made, request, answer)[0] == 0
    status, text = openssl(
        "ocsp", "-issuer", made / "ca.pem", "-CAfile", made / "ca.pem",
        hash_option, "-cert", made / "agent.pem",
        hash_option, "-cert", made / "revoked.pem",
        hash_option, "-serial", "0x1234", "-reqin", request,
        "-respin", made / answer, "-no_nonce")
    assert "Response verify OK" in text, text
    assert "agent.pem: good" in text
    assert "revoked.pem: revoked" in text and "cessationOfOperation" in text
    assert "0x1234: unknown" in text


def test_cryptography_reads_the_ocsp_answer(made):
    agent, ca = load(made, "agent.pem"), load(made, "ca.pem")
    request = ocsp.OCSPRequestBuilder().add_certificate(
        agent, ca, hashes.SHA256()).add_extension(
            x509.OCSPNonce(b"n" * 32), False).build()
    (made / "r.ocsp").write_bytes(
        request.public_bytes(serialization.Encoding.DER))
    assert tool("ocsp", made, made / "r.ocsp", "a.ocsp")[0] == 0
    answer = ocsp.load_der_ocsp_response((made / "a.ocsp").read_bytes())
    assert answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == agent.serial_number
    assert answer.extensions.get_extension_for_class(
        x509.OCSPNonce).value.nonce in (b"n" * 32, b"\x04\x20" + b"n" * 32)
    responder = load(made, "ocsp.pem")
    assert answer.certificates[0] == responder
    extension(responder, x509.OCSPNoCheck)
    responder.public_key().verify(answer.signature, answer.tbs_response_bytes,
                                  ec.ECDSA(hashes.SHA256()))


def public_key_of_request(made):
    """By OpenSSL: cryptography reads no object identifier of a UUID arc."""
    pem = subprocess.run(
        ["openssl", "req", "-in", made / "request.der", "-inform", "DER",
         "-noout", "-pubkey"], capture_output=True, check=True).stdout
    return serialization.load_pem_public_key(pem)


def test_our_request_is_a_request_to_others(made):
    status, text = openssl("req", "-in", made / "request.der", "-inform",
                           "DER", "-noout", "-verify", "-subject")
    assert status == 0 and "verify OK" in text and AGENT in text
    raw = (made / "request.der").read_bytes()
    assert b"\x04\x20" + hashlib.sha256(b"credential").digest() in raw
    key = serialization.load_pem_private_key(
        (made / "new.key").read_bytes(), b"interop")
    assert key.public_key().public_numbers() == \
        public_key_of_request(made).public_numbers()


def test_an_encrypted_key_is_expensive_to_guess(made):
    status, text = openssl("asn1parse", "-in", made / "new.key")
    assert status == 0
    assert "aes-256-cbc" in text and "hmacWithSHA256" in text
    assert f":{200000:06X}" in text
    assert openssl("pkey", "-in", made / "new.key", "-passin",
                   "pass:interop", "-noout")[0] == 0
    assert openssl("pkey", "-in", made / "new.key", "-passin",
                   "pass:other", "-noout")[0] != 0


def test_the_renewal_proof_is_what_the_protocol_says(made):
    raw = (made / "request.der").read_bytes()
    at = raw.index(b"\x04\x07a nonce") + 9
    assert raw[at] == 4
    proof = raw[at + 2:at + 2 + raw[at + 1]]
    spki = public_key_of_request(made).public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    old = serialization.load_pem_private_key(
        (made / "agent.key").read_bytes(), None).public_key()
    old.verify(proof, b"warifu-renewal-v1\0" + b"a nonce" + spki,
               ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("make,expected", [
    (lambda: ec.generate_private_key(ec.SECP256R1()), "EC P-256 256"),
    (lambda: ec.generate_private_key(ec.SECP384R1()), "EC P-384 384"),
    (lambda: rsa.generate_private_key(65537, 2048), "RSA 2048"),
    (lambda: ec.generate_private_key(ec.SECP521R1()), None),
    (lambda: rsa.generate_private_key(65537, 1024), None),
])
def test_requests_of_others_are_read(made, make, expected):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pc-1")]))
    builder = builder.add_extension(x509.SubjectAlternativeName(
        [x509.DNSName("pc-1.test")]), False)
    builder = builder.add_attribute(
        x509.oid.AttributeOID.CHALLENGE_PASSWORD, b"secret")
    request = builder.sign(make(), hashes.SHA256())
    path = made / "foreign.der"
    path.write_bytes(request.public_bytes(serialization.Encoding.DER))
    status, text = tool("request", path)
    if expected is None:
        assert status == 1 and text in ("refused key_type", "refused key_weak")
    else:
        assert text == f'{expected} "pc-1" stock'


def test_certs_only_goes_both_ways(made):
    raw = (made / "certs.p7").read_bytes()
    ours = pkcs7.load_der_pkcs7_certificates(raw)
    assert set(ours) == {load(made, "agent.pem"), load(made, "ca.pem")}
    status, text = openssl("pkcs7", "-inform", "DER", "-in",
                           made / "certs.p7", "-print_certs", "-noout")
    assert status == 0 and text.index(AGENT) < text.index("Agent CA")
    theirs = made / "theirs.p7"
    openssl("crl2pkcs7", "-nocrl", "-certfile", made / "ca.pem", "-outform",
            "DER", "-out", theirs)
    status, text = tool("cms", theirs)
    fingerprint = load(made, "ca.pem").fingerprint(hashes.SHA256()).hex()
    assert status == 0 and text.startswith(fingerprint)


def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_statements_go_both_ways(made):
    key = serialization.load_pem_private_key(
        (made / "agent.key").read_bytes(), None)
    spki = (made / "agent.spki").read_bytes()
    head, body, tail = (made / "command.jws").read_text().split(".")
    pad = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert json.loads(pad(head)) == {
        "alg": "ES256", "typ": "warifu-command+jwt",
        "kid": hashlib.sha256(spki).hexdigest()}
    raw = pad(tail)
    signature = utils.encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.public_key().verify(signature, f"{head}.{body}".encode(),
                            ec.ECDSA(hashes.SHA256()))
    signed = f"{head}.{b64url(b'{}')}"
    r, s = utils.decode_dss_signature(
        key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    path = made / "foreign.jws"
    path.write_text(signed + "." + b64url(
        r.to_bytes(32, "big") + s.to_bytes(32, "big")))
    spki_path = made / "agent.spki"
    assert tool("jws", path, spki_path, "warifu-command+jwt") == (0, "{}")
    assert tool("jws", path, spki_path, "other")[1] == "refused jws_type"


@pytest.fixture
def gateway(made):
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [TOOL, "serve", made, *arguments], stdout=subprocess.PIPE,
            text=True)
        started.append(process)
        port = int(process.stdout.readline().split()[1])
        return process, port

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def talk(made, port, certificate, version):
    """What the server says, or the name of its alert."""
    context = ssl.create_default_context(cafile=made / "server.pem")
    context.minimum_version = context.maximum_version = version
    if certificate is not None:
        context.load_cert_chain(made / certificate, made / "agent.key")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as tls:
                return tls.recv(100).decode()
        except ssl.SSLError as error:
            return error.reason


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("certificate,heard,code", [
    ("agent.pem", "hello\n", f"peer {AGENT}"),
    ("expired.pem", "SSLV3_ALERT_CERTIFICATE_EXPIRED",
     "refused certificate_expired"),
    ("future.pem", "SSLV3_ALERT_BAD_CERTIFICATE",
     "refused certificate_not_yet_valid"),
    ("usage.pem", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
     "refused certificate_wrong_usage"),
    ("revoked.pem", "SSLV3_ALERT_CERTIFICATE_REVOKED",
     "refused certificate_revoked"),
    (None, {ssl.TLSVersion.TLSv1_2: "SSLV3_ALERT_HANDSHAKE_FAILURE",
            ssl.TLSVersion.TLSv1_3: "TLSV13_ALERT_CERTIFICATE_REQUIRED"},
     "refused certificate_required"),
])
def test_pythons_tls_hears_the_alert(made, gateway, version, certificate,
                                     heard, code):
    serial = load(made, "revoked.pem").serial_number
    process, port = gateway("require", f"{serial:032x}")
    expected = heard[version] if isinstance(heard, dict) else heard
    assert talk(made, port, certificate, version) == expected
    assert process.stdout.readline().startswith(code)


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_s_client_finds_no_ticket_and_an_agent_port(made, gateway, option):
    _, port = gateway("tolerate")
    status, text = openssl(
        "s_client", option, "-connect", f"127.0.0.1:{port}", "-CAfile",
        made / "server.pem", "-verify_hostname", "localhost", "-alpn",
        "http/1.1", "-cert", made / "agent.pem", "-key", made / "agent.key",
        "-ign_eof", input="")
    assert status == 0 and "Verify return code: 0 (ok)" in text
    assert "hello" in text and "ALPN protocol: http/1.1" in text
    assert "New Session Ticket" not in text
    assert "TLS session ticket:" not in text
    assert "Peer Temp Key: X25519" in text or \
        "Server Temp Key: X25519" in text


@pytest.mark.parametrize("options", [
    ["-tls1_1"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
    ["-tls1_3", "-groups", "P-521"],
])
def test_s_client_gets_nothing_below_the_policy(made, gateway, options):
    _, port = gateway("tolerate")
    if "-cipher" in options:
        options = options[:-1] + [options[-1] + ":@SECLEVEL=0"]
    status, text = openssl("s_client", *options, "-connect",
                           f"127.0.0.1:{port}", input="")
    assert status != 0 and "hello" not in text
