"""Rows with warifu-fleet as the load: many agents, each with a key and a
certificate of its own, real TLS and the real protocol."""

import contextlib
import json
import math
import os
import subprocess
import threading
import time

import machine
import processes
import targets
from figures import Result
from rows import Broken, LeftOut, row
from transport import run_load

# Agents of one gateway: what is left of 20,000 descriptors is for handshakes.
A_GATEWAY = 15000
# What 100,000 agents need on one machine, both ends and the kernel: about
# 25 KiB here, 35 KiB there, 20 KiB for the two sockets.
KIB_AN_AGENT = 80
GIB_KIB = 1 << 20
FULL = 100000
HANDSHAKES = 1000
HOLD_S = 60


def scenario(agents, *steps, **settings):
    """The text of a scenario: the fleet, then (kind, values) by step."""
    # Few at the same time: a load that shares its core must not let a server
    # wait until it loses patience.
    values = {"agents": agents, "agents_per_address": 200, "in_flight": 32,
              **settings}
    lines = ["[fleet]", *(f"{key} = {value}" for key, value in values.items())]
    for kind, step in steps:
        lines += [f"[{kind}]",
                  *(f"{key} = {value}" for key, value in step.items())]
    return "\n".join(lines) + "\n"


class Sampler(threading.Thread):
    """CPU and memory of the server through time."""

    def __init__(self, pids, interval_s=1):
        super().__init__(daemon=True)
        self.pids = pids
        self.interval_s = interval_s
        self.samples = []  # (monotonic time, CPU seconds, Pss KiB)
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(self.interval_s):
            self.samples.append((time.monotonic(),
                                 processes.cpu_seconds(self.pids),
                                 processes.memory_kib(self.pids)))

    def stop(self):
        self.ended.set()
        self.join()

    def cpu_since(self, moment):
        """CPU seconds from the first sample after that moment on."""
        later = [cpu for at, cpu, _ in self.samples if at >= moment]
        return later[-1] - later[0] if later else None

    @property
    def peak_kib(self):
        return max(kib for _, _, kib in self.samples)


class Fleet:
    """A server and agents that know each other; steps are run one by one."""

    def __init__(self, bench, agents, settings=None, cpus=None, build=None):
        self.bench = bench
        self.agents = agents
        self.folder = bench.new_folder("fleet")
        gateways = math.ceil(agents / A_GATEWAY)
        self.ours = bench.warifu(build=build, cpus=cpus, settings={
            "server.gateways": gateways,
            "limits.connections": max(18000, agents * 6 // 5),
            **(settings or {})})
        self.number = 0
        self.new_token()

    def new_token(self):
        path = self.folder / "bootstrap.json"
        path.unlink(missing_ok=True)
        path.write_text(json.dumps(self.ours.server.bootstrap(
            self.ours.session, uses=min(self.agents, 100000))))
        path.chmod(0o600)

    def command(self, text, state):
        """The load, to be started, and where it writes its report."""
        self.number += 1
        path = self.folder / f"{self.number}.scenario"
        path.write_text(text)
        out = self.folder / f"{self.number}.json"
        return processes.pinned(self.bench.machine.load_cpus, [
            self.bench.program("warifu-fleet"), "--quiet", "--bootstrap",
            self.folder / "bootstrap.json", "--state-dir",
            self.folder / state, "--json", out, path]), out

    def run(self, *steps, state="agents", agents=None, **settings):
        """(the steps' reports, server CPU seconds) of a whole run."""
        text = scenario(agents or self.agents, *steps, **settings)
        command, out = self.command(text, state)
        before = processes.cpu_seconds(self.ours.known)
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        self.ours.check_whole()
        cpu = processes.cpu_seconds(self.ours.known) - before
        return self.steps(done.returncode, out, done.stderr), cpu

    @staticmethod
    def steps(code, out, said):
        if not out.exists():
            raise Broken(f"warifu-fleet ended with {code}: {said[-500:]}")
        report = json.loads(out.read_text())
        if not report["complete"]:
            raise Broken(f"warifu-fleet stopped half-way: {said[-500:]}")
        return report["steps"]

    def stop(self):
        self.ours.stop()


@contextlib.contextmanager
def running(bench, agents, **more):
    fleet = Fleet(bench, agents, **more)
    try:
        yield fleet
    finally:
        fleet.stop()


def all_went_well(result, step):
    if step["failed"]:
        raise Broken(f"{step['failed']} of {step['planned']} failed in "
                     f"{step['kind']}: {step['failures']}")
    result.facts[f"p99_ms_{step['kind']}"] = round(
        step["latency_us"]["p99"] / 1e3, 1)


def enrol_all(result, fleet, name, number):
    """A round: as many new computers as the fleet has."""
    fleet.new_token()
    (step,), cpu = fleet.run(("enrol", {}), state=f"round-{number}")
    all_went_well(result, step)
    result.add("by the clock" + name, step["per_second"])
    result.add("by CPU of one core" + name, fleet.agents / cpu)


@row("enrolments", "Enrolment: key check, issue, journal, durable write",
     "a second")
def enrolments(bench, result):
    agents = bench.pick(quick=300, full=1000)
    with contextlib.ExitStack() as stack:
        fleets = [("", stack.enter_context(running(bench, agents)))]
        if bench.against:
            fleets.append((", before", stack.enter_context(
                running(bench, agents, build=bench.against))))
        for number in range(bench.rounds):
            for name, fleet in fleets[::(-1) ** number]:
                enrol_all(result, fleet, name, number)
            bench.progress(result.name, number + 1, bench.rounds)
    result.facts["agents_a_round"] = agents
    result.facts["ms_of_cpu_each"] = round(
        1e3 / result.median("by CPU of one core"), 3)
    result.note("All of it: TLS handshake, EST request, the signer's check of "
                "token and key, certificate, journal with fsync, database. The "
                "clock's figure is of one core for the server and one for the "
                "load, which makes the keys.")
    result.judge("a second by CPU of one core", ">=",
                 targets.ENROLMENTS_A_SECOND,
                 result.median("by CPU of one core"))


@row("refreshes", "Refreshes as agents do them, each with a handshake",
     "µs of server CPU")
def refreshes(bench, result):
    agents = bench.pick(quick=300, full=1000)
    with running(bench, agents) as fleet:
        steps, _ = fleet.run(("enrol", {}), ("refresh", {}))
        for step in steps:
            all_went_well(result, step)
        for number in range(bench.rounds):
            (step,), cpu = fleet.run(("refresh", {}))
            all_went_well(result, step)
            result.add("warifu", cpu / agents * 1e6)
            bench.progress(result.name, number + 1, bench.rounds)
    result.facts["agents"] = agents
    result.note("Nothing new to tell; of the same agents over and over.")


def many_agents(bench):
    """The largest fleet that this machine holds, up to what was asked for."""
    wanted = bench.options.agents
    fits = int(bench.machine.available_kib / KIB_AN_AGENT)
    if fits < wanted:
        raise LeftOut(f"{wanted} agents need {wanted * KIB_AN_AGENT >> 10} MiB "
                      f"of memory for server, load and sockets; here are "
                      f"{bench.machine.available_kib >> 10} MiB (--agents "
                      f"{fits} would fit)")
    return wanted


def open_connections(fleet):
    """Of all gateways: descriptors, less the few of other kinds."""
    return sum(len(os.listdir(f"/proc/{pid}/fd"))
               for pid in fleet.ours.server.roles()["gateway"])


def mint_all(bench, fleet, agents):
    """Agents for the rows of very many, as if enrolled before: by the CA's own
    key, straight into both ends' records."""
    server = fleet.ours.server
    (step,), _ = fleet.run(("enrol", {}), agents=1)
    if step["failed"]:
        raise Broken(f"the first agent was not enrolled: {step['failures']}")
    server.stop()
    done = subprocess.run(
        [bench.program("bench_mint"), server.state / "signer" / "authority",
         f"sqlite:{server.state}/core/warifu.db", fleet.folder / "agents",
         str(agents)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the agents were not made: {done.stderr[-500:]}")
    server.start()
    fleet.ours.session = server.administrator()
    fleet.ours.known = fleet.ours.pids()
    bench.progress("made", agents)


def handshake_cost_us(bench, fleet):
    """What a handshake and one GET cost on this very server."""
    bench.client_files = fleet.ours.client_files(bench.new_folder("client"))
    cpu, _ = run_load(bench, fleet.ours, "handshake", fleet.ours.nothing,
                      HANDSHAKES, 32)
    return cpu / HANDSHAKES * 1e6


class Held:
    """The fleet's load with all its channels open, for a while."""

    def __init__(self, fleet, sampler, text):
        self.fleet = fleet
        self.sampler = sampler
        base = open_connections(fleet)
        command, self.out = fleet.command(text, "agents")
        self.log = open(fleet.folder / "load.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        self.wait_for(base + fleet.agents)

    def wait_for(self, wanted):
        """By what the gateways have open; minutes for very many."""
        while open_connections(self.fleet) < wanted:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise Broken("warifu-fleet ended before all channels were "
                             f"open: {self.log.read()[-500:]}")
            time.sleep(0.5)

    def finish(self):
        code = self.process.wait()
        self.ended = time.monotonic()
        self.log.seek(0)
        said = self.log.read()
        self.log.close()
        self.fleet.ours.check_whole()
        return self.fleet.steps(code, self.out, said)


def available_kib():
    return machine.Machine.now_available_kib()


def very_many(bench, results):
    """Idle and storm in one go: making the agents takes most of the time."""
    idle, storm = results
    agents = many_agents(bench)
    with running(bench, agents, cpus=bench.machine.server_cpus) as fleet:
        mint_all(bench, fleet, agents)
        storm.facts["us_a_handshake_and_get"] = round(
            handshake_cost_us(bench, fleet))
        sampler = Sampler(fleet.ours.known)
        sampler.start()
        try:
            before = available_kib()
            held = Held(fleet, sampler, scenario(
                agents, ("hold", {"duration": f"{HOLD_S}s"}),
                ("storm", {"come_back": "at_once", "within": "30min"})))
            time.sleep(HOLD_S / 4)  # what settles has settled
            measure_idle(idle, fleet, agents, before)
            steps = held.finish()
            time.sleep(2)
        finally:
            sampler.stop()
        measure_storm(storm, agents, steps[1], sampler, held)
    for result in results:
        result.facts["agents"] = agents
        result.facts["gateways"] = math.ceil(agents / A_GATEWAY)


def measure_idle(result, fleet, agents, before):
    kib = processes.memory_kib(fleet.ours.known)
    cpu, began = processes.cpu_seconds(fleet.ours.known), time.monotonic()
    time.sleep(HOLD_S / 2)
    cpu = processes.cpu_seconds(fleet.ours.known) - cpu
    percent = 100 * cpu / (time.monotonic() - began)
    result.add("server", kib / GIB_KIB)
    result.facts["kib_an_agent"] = round(kib / agents, 2)
    result.facts["cpu_percent_of_a_core"] = round(percent, 2)
    result.facts["watched_s"] = HOLD_S / 2
    result.facts["machine_used_gib_more_with_load"] = round(
        (before - available_kib()) / GIB_KIB, 2)
    result.note("Memory of all processes of the server (Pss). Each agent has "
                "its channel open; its end and the kernel's sockets of both "
                "ends are in the machine's figure alone.")
    if agents == FULL:
        result.judge("GiB", "<=", targets.IDLE_MACHINE_GIB, kib / GIB_KIB)
    else:
        result.judge("KiB an agent, all told", "<=",
                     targets.IDLE_MACHINE_GIB * GIB_KIB / FULL, kib / agents)
    result.judge("% of a core", "<=", targets.IDLE_CPU_PERCENT, percent)


def measure_storm(result, agents, step, sampler, held):
    all_went_well(result, step)
    cpu = sampler.cpu_since(held.ended - step["seconds"] - 1)
    result.add("until all are back", step["seconds"])
    result.facts["came_back_a_second"] = round(step["per_second"])
    result.facts["server_cpu_s"] = round(cpu, 1)
    result.facts["us_of_server_cpu_each"] = round(cpu / agents * 1e6)
    result.facts["refused"] = step["failed"]
    result.facts["largest_memory_gib"] = round(sampler.peak_kib / GIB_KIB, 2)
    result.note("All lose their channel in one moment and come back at once, "
                "without an agent's jitter; server on one core, load on "
                "another. Agents were made in bulk by the CA's own key.")
    result.judge("refused healthy agents", "<=", 0, step["failed"])
    result.judge("× the CPU of a handshake and GET", "<=",
                 targets.STORM_OVER_HANDSHAKES,
                 cpu / agents * 1e6 / result.facts["us_a_handshake_and_get"])


def very_many_once(bench):
    """Both rows' results, measured together the first time."""
    if "very_many" not in bench.cache:
        idle, storm = Result("", "", ""), Result("", "", "")
        very_many(bench, [idle, storm])
        bench.cache["very_many"] = idle, storm
    return bench.cache["very_many"]


@row("idle-fleet", "Idle agents with a channel, 100,000 unless --agents", "GiB",
     quick=False)
def idle_fleet(bench, result):
    result.take(very_many_once(bench)[0])


@row("storm", "Reconnect storm of these agents", "s by the clock",
     quick=False)
def storm_row(bench, result):
    result.take(very_many_once(bench)[1])
