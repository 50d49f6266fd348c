"""Validates free-form objects that the server parses strictly.

The server refuses a value of the wrong type and silently drops unknown names. A shape reports both before anything is sent. Its
texts never quote a value, because free-form objects may contain keys.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...core.mistakes import Location, Mistake, where
from ...core.validation import nearest
from ...core.values import UNKNOWN, is_number, to_f32


class Shape(Protocol):
    """The expected type of a value."""

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """The mistakes in a value. Null means not set, and unknown values are accepted."""
        ...

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """The places of values that are set and whose type is not documented."""
        ...


@dataclass(frozen=True)
class Scalar:
    """A text, a number or a truth value. :param rule: its type, for people. :param takes: whether a value has that type."""

    rule: str
    takes: Any

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """One mistake if it has another type."""
        if value is not None and value is not UNKNOWN and not self.takes(value):
            yield Mistake(at, f"{where(at)}: must be {self.rule}; it is {_kind(value)}")

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """None: its type is documented."""
        return iter(())


@dataclass(frozen=True)
class Untold:
    """A value whose type the documents of the service do not describe."""

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """None, because the type is not documented."""
        return iter(())

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """The place of the value."""
        if value is not None:
            yield at


@dataclass(frozen=True)
class ListOf:
    """A list of one shape."""

    item: Shape

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """The mistakes of the items; no item may be null."""
        if value is None or value is UNKNOWN:
            return
        if not isinstance(value, (list, tuple)):
            yield Mistake(at, f"{where(at)}: must be a list; it is {_kind(value)}")
            return
        for index, item in enumerate(value):
            here = (*at, index)
            if item is None:
                yield Mistake(here, f"{where(here)}: must not be null")
            yield from self.item.mistakes(item, here)

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """Those in the items."""
        if isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                yield from self.item.untold(item, (*at, index))


@dataclass(frozen=True)
class Object:
    """An object with named members, all of them optional but `required`.

    :param open: whether unknown names are accepted, because a newer server may know them.
    """

    members: Mapping[str, Shape]
    required: frozenset[str] = field(default_factory=frozenset)
    open: bool = False

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """Unknown names, missing ones, and the mistakes of the members."""
        if value is None or value is UNKNOWN:
            return
        if not isinstance(value, Mapping):
            yield Mistake(at, f"{where(at)}: must be an object; it is {_kind(value)}")
            return
        for name, item in value.items():
            here = (*at, name)
            if name in self.members:
                yield from self.members[name].mistakes(item, here)
            elif not self.open:
                hint = nearest(name, self.members)
                yield Mistake(here, f"{where(here)}: there is no such setting{'; ' + hint if hint else ''}")
        for name in sorted(self.required):
            if value.get(name) is None:
                yield Mistake(at, f"{where((*at, name))}: is required")

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """Those in the members."""
        if isinstance(value, Mapping):
            for name, shape in self.members.items():
                yield from shape.untold(value.get(name), (*at, name))


_ANY_OBJECT = Object({}, open=True)


@dataclass(frozen=True)
class TextOr:
    """A text or an object."""

    other: Object

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """The mistakes of the object, if it is not a text."""
        if value is None or value is UNKNOWN or isinstance(value, str):
            return
        if not isinstance(value, Mapping):
            yield Mistake(at, f"{where(at)}: must be a text or an object; it is {_kind(value)}")
            return
        yield from self.other.mistakes(value, at)

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """None: its type is documented."""
        return iter(())


@dataclass(frozen=True)
class Tagged:
    """An object whose ``type`` says which other members it has."""

    kinds: Mapping[str, Object]

    def mistakes(self, value: Any, at: Location) -> Iterator[Mistake]:
        """A missing or unknown type, and the mistakes of the object of that type."""
        if not isinstance(value, Mapping):
            yield from _ANY_OBJECT.mistakes(value, at)
            return
        kind, place = value.get("type"), where((*at, "type"))
        known = ", ".join(f'"{name}"' for name in self.kinds)
        if kind is UNKNOWN:
            return
        if kind is None:
            yield Mistake(at, f"{place}: is required; one of {known}")
        elif not isinstance(kind, str) or kind not in self.kinds:
            yield Mistake((*at, "type"), f"{place}: must be one of {known}")
        else:
            rest = {name: item for name, item in value.items() if name != "type"}
            yield from self.kinds[kind].mistakes(rest, at)

    def untold(self, value: Any, at: Location) -> Iterator[Location]:
        """None: its type is documented."""
        return iter(())


def _is_whole(value: Any, least: int, most: int) -> bool:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return is_number(value) and whole and least <= value <= most


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _kind(value: Any) -> str:
    """The type of a value, for texts that must not quote it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number" if math.isfinite(value) else "no finite number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, (list, tuple)) else "an object"


TEXT: Shape = Scalar("a text", lambda value: isinstance(value, str))
FLAG: Shape = Scalar("true or false", lambda value: isinstance(value, bool))
UUID: Shape = Scalar("an id of the service, a uuid in lower case", _is_uuid)
I32: Shape = Scalar(
    "a whole number of 32 bits, at most 2147483647", lambda value: _is_whole(value, -(2**31), 2**31 - 1)
)
COUNT: Shape = Scalar("a whole number, 0 or more", lambda value: _is_whole(value, 0, 2**53 - 1))
F32: Shape = Scalar("a number that 32 bits can hold", lambda value: is_number(value) and math.isfinite(to_f32(value)))
F64: Shape = Scalar("a finite number", lambda value: is_number(value) and math.isfinite(value))


def one_of(*words: str) -> Shape:
    """One of some words."""
    return Scalar("one of " + ", ".join(f'"{word}"' for word in words), lambda value: value in words)
