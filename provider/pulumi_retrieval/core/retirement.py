"""The retention of retired objects: `retire`, `retention_days`, and the time that the state stores as `retired_at`.

The time comes from the clock of the machine that applied ``retire=True``. A delete compares it with the clock of the
machine that deletes; a time in the future, or in a wrong format, allows no delete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .records import RETIRED_AT
from .values import is_number

RETIRE, RETENTION_DAYS = "retire", "retention_days"
DEFAULT_RETENTION_DAYS = 30
MOST_RETENTION_DAYS = 36_500
"""A hundred years."""
SKEW = 300
"""Seconds by which the clocks of two machines may differ."""
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_DAY = 86_400


@dataclass(frozen=True)
class Retirement:
    """A retired object and the end of its retention.

    :param since: when it was retired, as stored.
    :param days: for how many days it is kept from then on, for people.
    :param until: the time from which it may be deleted; None if unknown.
    :param problem: why `until` is unknown, one sentence; empty if it is known.
    :param over: whether that time has come.
    """

    since: str
    days: str
    until: str | None = None
    problem: str = ""
    over: bool = False


def stamp(now: float) -> str:
    """A time as it is stored, UTC, to the second: ``2030-01-31T12:00:00Z``. :param now: seconds since the epoch."""
    return datetime.fromtimestamp(int(now), timezone.utc).strftime(_FORMAT)


def is_retired(values: Mapping[str, Any]) -> bool:
    """Whether inputs or outputs say that an object is retired."""
    return values.get(RETIRE) is True


def retired_since(inputs: Mapping[str, Any], before: Mapping[str, Any], *, now: float) -> dict[str, Any]:
    """The output with the time when an object was retired; empty if it is not retired.

    :param inputs: the inputs that are applied now.
    :param before: the outputs stored before; an object that stays retired keeps its time.
    :param now: seconds since the epoch.
    """
    if not is_retired(inputs):
        return {}
    since = before.get(RETIRED_AT) if is_retired(before) else None
    return {RETIRED_AT: stamp(now) if since is None else since}


def lacks_time(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    """Whether an object that stays retired has no stored time, so that an update has to store one."""
    return is_retired(inputs) and outputs.get(RETIRED_AT) is None


def retirement(outputs: Mapping[str, Any], *, now: float) -> Retirement | None:
    """The stored retirement; None if the object is not retired.

    :param now: seconds since the epoch.
    """
    if not is_retired(outputs):
        return None
    since, given = outputs.get(RETIRED_AT), outputs.get(RETENTION_DAYS)
    days = DEFAULT_RETENTION_DAYS if given is None else given
    told = f"{days:g} day{'' if days == 1 else 's'}" if is_number(days) else "an unknown number of days"
    shown = str(since)
    if not is_number(days) or not 0 <= days <= MOST_RETENTION_DAYS:
        problem = f"the state says {RETENTION_DAYS} {days!r}, which is no number from 0 to {MOST_RETENTION_DAYS}"
        return Retirement(shown, told, problem=problem)
    if since is None:
        return Retirement(shown, told, problem=f"the state does not say when it was retired ({RETIRED_AT})")
    start = _seconds(since)
    if start is None:
        problem = f'the state says {RETIRED_AT} {shown!r}, which is no time of the form "2030-01-31T12:00:00Z"'
        return Retirement(shown, told, problem=problem)
    if start > now + SKEW:
        problem = f"the state says that it was retired at {since}, which is in the future: it is {stamp(now)} by the clock here"
        return Retirement(shown, told, problem=problem)
    end = start + days * _DAY
    return Retirement(shown, told, stamp(end), over=now >= end)


def retirement_advice(inputs: Mapping[str, Any]) -> Sequence[str]:
    """Warnings about inputs that contradict the retirement of the object, one text each."""
    if is_retired(inputs) and inputs.get("force_destroy") is True:
        return (
            f"{RETIRE}=True does not keep it for {RETENTION_DAYS}, because force_destroy=True lets it be deleted at any time; "
            "leave force_destroy out to keep it",
        )
    return ()


def _seconds(text: Any) -> float | None:
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=timezone.utc).timestamp()
    except (TypeError, ValueError):
        return None
