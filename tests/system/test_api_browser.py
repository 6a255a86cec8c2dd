"""The browser's session: a cookie that only the console's own pages may use."""

import pytest

import harness
from described import Api

MARKER = {"X-Warifu-Request": "1"}


@pytest.fixture(scope="module")
def api(server):
    server.administrator()
    return Api(server)


def sign_in(api, headers=MARKER, **more):
    return api.ask("POST", "/session", {
        "user": "admin", "password": harness.PASSWORD, "cookie": True},
        headers=headers, **more)


def cookie_of(answer):
    value, *attributes = answer.headers["Set-Cookie"].split("; ")
    return value, set(attributes)


@pytest.fixture(scope="module")
def cookie(api):
    return cookie_of(sign_in(api))[0]


def test_the_token_is_in_the_cookie_and_nowhere_else(api):
    answer = sign_in(api)
    value, attributes = cookie_of(answer)
    assert answer.status == 201 and answer.json["token"] is None
    assert value.startswith("__Host-warifu=wfs_")
    assert attributes == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert value.partition("=")[2].encode() not in answer.body


def test_without_being_asked_no_cookie_is_set(api):
    answer = api.ask("POST", "/session", {"user": "admin",
                                          "password": harness.PASSWORD})
    assert answer.json["token"].startswith("wfs_")
    assert "Set-Cookie" not in answer.headers


def test_the_cookie_signs_in(api, cookie):
    assert api.ok("GET", "/me", headers={"Cookie": cookie})["name"] == "admin"
    assert api.ok("GET", "/session", headers={"Cookie": f"a=b; {cookie}"}
                  )["kind"] == "session"


def test_a_change_needs_the_consoles_own_header(api, cookie):
    body = {"name": "Osaka"}
    api.refused("cross_site", "POST", "/offices", body,
                headers={"Cookie": cookie})
    made = api.ok("POST", "/offices", body,
                  headers={"Cookie": cookie, **MARKER})
    assert made["name"] == "Osaka"


@pytest.mark.parametrize("foreign", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_sites_request_is_refused(api, cookie, foreign):
    headers = {"Cookie": cookie, **MARKER, **foreign}
    api.refused("cross_site", "GET", "/me", headers=headers)
    api.refused("cross_site", "POST", "/offices", {"name": "x"},
                headers=headers)
    api.refused("cross_site", "DELETE", "/session", headers=headers)


def test_another_site_cannot_sign_somebody_in(api):
    for headers in ({}, {**MARKER, "Sec-Fetch-Site": "cross-site"},
                    {**MARKER, "Origin": "https://evil.example"}):
        answer = sign_in(api, headers)
        assert (answer.status, answer.json["code"]) == (403, "cross_site")
        assert "Set-Cookie" not in answer.headers


def test_a_header_wins_over_the_cookie(api, cookie):
    api.refused("not_signed_in", "GET", "/me", token="wfs_wrong",
                headers={"Cookie": cookie})


def test_an_api_token_is_no_cookie(server, api):
    session = server.sign_in(harness.PASSWORD)
    secret = api.ok("POST", "/me/api-tokens",
                    {"name": "ci", "expires_in_s": 600},
                    token=session)["secret"]
    api.ok("GET", "/me", token=secret)
    api.refused("not_signed_in", "GET", "/me",
                headers={"Cookie": f"__Host-warifu={secret}"})


def test_a_cookie_of_http_never_counts_over_https(server, api, cookie):
    plain = Api(server, plain=True)
    value, attributes = cookie_of(sign_in(plain))
    token = value.partition("=")[2]
    assert value.startswith("warifu=") and "Secure" not in attributes
    assert {"HttpOnly", "SameSite=Strict"} <= attributes
    plain.ok("GET", "/me", headers={"Cookie": value})
    for name in ("warifu", "__Host-warifu"):
        api.refused("not_signed_in", "GET", "/me",
                    headers={"Cookie": f"{name}={token}"})
        plain.refused("not_signed_in", "GET", "/me", headers={
            "Cookie": f"{name}={cookie.partition('=')[2]}"})


def test_signing_out_takes_the_cookie_back(api):
    value = cookie_of(sign_in(api))[0]
    answer = api.ask("DELETE", "/session",
                     headers={"Cookie": value, **MARKER})
    assert answer.status == 204
    assert cookie_of(answer)[0] == "__Host-warifu="
    assert "Max-Age=0" in cookie_of(answer)[1]
    api.refused("not_signed_in", "GET", "/me", headers={"Cookie": value})


def test_no_other_origin_is_ever_allowed(server, cookie):
    for method in ("OPTIONS", "GET", "POST"):
        answer = server.request(method, "/api/v1/session", headers={
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-warifu-request"})
        assert not [name for name in answer.headers
                    if name.lower().startswith("access-control-")]
