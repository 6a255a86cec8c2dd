"""Whether something grew: the soak's rule, apart from what it watches.

A series is one figure of one process, sampled through the soak with the number
of operations done so far. The first third is warm-up: caches fill, threads get
their arenas. What follows has grown when both say so, by more than is allowed:

- the level: the middle value of the last quarter against that of the first
  (for descriptors and threads the lowest value: what is open for a moment only
  raises it, what is never closed raises the floor);
- the slope: the middle of the slopes between all pairs of samples, over the
  whole time. A step that is made once, or one outlier, does not move it.

Allowed is a fixed amount for noise, and for what the product keeps on purpose
a number of bytes for each operation that makes it keep something.
"""

import statistics

WARM_UP = 1 / 3
SAMPLES_MIN = 24


class Sample:
    """At that time, after so many operations of each kind: that value."""

    def __init__(self, at, operations, value):
        self.at = at
        self.operations = operations
        self.value = value


class Verdict:
    """What the rule says of one series."""

    def __init__(self, has_grown, level, slope, allowed, words=""):
        self.has_grown = has_grown
        self.level = level
        self.slope = slope
        self.allowed = allowed
        self.words = words or (
            f"level {level:+.1f}, slope {slope:+.1f}, allowed {allowed:.1f}")


class Rule:
    """How one kind of figure is judged: what noise is, which of a window's
    values stands for it, and what an operation may leave behind."""

    def __init__(self, noise, pick, each=None):
        self.noise = noise
        self.pick = pick
        self.each = each or {}

    def kept(self, first, last):
        return sum(self.each.get(kind, 0) *
                   (count - first.operations.get(kind, 0))
                   for kind, count in last.operations.items())

    def judge(self, samples):
        settled = samples[int(len(samples) * WARM_UP):]
        if len(settled) < SAMPLES_MIN:
            return Verdict(True, 0, 0, 0, f"only {len(settled)} samples: "
                           f"{SAMPLES_MIN} are needed to judge")
        quarter = len(settled) // 4
        level = (self.pick(s.value for s in settled[-quarter:]) -
                 self.pick(s.value for s in settled[:quarter]))
        slope = slope_of(settled) * (settled[-1].at - settled[0].at)
        kept = self.kept(settled[0], settled[-1])
        # Between the middles of the quarters lie three quarters of the time.
        return Verdict(level > self.noise + kept * 3 / 4 and
                       slope > self.noise + kept, level, slope,
                       self.noise + kept)


def slope_of(samples):
    """Theil and Sen: the middle slope of all pairs, by time."""
    if len(samples) > 400:  # an hour's worth: every so manieth will do
        samples = samples[::len(samples) // 400 + 1]
    return statistics.median(
        (b.value - a.value) / (b.at - a.at)
        for n, a in enumerate(samples) for b in samples[n + 1:]
        if b.at > a.at)


# Memory in KiB: what the process alone has written to. Descriptors and
# threads: one leaked in a soak is one too many, so the noise is less than one.
def memory_rule(each=None, noise=None):
    return Rule(noise or 256, statistics.median, each)


def count_rule():
    return Rule(0.5, min)
