"""The HTTP engine in the gateway judged by curl and Python's clients."""

import asyncio
import http.client
import os
import pathlib
import subprocess
import sys

import pytest
import websockets

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "gateway"))

from stand import Stand  # noqa: E402

Stand.program = pathlib.Path(os.environ["WARIFU_BUILD"]) / \
    "tests/gateway/gateway_stand"


@pytest.fixture(scope="module")
def stand():
    running = Stand()
    yield running
    assert running.end() == 0


@pytest.fixture
def curl(stand):
    def run(*arguments, port=None, scheme="https"):
        port = port or stand.https
        words = [str(a).replace("URL", f"{scheme}://localhost:{port}")
                 for a in arguments]
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "30", "--cacert",
             str(stand.folder / "server.pem"), *words], capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
    return run


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(os.urandom(300000))
    return path


def test_curl_keeps_its_connection(curl):
    out = curl("-w", "%{num_connects}\n", "-o", "/dev/null", "-o",
               "/dev/null", "-o", "/dev/null", "URL/info", "URL/missing",
               "URL/file/100000")
    assert out == b"1\n0\n0\n"


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_curl_of_any_version_is_served(stand, curl, scheme, version):
    port = stand.http if scheme == "http" else stand.https
    out = curl(version, "-w", "%{http_code}", "-o", "/dev/null", "URL/info",
               port=port, scheme=scheme)
    assert out == b"200"


def test_curl_sends_bodies_in_every_way(curl, body):
    whole = body.read_bytes()
    at = f"@{body}"
    assert curl("--data-binary", at, "URL/echo") == whole
    assert curl("--data-binary", at, "-H", "Expect:", "URL/echo") == whole
    assert curl("--data-binary", at, "-H", "Expect: 100-continue",
                "URL/echo") == whole
    assert curl("--data-binary", at, "-H", "Transfer-Encoding: chunked",
                "URL/echo") == whole


def test_curl_reads_chunks(curl):
    assert curl("-d", "x" * 5000, "URL/test/echo?chunked") == b"x" * 5000


def test_curl_is_refused_before_it_sends(curl, body):
    out = curl("--data-binary", f"@{body}", "-H", "Expect: 100-continue",
               "-w", "%{http_code} %{size_upload}", "-o", "/dev/null",
               "URL/info")
    assert out == b"413 0"


def test_curl_asks_for_heads_and_ranges(curl):
    whole = curl("URL/file/1000")
    assert b"content-length: 1000" in curl("-I", "URL/file/1000").lower()
    assert curl("-r", "2-5", "URL/file/1000") == whole[2:6]
    assert curl("-r", "-7", "URL/file/1000") == whole[-7:]


def test_curl_resumes(curl, tmp_path):
    part = tmp_path / "part"
    whole = curl("URL/file/100000")
    part.write_bytes(whole[:40000])
    curl("-C", "-", "-o", part, "URL/file/100000")
    assert part.read_bytes() == whole


def test_python_sends_chunks_on_a_kept_connection(stand):
    connection = http.client.HTTPConnection("127.0.0.1", stand.http)
    for size in 0, 10, 40000, 900000:
        sent = os.urandom(size)
        connection.request("POST", "/echo", iter([sent]), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        assert connection.getresponse().read() == sent
    connection.close()


def test_a_websocket_that_offers_compression_goes_on_without(stand):
    async def talk():
        async with websockets.connect(
                f"wss://localhost:{stand.https}/test/socket",
                ssl=stand.context(), max_size=None) as ws:
            assert not ws.extensions
            message = os.urandom(3 << 20)
            await ws.send([message[at:at + 1000]
                           for at in range(0, len(message), 1000)])
            assert await ws.recv() == message
            texts = [f"割符 {n}" for n in range(500)]
            for text in texts:
                await ws.send(text)
            assert [await ws.recv() for _ in texts] == texts
    asyncio.run(asyncio.wait_for(talk(), 60))
