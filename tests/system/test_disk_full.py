"""A full disk: nothing is acknowledged that was not written, nothing that was
acknowledged is lost, and the service goes on by itself when there is room."""

import os
import pathlib
import subprocess
import sys

import pytest

import estkit
import harness

SIZE = "16m"
# Set in a namespace where the small file system is mounted already.
MOUNTED = os.environ.get("WARIFU_SMALL_DISK")
# Mounts it as the root of a user namespace, and goes on as who we are.
AS_ORDINARY_USER = f"""
mount -t tmpfs -o size={SIZE},mode=0755 warifu-test "$WARIFU_SMALL_DISK"
exec unshare --user --map-user="$1" --map-group="$2" -- \
    "$3" -m pytest -q -p no:cacheprovider "$4"
"""


@pytest.fixture(scope="module")
def elsewhere():
    """These tests, run by an ordinary user in namespaces of his own."""
    if os.geteuid() == 0 or MOUNTED:
        return None
    with harness.folder() as path:
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-e",
             "-c", AS_ORDINARY_USER, "sh", str(os.geteuid()),
             str(os.getegid()), sys.executable, __file__],
            env=dict(os.environ, WARIFU_SMALL_DISK=str(path)), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL)
    if "unshare failed" in done.stdout:
        pytest.skip("only root may mount a small file system: this kernel "
                    f"gives users no namespace ({done.stdout.strip()})")
    return done


@pytest.fixture(scope="module")
def folder(elsewhere):
    """A small file system of its own."""
    if MOUNTED or elsewhere:
        yield pathlib.Path(MOUNTED or "/nonexistent")
        return
    with harness.folder() as path:
        subprocess.run(["mount", "-t", "tmpfs", "-o",
                        f"size={SIZE},mode=0755", "warifu-test", path],
                       check=True)
        try:
            yield path
        finally:
            subprocess.run(["umount", "--lazy", path], check=True)


@pytest.fixture(scope="module")
def server(elsewhere, folder):
    if elsewhere:
        yield None
        return
    with harness.running(harness.Server(folder)) as running:
        yield running


def fill(folder):
    """Take all the room there is; the file to remove."""
    path = folder / "filling"
    with open(path, "wb", buffering=0) as filling:
        for size in (1 << 20, 4096):
            while True:
                try:
                    filling.write(b"x" * size)
                except OSError:
                    break
    return path


def kept_value(server, session, agent):
    answer = server.request(
        "GET", f"/api/v1/computers/{agent.id}/inventory/users",
        token=session)
    assert answer.status == 200, answer
    return answer.json["items"]["n"]["value"] \
        if isinstance(answer.json.get("items"), dict) else answer.body


def tell(agent, value):
    section = {"n": {"value": value, "filling": "y" * 20000}}
    return agent.post("/agent/v1/refresh", estkit.refresh_body(
        {"users": estkit.full(section)}))


def test_a_full_disk_costs_nothing_that_was_acknowledged(
        server, folder, elsewhere):
    if elsewhere:
        assert elsewhere.returncode == 0, elsewhere.stdout
        assert "2 passed" in elsewhere.stdout
        return
    session = server.administrator()
    token = server.office_token(session)
    agent = estkit.PythonAgent(server, folder / "agent", token)
    assert tell(agent, 1).status == 200
    pids = server.roles()

    filling = fill(folder)
    acknowledged = 1
    refusals = []
    for value in range(2, 40):
        answer = tell(agent, value)
        if answer.status == 200:
            acknowledged = value
        else:
            refusals.append(answer)
    assert refusals, "the disk was not full"
    assert all(answer.status in (503, 507) for answer in refusals), refusals
    assert all(answer.headers["Retry-After"] for answer in refusals
               if answer.status == 503)
    ready = server.request("GET", "/readyz")
    assert (ready.status, ready.json["database"]) == (503, "full"), ready
    listed = server.request("GET", "/api/v1/computers", token=session)
    assert listed.status == 200, listed
    enrolment = estkit.enrol(server, token, estkit.request_der(
        estkit.new_key(), os.urandom(32)))
    if enrolment.status == 200:
        issued = 2
    else:
        assert enrolment.status in (503, 507), enrolment
        issued = 1
    assert server.request("GET", "/healthz").status == 200

    filling.unlink()
    # By itself: nobody has written meanwhile.
    harness.wait_until("it is ready again", lambda: server.request(
        "GET", "/readyz").status == 200, 30)
    harness.wait_until("refreshes work again", lambda: tell(
        agent, acknowledged).status == 200)
    text = str(kept_value(server, session, agent))
    assert str(acknowledged) in text, text
    harness.wait_until("enrolment works again", lambda: estkit.enrol(
        server, token, estkit.request_der(
            estkit.new_key(), os.urandom(32))).status == 200)
    listed = server.request("GET", "/api/v1/computers", token=session)
    assert listed.json["total"] >= issued + 1, listed
    assert server.roles()["signer"] == pids["signer"]
    assert server.request("GET", "/readyz").status == 200


def test_what_was_acknowledged_is_there_after_a_restart(server, elsewhere):
    if elsewhere:
        assert elsewhere.returncode == 0, elsewhere.stdout
        return
    session = server.administrator()
    before = server.request("GET", "/api/v1/computers", token=session).json
    server.stop()
    server.start()
    session = server.administrator()
    after = server.request("GET", "/api/v1/computers", token=session).json
    assert [row["id"] for row in before["items"]] == \
        [row["id"] for row in after["items"]]
