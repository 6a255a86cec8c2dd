"""Rows of check-ins over the wire: TLS, HTTP, JSON, and a durable write."""

import json
import shutil

import targets
from rows import row
from store import running_postgresql
from transport import run_load

AGENTS = 64


def make_agents(bench, ours):
    """A folder of identities for the load; each has checked in once."""
    # pylint: disable=import-outside-toplevel
    import estkit
    folder = bench.new_folder("agents")
    token = ours.server.office_token(ours.session, uses=AGENTS)
    system = {"this": {"name": "Debian GNU/Linux", "version_id": "12",
                       "architecture": "x86_64"}}
    for number in range(AGENTS):
        agent = estkit.PythonAgent(ours.server, folder / "all", token)
        agent.refresh({"operating_system": estkit.full(system)})
        shutil.copy(agent.identity.file, folder / f"{number}.pem")
    body = folder / "refresh.json"
    # Nothing new to tell, as most of an agent's refreshes.
    body.write_text(json.dumps(estkit.refresh_body(publication=1000)))
    return folder, body


def check_ins(bench, result, settings, other_cpu):
    count = bench.pick(quick=2000, full=8000)
    ours = bench.warifu(settings=settings)
    try:
        folder, body = make_agents(bench, ours)
        bench.client_files = [folder, folder]
        for number in range(bench.rounds + 1):
            before = other_cpu()
            cpu, said = run_load(bench, ours, "post", "/agent/v1/refresh",
                                 count, AGENTS, body)
            cpu += other_cpu() - before
            if number > 0:  # the first fills caches
                result.add("by the clock", count / said["seconds"])
                result.add("by CPU of one core", count / cpu)
            bench.progress(result.name, number, bench.rounds)
    finally:
        ours.stop()
    result.facts["agents"] = AGENTS
    result.facts["check_ins_a_round"] = count
    result.facts["us_of_cpu_each"] = round(
        1e6 / result.median("by CPU of one core"), 1)
    result.facts["p99_ms_by_the_clock"] = round(said["p99_us"] / 1e3, 1)
    result.note("A refresh that tells nothing new, on a kept mutual "
                "connection: gateway, core and database on one core, the load "
                "on another.")
    for series in "by the clock", "by CPU of one core":
        result.judge(f"a second {series}", ">=", targets.CHECK_INS_A_SECOND,
                     result.median(series))


@row("check-ins-sqlite", "Check-ins with a durable write, SQLite", "a second")
def check_ins_sqlite(bench, result):
    check_ins(bench, result, {}, lambda: 0)


@row("check-ins-postgresql", "Check-ins with a durable write, PostgreSQL",
     "a second", quick=False)
def check_ins_postgresql(bench, result):
    with running_postgresql() as database:
        database.pin(bench.machine.server_cpus)
        check_ins(bench, result, {
            "database.driver": "postgresql",
            "database.conninfo": database.conninfo}, database.cpu_seconds)
