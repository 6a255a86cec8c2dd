"""Rows of list queries: what a person waits for who looks at a large fleet."""

import contextlib
import http.client
import json
import subprocess
import time

import processes
import targets
from peers import harness
from rows import Broken, row

PAGE = 50
OFFICE_LOCAL = "00000000-0000-7000-8000-000000000001"
# In words, and as the API is asked. Names, systems and offices are those that
# bench_store makes.
QUERIES = {
    "first page by name": "",
    "by last contact, latest first": "&sort=-last_seen_at",
    "one system, by last contact": "&os_name=ubuntu&sort=-last_seen_at",
    "small office, by system":
        "&office_id=00000000-0000-7000-9000-000000000003&sort=os",
    "revoked, by enrolment": "&state=revoked&sort=-enrolled_at",
    "search, some, by name": "&search=-777",
    "search, none": "&search=no-such-text",
    "not seen for 30 days, by state": "&not_seen_days=30&sort=state",
}
# Of the same fleet aged by bench_store: the half that stands last by name has
# been silent for 60 days and has another system, so nothing that is sought is
# found where a list begins.
HARD_QUERIES = {
    "half silent: not seen for 30 days, by name": "&not_seen_days=30",
    "half silent: not seen, Local Office, by state":
        "&not_seen_days=30&sort=state&office_id=" + OFFICE_LOCAL,
    "half silent: not seen, their system, latest first":
        "&not_seen_days=30&os_name=slackware&sort=-last_seen_at",
    "half silent: their system, by enrolment":
        "&os_name=slackware&sort=enrolled_at",
    "half silent: search, theirs, by name": "&search=pc-9",
    "half silent: revoked, by name": "&state=revoked",
}


def store(bench, server, verb, count):
    """Fill or age the database of a server; it is stopped meanwhile."""
    server.stop()
    location = f"sqlite:{server.state}/core/warifu.db"
    done = subprocess.run([bench.program("bench_store"), verb, location,
                           str(count)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the database was not filled: {done.stderr.strip()}")
    server.start()


@contextlib.contextmanager
def running(bench):
    ours = bench.warifu()
    try:
        yield ours
    finally:
        ours.stop()


class Asker:
    """A kept connection of a signed-in administrator."""

    def __init__(self, ours):
        self.ours = ours
        self.link = http.client.HTTPSConnection(
            "127.0.0.1", ours.server.https, context=harness.unverified())

    def ask(self, query):
        """(milliseconds by the clock, milliseconds of CPU, the page)."""
        cpu = processes.cpu_seconds(self.ours.known)
        began = time.monotonic()
        self.link.request("GET", f"/api/v1/computers?limit={PAGE}{query}",
                          headers={"Authorization":
                                   f"Bearer {self.ours.session}"})
        answer = self.link.getresponse()
        body = answer.read()
        wall = time.monotonic() - began
        if answer.status != 200:
            raise Broken(f"a list was refused: {body[:200]}")
        # The roles have slept again before their time is read.
        time.sleep(0.005)
        cpu = processes.cpu_seconds(self.ours.known) - cpu
        return wall * 1e3, cpu * 1e3, json.loads(body)


def ask_all(bench, result, ours, queries, clocks):
    """Every query once a round, after one that warms up."""
    ours.session = ours.server.administrator()
    ours.known = ours.pids()
    asker = Asker(ours)
    for name, query in queries.items():
        found = len(asker.ask(query)[2]["items"])
        if found == 0 and "none" not in name:
            raise Broken(f"nothing was found: {name}")
    for number in range(bench.rounds):
        for name, query in queries.items():
            wall, cpu, _ = asker.ask(query)
            result.add(name, cpu)
            clocks.setdefault(name, []).append(wall)
        bench.progress(result.name, number + 1, bench.rounds)
    ours.check_whole()


def lists(bench, result, count):
    clocks = {}
    with running(bench) as ours:
        store(bench, ours.server, "seed", count)
        ask_all(bench, result, ours, QUERIES, clocks)
        store(bench, ours.server, "age", count)
        ask_all(bench, result, ours, HARD_QUERIES, clocks)
    medians = {name: sorted(values)[len(values) // 2]
               for name, values in clocks.items()}
    result.facts["median_ms_by_the_clock"] = {
        name: round(value, 1) for name, value in medians.items()}
    result.note("Through the API: TLS, session, query, JSON; all roles' CPU "
                "time. The client is Python and counts in the clock's time.")
    result.judge("ms of CPU, the slowest", "<=", targets.LIST_MS[count],
                 max(series.median for series in result.series.values()))
    result.judge("ms by the clock, the slowest", "<=", targets.LIST_MS[count],
                 max(medians.values()))


@row("lists-10000", "A page of 10,000 computers", "ms of server CPU")
def lists_10000(bench, result):
    lists(bench, result, 10000)


@row("lists-100000", "A page of 100,000 computers", "ms of server CPU",
     quick=False)
def lists_100000(bench, result):
    lists(bench, result, 100000)
