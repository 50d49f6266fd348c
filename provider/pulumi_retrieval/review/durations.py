"""Lengths of time on a command line: ``90s``, ``30m``, ``36h``, ``90d``."""

from __future__ import annotations

import argparse
import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd])")


def duration(text: str) -> float:
    """Read a length of time and give its seconds.

    :raises ArgumentTypeError: it is none.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f'must be a number and its unit, such as 90s, 30m, 36h or 90d; it is "{text}"')
    return float(found[1]) * _UNITS[found[2]]


def told(seconds: float) -> str:
    """A length of time for people, in the largest unit of which there are two: ``"95 s"``, ``"45 h"``, ``"90 d"``."""
    unit = next((name for name in "dhm" if seconds >= 2 * _UNITS[name]), "s")
    return f"{int(seconds // _UNITS[unit])} {unit if unit != 'm' else 'min'}"
