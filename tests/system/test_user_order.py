"""The order of users and roles, which the server makes: users by name, role or
last sign-in, roles with those that are always there first."""

import pytest

import harness
from described import Api
from test_ctl import Ctl

ROLE = {name: f"00000000-0000-7000-8000-00000000001{number}"
        for number, name in enumerate(
            ("administrator", "technician", "auditor", "guest"), 1)}
# In the order of their first sign-in; nobody is silent.
USERS = {"delta": "guest", "Bravo": "technician", "charlie": "auditor"}
# Roles made here; by their names they would stand before all others and after.
MADE = {"yuki": "zebra", "zoe": "Aardvark"}
ORDERS = {
    "name": ["admin", "Bravo", "charlie", "delta", "silent", "yuki", "zoe"],
    # Those that are always there in the order of what they may; each language
    # has its own names for them. Then the others by name.
    "role": ["admin", "Bravo", "charlie", "delta", "silent", "zoe", "yuki"],
    "last_sign_in_at": ["silent", "yuki", "zoe", "admin", "delta", "Bravo",
                        "charlie"],
}


@pytest.fixture(scope="module")
def api(server, administrator):
    api = Api(server, administrator)
    for name, role in {**USERS, "silent": "guest"}.items():
        api.ok("POST", "/users", {
            "name": name, "password": harness.PASSWORD, "role_id": ROLE[role],
            "must_change_password": False})
    for name, role in MADE.items():
        made = api.ok("POST", "/roles", {"name": role, "levels": {}})
        api.ok("POST", "/users", {
            "name": name, "password": harness.PASSWORD, "role_id": made["id"]})
    for name in USERS:
        server.sign_in(harness.PASSWORD, name)
    return api


def names(api, query, limit=2, path="/users"):
    """By parts of that size."""
    found, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.ok("GET", f"{path}?limit={limit}{query}{more}")
        found += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    return found


@pytest.mark.parametrize("sort", ["password_hash", "", "--name", "name,role"])
def test_an_order_that_there_is_not_is_refused(api, sort):
    answer = api.ask("GET", f"/users?sort={sort}")
    assert (answer.status, answer.json["code"]) == (400, "bad_parameter")


def test_a_cursor_goes_on_in_its_own_order_alone(api):
    cursor = api.ok("GET", "/users?limit=1&sort=role")["next_cursor"]
    for sort in ("name", "-role", "last_sign_in_at"):
        answer = api.ask("GET", f"/users?limit=1&sort={sort}&cursor={cursor}")
        assert (answer.status, answer.json["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("sort", ORDERS)
def test_users_come_in_the_order_asked_for(api, sort):
    assert names(api, f"&sort={sort}") == ORDERS[sort]
    assert names(api, f"&sort=-{sort}") == ORDERS[sort][::-1]


def test_they_come_by_name_unless_asked_for(api):
    assert names(api, "") == ORDERS["name"]


@pytest.mark.parametrize("limit", [1, 4, 5, 500])
def test_roles_come_by_what_they_may_then_by_name(api, limit):
    assert names(api, "", limit, "/roles") == [
        "Administrator", "Technician", "Auditor", "Guest", "Aardvark", "zebra"]


def test_warifuctl_asks_for_it(server, api, folder):
    ctl = Ctl(folder)
    password = folder / "password"
    password.write_text(harness.PASSWORD)
    ctl.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "Bravo", "--password-file", password)
    # A Technician may not look at users.
    assert "(not_permitted)" in ctl.run("user", "list", code=1).stderr
    ctl.run("login", "--server", f"https://127.0.0.1:{server.https}",
            "--fingerprint", "sha256:" + server.certificate_sha256(),
            "--user", "charlie", "--password-file", password)
    told = ctl.json("user", "list", "--sort", "-role")["items"]
    assert [one["name"] for one in told] == ORDERS["role"][::-1]
