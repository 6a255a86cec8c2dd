"""The row of revocation: from the administrator's word to the session's end."""

import select
import time

import targets
from rows import Broken, row

BYSTANDERS = 20


def wait_for_end(channel, seconds=30):
    """When the server ended the session, by the monotonic clock."""
    channel.socket.settimeout(seconds)
    try:
        while channel.receive(seconds)[0] != 8:
            pass
    except TimeoutError:
        raise Broken("a revoked session goes on") from None
    except (OSError, EOFError):
        pass
    return time.monotonic()


@row("revocation", "Revocation to the end of the live session",
     "ms by the clock")
def revocation(bench, result):
    # pylint: disable=import-outside-toplevel
    import estkit
    count = bench.pick(quick=10, full=40)
    ours = bench.warifu()
    folder = bench.new_folder("agents")
    try:
        token = ours.server.office_token(ours.session,
                                         uses=count + BYSTANDERS)
        agents = [estkit.PythonAgent(ours.server, folder, token)
                  for _ in range(count + BYSTANDERS)]
        for agent in agents:
            agent.refresh()
        channels = [agent.channel() for agent in agents]
        for agent, channel in list(zip(agents, channels))[:count]:
            began = time.monotonic()
            answer = ours.server.request(
                "POST", f"/api/v1/computers/{agent.id}/revoke",
                {"reason": "measured"}, token=ours.session)
            if answer.status != 200:
                raise Broken(f"a revocation was refused: {answer}")
            answered = time.monotonic()
            result.add("session ended",
                       (wait_for_end(channel) - began) * 1e3)
            result.add("answered", (answered - began) * 1e3)
        unmoved = channels[count:]
        ready, _, _ = select.select([one.socket for one in unmoved], [], [], 1)
        if ready:
            raise Broken("an agent that was not revoked was disturbed")
        ours.check_whole()
    finally:
        ours.stop()
    result.facts["revocations"] = count
    result.facts["sessions_beside"] = BYSTANDERS
    result.note("A session that ended before its answer counts from the "
                "question on, too: it is read after the answer.")
    result.judge("s, the slowest", "<=", targets.REVOCATION_S,
                 result.series["session ended"].high / 1e3)
