"""Rows of memory: what an idle connection costs a server in one process."""

import subprocess
import time

import processes
import targets
from figures import Result
from rows import Broken, LeftOut, row
from transport import started_peers

WIDTH = 32
COUNTS = {"idle-10000": 10000, "idle-16000": 16000}
SETTLE_S = 2


class Holder:
    """A load process that opens connections and keeps them."""

    def __init__(self, bench, peer, first):
        self.process = subprocess.Popen(
            processes.pinned(bench.machine.load_cpus, [
                bench.program("bench_load"), "idle", "127.0.0.1", peer.port,
                *peer.files, peer.nothing, first, WIDTH]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.expect(first)

    def expect(self, count):
        if self.process.stdout.readline().strip() != f"held {count}":
            raise Broken("idle connections could not be opened")

    def raise_to(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.expect(count)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def idle_rows(bench, results, counts):
    """Each round begins with fresh processes: a heap that was once big would
    hide what a connection costs."""
    if not bench.machine.is_root:
        raise LeftOut("the roles' memory can be read by root alone")
    reason = bench.machine.why_not_connections(max(counts))
    if reason:
        raise LeftOut(reason)
    for _ in range(bench.memory_rounds):
        with started_peers(bench, results[0]) as peers:
            for peer in peers:
                if bench.options.quick and peer.name in ("haproxy", "floor"):
                    continue  # for the time it takes
                measure_one(bench, peer, results, counts)
    for result in results:
        result.facts["rounds"] = bench.memory_rounds
        result.note("Memory of all processes of the server (Pss); what the "
                    "kernel keeps for a socket is the same for all.")
        result.judge("KiB a connection", "<=", targets.IDLE_KIB,
                     result.median("warifu"))


def measure_one(bench, peer, results, counts):
    # One connection first: what is allocated once is not a connection's.
    holder = Holder(bench, peer, 1)
    before = processes.memory_kib(peer.pids())
    for result, count in zip(results, counts):
        holder.raise_to(count)
        time.sleep(SETTLE_S)  # what is freed with a delay is freed
        result.add(peer.name, (processes.memory_kib(peer.pids()) - before) /
                   (count - 1))
    holder.stop()
    peer.check_whole()
    bench.progress(results[0].name, peer.name)


def idle_once(bench, name):
    """The result of one row. More connections are opened beside those that are
    there: both rows take no longer than the larger one."""
    if name not in bench.cache:
        names = [row for row in COUNTS if row in bench.chosen]
        results = {row: Result(row, "", "") for row in names}
        idle_rows(bench, list(results.values()),
                  [COUNTS[row] for row in names])
        bench.cache.update(results)
    return bench.cache[name]


@row("idle-10000", "Idle connection, 10,000 in one process", "KiB")
def idle_10000(bench, result):
    result.take(idle_once(bench, "idle-10000"))


@row("idle-16000", "Idle connection, 16,000 in one process", "KiB",
     quick=False)
def idle_16000(bench, result):
    result.take(idle_once(bench, "idle-16000"))
