"""Rows of the store alone: durable check-ins, without TLS, HTTP and JSON."""

import contextlib
import json
import statistics
import subprocess

import processes
import targets
from peers import harness  # noqa: F401 (the path to postgresql)
from rows import Broken, row

import postgresql  # noqa: E402

COMPUTERS = 10000
THREADS = 64


class DurablePostgreSQL(postgresql.PostgreSQL):
    """The tests' database server, but with its writes made durable."""

    durable = True

    def pin(self, cpus):
        """Before its first connection: backends are born pinned."""
        for pid in processes.descendants(self.process.pid):
            processes.pin(pid, cpus)

    def cpu_seconds(self):
        return processes.tree_cpu_seconds(self.process.pid)


def check_ins(bench, location, seconds):
    done = subprocess.run(
        processes.pinned(bench.machine.server_cpus, [
            bench.program("bench_store"), "check-ins", location, COMPUTERS,
            THREADS, seconds]), capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the store failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def measure(bench, result, location, other_cpu):
    """Rate by the clock, and CPU of the store with its database server."""
    seconds = bench.pick(quick=1, full=3)
    costs = []
    check_ins(bench, location, 1)  # fills the database
    for number in range(bench.rounds):
        before = other_cpu()
        said = check_ins(bench, location, seconds)
        cpu_ms = said["cpu_ms"] + 1e3 * (other_cpu() - before)
        result.add("warifu", said["check_ins"] / said["ms"] * 1e3)
        costs.append(cpu_ms * 1e3 / said["check_ins"])
        result.facts["largest_group"] = said["largest_group"]
        bench.progress(result.name, number + 1, bench.rounds)
    result.facts["us_of_cpu_each"] = round(statistics.median(costs), 1)
    result.facts["threads"] = THREADS
    result.facts["computers"] = COMPUTERS
    result.judge("a second", ">=", targets.CHECK_INS_A_SECOND,
                 result.median("warifu"))


@row("store-sqlite", "Durable check-ins in the store, SQLite", "a second")
def store_sqlite(bench, result):
    folder = bench.new_folder("sqlite")
    measure(bench, result, f"sqlite:{folder}/bench.db", lambda: 0)


@contextlib.contextmanager
def running_postgresql():
    database = DurablePostgreSQL().create()
    try:
        yield database.start()
    finally:
        database.remove()


@row("store-postgresql", "Durable check-ins in the store, PostgreSQL",
     "a second", quick=False)
def store_postgresql(bench, result):
    with running_postgresql() as database:
        database.pin(bench.machine.server_cpus)
        measure(bench, result, f"postgresql:{database.conninfo}",
                database.cpu_seconds)
