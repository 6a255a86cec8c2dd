"""The bench's own logic: arguments, figures, page. Nothing is measured here."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import bench  # noqa: E402
import machine  # noqa: E402
import page  # noqa: E402
import report  # noqa: E402
import rows  # noqa: E402
import targets  # noqa: E402
from figures import Result, Series, words  # noqa: E402

RUN = pathlib.Path(__file__).with_name("run")


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        bench.parse(list(arguments))
    assert end.value.code == 2
    return capsys.readouterr().err


def test_an_unknown_row_is_refused_by_name(capsys):
    assert "no row 'handshakes'" in refused(capsys, "--only", "handshakes")


def test_only_without_a_name_is_refused(capsys):
    assert "--only" in refused(capsys, "--only")


@pytest.mark.parametrize("number", ["0", "-1", "100", "x", "1.5", ""])
def test_impossible_rounds_are_refused(capsys, number):
    assert "from 1 to 99" in refused(capsys, f"--rounds={number}")


@pytest.mark.parametrize("option", ["--json", "--page"])
def test_a_file_that_cannot_be_written_is_refused_at_once(
        capsys, tmp_path, option):
    for path in tmp_path, tmp_path / "no-such-folder" / "file":
        assert "cannot be written" in refused(capsys, option, str(path))


def test_an_unknown_option_and_peer_are_refused(capsys):
    assert "--fast" in refused(capsys, "--fast")
    assert "apache" in refused(capsys, "--peers", "apache")


def test_another_build_must_be_one(capsys, tmp_path):
    assert "not a build folder" in refused(capsys, "--against", str(tmp_path))


def test_the_command_answers_without_building_anything():
    done = subprocess.run([RUN, "--list"], capture_output=True, text=True)
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert listed == list(rows.load_all())
    assert subprocess.run([RUN, "--rounds", "none"],
                          capture_output=True).returncode == 2


def test_each_row_that_is_asked_for_is_measured_in_the_tables_order():
    names = list(rows.load_all())
    options = bench.parse(["--only", names[2], names[0]])
    assert [row.name for row in bench.chosen(options)] == [names[0], names[2]]


def test_rows_of_an_hour_come_by_option_alone():
    hours = {name for name, row in rows.load_all().items() if row.is_hour}
    for words_, wanted in ([], set()), (["--hour"], hours), (["--quick"],
                                                             set()):
        measured = {row.name for row in bench.chosen(bench.parse(words_))}
        assert measured & hours == wanted


def test_median_and_range():
    series = Series("x", [3, 1, 2])
    assert (series.median, series.low, series.high) == (2, 1, 3)
    assert Series("x", [1, 2]).median == 1.5
    assert Series("x").median is None


def test_a_ratio_needs_both_of_its_sides():
    result = Result("a", "A", "µs")
    result.add("warifu", 3)
    assert result.ratio("warifu", "nginx") is None
    result.add("nginx", 4)
    assert result.ratio("warifu", "nginx") == 0.75


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    result = Result("a", "A", "µs")
    for mine, other in (5, 10), (60, 100), (7, 10):
        result.add("warifu", mine)
        result.add("nginx", other)
    assert result.ratio("warifu", "nginx") == 0.6
    result.add("nginx", 10)
    assert result.ratio("warifu", "nginx") == 0.7
    result.add("warifu", 1)
    result.add("nginx", 0)
    assert result.ratio("warifu", "nginx") is None


def test_a_target_without_a_figure_is_not_reached_and_not_missed():
    result = Result("a", "A", "µs")
    assert result.is_reached is None
    result.judge("× nginx", "<=", 0.75, 0.75)
    assert result.is_reached is True
    result.judge("× nginx", "<=", 0.75, None)
    assert result.targets[1].verdict == "not measured"
    assert result.is_reached is None
    result.targets[1].figure = 0.76
    assert result.is_reached is False
    assert result.targets[1].verdict == "NOT reached"


def test_targets_know_both_directions():
    result = Result("a", "A", "a second")
    result.judge("a second", ">=", targets.CHECK_INS_A_SECOND, 4999)
    assert result.is_reached is False


def test_figures_for_people_claim_no_more_than_they_know():
    assert words(0.71234567) == "0.7123"
    assert words(12345.6) == "12,346"
    assert words(None) == "—"


def document():
    """One with everything that can stand in it."""
    good = Result("handshake", "Handshake <&>", "µs of server CPU")
    for value in 600, 640, 580:
        good.add("warifu", value)
        good.add("nginx", value * 1.3)
    good.judge("× nginx", "<=", 0.75, good.ratio("warifu", "nginx"))
    good.note("A \"note\" with <tags>.")
    good.facts["negotiated"] = "TLSv1.3"
    missing = Result("idle", "Idle", "KiB")
    missing.left_out = "too few descriptors"
    return {"machine": {"cores": 2}, "missing": ["No <kTLS>."],
            "build": "abc Subject & more", "quick": False, "rounds": 3,
            "began_at": "2026-01-01T00:00:00Z",
            "rows": [good.to_json(), missing.to_json()]}


def test_the_page_loads_nothing_and_escapes_what_it_shows():
    text = page.page(document())
    assert not re.search(r"https?:|src=|url\(|@import|<script|<link", text)
    assert "<tags>" not in text and "&lt;tags&gt;" in text
    assert "Handshake &lt;&amp;&gt;" in text
    assert "too few descriptors" in text and "NOT reached" in text


def test_the_pages_plot_stays_inside_its_frame():
    text = page.plot(document()["rows"][0])
    places = [float(number) for number in
              re.findall(r'(?:x|cx|x1|x2)="([\d.]+)"', text)]
    assert places and max(places) <= page.WIDTH
    assert page.plot(document()["rows"][1]) == ""


def test_the_figures_survive_json():
    assert json.loads(json.dumps(document())) == document()


def test_the_table_shows_no_figure_for_what_was_left_out(capsys):
    result = Result("idle", "Idle", "KiB")
    result.left_out = "too few descriptors\nand more"
    report.print_table([result])
    line = capsys.readouterr().out.splitlines()[-1]
    assert "too few descriptors" in line
    assert not re.search(r"\d", line)


def test_the_machine_names_what_it_lacks():
    here = machine.Machine()
    here.cores, here.descriptors, here.has_ktls = [0], 1024, False
    said = " ".join(here.missing())
    assert "One processor" in said and "1024 descriptors" in said
    assert "kTLS" in said
    assert "10600" in here.why_not_connections(10000)
    assert here.why_not_connections(100) is None
    assert "MiB" in here.why_not_memory(1 << 50)


def test_a_row_that_fails_leaves_no_figure_and_the_others_go_on(capsys):
    def fail(_, result):
        result.add("warifu", 1)
        raise rows.Broken("it broke")

    class Quiet:
        @staticmethod
        def progress():
            pass
    row = rows.Row("x", "X", "µs", True, False, fail)
    result = bench.measure(Quiet, row)
    assert result.left_out == "FAILED: it broke"
    assert not result.series
    assert "it broke" in capsys.readouterr().out


def test_a_series_of_one_round_has_no_range_in_the_text(capsys):
    result = Result("x", "X", "KiB")
    result.add("warifu", 20)
    result.facts["p99_ms"] = {"warifu": 1.5, "nginx": 2}
    report.print_row(result)
    said = capsys.readouterr().out
    assert "(" not in said.splitlines()[1]
    assert "p99 ms: warifu 1.5, nginx 2" in said
