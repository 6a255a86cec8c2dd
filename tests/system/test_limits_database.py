"""A database that takes no writes: agents are put off early, people go on
reading, nothing piles up, and it heals by itself."""

import concurrent.futures
import os
import pathlib
import sqlite3
import time

import pytest

import estkit
import harness
import only_root

AGENTS = 40


@pytest.fixture(scope="module")
def agents(server, administrator, folder):
    token = server.office_token(administrator)
    made = [estkit.PythonAgent(server, folder / f"agent{n}", token)
            for n in range(4)]
    for agent in made:
        agent.refresh({"users": estkit.full({"n": {"value": 0}})})
    return made


def tell(agent, value):
    return agent.post("/agent/v1/refresh", estkit.refresh_body(
        {"users": estkit.full({"n": {"value": value}})}))


def core_kib(server):
    if os.geteuid() != 0:
        return 0  # nobody else may look at it
    pid, = server.roles()["core"]
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines()
               if line.startswith("Private_Dirty:"))


def readiness(server):
    return server.request("GET", "/readyz")


@only_root.measures
def test_people_read_while_agents_wait_for_a_locked_database(
        server, administrator, agents):
    kib = core_kib(server)
    pids = server.roles()
    lock = sqlite3.connect(server.state / "core" / "warifu.db",
                           isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        with concurrent.futures.ThreadPoolExecutor(AGENTS) as crowd:
            waiting = [crowd.submit(tell, agents[n % len(agents)], n)
                       for n in range(AGENTS)]
            read = 0
            while not all(future.done() for future in waiting):
                answer = server.request("GET", "/api/v1/computers",
                                        token=administrator)
                assert answer.status == 200, answer
                read += 1
                time.sleep(0.05)
            answers = [future.result() for future in waiting]
        assert read > 5
        assert {answer.status for answer in answers} == {503}, answers
        assert all(int(answer.headers["Retry-After"]) > 0
                   for answer in answers)
        answer = readiness(server)
        assert (answer.status, answer.json["database"]) == (503, "busy")
        status = server.request("GET", "/api/v1/status", token=administrator)
        assert status.json["database"]["state"] == "busy", status
        if harness.PATIENCE == 1:
            assert core_kib(server) - kib < 16 * 1024
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    harness.wait_until("it is ready again",
                       lambda: readiness(server).status == 200, 30)
    assert tell(agents[0], 1000).status == 200
    assert server.roles() == pids


def test_the_limits_in_force_are_told_everywhere(server, administrator):
    status = server.request("GET", "/api/v1/status", token=administrator)
    limits = status.json["limits"]
    assert limits["gateways"] == 2 and limits["connections"] >= 1024
    assert limits["connections_of_a_gateway"] * 2 <= \
        limits["connections"] * 17 // 16 + 64
    metrics = server.request("GET", "/metrics", plain=True).body.decode()
    line, = [line for line in server.log().splitlines()
             if "limits in force" in line]
    for name, value in limits.items():
        assert f'warifu_limit{{name="{name}"}} {value}\n' in metrics
        assert f"{name} {value}" in line
