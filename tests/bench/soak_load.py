"""The soak's load: one step after another, each doing all that a fleet and its
administrators do, and counting what was really answered."""

import collections
import concurrent.futures
import contextlib
import ssl
import time

from peers import harness

import estkit  # noqa: E402  (beside the harness)

AGENTS = 12
TOKEN_USES = 50
SIGN_IN_EVERY = 5
ENROL_EVERY = 4
# Before anything is judged: as many at once as there are workers to be met.
WARM_UP_HANDS = 48
WARM_UP_ROUNDS = 6
LISTS = ("/api/v1/computers?limit=10", "/api/v1/status", "/api/v1/offices",
         "/api/v1/enrolment-tokens", "/api/v1/openapi.json",
         "/pki/agent-ca.crl", "/metrics")


class Load:
    """A crowd of agents in Python with their channels open, and what is done
    with them. counts: operations that were answered as they must be."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.counts = collections.Counter()
        self.session = server.administrator()
        self.token = None
        self.token_left = 0
        self.number = 0
        self.agents = [self.enrol() for _ in range(AGENTS)]
        self.sections = [{} for _ in self.agents]
        self.channels = [agent.channel() for agent in self.agents]

    def close(self):
        for channel in self.channels:
            channel.close()

    def ask(self, method, path, body=None, expected=200):
        answer = self.server.request(method, path, body, token=self.session)
        assert answer.status == expected, (method, path, answer)
        return answer

    def enrol(self):
        if self.token_left == 0:
            self.token = self.server.office_token(self.session, TOKEN_USES)
            self.token_left = TOKEN_USES
        self.token_left -= 1
        agent = estkit.PythonAgent(self.server, self.folder / "identities",
                                   self.token)
        agent.refresh()
        self.counts["enrolment"] += 1
        self.counts["refresh"] += 1
        return agent

    def forget(self, agent):
        agent.identity.file.unlink()

    def change_inventory(self, at):
        """A difference to what was said before, full the first time."""
        before = self.sections[at]
        after = dict(before)
        after[f"item{self.number // AGENTS % 2}"] = {"value": self.number,
                                            "text": "x" * 200}
        said = estkit.difference(before, after) if before else \
            estkit.full(after)
        answer = self.agents[at].refresh({"packages": said})
        assert answer["applied"]["packages"] == estkit.digest(after), answer
        self.sections[at] = after
        self.counts["refresh"] += 1
        self.counts["inventory"] += 1

    def knock(self, at):
        answer = self.server.request(
            "POST", f"/api/v1/computers/{self.agents[at].id}/refresh",
            token=self.session)
        assert answer.status in (200, 202), answer
        assert self.channels[at].message(30)["type"] == "knock"
        self.counts["knock"] += 1

    def reconnect(self, at):
        self.channels[at].close()
        self.channels[at] = self.agents[at].channel()
        assert self.channels[at].status == 101
        self.counts["reconnect"] += 1

    def revoke(self, agent):
        channel = agent.channel()
        assert channel.status == 101
        self.ask("POST", f"/api/v1/computers/{agent.id}/revoke",
                 {"reason": "the soak"})
        assert channel.ends_within(30)
        channel.close()
        with contextlib.suppress(OSError, ssl.SSLError, EOFError):
            refused = agent.post("/agent/v1/refresh", estkit.refresh_body())
            raise AssertionError(f"a revoked agent was heard: {refused}")
        self.counts["revocation"] += 1

    def read(self):
        path = LISTS[self.number % len(LISTS)]
        self.ask("GET", path)
        self.ask("GET", f"/api/v1/computers/{self.agents[0].id}")
        self.counts["read"] += 2

    def sign_in(self):
        token = self.server.sign_in(harness.PASSWORD)
        answer = self.server.request("DELETE", "/api/v1/session", token=token)
        assert answer.status in (200, 204), answer
        self.counts["sign-in"] += 1

    def refuse(self):
        """What comes to nothing must leave nothing behind either."""
        answer = self.server.request(
            "POST", "/api/v1/session", b"{\"user\":", {
                "Content-Type": "application/json"})
        assert answer.status == 400, answer
        answer = self.server.request("GET", "/api/v1/computers",
                                     token="wfs_nobody")
        assert answer.status == 401, answer
        self.counts["refusal"] += 2

    def warm_up(self):
        """Every worker thread gets to do everything, so that what it keeps for
        itself (memory of the allocator, pages of the database) is there before
        the first sample."""
        with concurrent.futures.ThreadPoolExecutor(WARM_UP_HANDS) as hands:
            jobs = [hands.submit(self.ask, "GET", path)
                    for path in LISTS * WARM_UP_ROUNDS
                    for _ in range(WARM_UP_HANDS // 4)]
            jobs += [hands.submit(agent.refresh, {"users": estkit.full(
                {"a": {"text": "y" * 5000}})})
                for agent in self.agents * 4 * WARM_UP_ROUNDS]
            for job in jobs:
                job.result()
        for _ in range(2 * AGENTS):
            self.step()

    def step(self):
        at = self.number % AGENTS
        self.number += 1
        self.change_inventory(at)
        self.knock(at)
        self.reconnect((at + 5) % AGENTS)
        self.read()
        self.refuse()
        self.agents[at].refresh()
        self.counts["refresh"] += 1
        if self.number % SIGN_IN_EVERY == 0:
            self.sign_in()
        if self.number % ENROL_EVERY == 0:
            newcomer = self.enrol()
            self.revoke(newcomer)
            self.forget(newcomer)
        # The session of a long soak is kept alive by use, but not for ever.
        if self.number % 2000 == 0:
            self.session = self.server.sign_in(harness.PASSWORD)


def run(load, seconds, pause_s, after_step):
    """Steps for so long; after each the caller looks at the processes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load.step()
        after_step()
        time.sleep(pause_s)
