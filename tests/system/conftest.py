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
    with harness.running(harness.Server(folder, settings)) as running:
        yield running


@pytest.fixture(scope="module")
def administrator(server):
    return server.administrator()


@pytest.fixture
def place():
    """A folder for one test."""
    with harness.folder("warifu-agent-") as path:
        yield path


@pytest.fixture
def agents(place):
    """Starts agents in the test's folder."""
    with harness.agents(place) as start:
        yield start


@pytest.fixture
def own_packages(place):
    return harness.OwnPackages(place)
