"""The soak's rule: a planted leak is found, a flat noisy series accepted; and
a soak in which nothing happened is no soak."""

import random

import pytest

import rows
import soak_judge
from soak_judge import Sample

# Importing a row registers it, and the table has an order.
rows.load_all()
import soak  # noqa: E402  pylint: disable=wrong-import-position

COUNT = 120


def series(value, count=COUNT, seconds=2.0):
    """value(n) at each sample, with 10 operations between two."""
    return [Sample(n * seconds, {"refresh": n * 10}, value(n))
            for n in range(count)]


def memory(value, **more):
    return soak_judge.memory_rule(**more).judge(series(value))


def counted(value):
    return soak_judge.count_rule().judge(series(value))


@pytest.mark.parametrize("seed", range(40))
def test_a_flat_noisy_series_is_accepted(seed):
    chance = random.Random(seed)
    assert not memory(lambda n: 5000 + chance.gauss(0, 150)).has_grown
    assert not memory(lambda n: 5000 + chance.choice((0, 0, 0, 4000))
                      ).has_grown
    assert not counted(lambda n: 40 + chance.choice((0, 1, 7))).has_grown


@pytest.mark.parametrize("seed", range(40))
def test_a_leak_of_a_kibibyte_each_operation_is_found_in_noise(seed):
    chance = random.Random(seed)
    assert memory(lambda n: 5000 + n * 10 + chance.gauss(0, 150)).has_grown


def test_a_small_leak_is_found_by_a_long_soak():
    chance = random.Random(1)
    samples = series(lambda n: 5000 + n * 10 * 32 / 1024 +
                     chance.gauss(0, 100), count=1800)
    assert soak_judge.memory_rule().judge(samples).has_grown


def test_one_leaked_descriptor_or_thread_is_found():
    assert counted(lambda n: 40 + n // 100 + n // 60 % 2).has_grown
    assert counted(lambda n: 40 + n // 30).has_grown
    chance = random.Random(2)
    assert counted(lambda n: 40 + n // 20 + chance.choice((0, 3, 5))
                   ).has_grown


def test_growth_before_it_is_warm_is_accepted():
    assert not memory(lambda n: 5000 + min(n, COUNT // 3) * 500).has_grown


def test_a_single_step_that_stays_is_a_leak_only_where_it_goes_on():
    once = memory(lambda n: 5000 + (3000 if n > COUNT * 0.9 else 0))
    assert not once.has_grown
    assert memory(lambda n: 5000 + n // 12 * 400).has_grown


def test_what_is_kept_on_purpose_is_allowed_and_no_more():
    each = {"refresh": 1.0}
    assert not memory(lambda n: 5000 + n * 10, each=each).has_grown
    assert memory(lambda n: 5000 + n * 10 * 1.6, each=each).has_grown


def test_too_few_samples_pass_nothing():
    assert soak_judge.memory_rule().judge(
        series(lambda n: 5000, count=20)).has_grown


def test_shrinking_is_not_growth():
    assert not memory(lambda n: 50000 - n * 10).has_grown


def test_without_load_nothing_passes():
    counts = dict.fromkeys(soak.LEAST_A_MINUTE, 0)
    problems = soak.missing_load(counts, 300)
    assert len(problems) == len(soak.LEAST_A_MINUTE)
    enough = {kind: least * 5 for kind, least in soak.LEAST_A_MINUTE.items()}
    assert not soak.missing_load(enough, 300)
    enough["knock"] -= 1
    assert len(soak.missing_load(enough, 300)) == 1


def test_descriptors_of_gateways_are_counted_together():
    values = soak.together({
        "gateway 0": {"descriptors": 5, "threads": 1},
        "gateway 1": {"descriptors": 7, "threads": 1},
        "core 0": {"descriptors": 9}, "agent 0 channel": None})
    assert values == {("gateways together", "descriptors"): 12,
                      ("gateway 0", "threads"): 1,
                      ("gateway 1", "threads"): 1,
                      ("core 0", "descriptors"): 9}


def test_a_process_that_was_replaced_passes_nothing():
    watch = soak.Watch({"gateway 1": 1}, {"gateway 1": 2})
    assert any("replaced" in words for _, good, words in watch.rows()
               if not good)
