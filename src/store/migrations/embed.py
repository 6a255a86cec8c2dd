#!/usr/bin/python3
"""Turns the numbered SQL files into one C file, each with its SHA-256."""

import hashlib
import pathlib
import sys


def literal(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\t", "\\t") + '\\n"'


def main():
    out, *names = sys.argv[1:]
    paths = sorted(pathlib.Path(name) for name in names)
    lines = ["/* Made from the SQL files beside it; not for editing. */"]
    lines += ['#include "store/migration.h"', ""]
    lines += ["const struct migration MIGRATIONS[] = {"]
    for expected, path in enumerate(paths, start=1):
        number, name = path.stem.split("_", 1)
        if int(number) != expected:
            sys.exit(f"{path.name}: number {expected} expected")
        sql = path.read_text(encoding="utf-8")
        if any("'" in line for line in sql.splitlines()
               if line.startswith("--")):
            sys.exit(f"{path.name}: a quote in a comment begins a text")
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        lines += [f'{{{expected}, "{name}", "{checksum}",']
        lines += [literal(line) for line in sql.splitlines()]
        lines += ["},"]
    lines += ["};", f"const unsigned MIGRATION_COUNT = {len(paths)};", ""]
    pathlib.Path(out).write_text("\n".join(lines), encoding="utf-8")


main()
