"""GET /api/v1/changes: who is told what to look at again, and who is not."""

import asyncio
import contextlib
import json
import os
import signal
import ssl
import time

import pytest
import websockets

import estkit
import harness
from described import HANDSHAKE, Api, find
from test_roles import LOCAL, ROLES, make_user, places

PATH = "/api/v1/changes"
TOPICS = {"computers", "presence", "inventory", "software", "enrolment",
          "offices", "groups", "users", "api_tokens", "settings", "security",
          "audit", "events", "alerts"}
PATIENCE = 30 * harness.PATIENCE
SIGNED_OUT, RIGHTS, RESTART = 4401, 4403, 1012


@pytest.fixture(scope="module")
def api(server, administrator):
    return Api(server, administrator)


def cookie_of(server, user="admin", password=harness.PASSWORD, plain=False):
    answer = server.request(
        "POST", "/api/v1/session",
        {"user": user, "password": password, "cookie": True},
        {"X-Warifu-Request": "1"}, plain=plain)
    assert answer.status == 201, answer
    return answer.headers["Set-Cookie"].partition(";")[0]


def connect(server, token=None, headers=None, origin=None, plain=False):
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    port, scheme = (server.http, "ws") if plain else (server.https, "wss")
    return websockets.connect(
        f"{scheme}://127.0.0.1:{port}{PATH}", extra_headers=headers,
        origin=origin, ping_interval=None, open_timeout=PATIENCE,
        close_timeout=5,
        ssl=None if plain else harness.unverified())


async def note(socket):
    """The next note's topics: known words, and nothing beside them."""
    told = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    assert set(told) == {"changed"} and told["changed"]
    assert len(set(told["changed"])) == len(told["changed"])
    assert set(told["changed"]) <= TOPICS
    return set(told["changed"])


async def until(socket, *topics):
    """All that was told until each of these was."""
    heard = set()
    while not set(topics) <= heard:
        heard |= await note(socket)
    return heard


async def close_code(socket):
    async def read():
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await socket.recv()
        return socket.close_code
    return await asyncio.wait_for(read(), PATIENCE)


def run(coroutine):
    return asyncio.run(coroutine)


def refused(server, code, headers=None, token=None, plain=False, **more):
    """Refused by HTTP, with the code, before there is a WebSocket."""
    answer = server.request("GET", PATH, headers={
        **HANDSHAKE, **(headers or {})}, token=token, plain=plain, **more)
    assert answer.status >= 400, answer
    assert answer.json["code"] == code, answer
    assert find("GET", PATH) is not None
    assert "Upgrade" not in answer.headers or answer.status == 426


# Refusals

def test_a_stranger_is_refused_before_the_upgrade(server):
    refused(server, "not_signed_in")
    refused(server, "not_signed_in", token="wfs_nonsense")
    refused(server, "not_signed_in", token="wfa_nonsense")
    refused(server, "not_signed_in", headers={"Cookie": "__Host-warifu=x"})


def test_another_sites_page_is_refused(server, api):
    cookie = cookie_of(server)
    own = f"https://127.0.0.1:{server.https}"
    for foreign in ({}, {"Origin": "https://evil.example"},
                    {"Origin": "null"},
                    {"Origin": f"http://127.0.0.1:{server.https}"},
                    {"Origin": own, "Sec-Fetch-Site": "cross-site"},
                    {"Origin": own, "Sec-Fetch-Site": "same-site"}):
        refused(server, "cross_site", {"Cookie": cookie, **foreign})


def test_a_session_of_one_listener_does_not_count_on_the_other(server, api):
    plain = cookie_of(server, plain=True)
    token = plain.partition("=")[2]
    refused(server, "not_signed_in", token=token)
    refused(server, "not_signed_in", token=cookie_of(server).partition(
        "=")[2], plain=True)


def test_who_must_change_the_password_waits_for_nothing(server, api):
    user, _ = make_user(api, "guest")
    api.ok("PUT", f"/users/{user['id']}/password",
           {"new_password": "another pass phrase"})
    token = Api(server).ok("POST", "/session", {
        "user": user["name"], "password": "another pass phrase"})["token"]
    refused(server, "password_change_required", token=token)


def test_it_is_a_websocket_and_nothing_else(server, administrator):
    answer = server.request("GET", PATH, token=administrator)
    assert (answer.status, answer.json["code"]) == (426, "websocket_required")
    for method in ("POST", "PUT", "DELETE"):
        answer = server.request(method, PATH, headers=HANDSHAKE,
                                token=administrator)
        assert answer.status == 405, answer


def test_the_agents_port_has_none(server, api, place):
    agent = estkit.PythonAgent(
        server, place, server.office_token(api.token))
    agent.refresh()
    answer = server.request("GET", PATH, headers=HANDSHAKE,
                            port=server.agents,
                            context=estkit.tls(agent.identity))
    assert answer.status == 404, answer


def test_an_agents_certificate_opens_no_channel_on_the_consoles_port(
        server, administrator):
    answer = server.request("GET", "/agent/v1/channel", headers=HANDSHAKE,
                            token=administrator)
    assert answer.status == 404, answer


def test_a_console_that_speaks_is_sent_away(server, administrator):
    async def talk():
        for words in ("hello", "x" * 1000, b"\0"):
            async with connect(server, administrator) as socket:
                await socket.send(words)
                assert await close_code(socket) in (1008, 1009)
    run(talk())


# Who is told

@pytest.mark.parametrize("plain", [False, True])
def test_a_browser_is_told_of_what_another_client_changes(server, api, plain):
    cookie = cookie_of(server, plain=plain)
    origin = (f"http://127.0.0.1:{server.http}" if plain
              else f"https://127.0.0.1:{server.https}")

    async def talk():
        async with connect(server, headers={"Cookie": cookie}, origin=origin,
                           plain=plain) as socket:
            assert await note(socket) == TOPICS  # what changed before
            name = f"office {time.monotonic_ns()}"
            api.ok("POST", "/offices", {"name": name})
            heard = await until(socket, "offices", "audit")
            assert name not in str(heard)
    run(talk())


def test_a_session_and_an_api_token_are_told_too(server, api):
    secret = api.ok("POST", "/me/api-tokens", {
        "name": "watch", "expires_in_s": 600})["secret"]

    async def talk():
        for token in (api.token, secret):
            async with connect(server, token) as socket:
                assert await note(socket) == TOPICS
    run(talk())


def test_a_role_hears_of_what_it_may_read_alone(server, api):
    _, guest = make_user(api, "guest")
    _, scoped = make_user(api, "administrator", places(LOCAL))
    hidden = {"users", "api_tokens", "security", "audit"}

    async def talk():
        async with connect(server, guest.token) as one, \
                connect(server, scoped.token) as other, \
                connect(server, api.token) as all_:
            for socket in (one, other, all_):
                await note(socket)
            make_user(api, "guest")
            api.ok("POST", "/offices", {"name": f"o {time.monotonic_ns()}"})
            assert "users" in await until(all_, "offices", "users", "audit")
            assert not await until(one, "offices") & (
                hidden | {"events", "settings", "groups", "enrolment"})
            assert not await until(other, "offices") & hidden
    run(talk())


# What a role with this module alone hears of, beside the alerts.
HEARD = {"computers": {"computers", "presence"}, "inventory": {"inventory"},
         "software": {"software"}, "enrolment": {"enrolment"},
         "offices": {"offices"}, "groups": {"groups"}, "users": {"users"},
         "api_tokens": {"api_tokens"}, "settings": {"settings"},
         "security": {"security"}, "audit": {"audit"}, "events": {"events"}}
OF_THE_SERVER = {"users", "api_tokens", "security", "audit"}


def first_note(server, token):
    async def talk():
        async with connect(server, token) as socket:
            return await note(socket)
    return run(talk())


def test_each_module_brings_its_own_topics_and_no_others(server, api):
    """One role a module, with and without a scope, and every role that is
    always there: what it hears of is what it may read."""
    assert set().union(*HEARD.values()) | {"alerts"} == TOPICS
    levels = {role["built_in"]: role["levels"]
              for role in api.ok("GET", "/roles")["items"]
              if role["built_in"]}
    assert set(levels["administrator"]) == set(HEARD)
    rows = [(role, levels[role]) for role in ROLES]
    for module in HEARD:
        role = api.ok("POST", "/roles", {
            "name": f"hears {module} {time.monotonic_ns()}",
            "levels": {module: "read"}})
        rows.append((role["id"], role["levels"]))
    for role, has in rows:
        for scope in (None, places(LOCAL)):
            _, who = make_user(api, role, scope)
            expected = {"alerts"}.union(*(
                HEARD[module] for module, level in has.items()
                if level != "none" and
                not (scope and module in OF_THE_SERVER)))
            assert first_note(server, who.token) == expected, (role, scope)


def test_a_scope_hears_nothing_of_what_happens_outside_it(
        server, api, place):
    """It is told at a steady beat: the same words, never sooner because of a
    computer of another office, and also while nothing happens."""
    mine, other = (api.ok("POST", "/offices", {
        "name": f"o {time.monotonic_ns()}"})["id"] for _ in range(2))
    _, who = make_user(api, "technician", places(mine))

    async def busy(all_, number):
        """What others are told of now."""
        secret = api.ok("POST", "/enrolment-tokens", {
            "kind": "office", "office_id": other})["secret"]
        agent = estkit.PythonAgent(server, place / str(number), secret)
        agent.refresh()
        await until(all_, "computers", "presence", "enrolment", "events")

    async def talk():
        async with connect(server, api.token) as all_, \
                connect(server, who.token) as socket:
            await note(all_)
            whole = await note(socket)
            beats = []
            for number in range(3):
                if number < 2:
                    await busy(all_, number)
                assert await note(socket) == whole - {"settings"}
                beats.append(time.monotonic())
            # The way of one may be longer than that of the next.
            assert beats[2] - beats[0] > 7, beats
    run(talk())


def test_agents_that_come_and_go_are_told_of(server, api, place):
    async def talk():
        async with connect(server, api.token) as socket:
            await note(socket)
            agent = estkit.PythonAgent(
                server, place, server.office_token(api.token))
            heard = await until(socket, "computers", "enrolment", "events")
            assert "offices" not in heard
            agent.refresh()
            await until(socket, "presence")
    run(talk())


def test_notes_come_at_most_once_a_second(server, api):
    """Of twenty changes one after the other. How many there can have been is
    told by the whole time: single ones may be late, and come at once then."""
    began = time.monotonic()

    async def talk():
        async with connect(server, api.token) as socket:
            await note(socket)
            for number in range(20):
                api.ok("POST", "/offices", {
                    "name": f"o {number} {time.monotonic_ns()}"})
            count = 0
            with contextlib.suppress(asyncio.TimeoutError):
                while True:
                    heard = json.loads(await asyncio.wait_for(
                        socket.recv(), 3))
                    count += 1
                    ended = time.monotonic()
                    assert heard["changed"]
            assert 1 <= count <= ended - began + 1, count
    run(talk())


# The end

def ends(server, token, code, what):
    async def talk():
        async with connect(server, token) as socket:
            await note(socket)
            what()
            assert await close_code(socket) == code
    run(talk())


def test_it_ends_with_the_session(server, api):
    token = server.sign_in(harness.PASSWORD)
    ends(server, token, SIGNED_OUT,
         lambda: Api(server, token).ok("DELETE", "/session"))
    refused(server, "not_signed_in", token=token)


def test_it_ends_with_the_api_token(server, api):
    made = api.ok("POST", "/me/api-tokens", {"name": "w",
                                             "expires_in_s": 600})
    ends(server, made["secret"], SIGNED_OUT, lambda: api.ok(
        "DELETE", f"/me/api-tokens/{made['api_token']['id']}"))


def test_it_ends_when_the_api_token_expires(server, api):
    made = api.ok("POST", "/me/api-tokens", {"name": "w",
                                             "expires_in_s": 60})

    async def talk():
        async with connect(server, made["secret"]) as socket:
            async def read():
                with contextlib.suppress(websockets.ConnectionClosed):
                    while True:
                        await socket.recv()
                return socket.close_code
            assert await asyncio.wait_for(read(), 60 + PATIENCE) == SIGNED_OUT
    run(talk())


@pytest.mark.parametrize("change, code", [
    ({"is_disabled": True}, SIGNED_OUT),
    ({"role_id": ROLES["auditor"]}, RIGHTS),
    ({"scope": places(LOCAL)}, RIGHTS)], ids=["disabled", "role", "scope"])
def test_it_ends_when_rights_change(server, api, change, code):
    user, who = make_user(api, "technician")
    ends(server, who.token, code, lambda: api.ok(
        "PATCH", f"/users/{user['id']}", change))


def test_it_ends_when_another_place_joins_the_scope(server, api):
    office = api.ok("POST", "/offices", {"name": f"o {time.monotonic_ns()}"})
    user, who = make_user(api, "technician", places(LOCAL))
    ends(server, who.token, RIGHTS, lambda: api.ok(
        "PATCH", f"/users/{user['id']}",
        {"scope": places(LOCAL, office["id"])}))


def test_it_ends_when_the_roles_levels_change(server, api):
    role = api.ok("POST", "/roles", {
        "name": f"role {time.monotonic_ns()}",
        "levels": {"computers": "read", "users": "read"}})
    _, who = make_user(api, role["id"])
    ends(server, who.token, RIGHTS, lambda: api.ok(
        "PATCH", f"/roles/{role['id']}", {"levels": {"users": "none"}}))


def test_a_deleted_user_hears_nothing_more(server, api):
    user, who = make_user(api, "technician")
    ends(server, who.token, SIGNED_OUT,
         lambda: api.ok("DELETE", f"/users/{user['id']}"))


def test_what_is_not_about_somebody_ends_nobodys(server, api):
    _, who = make_user(api, "technician")

    async def talk():
        async with connect(server, who.token) as socket:
            await note(socket)
            make_user(api, "guest")
            api.ok("POST", "/offices", {"name": f"o {time.monotonic_ns()}"})
            await until(socket, "offices")
            # Judged again meanwhile, and told all the same.
            api.ok("POST", "/offices", {"name": f"o {time.monotonic_ns()}"})
            await until(socket, "offices")
    run(talk())


def test_it_ends_where_a_second_factor_is_required_and_there_is_none():
    with harness.folder() as place, harness.running(
            harness.Server(place)) as server:
        api = Api(server, server.administrator())
        _, who = make_user(api, "technician")
        secret = who.ok("POST", "/me/api-tokens", {
            "name": "watch", "expires_in_s": 600})["secret"]
        ends(server, who.token, RIGHTS, lambda: api.ok(
            "POST", "/settings/two-factor/requirement"))
        for one in (who, api):
            refused(server, "two_factor_setup_required", token=one.token)
        assert "computers" in first_note(server, secret)


# Bounds

def test_a_user_waits_in_so_many_places_and_no_more(server, api):
    _, who = make_user(api, "guest")

    async def talk():
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(32):
                await stack.enter_async_context(connect(server, who.token))
            answer = server.request("GET", PATH, headers=HANDSHAKE,
                                    token=who.token)
            assert (answer.status, answer.json["code"]) == (
                429, "too_many_sockets")
            assert int(answer.headers["Retry-After"]) > 0
            # Others are not concerned.
            async with connect(server, api.token) as socket:
                await note(socket)

        async def is_free():
            try:
                async with connect(server, who.token):
                    return True
            except websockets.InvalidStatusCode:
                return False
        deadline = time.monotonic() + PATIENCE
        while not await is_free():
            assert time.monotonic() < deadline
    run(talk())


async def silent(server, token):
    """One that never answers, to its end; all that it was sent."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.https, ssl=harness.unverified())
    writer.write("".join([
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{server.https}\r\n"
        f"Authorization: Bearer {token}\r\n",
        *(f"{k}: {v}\r\n" for k, v in HANDSHAKE.items()),
        "\r\n"]).encode())
    got = bytearray()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while part := await asyncio.wait_for(reader.read(4096), PATIENCE):
            got += part
    writer.close()
    return bytes(got)


def test_one_that_does_not_answer_is_ended():
    """Its tab is gone without a word, or it never reads: also a crowd of
    them, and others are told meanwhile."""
    with harness.folder() as place, harness.running(harness.Server(
            place, {"limits.idle_timeout": "2s",
                    "limits.header_timeout": "2s"})) as server:
        token = server.administrator()

        async def talk():
            crowd = asyncio.gather(*(silent(server, token)
                                     for _ in range(20)))
            async with connect(server, token) as socket:
                await note(socket)
                for got in await crowd:
                    assert got.startswith(b"HTTP/1.1 101 ")
                    assert b"\x89" in got  # it was asked
                await socket.ping()
        run(talk())


def test_three_hundred_consoles_are_told(server, api):
    people = [make_user(api, "guest")[1] for _ in range(10)]

    async def talk():
        sockets = []
        for who in people:
            sockets += await asyncio.gather(
                *(connect(server, who.token) for _ in range(30)))
        assert len(sockets) == 300
        # What is told for a beginning.
        await asyncio.gather(*(note(socket) for socket in sockets))
        api.ok("POST", "/offices", {"name": f"o {time.monotonic_ns()}"})
        await asyncio.gather(*(until(socket, "offices")
                               for socket in sockets))
        await asyncio.gather(*(socket.close() for socket in sockets))
    run(talk())


# Restarts

def comes_back(server, token):
    async def talk():
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                async with connect(server, token) as socket:
                    return await note(socket)
            except (OSError, websockets.WebSocketException,
                    asyncio.TimeoutError):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
    return run(talk())


@pytest.mark.parametrize("what", ["reload", "core"])
def test_a_restart_ends_it_and_it_can_come_back(server, api, what):
    async def talk():
        async with connect(server, api.token) as socket:
            await note(socket)
            if what == "reload":
                server.process.process.send_signal(signal.SIGHUP)
            else:
                for pid in server.roles()["core"]:
                    os.kill(pid, signal.SIGKILL)
            assert await close_code(socket) == RESTART
    run(talk())
    assert comes_back(server, api.token) == TOPICS
    server.process.assert_sound()


def test_an_idle_session_is_not_kept_by_its_socket():
    with harness.folder() as place, harness.running(harness.Server(
            place, {"sessions.idle_timeout": "10s"})) as server:
        server.administrator()
        token = server.sign_in(harness.PASSWORD)

        async def talk():
            async with connect(server, token) as socket:
                assert await close_code(socket) == SIGNED_OUT
        run(talk())
