"""Rows of the agent itself: memory, wake-ups and CPU on a managed computer."""

import contextlib
import time

import processes
import targets
from peers import harness
from rows import LeftOut, row

REFRESH_S = 10
# The executor ends when it has had nothing to do for a while.
QUIET_S = 75


@contextlib.contextmanager
def managed(bench, **settings):
    """A server, and this computer's agent beside it, refreshed once."""
    if not bench.machine.is_root:
        raise LeftOut("the agent's memory can be read by root alone")
    with contextlib.ExitStack() as stack:
        ours = bench.warifu(settings={"agents.refresh_interval": "90min"})
        stack.callback(ours.stop)
        agent = harness.Agent(bench.new_folder("agent"),
                              ours.server.bootstrap(ours.session), **settings)
        folder = agent.folder
        while folder != bench.folder.parent:
            folder.chmod(0o755)
            folder = folder.parent
        stack.callback(agent.stop)
        agent.start()
        harness.wait_until(
            "the agent has refreshed",
            lambda: agent.status().get("last_success_at"), 90)
        yield agent


def cpu_so_far(agent):
    """Of all its processes, ended ones too."""
    return sum(processes.cpu_with_children_seconds(pid)
               for pid in processes.descendants(agent.process.pid))


@row("agent-idle", "The agent while it waits: memory and wake-ups", "MiB (Pss)",
     quick=False)
def agent_idle(bench, result):
    seconds = bench.pick(quick=60, full=240)
    with managed(bench) as agent:
        time.sleep(QUIET_S)
        pids = processes.descendants(agent.process.pid)
        woken, cpu = processes.switches(pids), processes.cpu_seconds(pids)
        time.sleep(seconds)
        result.add("all processes", processes.memory_kib(pids) / 1024)
        woken = (processes.switches(pids) - woken) * 60 / seconds
        cpu = processes.cpu_seconds(pids) - cpu
    result.facts["processes"] = len(pids)
    result.facts["watched_s"] = seconds
    result.facts["wake_ups_a_minute"] = round(woken, 2)
    result.facts["cpu_ms_a_minute"] = round(cpu * 60e3 / seconds, 3)
    result.judge("MiB (Pss)", "<=", targets.AGENT_MIB,
                 result.median("all processes"))
    result.judge("wake-ups a minute", "<=", targets.AGENT_WAKE_UPS, woken)


def refreshes(agent, seconds, result):
    """Watch the agent through that time; its memory is looked at once a
    second, so that the executor's short life is seen."""
    began, cpu = time.monotonic(), cpu_so_far(agent)
    first = agent.status()["last_success_at"]
    seen, last, peak = 0, first, 0
    while time.monotonic() - began < seconds:
        time.sleep(1)
        pids = processes.descendants(agent.process.pid)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            peak = max(peak, processes.memory_kib(pids) / 1024)
        with contextlib.suppress(ValueError):
            at = agent.status().get("last_success_at")
            seen, last = seen + (at != last), at
    spent = cpu_so_far(agent) - cpu
    result.add("largest, all processes", peak)
    result.facts["refreshes"] = seen
    result.facts["watched_s"] = seconds
    result.facts["cpu_ms_a_refresh"] = (round(spent * 1e3 / seen, 1)
                                        if seen else None)
    return spent


@row("agent-refreshes", "The agent through refreshes", "MiB (Pss)")
def agent_refreshes(bench, result):
    seconds = bench.pick(quick=20, full=180)
    with managed(bench, refresh_interval=f"{REFRESH_S}s",
                 software_check="10s") as agent:
        refreshes(agent, seconds, result)
    result.note(f"The interval was shortened to {REFRESH_S} s (as shipped: "
                "90 minutes), so this is many hours' worth of refreshes; CPU "
                "time is a refresh's, nothing is scaled to an hour.")
    result.judge("MiB (Pss)", "<=", targets.AGENT_MIB,
                 result.median("largest, all processes"))


@row("agent-hour", "The agent through an hour of refreshes", "MiB (Pss)",
     quick=False, hour=True)
def agent_hour(bench, result):
    with managed(bench, refresh_interval="5min") as agent:
        pids = processes.descendants(agent.process.pid)
        woken = processes.switches(pids)
        spent = refreshes(agent, 3600, result)
        alive = [pid for pid in processes.descendants(agent.process.pid)
                 if pid in pids]
        woken = processes.switches(alive) - woken
    result.facts["cpu_s_an_hour"] = round(spent, 2)
    result.facts["wake_ups_an_hour"] = woken
    result.note("The interval was 5 minutes (as shipped: 90 minutes).")
    result.judge("MiB (Pss)", "<=", targets.AGENT_MIB,
                 result.median("largest, all processes"))
