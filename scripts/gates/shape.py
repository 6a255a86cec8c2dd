"""Sizes of functions and files, and the first line of every file.

No function over 100 lines, the 95th percentile at most 50, the median at most
20; files at most 600 lines, headers at most 200, those of tests too.
"""

import pathlib
import statistics
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = [name for name in subprocess.run(
    ["git", "ls-files", "src/*.[ch]", "tests/*.[ch]", "tests/*.py",
     "scripts/*.py"], cwd=TOP, text=True,
    capture_output=True, check=True).stdout.split()
         if (TOP / name).exists()]


def functions():
    """(lines, place) of each function in the C files."""
    listing = subprocess.run(
        ["ctags", "-L", "-", "--languages=C", "--kinds-C=f", "--fields=+ne",
         "-f", "-"], cwd=TOP, text=True, capture_output=True, check=True,
        input="\n".join(name for name in FILES if name.endswith(".c"))).stdout
    for row in listing.splitlines():
        cells = row.split("\t")
        marks = dict(cell.split(":", 1) for cell in cells[3:] if ":" in cell)
        if "end" in marks:
            yield (int(marks["end"]) - int(marks["line"]) + 1,
                   f"{cells[1]}:{marks['line']} {cells[0]}")


def problems():
    sizes = sorted(functions())
    own = [size for size, place in sizes if "_test.c" not in place]
    for size, place in sizes:
        if size > 100 and "_test.c" not in place:
            yield f"{place}: {size} lines, at most 100"
    p95 = own[int(len(own) * 0.95)]
    median = statistics.median(own)
    if p95 > 50:
        yield f"95 % of the functions have up to {p95} lines, at most 50"
    if median > 20:
        yield f"the median function has {median} lines, at most 20"
    for name in FILES:
        lines = (TOP / name).read_text().splitlines()
        limit = 200 if name.endswith(".h") else 600
        if len(lines) > limit:
            yield f"{name}: {len(lines)} lines, at most {limit}"
        opening = '"""' if name.endswith(".py") else "/*"
        if not lines or not lines[0].startswith(opening):
            yield f"{name}: the first line does not say what the file is"


def main():
    found = list(problems())
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
