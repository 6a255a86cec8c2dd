"""Inventories of file trees that other programs made: rpm's own database."""

import json
import pathlib
import subprocess

import pytest

import harness

SPEC = """
Name: {name}
Epoch: {epoch}
Version: {version}
Release: {release}
Summary: A package for a test
License: Apache-2.0
Vendor: 山田 Company
BuildArch: noarch
%description
Nothing.
%files
"""


def inventory(root):
    done = subprocess.run([harness.AGENT, "inventory", "--root", root],
                          text=True, capture_output=True, timeout=60)
    return json.loads(done.stdout), done


def install_rpm(folder, root, **package):
    spec = folder / f"{package['name']}.spec"
    spec.write_text(SPEC.format(**package))
    built = folder / f"built-{package['name']}-{package['version']}"
    subprocess.run(["rpmbuild", "-bb", "--quiet", "--define",
                    f"_topdir {built}", "--define", f"_rpmdir {built}",
                    spec], check=True, capture_output=True)
    rpm = next(built.rglob("*.rpm"))
    subprocess.run(["rpm", "--dbpath", root / "var/lib/rpm", "--justdb",
                    "--nodeps", "--force", "-i", rpm],
                   check=True, capture_output=True)


@pytest.fixture(scope="module")
def rpm_host():
    with harness.folder("warifu-rpm-") as folder:
        root = folder / "root"
        (root / "var/lib/rpm").mkdir(parents=True)
        subprocess.run(["rpm", "--dbpath", root / "var/lib/rpm", "--initdb"],
                       check=True, capture_output=True)
        install_rpm(folder, root, name="plain", epoch=0, version="1.2",
                    release="3")
        for version in ("6.1", "6.2"):
            install_rpm(folder, root, name="kernel", epoch=7, version=version,
                        release="1")
        yield root


def test_packages_of_an_rpm_database(rpm_host):
    found, _ = inventory(rpm_host)
    packages = found["packages"]
    assert set(packages) == {"plain-1.2-3.noarch", "kernel-7:6.1-1.noarch",
                             "kernel-7:6.2-1.noarch"}
    plain = packages["plain-1.2-3.noarch"]
    assert plain.pop("installed_at").startswith("20")
    assert plain == {"format": "rpm", "name": "plain", "version": "1.2-3",
                     "architecture": "noarch", "vendor": "山田 Company",
                     "source": "plain-1.2-3.src.rpm"}


def test_a_broken_rpm_database_is_told(rpm_host):
    for path in pathlib.Path(rpm_host, "var/lib/rpm").iterdir():
        path.write_bytes(b"this is no database" * 500)
    found, done = inventory(rpm_host)
    assert "packages" not in found or found["packages"] == {}
    if "packages" not in found:
        assert "packages" in done.stderr and done.returncode == 1


def test_an_empty_tree_gives_what_there_is():
    with harness.folder() as root:
        found, done = inventory(root)
        assert done.returncode == 1 and "packages" in done.stderr
        assert found["hardware"] == {"this": {}}


def test_this_computer_gives_all_sections():
    done = subprocess.run([harness.AGENT, "inventory"], text=True,
                          capture_output=True, timeout=60)
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert len(found) == 10
    assert found["operating_system"]["this"]["kernel_release"]
    assert found["interfaces"]["lo"]["kind"] == "loopback"
