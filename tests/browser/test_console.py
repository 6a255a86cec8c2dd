"""The console as people use it, in Chromium, in both languages."""

import pytest

from stage import need, need_good_page, need_pictures

PAGES = ("home", "computers", "computer", "computer-hardware",
         "computer-software", "computer-services", "computer-users",
         "computer-network", "computer-certificate", "computer-events",
         "offices", "enrolment", "password")
LANGUAGES = ("en", "ja")


@pytest.mark.parametrize("step", [
    "a wrong password is refused in words", "signing in leads to the password",
    "a password of one's own is asked for first", "the token is in no script",
    "an enrolment token comes with its command",
    "an office is made, renamed and deleted",
    "the list is searched, filtered and sorted by the server",
    "columns are chosen and kept", "a computer is moved and refreshed",
    "the language and the theme are chosen and kept",
    "a phone can turn the pages", "a hostile name is text", "hostile software is text",
    "a server that restarts is told and the page goes on",
    "an ended session leads back to where one was",
    "signing out forgets everything", "plain HTTP works on this computer",
    "another site's page can neither frame nor command",
    "the page works by keyboard"])
def test_that(found, step):
    need(found, step)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_good_for_everybody(found, page, language):
    need_good_page(found, page, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_signing_in_is_good_for_everybody(found, language):
    need_good_page(found, "sign-in", language)


def test_the_browser_complains_of_nothing(found):
    """No breach of the policy, no failed load, no error of a script."""
    assert need(found, "complaints")["list"] == []


def test_there_is_a_picture_of_each_page(found):
    need_pictures(PAGES)
