"""What each role sees of the console, and that nothing is asked of the server
that the role may not."""

import pytest

import stage
from stage import need

LEVELS = {"computers": "write", "inventory": "none", "offices": "read",
          "enrolment": "read", "users": "full", "audit": "read"}
# Name, role, language. Who is scoped loses users and the audit log.
USERS = (("an administrator", "administrator", "en"),
         ("a technician", "technician", "ja"),
         ("an auditor", "auditor", "en"), ("a guest", "guest", "ja"),
         ("a custom one", "custom", "en"))
WHERE = {name: language for name, _, language in USERS}
OPEN = {
    "an administrator": {"/", "/computers", "/enrolment", "/offices",
                         "/users", "/roles", "/api-tokens", "/audit"},
    "a technician": {"/", "/computers", "/enrolment", "/offices",
                     "/api-tokens"},
    "an auditor": {"/", "/computers", "/enrolment", "/offices", "/users",
                   "/roles", "/api-tokens", "/audit"},
    "a guest": {"/", "/computers", "/offices", "/api-tokens"},
    "a custom one": {"/", "/computers", "/enrolment", "/offices",
                     "/api-tokens"},
}
REFUSAL = {"en": "not for your role", "ja": "表示する権限がありません"}


class Scene(stage.People):
    def prepare(self):
        office = self.make("/offices", name="Osaka")["id"]
        role = self.make("/roles", name="Counter", levels=LEVELS)["id"]
        user = None
        for name, word, _ in USERS:
            number = ("administrator", "technician", "auditor",
                      "guest").index(word) + 1 if word != "custom" else 0
            user = self.user(name, role, office) if number == 0 else \
                self.user(name, f"00000000-0000-7000-8000-00000000001{number}")
        self.make("/enrolment-tokens", kind="office", office_id=office)
        return {"office": office, "role": role, "user": user["id"],
                "computer": self.computer("desk-01.example", office),
                "row": self.ask("GET", "/audit")["items"][0]["row"]}


@pytest.fixture(scope="module")
def server():
    with stage.console_server() as running:
        yield running


@pytest.fixture(scope="module")
def found(server):
    return stage.play("roles", server, Scene(server), users=[
        [name, language] for name, _, language in USERS])


@pytest.fixture(params=WHERE)
def name(request):
    return request.param


def test_the_navigation_has_what_the_role_may_read(found, name):
    entries = set(need(found, f"role {name}")["entries"])
    assert OPEN[name] <= entries
    shut = set().union(*OPEN.values()) - OPEN[name]
    assert not shut & entries


def test_nothing_is_asked_that_is_refused(found, name):
    assert need(found, f"role {name}")["refused"] == []


def test_a_page_out_of_reach_says_why(found, name):
    for path, title in need(found, f"role {name}")["shut"]:
        assert REFUSAL[WHERE[name]] in title, (path, title)


def test_what_it_sees_is_good_for_everybody(found, name):
    told = need(found, f"role {name}")
    assert told["violations"] == []
    assert told["overflow"] == []
    assert told["missing"] == []


def actions(found, name, path):
    return need(found, f"role {name}")["actions"][path]


def test_an_administrator_has_every_action(found):
    name = "an administrator"
    assert "New user" in actions(found, name, "/users")
    assert {"Change name, role and scope", "Set a password", "Disable", "Delete"} \
        <= set(actions(found, name, "/users/ID"))
    assert {"Copy", "Change", "Delete"} <= set(
        actions(found, name, "/roles/ID"))
    assert "New remote office" in actions(found, name, "/offices")
    assert {"Rename", "Delete"} <= set(actions(found, name, "/offices/ID"))
    assert {"Refresh now", "Move to another office", "Retire", "Revoke"} <= \
        set(actions(found, name, "/computers/ID"))
    assert "New token" in actions(found, name, "/enrolment")
    assert "New API token" in actions(found, name, "/api-tokens")
    assert "Everybody's" in actions(found, name, "/api-tokens")


def test_a_technician_works_with_computers_alone(found):
    name = "a technician"
    assert {"今すぐリフレッシュ", "別のオフィスへ移動", "管理を終了", "失効"} <= set(
        actions(found, name, "/computers/ID"))
    assert "リモートオフィスの作成" not in actions(found, name, "/offices")
    assert not {"名前の変更", "削除"} & set(actions(found, name, "/offices/ID"))
    assert "全員の API トークン" not in actions(found, name, "/api-tokens")


def test_an_auditor_looks_and_changes_nothing(found):
    name = "an auditor"
    seen = need(found, f"role {name}")["actions"]
    changing = {"New user", "New role", "New remote office", "New token",
                "Copy", "Change", "Change name, role and scope", "Set a password",
                "Disable", "Delete", "Rename", "Refresh now", "Retire",
                "Revoke", "Move to another office"}
    for path, there in seen.items():
        assert not changing & set(there), path
    assert "Everybody's" in seen["/api-tokens"]
    assert "Events" in seen["/computers/ID"]


def test_a_guest_sees_computers_without_what_happened(found):
    tabs = actions(found, "a guest", "/computers/ID")
    assert "ソフトウェア" in tabs and "イベント" not in tabs
    assert "今すぐリフレッシュ" not in tabs


def test_a_custom_role_has_what_it_says_within_its_scope(found):
    there = set(actions(found, "a custom one", "/computers/ID"))
    assert {"Refresh now", "Move to another office", "Certificate"} <= there
    assert not {"Retire", "Revoke", "Software", "Events"} & there
    assert "New token" not in actions(found, "a custom one", "/enrolment")


def test_what_the_navigation_shows_is_in_the_users_language(found):
    for name, language in WHERE.items():
        labels = need(found, f"role {name}")["labels"]
        assert {"en": "Computers", "ja": "コンピューター"}[language] in labels
        assert {"en": "Admin", "ja": "管理"}[language] in labels


def test_the_browser_complains_of_nothing(found):
    assert need(found, "complaints")["list"] == []
