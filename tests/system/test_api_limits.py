"""Sessions that end by themselves, crowds at the door, parts that are away."""

import concurrent.futures
import os
import signal
import time

import pytest

import harness
from described import Api


@pytest.fixture(scope="module")
def settings():
    return {"sessions.idle_timeout": "10s"}


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def test_a_session_ends_when_it_is_not_used(api):
    """And one that is used stays, however short the limit."""
    def sign_in():
        return api.ok("POST", "/session", {
            "user": "admin", "password": harness.PASSWORD})["token"]

    used, idle = sign_in(), sign_in()
    assert api.ok("GET", "/session", token=used)["idle_seconds"] == 10
    for _ in range(4):
        time.sleep(3)
        api.ok("GET", "/me", token=used)
    api.refused("session_expired", "GET", "/me", token=idle)
    api.token = used


def test_a_crowd_that_signs_in_leaves_room_for_others(api):
    """Argon2 is slow on purpose: it must not take all workers."""
    def sign_in(_):
        return api.ask("POST", "/session", {
            "user": "admin", "password": harness.PASSWORD}).status

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        crowd = [pool.submit(sign_in, n) for n in range(40)]
        slowest = 0
        while not all(one.done() for one in crowd):
            begin = time.monotonic()
            api.ok("GET", "/me")
            slowest = max(slowest, time.monotonic() - begin)
        statuses = [one.result() for one in crowd]
    assert set(statuses) == {201, 503}
    assert slowest < 2 * harness.PATIENCE


def test_without_the_signer_the_rest_answers(server, api):
    signer, = server.roles()["signer"]
    os.kill(signer, signal.SIGSTOP)
    try:
        assert api.ok("GET", "/me")["name"] == "admin"
        api.ok("GET", "/computers")
    finally:
        os.kill(signer, signal.SIGCONT)
    api.ok("POST", "/enrolment-tokens", {"kind": "office"})


def test_a_killed_core_loses_nothing_that_was_answered(server, api):
    names = [api.ok("POST", "/offices", {"name": f"Office {n}"})["name"]
             for n in range(5)]
    core, = server.roles()["core"]
    os.kill(core, signal.SIGKILL)
    listed = api.ok("GET", "/offices")["items"]
    assert set(names) <= {office["name"] for office in listed}


def test_a_killed_signer_is_back_at_once(server, api):
    signer, = server.roles()["signer"]
    os.kill(signer, signal.SIGKILL)
    harness.wait_until(
        "the signer makes tokens again",
        lambda: api.ask("POST", "/enrolment-tokens",
                        {"kind": "office"}).status == 201, 5)
    assert api.ok("GET", "/status")["signer"]["state"] == "ok"
