"""What a row of the bench yields: series of measured values, their medians and
ranges, ratios between them, and whether the row's targets are reached.

A figure is never made up: an empty series has no median, a ratio needs both of
its series, and a target without its figure is neither reached nor missed.
"""

import statistics
import operator

JUDGES = {"<=": operator.le, ">=": operator.ge}


class Series:
    """The values of one thing, one a round."""

    def __init__(self, name, values=()):
        self.name = name
        self.values = list(values)

    def add(self, value):
        self.values.append(float(value))

    @property
    def median(self):
        return statistics.median(self.values) if self.values else None

    @property
    def low(self):
        return min(self.values, default=None)

    @property
    def high(self):
        return max(self.values, default=None)

    def to_json(self):
        return {"values": [rounded(value) for value in self.values],
                "median": rounded(self.median), "min": rounded(self.low),
                "max": rounded(self.high)}


class Target:
    """One figure of a row and what it has to be."""

    def __init__(self, words, relation, limit, figure=None):
        self.words = words
        self.relation = relation
        self.limit = limit
        self.figure = figure

    @property
    def is_reached(self):
        """None where the figure was not measured."""
        if self.figure is None:
            return None
        return JUDGES[self.relation](self.figure, self.limit)

    @property
    def verdict(self):
        return {None: "not measured", True: "reached",
                False: "NOT reached"}[self.is_reached]

    def to_json(self):
        return {"words": self.words, "relation": self.relation,
                "limit": self.limit, "figure": rounded(self.figure),
                "verdict": self.verdict}


class Result:
    """One row: its series in the order of first mention, targets, remarks."""

    def __init__(self, name, title, unit):
        self.name = name
        self.title = title
        self.unit = unit
        self.series = {}
        self.targets = []
        self.facts = {}
        self.notes = []
        self.left_out = None  # why nothing was measured

    def take(self, other):
        """All that was measured there, under this row's name."""
        for name in "series", "targets", "facts", "notes":
            setattr(self, name, getattr(other, name))

    def add(self, series, value):
        self.series.setdefault(series, Series(series)).add(value)

    def median(self, series):
        found = self.series.get(series)
        return found.median if found else None

    def ratio(self, series, anchor):
        """The median of the rounds' ratios: what else the machine did in a
        round fell on both. None where one of them was not measured."""
        above, below = self.series.get(series), self.series.get(anchor)
        if above is None or below is None or not all(below.values):
            return None
        if len(above.values) != len(below.values):
            return above.median / below.median
        return statistics.median(
            mine / other for mine, other in zip(above.values, below.values))

    def judge(self, words, relation, limit, figure):
        self.targets.append(Target(words, relation, limit, figure))

    def note(self, sentence):
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def is_reached(self):
        verdicts = [target.is_reached for target in self.targets]
        if not verdicts or None in verdicts:
            return None
        return all(verdicts)

    def to_json(self):
        return {"name": self.name, "title": self.title, "unit": self.unit,
                "series": {name: series.to_json()
                           for name, series in self.series.items()},
                "targets": [target.to_json() for target in self.targets],
                "reached": self.is_reached, "facts": self.facts,
                "notes": self.notes, "left_out": self.left_out}


def rounded(value):
    """Four figures that count: more would claim a precision we have not."""
    if value is None:
        return None
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value, 1)


def words(value, digits=4):
    """A figure for a person."""
    if value is None:
        return "—"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def fact_words(value):
    """A fact for a person: figures by name in their order."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {fact_words(one)}"
                         for name, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words(value) if isinstance(value, float) else str(value)


def relation_words(relation):
    return {"<=": "≤", ">=": "≥"}[relation]
