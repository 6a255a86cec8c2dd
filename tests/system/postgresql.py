"""A PostgreSQL server for system tests, on a Unix socket alone."""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import harness


class PostgreSQL:
    """Its data in a folder that its own user owns; no password is asked."""

    durable = False  # tests kill it, but never the machine

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        assert found, "install the package postgresql (Debian: postgresql-15)"
        self.programs = pathlib.Path(found[-1]).parent
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-pg-"))
        self.folder.chmod(0o755)
        self.process = None
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid,
                         "extra_groups": []}
        else:
            self.user = {}

    @property
    def conninfo(self):
        return f"host={self.folder} user=postgres dbname=postgres"

    def _run(self, *command):
        subprocess.run([self.programs / command[0], *command[1:]], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       cwd="/", **self.user)

    def create(self):
        self._run("initdb", "-D", self.folder / "data", "-A", "trust", "-U",
                  "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        return self

    def start(self):
        log = open(self.folder / "log", "ab")
        with log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-k",
                 self.folder, "-c", "listen_addresses=", "-c",
                 f"fsync={'on' if self.durable else 'off'}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                **self.user)
        harness.wait_until("PostgreSQL answers", self._answers, 60)
        return self

    def _answers(self):
        return subprocess.run(
            [self.programs / "pg_isready", "-q", "-h", self.folder],
            check=False).returncode == 0

    def kill(self):
        """At once and without goodbye, as in a crash."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
            self.process = None

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
