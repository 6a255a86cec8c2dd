"""Runs the project's checks in order and counts what passed and failed.

Each step yields (name, passed, detail) rows. A step that cannot run at all is
a failed row, never a silent skip. A test may skip itself in one case: to an
ordinary user it may say "only root may …"; that is told at the end, and counted
neither as passed nor as failed (passed is None).
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = TOP / "build" / "check"
SANITIZED = TOP / "build" / "sanitize"
PYTHON = "/usr/bin/python3"
SANITIZE_OPTIONS = ("-Db_sanitize=address,undefined", "-Db_lundef=false",
                    "-Dtest_routes=true")
IS_ROOT = os.geteuid() == 0
SOAK_SECONDS = 300
# System tests wait more than they work, sanitized ones less so; each file is
# one worker's.
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile")
SIDE_BY_SIDE_SANITIZED = ("-n", "2", "--dist", "loadfile")
AHEAD = concurrent.futures.ThreadPoolExecutor(2)
PENDING = {}


def run(command, **options):
    return subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, text=True,
                          **options)


def gate(name):
    done = run([PYTHON, f"scripts/gates/{name}.py"], capture_output=True)
    return [(f"gate {name}", done.returncode == 0, done.stdout + done.stderr)]


def gates():
    rows = []
    for path in sorted((TOP / "scripts" / "gates").glob("*.py")):
        rows += gate(path.stem)
    return rows


def build_now(folder, *options):
    done = run(["nice", "scripts/build", str(folder), *options],
               capture_output=True)
    return (f"build {folder.name}", done.returncode == 0,
            done.stdout + done.stderr)


def build_ahead(folder, *options):
    """Begin a build while a step runs that mostly waits."""
    PENDING[folder] = AHEAD.submit(build_now, folder, *options)


def build(folder, *options):
    pending = PENDING.pop(folder, None)
    return pending.result() if pending else build_now(folder, *options)


def verdict(bad):
    """Of the failures, errors and skips of one test case."""
    is_only_for_root = not IS_ROOT and all(
        child.tag == "skipped" and
        (child.get("message") or "").startswith("only root may")
        for child in bad)
    return True if not bad else None if is_only_for_root else False


def junit_rows(path, prefix):
    """Rows of a JUnit file; its absence is a failure of its own."""
    if not path.exists():
        return [(f"{prefix}: no report was written", False, "")]
    rows = []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        bad = [child for child in case
               if child.tag in ("failure", "error", "skipped")]
        detail = "\n".join((child.get("message") or "") + "\n" +
                           (child.text or "") for child in bad)
        name = f"{prefix} {case.get('classname') or ''} {case.get('name')}"
        rows.append((name, verdict(bad), detail[-4000:]))
    return rows or [(f"{prefix}: no test ran", False, "")]


def has_failure(rows):
    return any(passed is False for _, passed, _ in rows)


def meson_tests(folder, prefix):
    report = folder / "meson-logs" / "testlog.junit.xml"
    report.unlink(missing_ok=True)
    done = run(["meson", "test", "-C", str(folder), "--no-rebuild",
                "--print-errorlogs"], capture_output=True)
    rows = junit_rows(report, prefix)
    if done.returncode != 0 and not has_failure(rows):
        rows.append((f"{prefix}: a test program failed", False,
                     done.stdout[-6000:]))
    return rows


def unit():
    built = build(BUILD, "-Dtest_routes=true")
    return [built] + (meson_tests(BUILD, "unit") if built[1] else [])


def pytest(folder, build_folder, prefix, extra_environment=None,
           options=()):
    report = build_folder / f"pytest-{folder}-{prefix}.xml"
    report.unlink(missing_ok=True)
    environment = dict(os.environ, WARIFU_BUILD=str(build_folder),
                       PYTHONDONTWRITEBYTECODE="1",
                       **(extra_environment or {}))
    done = run([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                *options, f"--junitxml={report}", f"tests/{folder}"],
               env=environment, stdout=subprocess.PIPE,
               stderr=subprocess.STDOUT)
    rows = junit_rows(report, prefix)
    if done.returncode != 0 and not has_failure(rows):
        rows.append((f"{prefix}: pytest ended with {done.returncode}", False,
                     done.stdout[-6000:]))
    return rows


def system():
    built = build(BUILD, "-Dtest_routes=true")
    return [built] + (pytest("system", BUILD, "system", options=SIDE_BY_SIDE)
                      if built[1] else [])


def interop():
    built = build(BUILD, "-Dtest_routes=true")
    return [built] + (pytest("interop", BUILD, "interop") if built[1] else [])


def sanitize():
    """Unit and system tests once more under ASan and UBSan."""
    built = build(SANITIZED, *SANITIZE_OPTIONS)
    if not built[1]:
        return [built]
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=1")
    os.environ.setdefault("UBSAN_OPTIONS",
                          "halt_on_error=1:print_stacktrace=1")
    rows = [built] + meson_tests(SANITIZED, "sanitized unit")
    return rows + pytest("system", SANITIZED, "sanitized system",
                         {"WARIFU_SANITIZED": "1"}, SIDE_BY_SIDE_SANITIZED)


def soak_now():
    """Five minutes of mixed load, watched for growth; gives way to others."""
    report = BUILD / "soak.json"
    report.unlink(missing_ok=True)
    environment = dict(os.environ, WARIFU_BUILD=str(BUILD),
                       PYTHONDONTWRITEBYTECODE="1")
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        environment.pop(name, None)
    done = run(["nice", PYTHON, "tests/bench/soak.py", "--seconds",
                str(SOAK_SECONDS), "--json", str(report)], env=environment,
               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if not report.exists():
        return [("soak", False, done.stdout[-6000:])]
    return [(f"soak {title}", is_good, words)
            for title, is_good, words in json.loads(report.read_text())]


def soak():
    pending = PENDING.pop("soak", None)
    if pending:
        return pending.result()
    built = build(BUILD, "-Dtest_routes=true")
    return [built] + (soak_now() if built[1] else [])


def begin_ahead(name, names):
    """What a step to come can do while this one runs: a build while the
    system tests wait, the soak (which sleeps most of the time, and counts
    nothing that others make slower) beside the sanitized tests."""
    if name == "SYSTEM" and "SANITIZE" in names:
        build_ahead(SANITIZED, *SANITIZE_OPTIONS)
    if name == "SANITIZE" and "SOAK" in names and "UNIT" in names:
        PENDING["soak"] = AHEAD.submit(soak_now)


def smoke():
    done = run([PYTHON, "scripts/smoke_fresh.py"], capture_output=True)
    return [("./run --smoke in a fresh folder", done.returncode == 0,
             done.stdout + done.stderr)]


def console_build():
    """(title, passed, detail) of the console with all its checks; once."""
    if "console" not in PENDING:
        done = run(["scripts/build-console", "--check"], capture_output=True)
        PENDING["console"] = (
            "console: types, lint, unit tests, size, no outside address",
            done.returncode == 0, done.stdout + done.stderr)
    return PENDING["console"]


def console():
    return [console_build()]


def browser():
    """The console in a real Chromium against a real server."""
    rows = [build(BUILD, "-Dtest_routes=true"), console_build()]
    if has_failure(rows):
        return rows
    done = run(["scripts/install-packages", "browser"], capture_output=True)
    if done.returncode != 0:
        return [("browser packages", False, done.stdout + done.stderr)]
    return rows + pytest("browser", BUILD, "browser")


def bench():
    """The bench's own logic; nothing is measured."""
    BUILD.mkdir(parents=True, exist_ok=True)
    return pytest("bench", BUILD, "bench")


STEPS = {
    "GATES": gates,
    "UNIT": unit,
    "CONSOLE": console,
    "BENCH": bench,
    "INTEROP": interop,
    "SYSTEM": system,
    "BROWSER": browser,
    "SANITIZE": sanitize,
    "SOAK": soak,
    "SMOKE": smoke,
}
SUBSETS = {"FAST": ["GATES", "UNIT", "BENCH"]}


def main():
    words = sys.argv[1:] or list(STEPS)
    names = [step for word in words for step in SUBSETS.get(word, [word])]
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        print(f"check: there is no step {unknown[0]}; there are "
              f"{', '.join([*STEPS, *SUBSETS])}", file=sys.stderr)
        return 2
    passed = failed = 0
    left_out = []
    for name in names:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        begin_ahead(name, names)
        rows = STEPS[name]()
        for title, is_good, detail in rows:
            passed += is_good is True
            failed += is_good is False
            if is_good is None:
                left_out.append(f"{title}: {detail.splitlines()[0]}")
            if is_good is False:
                print(f"FAILED {title}\n{detail}", flush=True)
        good = sum(row[1] is True for row in rows)
        print(f"   {good} of {len(rows)} passed in "
              f"{time.monotonic() - started:.0f} s", flush=True)
    for line in left_out:
        print(f"NOT RUN {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
