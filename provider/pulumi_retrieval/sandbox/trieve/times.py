"""Writes times like the server: without a zone, with nine or six digits of a second."""

from __future__ import annotations

import time

SECOND = 1_000_000_000
"""Times are whole nanoseconds since the epoch, UTC."""


def _form(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, SECOND)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    if rest == 0:
        return text
    if rest % 1_000_000 == 0:
        return f"{text}.{rest // 1_000_000:03d}"
    if rest % 1_000 == 0:
        return f"{text}.{rest // 1_000:06d}"
    return f"{text}.{rest:09d}"


def fresh(nanoseconds: int) -> str:
    """Write a time that was never stored: create answers carry nine digits (docs/services/trieve.md 1.1)."""
    return _form(nanoseconds)


def stored(nanoseconds: int) -> str:
    """Write a time as it comes back from the database, which keeps microseconds."""
    return _form(nanoseconds // 1_000 * 1_000)
