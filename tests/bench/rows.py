"""The rows of the bench: each a name, what it says, and how it is measured.

A module of a row family registers its rows with @row. A row's function gets the
bench (bench.py) and a Result to fill in. What cannot be measured on this machine
raises LeftOut with the reason.
"""

ROWS = {}


class LeftOut(Exception):
    """Why a row cannot be measured here; said, and no figure shown."""


class Broken(Exception):
    """A measurement that went wrong: the row has failed, the others go on."""


class Row:
    def __init__(self, name, title, unit, is_quick, is_hour, function):
        self.name = name
        self.title = title
        self.unit = unit
        self.is_quick = is_quick
        self.is_hour = is_hour
        self.function = function


def row(name, title, unit, quick=True, hour=False):
    """Register a row; quick: part of --quick; hour: only with --hour."""
    def register(function):
        assert name not in ROWS, name
        ROWS[name] = Row(name, title, unit, quick, hour, function)
        return function
    return register


def load_all():
    """Import every family; the order here is the order of the table."""
    # pylint: disable=import-outside-toplevel,unused-import
    import transport  # noqa: F401
    import memory  # noqa: F401
    import lists  # noqa: F401
    import checkins  # noqa: F401
    import store  # noqa: F401
    import revocation  # noqa: F401
    import fleet  # noqa: F401
    import agents  # noqa: F401
    import soak  # noqa: F401
    return ROWS
