"""Includes go one way, and each foreign library has one door."""

import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parents[2] / "src"

# What a folder of src may include, besides itself and base.
ALLOWED = {
    "base": set(),
    "os": set(),
    "ipc": {"os"},
    "crypto": {"os"},
    "http": set(),
    "proto": set(),
    "policy": set(),
    "store": {"os", "crypto"},
    "server": {"os", "ipc", "crypto", "http", "proto", "policy", "store"},
    "agent": {"os", "ipc", "crypto", "http", "proto", "policy"},
    "ctl": {"os", "crypto", "http"},
    # A fleet of agents says what agents say, with their own code.
    "fleet": {"os", "crypto", "http", "proto", "agent"},
}
# A library's headers and the places that may include them.
DOORS = {
    r"openssl/": ["crypto/"],
    r"sqlite3\.h": ["store/"],
    r"libpq-fe\.h": ["store/"],
    r"curl/": ["agent/", "ctl/"],
    r"event2/": ["os/"],
    r"seccomp\.h": ["os/"],
    r"ini\.h": ["base/config.c"],
    r"wslay/": ["http/", "agent/"],
    r"sodium\.h": ["server/core/"],
    r"liboath/": ["server/core/totp.c"],
    r"systemd/": ["os/", "server/supervisor/", "agent/"],
}
# Handlers of the API see the store through the scope of who asks (api_reader_open,
# api_write), except where nobody has signed in yet.
UNLIMITED = {"answer.c", "run.c", "sign_in.c", "sign_in_ticket.c", "session.c",
             "user.c"}
STORE_ACCESS = re.compile(r"\b(store_reader_open|store_write)\(")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def problems():
    for path in sorted(SRC.rglob("*.[ch]")):
        name = path.relative_to(SRC).as_posix()
        folder = name.split("/")[0]
        is_test = name.endswith(("_test.c", "_fuzz.c"))
        if name.startswith("server/core/api/") and not is_test and \
                path.name not in UNLIMITED:
            for call in STORE_ACCESS.findall(path.read_text()):
                yield f"src/{name}: {call}() passes by the caller's scope"
        for quote, target in INCLUDE.findall(path.read_text()):
            if quote == '"' and not target.startswith(".."):
                other = target.split("/")[0]
                if "/" not in target:
                    # A file that the build generates has no folder.
                    if any(SRC.rglob(target)):
                        yield f"src/{name}: \"{target}\" is not written from src"
                elif (other not in (folder, "base") and not is_test and
                      other not in ALLOWED.get(folder, set())):
                    yield f"src/{name}: {folder} must not include {other}"
            for pattern, doors in DOORS.items():
                if re.match(pattern, target) and not is_test and \
                        not any(name.startswith(door) for door in doors):
                    yield f"src/{name}: <{target}> belongs to {doors}"


def main():
    found = list(problems())
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
