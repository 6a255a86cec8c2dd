"""The agent port judges certificates inside the handshake."""

import ssl
import subprocess
import time

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

import estkit
import harness

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = pytest.mark.parametrize("version", [TLS12, TLS13],
                                   ids=["TLS1.2", "TLS1.3"])


@pytest.fixture(scope="module")
def agent(server, administrator, folder):
    return estkit.PythonAgent(server, folder / "agent",
                              server.office_token(administrator))


@pytest.fixture(scope="module")
def strict(folder):
    running = harness.Server(folder / "strict",
                             {"agents.require_certificate": "yes"})
    running.folder.mkdir()
    with harness.running(running):
        yield running


@VERSIONS
def test_a_good_certificate_is_served(server, agent, version):
    assert estkit.alert_of(server, estkit.tls(agent.identity, version)) is None


@VERSIONS
def test_none_is_tolerated_before_the_lock(server, version):
    assert estkit.alert_of(server, estkit.tls(None, version)) is None


@VERSIONS
def test_none_fails_where_a_certificate_is_required(strict, version):
    assert estkit.alert_of(strict, estkit.tls(None, version)) == {
        TLS12: "SSLV3_ALERT_HANDSHAKE_FAILURE",
        TLS13: "TLSV13_ALERT_CERTIFICATE_REQUIRED"}[version]


BAD = {
    "expired": (dict(days=(-60, -1)), "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    "not yet valid": (dict(days=(1, 30)), "SSLV3_ALERT_BAD_CERTIFICATE"),
    "wrong usage": (dict(usage=ExtendedKeyUsageOID.SERVER_AUTH),
                    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"),
    "a subject that is no agent's": (
        dict(subject="admin"), "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"),
}


@VERSIONS
@pytest.mark.parametrize("what", BAD)
def test_a_bad_certificate_fails_with_its_alert(server, folder, what, version):
    how, alert = BAD[what]
    identity = estkit.fake_identity(server, folder / "fake", **how)
    assert estkit.alert_of(server, estkit.tls(identity, version)) == alert


@VERSIONS
def test_a_foreign_certificate_fails_with_unknown_ca(server, folder, version):
    identity = estkit.fake_identity(server, folder / "fake",
                                    issuer=estkit.new_key())
    assert estkit.alert_of(server, estkit.tls(identity, version)) == \
        "TLSV1_ALERT_UNKNOWN_CA"


@VERSIONS
def test_revocation_is_in_force_within_a_second(
        server, administrator, folder, version):
    agent = estkit.PythonAgent(server, folder / "revoked",
                               server.office_token(administrator))
    other = estkit.PythonAgent(server, folder / "other",
                               server.office_token(administrator))
    agent.refresh()
    channel, unmoved = agent.channel(), other.channel()
    assert channel.status == 101 and unmoved.status == 101
    began = time.monotonic()
    answer = server.request("POST", f"/api/v1/computers/{agent.id}/revoke",
                            {"reason": "a test"}, token=administrator)
    assert answer.status == 200, answer
    assert answer.json["state"] == "revoked"
    assert channel.ends_within(1)
    assert estkit.alert_of(server, estkit.tls(agent.identity, version)) == \
        "SSLV3_ALERT_CERTIFICATE_REVOKED"
    assert time.monotonic() - began < 1 * harness.PATIENCE
    assert not unmoved.ends_within(0.3)
    assert other.refresh()["computer_id"] == other.id


def test_the_alert_has_its_number_for_openssl(server, folder):
    identity = estkit.fake_identity(server, folder / "fake", days=(-60, -1))
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.agents}",
         "-cert", identity.file, "-key", identity.file, "-tls1_2"],
        input="", capture_output=True, text=True, timeout=30)
    assert "SSL alert number 45" in done.stderr


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1", "-no_tls1_3"])
def test_old_versions_are_refused(server, version):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.agents}",
         version, "-cipher", "ALL:@SECLEVEL=0"],
        input="", capture_output=True, text=True, timeout=30)
    if version == "-no_tls1_3":
        assert "TLSv1.2" in done.stdout
    else:
        assert "Cipher is (NONE)" in done.stdout


def test_no_session_is_resumed(server):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.agents}",
         "-tls1_2", "-reconnect"],
        input="", capture_output=True, text=True, timeout=30)
    assert "Reused," not in done.stdout


def test_a_refusal_is_in_the_event_list(server, administrator, folder):
    identity = estkit.fake_identity(server, folder / "fake", days=(-60, -1))
    estkit.alert_of(server, estkit.tls(identity, TLS13))

    def is_told():
        events = server.request("GET", "/api/v1/events",
                                token=administrator).json["items"]
        return [e for e in events if e["kind"] == "handshake_refused"]
    harness.wait_until("the refusal is an event", is_told)
