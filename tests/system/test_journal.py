"""The signer's journal: judged by a second implementation and by the tool;
broken, set back, without room."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

import estkit
import harness


def journal_path(server):
    return server.state / "signer" / "authority" / "journal"


def verify(text):
    """docs/protocol/journal.md in Python: the entries, and the head."""
    entries, before, epoch = [], bytes(32), 1
    assert text.endswith(b"\n")
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        assert len(line) < 65536
        words, _, digits = line.rpartition(b" ")
        before = hashlib.sha256(before + words).digest()
        assert before.hex().encode() == digits, number
        entry = json.loads(words)
        assert json.dumps(entry, sort_keys=True, separators=(",", ":"),
                          ensure_ascii=False).encode() == words
        assert all(isinstance(value, (str, int)) for value in entry.values())
        assert entry["n"] == number and entry["epoch"] >= epoch
        assert (entry["type"] == "fleet") == (number == 1)
        epoch = entry["epoch"]
        entries.append(entry)
    return entries, f"{epoch}:{len(entries)}:{before.hex()}"


def tool(*words):
    done = subprocess.run([harness.SERVER, "journal", *map(str, words)],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def signer_state(server, administrator):
    return server.request("GET", "/api/v1/status",
                          token=administrator).json["signer"]


def ask(server, token):
    return estkit.enrol(server, token, estkit.request_der(estkit.new_key()))


@pytest.fixture
def enrolled(server, administrator, folder, request):
    return estkit.PythonAgent(server, folder / request.node.name,
                              server.office_token(administrator))


def test_it_tells_everything_that_was_issued_and_refused(
        server, administrator, enrolled):
    enrolled.refresh()
    key, answer = enrolled.renew()
    renewed, = estkit.certificates_of(answer)
    assert ask(server, "wft_" + "a" * 32).status == 401
    entries, head = verify(journal_path(server).read_bytes())
    issued = {entry["serial"]: entry for entry in entries
              if entry["type"] == "issued"}
    first = issued[enrolled.identity.serial]
    assert first["agent"] == enrolled.id and "token" in first
    assert first["credential_sha256"] == \
        hashlib.sha256(enrolled.credential).hexdigest()
    assert base64.b64decode(first["certificate"]) == \
        enrolled.identity.certificate.public_bytes(
            estkit.serialization.Encoding.DER)
    second = issued[f"{renewed.serial_number:x}"]
    assert second["renews"] == enrolled.identity.serial
    assert any(entry["type"] == "refused" and
               entry["code"] == "token_unknown" for entry in entries)
    assert not any(b"wft_" in line for line in
                   journal_path(server).read_bytes().split(b"\n"))
    code, text = tool("verify", "--head", head, server.state)
    assert code == 0, text
    told = server.request("GET", "/api/v1/status",
                          token=administrator).json["journal"]
    assert head.endswith(told["hash"]) and told["count"] == len(entries)


def test_every_change_is_found_by_the_tool(server, enrolled, folder):
    whole = journal_path(server).read_bytes()
    _, head = verify(whole)
    lines = whole.split(b"\n")[:-1]
    copy = folder / "copy"

    def judged(text, *words):
        copy.write_bytes(text)
        return tool("verify", *words, copy)[0]

    assert judged(whole) == 0
    assert judged(whole, "--head", head) == 0
    for at in range(0, len(whole) - 1, 97):
        changed = bytearray(whole)
        changed[at] ^= 4
        assert judged(bytes(changed)) == 1, at
    for number in range(len(lines) - 1):
        without = lines[:number] + lines[number + 1:]
        assert judged(b"\n".join(without) + b"\n") == 1, number
    swapped = lines[:1] + [lines[2], lines[1]] + lines[3:]
    assert judged(b"\n".join(swapped) + b"\n") == 1
    shorter = b"\n".join(lines[:-1]) + b"\n"
    assert judged(shorter) == 0
    assert judged(shorter, "--head", head) == 1
    assert judged(b"") == 1
    assert tool("verify")[0] == 2
    assert tool("mend", copy)[0] == 2
    assert tool("verify", folder / "nothing")[0] == 1
    copy.write_bytes(whole)
    code, text = tool("show", copy)
    assert code == 0 and len(text.splitlines()) == len(lines)


def limit_file_size(pid, size):
    """A limit on the signer's files stands for a full disk."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    user = int(status.split("\nUid:")[1].split()[0])
    group = int(status.split("\nGid:")[1].split()[0])
    subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:unlimited"],
                   user=user, group=group, check=True)


def test_without_room_nothing_is_issued_until_there_is_some(
        server, administrator, enrolled):
    token = server.office_token(administrator)
    signer = server.roles()["signer"][0]
    size = journal_path(server).stat().st_size
    limit_file_size(signer, size)
    answer = ask(server, token)
    assert answer.status == 503, answer
    assert answer.headers["Warifu-Error"] == "journal_full"
    assert signer_state(server, administrator)["state"] == "journal_full"
    enrolled.refresh()
    verify(journal_path(server).read_bytes())
    limit_file_size(signer, "unlimited")
    assert ask(server, token).status == 200
    assert signer_state(server, administrator)["state"] == "ok"
    assert server.roles()["signer"] == [signer]
    verify(journal_path(server).read_bytes())


def replace(server, text):
    path = journal_path(server)
    owner = path.stat()
    server.stop()
    path.write_bytes(text(path.read_bytes()))
    os.chown(path, owner.st_uid, owner.st_gid)
    server.start()


def test_a_journal_set_back_stops_issuing(server, administrator, folder):
    token = server.office_token(administrator)
    kept = folder / "kept"
    shutil.copy(journal_path(server), kept)
    lost = estkit.PythonAgent(server, folder / "lost", token)
    # Told to the database with each revocation, and every 15 seconds.
    answer = server.request("POST", f"/api/v1/computers/{lost.id}/revoke",
                            {"reason": "a test"}, token=administrator)
    assert answer.status == 200, answer
    complete = journal_path(server).read_bytes()
    replace(server, lambda _: kept.read_bytes())
    administrator = server.administrator()
    assert signer_state(server, administrator)["state"] == \
        "journal_rolled_back"
    answer = ask(server, token)
    assert answer.status == 503, answer
    assert answer.headers["Warifu-Error"] == "journal_rolled_back"
    replace(server, lambda _: complete)
    assert ask(server, token).status == 200


def test_a_broken_journal_stops_issuing_and_lifts_nothing(
        server, administrator, folder):
    administrator = server.administrator()
    token = server.office_token(administrator)
    agents = [estkit.PythonAgent(server, folder / str(number), token)
              for number in range(3)]
    for agent in agents:
        agent.refresh()

    def revoke(agent):
        answer = server.request(
            "POST", f"/api/v1/computers/{agent.id}/revoke",
            {"reason": "a test"}, token=administrator)
        assert answer.status == 200, answer

    def is_revoked(agent):
        return estkit.alert_of(server, estkit.tls(agent.identity)) == \
            "SSLV3_ALERT_CERTIFICATE_REVOKED"

    revoke(agents[0])
    # In the first entry, so that nothing at all is proven.
    replace(server, lambda text: text[:60] + b"!" + text[61:])
    administrator = server.administrator()
    assert signer_state(server, administrator)["state"] == "journal_broken"
    answer = ask(server, token)
    assert answer.status == 503, answer
    assert answer.headers["Warifu-Error"] == "journal_broken"
    assert is_revoked(agents[0])
    assert not is_revoked(agents[1])
    agents[1].refresh()
    revoke(agents[1])
    harness.wait_until("it is revoked", lambda: is_revoked(agents[1]), 1)
    replace(server, lambda text: text)
    assert is_revoked(agents[0]) and is_revoked(agents[1])
    agents[2].refresh()
