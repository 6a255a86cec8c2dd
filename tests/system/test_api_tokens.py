"""API tokens are found by a part of their names: one's own, and everybody's."""

import pytest

import harness
from described import Api
from test_ctl import Ctl

TECHNICIAN = "00000000-0000-7000-8000-000000000012"
OWN, ALL = "/me/api-tokens", "/api-tokens"
NAMES = ("Nightly report", "Ｒeport 割符", "50% off", "REPORTS")


def make(api, name):
    return api.ok("POST", OWN, {"name": name, "expires_in_s": 3600})


@pytest.fixture(scope="module")
def api(server, administrator):
    api = Api(server, administrator)
    for name in NAMES:
        make(api, name)
    return api


@pytest.fixture(scope="module")
def technician(api, server):
    user = api.ok("POST", "/users", {
        "name": "hanako", "password": harness.PASSWORD,
        "role_id": TECHNICIAN, "must_change_password": False})
    who = Api(server, server.sign_in(harness.PASSWORD, user["name"]))
    make(who, "report of hers")
    return who


def names(api, path, query):
    """In whatever order: two may come within one millisecond."""
    return {token["name"]
            for token in api.ok("GET", f"{path}?{query}")["items"]}


@pytest.mark.parametrize("path", [OWN, ALL])
@pytest.mark.parametrize("query", ["search=", f"search={'x' * 129}",
                                   "name=x"])
def test_a_wrong_search_is_refused(api, path, query):
    answer = api.ask("GET", f"{path}?{query}")
    assert answer.status == 400
    assert answer.json["code"] in ("bad_parameter", "unknown_parameter")


def test_nobody_searches_what_they_may_not_list(technician):
    technician.refused("not_permitted", "GET", f"{ALL}?search=report")
    assert names(technician, OWN, "search=REPORT") == {"report of hers"}
    assert names(technician, OWN, "search=nightly") == set()


def test_by_a_part_of_the_name_whatever_its_case(api, technician):
    assert names(api, OWN, "search=report") == {"REPORTS", "Nightly report"}
    assert names(api, OWN, "search=%EF%BD%92") == {"Ｒeport 割符"}
    assert names(api, OWN, "search=%25_") == set()
    assert names(api, OWN, "search=%25") == {"50% off"}
    assert names(api, ALL, "search=report") == {
        "REPORTS", "Nightly report", "report of hers"}


def test_pages_go_on_with_what_is_searched(api, technician):
    found, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.ok("GET", f"{ALL}?search=RePort&limit=1{more}")
        assert len(page["items"]) == 1
        found += [token["name"] for token in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(found) == ["Nightly report", "REPORTS", "report of hers"]
    api.refused("cursor_invalid", "GET", f"{ALL}?search=report&cursor=x")


def test_filters_count_together(api, technician):
    mine = api.ok("GET", "/session")["user"]["id"]
    assert names(api, ALL, f"search=report&user_id={mine}") == \
        {"REPORTS", "Nightly report"}


def test_warifuctl_searches_both_lists(server, api, technician, folder):
    ctl = Ctl(folder)
    password = folder / "password"
    password.write_text(harness.PASSWORD)
    ctl.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "admin", "--password-file", password)

    def found(*words):
        return {token["name"] for token in
                ctl.json("api-token", "list", *words)["items"]}
    assert found("--search", "REPORT") == {"REPORTS", "Nightly report"}
    assert found("--search", "report", "--everybody") == {
        "REPORTS", "Nightly report", "report of hers"}
    assert found("--search", "nobody at all") == set()
    assert "(bad_parameter)" in ctl.run(
        "api-token", "list", "--search", "", code=1).stderr
