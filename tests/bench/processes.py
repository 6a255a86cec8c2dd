"""CPU time, memory and wake-ups of processes, as the kernel counts them."""

import os
import pathlib
import subprocess


def cpu_seconds(pids):
    """CPU time of all threads of the processes so far.

    The kernel brings it up to date when a thread sleeps or its slice ends."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                continue  # a thread that has just ended
    return total / 1e9


def tree_cpu_seconds(pid):
    """Of a process, of all below it, and of its children that have ended (in
    clock ticks): for servers whose workers come and go."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    total = sum(int(word) for word in stat.split()[13:15]) / os.sysconf(
        "SC_CLK_TCK")
    for each in descendants(pid):
        try:
            total += cpu_seconds([each])
        except FileNotFoundError:
            continue
    return total


def memory_kib(pids, field="Pss"):
    """Of smaps_rollup, summed: Pss counts a shared page once in all."""
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in text.splitlines()
                      if line.startswith(field + ":"))
    return total


def switches(pids):
    """How often the processes were woken: voluntary context switches."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += next(
                int(line.split()[1])
                for line in (task / "status").read_text().splitlines()
                if line.startswith("voluntary_ctxt_switches"))
    return total


def descendants(pid):
    """The process and all below it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if stat[0] != "Z":
                children.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def cpu_with_children_seconds(pid):
    """Of a process and of its children that have ended, in clock ticks."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    ticks = sum(int(word) for word in stat.split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def pinned(cpus, command):
    """The command, kept to these processors with all that it starts."""
    return ["taskset", "-c", ",".join(str(cpu) for cpu in cpus),
            *(str(word) for word in command)]


def pin(pid, cpus):
    """A process that runs already, with all its threads."""
    subprocess.run(["taskset", "-apc", ",".join(str(cpu) for cpu in cpus),
                    str(pid)], check=True, stdout=subprocess.DEVNULL)
