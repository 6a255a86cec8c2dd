"""No answer to a browser is anybody's frame, and none runs as something else."""

import pytest

import harness
from described import HANDSHAKE, Api

TEXT = {"Accept": "text/html"}
COOKIE = {"Cookie": "__Host-warifu=wfs_x", "Origin": "https://evil.example"}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def assert_guarded(answer):
    names = [name.lower() for name in answer.headers]
    assert len(names) == len(set(names)), names
    assert "frame-ancestors 'none'" in \
        answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method, path, status, headers", [
    ("GET", "/api/v1/me", 401, TEXT),
    ("GET", "/api/v1/me", 403, COOKIE),
    ("GET", "/api/v1/nothing", 404, TEXT),
    ("GET", "/assets/nothing.js", 404, TEXT),
    ("GET", "/api/v1/ports", 200, TEXT),
    ("GET", "/api/v1/openapi.json", 200, TEXT),
    ("DELETE", "/api/v1/ports", 405, TEXT),
    ("OPTIONS", "/api/v1/ports", 204, TEXT),
    ("POST", "/api/v1/session", 400, TEXT),
    ("GET", "/api/v1/changes", 426, TEXT),
    ("GET", "/api/v1/changes", 401, HANDSHAKE),
    ("GET", "/pki/agent-ca.crl", 200, TEXT),
    ("GET", "/healthz", 200, TEXT),
])
def test_each_kind_of_answer_is_guarded_over_https_and_http(
        server, method, path, status, headers):
    for plain in (False, True):
        answer = server.request(method, path, "{" if method == "POST" else None,
                                {"Content-Type": "application/json",
                                 **headers}, plain=plain)
        if not (plain and headers is COOKIE):  # another cookie's name
            assert answer.status == status, answer
        assert_guarded(answer)


def test_exports_and_answers_to_who_is_signed_in_are_guarded(api):
    for path in ("/me", "/computers", "/computers/export",
                 "/audit/export?format=csv", "/software/export",
                 f"/computers/{'0' * 8}-0000-7000-8000-00000000dead"):
        assert_guarded(api.ask("GET", path))


def test_refusals_are_kept_by_no_cache(api):
    for token in (None, "wfs_nobody"):
        answer = api.ask("GET", "/computers", token=token)
        assert answer.status == 401
        assert answer.headers["Cache-Control"] == "no-store"


def test_agents_are_told_none_of_it(server):
    answer = server.request("GET", "/healthz", port=server.agents)
    assert answer.status == 404
    assert "X-Frame-Options" not in answer.headers
