"""Rows of the bare transport: handshakes, posts, downloads, beside the peers."""

import contextlib
import json
import subprocess

import processes
import targets
from others import GIB, PEERS
from rows import Broken, LeftOut, row

WIDTH = 8


def run_load(bench, peer, mode, path, count, width, *body):
    """(server CPU seconds, the load's report) of one run."""
    before = processes.cpu_seconds(peer.pids())
    done = subprocess.run(
        processes.pinned(bench.machine.load_cpus, [
            bench.program("bench_load"), mode, "127.0.0.1", peer.port,
            *bench.client_files, path, count, width, *body]),
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the load on {peer.name} failed: "
                         f"{done.stderr.strip()[-500:]}")
    peer.check_whole()
    return (processes.cpu_seconds(peer.pids()) - before,
            json.loads(done.stdout))


@contextlib.contextmanager
def started_peers(bench, result):
    """Ours (with the build to compare with, if any) and those that are here,
    all with our certificate; who is not here is noted."""
    with contextlib.ExitStack() as stack:
        ours = bench.warifu()
        stack.callback(ours.stop)
        bench.client_files = ours.client_files(bench.new_folder("client"))
        files = {"identity": ours.identity_file(),
                 "client_ca": bench.client_files[0].replace("client.pem",
                                                           "agent-ca.pem")}
        peers = [ours]
        if bench.against:
            other = bench.warifu(build=bench.against, name="before")
            stack.callback(other.stop)
            other.files = other.client_files(bench.new_folder("client"))
            peers.append(other)
        for kind in PEERS:
            if kind.name not in bench.wanted_peers:
                continue
            try:
                peer = kind(bench, files)
            except LeftOut as reason:
                result.note(f"{kind.name}: {reason}.")
                continue
            stack.callback(peer.stop)
            peers.append(peer)
        for peer in peers:
            if not hasattr(peer, "files"):
                peer.files = bench.client_files
        yield peers


def interleave(bench, result, peers, measure):
    """measure(peer) once a round for each peer, another one first each time."""
    for number in range(bench.rounds):
        turn = number % len(peers)
        for peer in peers[turn:] + peers[:turn]:
            bench.client_files = peer.files
            result.add(peer.name, measure(peer))
        bench.progress(result.name, number + 1, bench.rounds)


def same_settings(result, reports):
    """What was negotiated with whom; the rows are void if it differs."""
    seen = {name: (report["version"], report["cipher"], report["group"],
                   report["tickets"]) for name, report in reports.items()}
    if len(set(seen.values())) > 1:
        raise Broken(f"the servers do not do the same: {seen}")
    version, cipher, group, tickets = next(iter(seen.values()))
    result.facts["negotiated"] = (f"{version}, {cipher}, {group}, "
                                  f"{tickets} tickets")


def compare(bench, result, mode, path_of, count, width, scale=1e6):
    """One row: CPU time of each server per operation, over all rounds."""
    reports = {}

    def measure(peer):
        cpu, report = run_load(bench, peer, mode, path_of(peer), count, width)
        reports[peer.name] = report
        return cpu / count * scale

    with started_peers(bench, result) as peers:
        peers = [peer for peer in peers if path_of(peer)]
        for peer in peers:  # caches, heaps and first-time work
            bench.client_files = peer.files
            run_load(bench, peer, mode, path_of(peer), max(1, count // 10),
                     width)
        interleave(bench, result, peers, measure)
    same_settings(result, reports)
    result.facts["operations_a_round"] = count
    result.facts["at_the_same_time"] = width
    result.facts["p99_ms_by_the_clock"] = {
        name: round(report["p99_us"] / 1000, 2)
        for name, report in reports.items()}


@row("handshake", "Full mutual handshake and one GET", "µs of server CPU")
def handshake(bench, result):
    compare(bench, result, "handshake", lambda peer: peer.nothing,
            bench.pick(quick=250, full=700), WIDTH)
    ratio = result.ratio("warifu", "nginx")
    result.judge("× nginx", "<=", targets.HANDSHAKE_RATIO, ratio)
    result.judge("× nginx, remembered chain checks", "<=",
                 targets.HANDSHAKE_REMEMBERED_RATIO, ratio)


@row("post", "4 KiB POST and answer on a kept connection", "µs of server CPU")
def post(bench, result):
    compare(bench, result, "post", lambda peer: peer.echo,
            bench.pick(quick=4000, full=15000), WIDTH)
    result.judge("× nginx", "<=", targets.POST_RATIO,
                 result.ratio("warifu", "nginx"))


@row("download", "Download of 1 GiB over TLS", "ms of server CPU")
def download(bench, result):
    length = bench.pick(quick=GIB // 8, full=GIB)
    reason = bench.machine.why_not_memory(4 * GIB // 1024)
    if reason:
        raise LeftOut(reason)
    with bench.shared_file("file", length):
        compare(bench, result, "get", lambda peer: peer.downloads and
                peer.downloads.format(bytes=length),
                bench.pick(quick=3, full=1), 1,
                scale=1e3 * GIB / length)
    if length != GIB:
        result.note(f"Measured with {length >> 20} MiB and scaled to 1 GiB.")
    result.note("HAProxy serves no files.")
    result.judge("× nginx", "<=", targets.DOWNLOAD_RATIO,
                 result.ratio("warifu", "nginx"))
