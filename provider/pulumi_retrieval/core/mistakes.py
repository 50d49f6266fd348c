"""Mistakes in the inputs of a resource, and the rules that apply to all values of all inputs.

An existing object may have a value that is refused now, because an older version applied it, or it was adopted with it.
Such a value may stay as long as the program does not change it (`kept_since_before`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .values import MAX_SAFE_INTEGER, UNKNOWN, equal

Location = tuple[str | int, ...]

MOST_DEPTH = 100
"""Most levels of nesting. The JSON parser of Trieve fails above 127 levels, and requests add a few levels."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Mistake:
    """One mistake. :param lasting: whether an existing object with this value may keep it."""

    location: Location
    text: str
    lasting: bool = True


def where(location: Location) -> str:
    """A place as people write it: ``tenant_metadata_schema[2].type``."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{readable(step)}" if text else readable(str(step))
    return text


def readable(text: str) -> str:
    """A text that any terminal and any encoding can show: what cannot be printed is written as JSON writes it."""
    return text if text.isprintable() else json.dumps(text)[1:-1]


def unsendable_texts(values: Any) -> Iterator[Mistake]:
    """Values that cannot be sent to any service: texts with characters that no service stores, and too deep nesting."""
    for location, value in _leaves(values, ()):
        if isinstance(value, str):
            for rule in _broken_rules(value):
                yield Mistake(location, f"{where(location)}: {rule}")
        elif isinstance(value, _Key):
            for rule in _broken_rules(value.name):
                yield Mistake(location, f"{where(location)}: the name of this key {rule}")
        elif isinstance(value, (Mapping, list, tuple)):
            place = location[:1]
            yield Mistake(place, f"{where(place)}: must not be nested more than {MOST_DEPTH} levels deep")


def unsendable_numbers(values: Any) -> Iterator[Mistake]:
    """Numbers that JSON cannot express, or that the engine's protocol rounds."""
    for location, value in _leaves(values, ()):
        if isinstance(value, float) and not math.isfinite(value):
            yield Mistake(location, f"{where(location)}: must be a finite number; it is {value}")
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SAFE_INTEGER:
            yield Mistake(location, f"{where(location)}: must not be above 9007199254740991 (2^53 - 1)")


def has_surrogate(text: str) -> bool:
    """Whether a text holds half of a surrogate pair, which is no character."""
    return not text.isascii() and _SURROGATE.search(text) is not None


@dataclass(frozen=True)
class _Key:
    name: str


def _leaves(value: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    """Every value that is not a list or object, every key, and every list or object that is nested too deep."""
    inner: Iterable[tuple[str | int, Any]]
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, (list, tuple)):
        inner = enumerate(value)
    else:
        yield location, value
        return
    if len(location) > MOST_DEPTH:
        yield location, value
        return
    for step, item in inner:
        if isinstance(step, str):
            yield (*location, step), _Key(step)
        yield from _leaves(item, (*location, step))


def _broken_rules(text: str) -> Iterator[str]:
    if "\0" in text:
        yield "must not hold a NUL character: no database of the services can store it; remove it"
    if has_surrogate(text):
        yield "must not hold half of a surrogate pair (U+D800 to U+DFFF): it is no character; remove it"


def kept_since_before(mistake: Mistake, *, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a mistake is in a value that the existing object has already and that the program does not change.

    :param old: inputs as last stored; empty for a new object.
    """
    if not mistake.lasting or not mistake.location:
        return False
    before: Any = old
    now: Any = new
    for step in mistake.location:
        if isinstance(step, int):
            # Items may have moved in their list.
            if not isinstance(now, (list, tuple)) or step >= len(now):
                return False
            return isinstance(before, (list, tuple)) and any(equal(item, now[step]) for item in before)
        if not isinstance(before, Mapping) or not isinstance(now, Mapping) or step not in before or step not in now:
            return False
        before, now = before[step], now[step]
    return before is not UNKNOWN and before is not None and equal(before, now)
