"""Groups of computers as people use them, in Chromium, in both languages."""

import pytest

import stage

LANGUAGES = ("en", "ja")
TECHNICIAN = "00000000-0000-7000-8000-000000000012"


class Scene(stage.People):
    """What the script in the browser asks of this half of the test."""

    def prepare(self):
        first, *_ = [self.computer(name) for name in (
            "desk-01.example", "desk-02.example", stage.HOSTILE)]
        return {"first": first}

    def group(self, kind):
        return next(group for group in self.ask("GET", "/groups")["items"]
                    if group["kind"] == kind)

    def groups(self):
        return {"group": self.group("static")["id"],
                "criteria": self.group("criteria")["id"]}

    def change_criteria_group(self):
        self.ask("PATCH", f"/groups/{self.group('criteria')['id']}",
                 {"description": "theirs"})
        return {}

    def limit_somebody(self):
        self.limited = self.make(
            "/users", name="limited", password=stage.harness.PASSWORD,
            role_id=TECHNICIAN, must_change_password=False,
            scope=[{"kind": "group", "id": self.group("static")["id"]}])
        self.token = self.make(
            "/me/api-tokens", name="limited script", expires_in_s=86400,
            scope=[{"kind": "group", "id": self.group("static")["id"]}])
        return {}

    def limit_nobody(self):
        self.ask("DELETE", f"/users/{self.limited['id']}")
        self.ask("DELETE", f"/me/api-tokens/{self.token['id']}")
        return {}

    def make_technician(self):
        self.user("technician", TECHNICIAN)
        return {}


@pytest.fixture(scope="module")
def found():
    with stage.console_server() as server:
        yield stage.play("groups", server, Scene(server),
                         hostile=stage.HOSTILE)


@pytest.mark.parametrize("step", [
    "no group yet: the page says what groups are for",
    "a static group is made and filled",
    "a name that is taken is refused in words",
    "a computer shows its groups and leads to them",
    "the list of computers is narrowed to a group",
    "what is chosen in the list of computers is put into a group",
    "computers are taken out, and the question says how many",
    "criteria say at once what fits",
    "who is slower hears that it was changed",
    "a scope is told, and holds its group",
    "who sees a computer by a group alone is not offered to move it",
    "a group is deleted, and its computers stay",
    "who may not change groups is not offered it"])
def test_that(found, step):
    stage.need(found, step)


PAGES = ("groups", "group", "group-criteria", "group-editor")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_good_for_everybody(found, page, language):
    stage.need_good_page(found, page, language)


def test_pictures_are_there_for_a_person_to_look_at(found):
    stage.need_pictures(PAGES)


def test_the_browser_complains_of_nothing(found):
    assert stage.need(found, "complaints")["list"] == []
