"""The whole server on PostgreSQL: gone and back, and nothing is lost."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import pytest

import estkit
import harness

BIN = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)
pytestmark = pytest.mark.skipif(BIN is None, reason="no PostgreSQL here")


class PostgreSQL:
    """A database server of this test's own, on a socket alone."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-pg-"))
        self.data = self.folder / "data"
        self.folder.chmod(0o755)
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.run("initdb", "-D", self.data, "-A", "trust", "-E", "UTF8",
                 "--locale=C", "-U", "warifu")
        self.process = None

    def run(self, program, *words):
        subprocess.run([BIN / program, *words], check=True, user=self.user,
                       cwd="/", capture_output=True)

    def start(self):
        self.process = subprocess.Popen(
            [BIN / "postgres", "-D", self.data, "-k", self.folder, "-c",
             "listen_addresses=", "-c", "unix_socket_permissions=0777"],
            user=self.user, cwd="/", stderr=subprocess.DEVNULL)

        def is_up():
            return subprocess.run(
                [BIN / "pg_isready", "-h", self.folder, "-U", "warifu"],
                capture_output=True).returncode == 0
        harness.wait_until("PostgreSQL is up", is_up, 20)
        return self

    def kill(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    @property
    def conninfo(self):
        return f"host={self.folder} user=warifu dbname=postgres"

    def end(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgresql():
    database = PostgreSQL().start()
    yield database
    database.end()


@pytest.fixture(scope="module")
def settings(postgresql):
    return {"database.driver": "postgresql",
            "database.conninfo": postgresql.conninfo}


@pytest.fixture
def agent(server, administrator, folder, request):
    return estkit.PythonAgent(server, folder / request.node.name,
                              server.office_token(administrator))


def test_an_agent_enrols_and_refreshes(server, administrator, agent):
    section = {"bash:amd64": {"name": "bash"}}
    answer = agent.refresh({"packages": estkit.full(section)})
    assert answer["applied"]["packages"] == estkit.digest(section)
    status = server.request("GET", "/api/v1/status", token=administrator)
    assert status.json["database"]["driver"] == "postgresql"


def test_the_database_goes_and_comes_back(server, agent, postgresql):
    before = {"a": {"n": 1}}
    agent.refresh({"users": estkit.full(before)})
    postgresql.kill()
    answer = agent.post("/agent/v1/refresh", estkit.refresh_body())
    assert answer.status == 503, answer
    assert answer.headers["Retry-After"]
    assert server.request("GET", "/healthz").status == 200
    assert server.request("GET", "/readyz").status == 503
    postgresql.start()
    harness.wait_until("the server is ready again", lambda:
                       server.request("GET", "/readyz").status == 200)
    after = {"a": {"n": 2}}
    change = estkit.difference(before, after)
    assert agent.refresh({"users": change})["applied"]["users"] == \
        estkit.digest(after)


def test_the_server_starts_again_on_it(server, agent):
    agent.refresh()
    server.stop()
    server.start()
    assert agent.refresh()["computer_id"] == agent.id
