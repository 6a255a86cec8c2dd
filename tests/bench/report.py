"""The results as text: one block a row while it runs, one table in the end."""

import subprocess
import sys

from figures import fact_words, relation_words, words


def build_words(top):
    """Which state of the sources was built."""
    def ask(*command):
        done = subprocess.run(["git", *command], cwd=top, capture_output=True,
                              text=True)
        return done.stdout.strip()
    commit = ask("log", "-1", "--format=%h %s")
    changed = ask("status", "--porcelain", "--untracked-files=no")
    return f"{commit}{' (with changes)' if changed else ''}"


def print_head(document):
    print(f"warifu {document['build']}")
    for key, value in document["machine"].items():
        print(f"  {key.replace('_', ' ')}: {fact_words(value)}")
    for sentence in document["missing"]:
        print(f"  ! {sentence}")
    sys.stdout.flush()


def series_line(result, series):
    line = f"  {series.name:<32}{words(series.median):>10}"
    if len(series.values) > 1:
        line += f"   ({words(series.low)} to {words(series.high)})"
    ratio = result.ratio(series.name, "nginx")
    if ratio is not None and series.name != "nginx":
        line += f"   {ratio:.2f} × nginx"
    return line


def print_row(result):
    """All that is known of a row."""
    print(f"{result.name}: {result.title}, {result.unit}")
    if result.left_out:
        print(f"  left out: {result.left_out}")
    for series in result.series.values():
        print(series_line(result, series))
    for target in result.targets:
        print(f"  target: {relation_words(target.relation)} {words(target.limit)} "
              f"{target.words}: {words(target.figure)}, {target.verdict}")
    for key, value in result.facts.items():
        print(f"  {key.replace('_', ' ')}: {fact_words(value)}")
    for note in result.notes:
        print(f"  {note}")
    sys.stdout.flush()


def summary(results):
    """(result, figure, unit, target, verdict): the lines of the table."""
    for result in results:
        if result.left_out:
            yield (result, "", "", "",
                   result.left_out.partition("\n")[0][:60])
            continue
        if not result.targets:
            first = next(iter(result.series.values()), None)
            yield (result, words(first.median if first else None),
                   result.unit, "", "no target")
        for target in result.targets:
            yield (result, words(target.figure), target.words,
                   f"{relation_words(target.relation)} {words(target.limit)}",
                   target.verdict)


def print_table(results):
    print(f"\n{'row':<22}{'took':>6} {'figure':>10} {'':<34}{'target':<10}")
    for result, figure, unit, target, verdict in summary(results):
        took = (f"{result.facts['took_s']} s" if "took_s" in result.facts
                else "")
        print(f"{result.name:<22}{took:>6} {figure:>10} {unit:<34}"
              f"{target:<10}{verdict}")
