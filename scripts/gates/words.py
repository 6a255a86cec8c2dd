"""Nothing unfinished, no machine's own path, no mirror's address."""

import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
OWN_PATHS = re.compile(r"(^|[\s\"'=(])/(work|root)/[a-z]")
RESOLVED = re.compile(r'"resolved": *"http')


def problems():
    names = subprocess.run(["git", "ls-files"], cwd=TOP, text=True,
                           capture_output=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        path = TOP / name
        if name.startswith("tests/fuzz/corpus/") or not path.is_file() or \
                path == pathlib.Path(__file__).resolve():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, why in ((UNFINISHED, "sounds unfinished"),
                                 (OWN_PATHS, "a path of one machine"),
                                 (RESOLVED, "a download address")):
                if pattern.search(line):
                    yield f"{name}:{number}: {why}: {line.strip()[:100]}"


def main():
    found = list(problems())
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
