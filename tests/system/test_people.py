"""Users are found by name, role and scope."""

import pytest

import harness
from described import Api

ROLE = {name: f"00000000-0000-7000-8000-00000000001{number}"
        for number, name in enumerate(
            ("administrator", "technician", "auditor", "guest"), 1)}
LOCAL = "00000000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


@pytest.fixture(scope="module")
def osaka(api):
    return api.ok("POST", "/offices", {"name": "Osaka"})["id"]


@pytest.fixture(scope="module", autouse=True)
def users(api, osaka):
    def make(name, role, *places):
        api.ok("POST", "/users", {
            "name": name, "password": harness.PASSWORD, "role_id": ROLE[role],
            **({"scope": [{"kind": "office", "id": place}
                          for place in places]} if places else {})})
    make("Yamada Hanako", "technician", osaka)
    make("yamada taro", "guest", osaka, LOCAL)
    make("Ｙamashita", "guest", LOCAL)
    make("50%_off", "guest")


def names(api, query):
    return [user["name"] for user in api.ok("GET", f"/users?{query}")["items"]]


def test_by_a_part_of_the_name_whatever_its_case(api):
    assert names(api, "search=YAMADA") == ["Yamada Hanako", "yamada taro"]
    assert names(api, "search=hana") == ["Yamada Hanako"]
    assert names(api, "search=%EF%BC%B9ama") == ["Ｙamashita"]
    assert names(api, "search=nobody") == []


def test_what_a_database_takes_for_a_pattern_is_text(api):
    assert names(api, "search=%25_") == ["50%_off"]
    assert names(api, "search=%25a") == []
    assert names(api, "search=' OR 1=1 --".replace(" ", "%20")) == []


def test_by_the_place_that_they_are_limited_to(api, osaka):
    assert names(api, f"place_id={osaka}") == ["Yamada Hanako", "yamada taro"]
    assert names(api, f"place_id={LOCAL}") == ["yamada taro", "Ｙamashita"]
    assert names(api, f"place_id={ROLE['guest']}") == []


def test_all_filters_count_and_pages_go_on_with_them(api, osaka):
    assert names(api, f"search=yamada&place_id={osaka}"
                 f"&role_id={ROLE['guest']}") == ["yamada taro"]
    first = api.ok("GET", "/users?search=yamada&limit=1")
    assert [user["name"] for user in first["items"]] == ["Yamada Hanako"]
    path = f"/users?search=yamada&limit=1&cursor={first['next_cursor']}"
    rest = api.ok("GET", path)
    assert [user["name"] for user in rest["items"]] == ["yamada taro"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["search=", f"search={'x' * 129}",
                                   "place_id=osaka"])
def test_a_wrong_filter_is_refused(api, query):
    api.refused("bad_parameter", "GET", f"/users?{query}")
