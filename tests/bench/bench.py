"""The bench's command line: which rows, how often, where the figures go."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import machine
import page
import report
import rows
from figures import Result

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "bench"
# The system tests' harness reads it when it is imported.
os.environ["WARIFU_BUILD"] = str(BUILD)
AGENTS_MAX = 1000000
PROGRAMS = ("tests/bench/bench_load", "tests/bench/bench_floor",
            "tests/bench/bench_mint",
            "src/store/bench_store", "src/fleet/warifu-fleet")
ROUNDS_MAX = 99
EPILOG = """Without --only all rows are measured (about an hour); --quick takes under
5 minutes. Everything is counted on this machine in this run; what cannot be
measured here is named and left out. Exit status: 0 when all rows were measured,
1 when one failed, 2 for wrong arguments."""


class Bench:
    """What the rows need: the machine, folders, programs, how much to do."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.machine = machine.Machine()
        self.rounds = options.rounds or self.pick(quick=5, full=15)
        # Of memory two rounds are enough: they differ by thousandths.
        self.memory_rounds = options.rounds or self.pick(quick=1, full=2)
        self.chosen = {row.name for row in chosen(options)}
        self.against = options.against
        self.wanted_peers = options.peers
        self.client_files = None
        self.shared_folder = None
        self.used = {}
        self.cache = {}  # what two rows measure in one go

    def pick(self, quick, full):
        return quick if self.options.quick else full

    def program(self, name):
        return next(BUILD / path for path in PROGRAMS if path.endswith(name))

    def new_folder(self, name):
        number = self.used[name] = self.used.get(name, 0) + 1
        path = self.folder / f"{name}-{number}"
        path.mkdir()
        return path

    def warifu(self, build=None, name="warifu", settings=None, cpus=None):
        # pylint: disable=import-outside-toplevel
        import peers
        return peers.Warifu(
            self.new_folder(name), build or BUILD,
            cpus or self.machine.server_cpus, settings, name)

    @contextlib.contextmanager
    def shared_file(self, name, length):
        """A file of real bytes in memory, for servers that send files."""
        path = self.shared_folder / name
        block = bytes(range(256)) * 4096
        with open(path, "wb") as out:
            for at in range(0, length, len(block)):
                out.write(block[:length - at])
        try:
            yield path
        finally:
            path.write_bytes(b"")

    def progress(self, *words):
        text = " ".join(str(word) for word in words)
        if sys.stderr.isatty():
            print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)


def positive(text):
    number = int(text) if text.isdigit() else 0
    if not 1 <= number <= ROUNDS_MAX:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 1 to {ROUNDS_MAX}")
    return number


def agents(text):
    number = int(text) if text.isdigit() else 0
    if not 100 <= number <= AGENTS_MAX:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 100 to {AGENTS_MAX}")
    return number


def writable(text):
    path = pathlib.Path(text)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return path


def build_folder(text):
    path = pathlib.Path(text).resolve()
    if not (path / "src" / "server" / "warifu-server").exists():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a build folder with a warifu-server")
    return path


def parse(words):
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures the server and the agent beside nginx, HAProxy "
                    "and a bare loop.")
    add = parser.add_argument
    add("--list", action="store_true", help="say which rows there are")
    add("--only", nargs="+", metavar="NAME", help="these rows alone")
    add("--quick", action="store_true", help="the rows of daily work, smaller")
    add("--hour", action="store_true", help="the rows that take an hour, too")
    add("--rounds", type=positive, metavar="N", help="interleaved rounds")
    add("--agents", type=agents, metavar="N", default=100000,
        help="the size of the rows of very many agents (100000)")
    add("--peers", nargs="*", metavar="PEER", help="of nginx, haproxy, floor",
        choices=("nginx", "haproxy", "floor"),
        default=("nginx", "haproxy", "floor"))
    add("--against", type=build_folder, metavar="DIR",
        help="another build of the server, as a column of its own")
    add("--json", type=writable, metavar="FILE", help="write the figures here")
    add("--page", type=writable, metavar="FILE", help="write the page here")
    add("--keep", action="store_true", help="keep the servers' folders")
    options = parser.parse_args(words)
    known = rows.load_all()
    unknown = [name for name in options.only or () if name not in known]
    if unknown:
        parser.error(f"there is no row {unknown[0]!r}; --list says which there "
                     "are")
    return options


def chosen(options):
    """The rows to measure, in the table's order."""
    if options.only:
        return [row for name, row in rows.ROWS.items() if name in options.only]
    return [row for row in rows.ROWS.values()
            if (options.hour or not row.is_hour) and
            (row.is_quick or not options.quick)]


def list_rows():
    for row in rows.ROWS.values():
        marks = ["quick"] * row.is_quick + ["hour"] * row.is_hour
        print(f"{row.name:<22}{row.title} ({row.unit})"
              f"{' [' + ', '.join(marks) + ']' if marks else ''}")


def prepare():
    """Packages, users and a release build."""
    run = lambda *words: subprocess.run(  # noqa: E731
        words, cwd=TOP, check=True, stdin=subprocess.DEVNULL)
    began = time.monotonic()
    run("scripts/install-packages", "build", "test", "bench")
    if os.geteuid() == 0:
        run("scripts/create-users")
    run("scripts/build", str(BUILD), "--buildtype=release",
        "-Dtest_routes=true")
    subprocess.run(["ninja", "-C", BUILD, "--quiet", *PROGRAMS], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    told(f"built in {time.monotonic() - began:.0f} s")


def told(words):
    """How far it is, also where no terminal shows progress."""
    print(f"== {words}", file=sys.stderr, flush=True)


def measure(bench, row):
    result = Result(row.name, row.title, row.unit)
    began = time.monotonic()
    told(f"{row.name}: {row.title}")
    try:
        row.function(bench, result)
    except rows.LeftOut as reason:
        result.left_out = str(reason)
    except Exception as problem:  # the other rows' figures must not be lost
        if not isinstance(problem, rows.Broken):
            traceback.print_exc()
        result = Result(row.name, row.title, row.unit)
        result.left_out = f"FAILED: {problem}"[:600]
    result.facts["took_s"] = round(time.monotonic() - began)
    bench.progress()
    report.print_row(result)
    told(f"{row.name} took {result.facts['took_s']} s")
    return result


@contextlib.contextmanager
def places(options):
    """Folders that a peer's worker without privileges may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warifu-bench-"))
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    shared = pathlib.Path(tempfile.mkdtemp(prefix="warifu-bench-", dir=memory))
    folder.chmod(0o755)
    shared.chmod(0o755)
    (shared / "file").write_bytes(b"")
    try:
        yield folder, shared
    finally:
        shutil.rmtree(shared, ignore_errors=True)
        if options.keep:
            print(f"bench: kept {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def run(options):
    began = time.monotonic()
    prepare()
    results = []
    with places(options) as (folder, shared):
        bench = Bench(options, folder)
        bench.shared_folder = shared
        document = {"machine": bench.machine.facts(),
                    "missing": bench.machine.missing(),
                    "build": report.build_words(TOP),
                    "quick": options.quick, "rounds": bench.rounds,
                    "began_at": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                              time.gmtime())}
        report.print_head(document)
        try:
            for row in chosen(options):
                results.append(measure(bench, row))
        except KeyboardInterrupt:
            print("bench: stopped; what follows was measured before",
                  file=sys.stderr)
    document["rows"] = [result.to_json() for result in results]
    report.print_table(results)
    told(f"all of it took {time.monotonic() - began:.0f} s")
    write(options, document)
    return any((result.left_out or "").startswith("FAILED")
               for result in results)


def write(options, document):
    json_path = options.json or BUILD / "results.json"
    page_path = options.page or BUILD / "results.html"
    json_path.write_text(json.dumps(document, indent=1) + "\n")
    page_path.write_text(page.page(document))
    print(f"The figures are in {json_path}, the page is {page_path}.")


def main():
    options = parse(sys.argv[1:])
    # Ended from outside as by Ctrl-C: no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.list:
        list_rows()
        return 0
    return 1 if run(options) else 0


if __name__ == "__main__":
    sys.exit(main())
