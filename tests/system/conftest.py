"""Fixtures: a server for a module, a signed-in administrator."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def programs_are_built():
    assert harness.SERVER.exists(), \
        f"{harness.SERVER} is not built; ./check SYSTEM builds it"
    if os.geteuid() == 0:
        import pwd
        for name in ("warifu-gateway", "warifu-core", "warifu-signer"):
            pwd.getpwnam(name)


@pytest.fixture(scope="module")
def folder():
    with harness.folder() as path:
        yield path


@pytest.fixture(scope="module")
def settings():
    """Overridden by a module that wants other settings."""
    return {}


@pytest.fixture(scope="module")
def server(folder, settings):
    running = harness.Server(folder, settings)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def administrator(server):
    return server.administrator()
