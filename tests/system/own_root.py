"""A computer to install on: this one's files, with all changes in a layer of
their own, and with processes of its own. It shares the network.

Only root can make one; nothing outside of it is changed.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import stat
import subprocess

import pytest

import harness

needed = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a "
                            "computer of its own to install on")
# Orphans are nobody's to wait for: a kernel that is told so removes them.
INIT = """
mount --make-rprivate /
mount -t tmpfs -o size=512m warifu {folder}
mkdir {folder}/upper {folder}/work {folder}/root
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {folder}/root
mount -t proc proc {folder}/root/proc
mount --rbind /dev {folder}/root/dev
mount -t tmpfs tmpfs {folder}/root/run
mount -t tmpfs tmpfs {folder}/root/tmp
chmod 1777 {folder}/root/tmp
echo ready
trap '' CHLD
exec sleep infinity
"""
# Written whenever users are made or removed, as they were or emptied.
NOISE = {"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-",
         "etc/.pwd.lock", "var/log/lastlog", "var/log/faillog"}
AGENT = "/usr/local/sbin/warifu-agent"


class Done:
    """How a command on it ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.text = done.stdout + done.stderr

    def __repr__(self):
        return f"<{self.code} {self.text[-3000:]}>"


class Computer:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh",
             "-ec", INIT.format(folder=folder)], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "ready\n"
        self.init = harness.children_of(self.process.pid)[0][0]
        self.run("userdel warifu-agent; rm -rf /etc/warifu "
                 "/usr/local/sbin/warifu-agent /var/lib/warifu-agent")
        self.before = self.changes()

    def run(self, command, stdin="", shell="sh", **environment):
        return Done(subprocess.run(
            ["nsenter", f"--target={self.init}", "--mount", "--pid", "chroot",
             self.folder / "root", shell, "-c", command],
            input=stdin, text=True, capture_output=True,
            timeout=300 * harness.PATIENCE, env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/",
                "LC_ALL": "C.UTF-8", **environment}))

    @property
    def upper(self):
        return pathlib.Path(f"/proc/{self.init}/root{self.folder}/upper")

    def changes(self):
        """{path: what it is} of all that is not as on the real computer."""
        found = {}
        for path in self.upper.rglob("*"):
            name, status = str(path.relative_to(self.upper)), path.lstat()
            kind = stat.S_IFMT(status.st_mode)
            if name in NOISE or name.startswith(("tmp/", "run/")):
                continue
            if kind == stat.S_IFREG:
                found[name] = (oct(status.st_mode), hashlib.sha256(
                    path.read_bytes()).hexdigest())
            elif kind != stat.S_IFDIR or not pathlib.Path("/", name).exists():
                found[name] = oct(status.st_mode)
        return found

    def assert_untouched(self):
        assert self.changes() == self.before
        assert self.agents() == []

    def agents(self):
        """The process ids of agents, as the computer sees them."""
        return self.run("cd /proc; for p in [0-9]*; do case $(readlink "
                        "$p/exe) in */warifu-agent*) echo $p; esac; done"
                        ).out.split()

    def write(self, path, text, mode=0o644):
        target = pathlib.Path(f"/proc/{self.init}/root{self.folder}/root{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def read(self, path):
        return pathlib.Path(
            f"/proc/{self.init}/root{self.folder}/root{path}").read_text()

    def status(self):
        return json.loads(self.run(f"{AGENT} status --json").out)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def computer(folder):
    one = Computer(folder)
    try:
        yield one
    finally:
        one.stop()
