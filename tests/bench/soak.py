"""A soak: a real server and real agents under mixed load, watched for growth.

Descriptors, threads and private memory of every role and of every process of
the agents are sampled between operations and judged by soak_judge. Nothing
passes unless the load has really happened.

    tests/bench/soak.py --seconds 300 --json FILE     (five minutes, ./check)
    tests/bench/run --only soak                       (an hour)
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

import soak_judge
from rows import Broken, LeftOut, row

# Done and answered as they must be, in each minute on average.
LEAST_A_MINUTE = {"refresh": 20, "inventory": 10, "knock": 10, "reconnect": 10,
                  "enrolment": 2, "revocation": 2, "read": 20, "sign-in": 2,
                  "refusal": 20, "agents' own refresh": 4}
REAL_AGENTS = 2
SAMPLE_S = 2
PAUSE_S = 0.5
# KiB that the product keeps on purpose for each: the signer its index of what
# it issued and revoked, the gateways the list of the revoked, core that and
# the database's new pages, in the caches of its connections (which are bounded,
# but not full after minutes).
KEPT_KIB = {
    "signer": {"enrolment": 2, "revocation": 1},
    "core": {"enrolment": 2, "revocation": 2, "database KiB": 2},
    "gateway": {"revocation": 0.5},
}
# Core's many threads each have memory of the allocator's that fills up when the
# kernel happens to give them a job that they have not done before.
NOISE_KIB = {"core": 1024}
RULES = {"threads": soak_judge.count_rule(),
         "descriptors": soak_judge.count_rule()}


def figures_of(pid):
    """Of one process now; None when it has ended."""
    place = pathlib.Path("/proc") / str(pid)
    try:
        rollup = (place / "smaps_rollup").read_text()
        return {
            "descriptors": len(os.listdir(place / "fd")),
            "threads": len(os.listdir(place / "task")),
            "private KiB": sum(int(line.split()[1])
                               for line in rollup.splitlines()
                               if line.startswith("Private_Dirty:")),
        }
    except (FileNotFoundError, ProcessLookupError):
        return None


def together(figures):
    """{(name, figure): value}; of the gateways' descriptors the sum: which of
    them has a connection is the kernel's choice, and changes."""
    values = {}
    for name, found in figures.items():
        for figure, value in (found or {}).items():
            key = (name, figure)
            if figure == "descriptors" and name.startswith("gateway "):
                key = ("gateways together", figure)
            values[key] = values.get(key, 0) + value
    return values


class Watch:
    """The processes by name, as they were at the first and at the last look,
    and the samples of those that are there all the time."""

    def __init__(self, first, last=None):
        self.first = first
        self.last = first if last is None else last
        self.samples = {}
        self.looked_at = 0

    def look(self, operations):
        now = time.monotonic()
        if now - self.looked_at < SAMPLE_S:
            return
        self.looked_at = now
        figures = {name: figures_of(pid) for name, pid in self.first.items()}
        for (name, figure), value in together(figures).items():
            self.samples.setdefault((name, figure), []).append(
                soak_judge.Sample(now, dict(operations), value))

    def rule(self, name, figure):
        role = name.split()[0]
        return RULES.get(figure) or soak_judge.memory_rule(
            KEPT_KIB.get(role), NOISE_KIB.get(role))

    def rows(self):
        """(title, whether it is good, words) of each figure."""
        for name, pid in sorted(self.first.items()):
            if self.last.get(name) != pid:
                yield (name, False, "the process was replaced or has ended")
        for (name, figure), samples in sorted(self.samples.items()):
            verdict = self.rule(name, figure).judge(samples)
            yield (f"{name}: {figure}", not verdict.has_grown,
                   f"from {samples[0].value} to {samples[-1].value}: "
                   f"{verdict.words}")


def missing_load(counts, seconds):
    """What was done too rarely for the soak to say anything."""
    return [f"{kind}: {counts.get(kind, 0)}, and at least "
            f"{least * seconds / 60:.0f} are needed"
            for kind, least in LEAST_A_MINUTE.items()
            if counts.get(kind, 0) < least * seconds / 60]


def processes_of(server, agents, harness):
    """{name: pid} of all that must not grow. The executor of an agent ends
    when it has nothing to do, and is not among them."""
    found = {"supervisor": server.process.pid}
    for role, pids in server.roles().items():
        for number, pid in enumerate(sorted(pids)):
            found[f"{role} {number}"] = pid
    for number, agent in enumerate(agents):
        found[f"agent {number} supervisor"] = agent.process.pid
        for pid, _ in harness.children_of(agent.process.pid):
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"channel" in words:
                found[f"agent {number} channel"] = pid
    return found


def refreshes_answered(server):
    text = server.request("GET", "/metrics").body.decode()
    return sum(int(line.rpartition(" ")[2]) for line in text.splitlines()
               if line.startswith(
                   'warifu_requests_total{operation="agent_refresh",'
                   'status="200"}'))


@contextlib.contextmanager
def started(harness, folder):
    """A server and agents as they are shipped, but for their hurry."""
    server = harness.Server(folder, {"agents.refresh_interval": "10s"})
    agents = []
    try:
        server.start(60)
        session = server.administrator()
        for number in range(REAL_AGENTS):
            agents.append(harness.Agent(
                folder / f"agent{number}", server.bootstrap(session),
                refresh_interval="10s", software_check="10s").start())
        for agent in agents:
            harness.wait_until(
                "the agent has refreshed",
                lambda a=agent: a.status().get("last_success_at"), 90)
        yield server, agents
    finally:
        for agent in agents:
            agent.stop()
        server.stop()


def soak(folder, seconds, progress=lambda words: None):
    """(rows, counts): each row (title, whether it is good, words)."""
    # pylint: disable=import-outside-toplevel
    import soak_load
    from peers import harness
    folder.chmod(0o755)
    with started(harness, folder) as (server, agents):
        load = soak_load.Load(server, folder)
        try:
            load.warm_up()
            watch = Watch(processes_of(server, agents, harness))
            load.counts.clear()
            before = refreshes_answered(server)

            def after_step():
                size = (server.state / "core" / "warifu.db").stat().st_size
                watch.look({**load.counts, "database KiB": size // 1024})
                progress(dict(load.counts))
            soak_load.run(load, seconds, PAUSE_S, after_step)
            load.counts["agents' own refresh"] = \
                refreshes_answered(server) - before - load.counts["refresh"]
            watch.last = processes_of(server, agents, harness)
        finally:
            load.close()
    missing = missing_load(load.counts, seconds)
    rows = [("the load has happened", not missing, "; ".join(missing) or
             ", ".join(f"{count} × {kind}"
                       for kind, count in sorted(load.counts.items())))]
    return rows + list(watch.rows()), dict(load.counts)


@row("soak", "An hour of everything: what grows", "figures that grew",
     quick=False, hour=True)
def soak_row(bench, result):
    if not bench.machine.is_root:
        raise LeftOut("the roles' memory can be read by root alone")
    rows, counts = soak(bench.new_folder("soak"), 3600,
                        lambda words: bench.progress("soak", words))
    for title, is_good, words in rows:
        print(f"   {'ok' if is_good else 'GREW':<5} {title}: {words}",
              file=sys.stderr)
    if not rows[0][1]:
        raise Broken(f"too little load: {rows[0][2]}")
    grown = [title for title, is_good, _ in rows if not is_good]
    result.add("warifu", len(grown))
    result.facts["operations"] = counts
    result.facts["figures"] = len(rows) - 1
    result.facts["grown"] = grown
    result.judge("figures that grew", "<=", 0, len(grown))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    from peers import harness  # pylint: disable=import-outside-toplevel
    if os.geteuid() != 0:
        rows = [("the whole of it", None,
                 "the roles' memory can be read by root alone")]
    else:
        with harness.folder("warifu-soak-") as folder:
            rows, _ = soak(folder, options.seconds)
    for title, is_good, words in rows:
        said = {True: "ok", False: "FAILED", None: "NOT RUN"}[is_good]
        print(f"{said:<8}{title}: {words}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows))
    return 1 if any(is_good is False for _, is_good, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
