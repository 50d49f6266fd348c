"""The shapes of request bodies: which JSON the server accepts, and how it refuses other JSON.

A shape reads one value from a :class:`~.reader.Reader`. Unknown members are skipped, and a missing member counts as ``null``
(docs/services/trieve.md 1.1). Errors have the position at which the server's reader detects them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from .ids import UuidError, parse_uuid
from .json_errors import JsonError, data_error, describe
from .numbers import to_f32
from .reader import Reader
from .skipper import skip_value


class UnknownBehaviour(Exception):
    """No recording or fact shows how the real server handles an input; the text describes the input."""


class Shape(Protocol):
    """A type of value that can be read from JSON text."""

    def read(self, reader: Reader) -> Any:
        """Read one value, or raise :class:`~.reader.JsonError`."""


def _placed(reader: Reader, error: JsonError) -> JsonError:
    if error.at is None:
        error.at = reader.index
    return error


def _invalid_type(reader: Reader, expected: str) -> JsonError:
    byte = reader.need_value()
    if byte == 0x7B:
        seen = "map"
    elif byte == 0x5B:
        seen = "sequence"
    else:
        seen = describe(reader.value())
    return _placed(reader, data_error(f"invalid type: {seen}, expected {expected}"))


@dataclass(frozen=True)
class Text:
    """A string."""

    expected: str = "a string"
    convert: Callable[[str], str] = str

    def read(self, reader: Reader) -> str:
        """Take a string."""
        if reader.need_value() != 0x22:
            raise _invalid_type(reader, self.expected)
        try:
            return self.convert(reader.string())
        except UuidError as error:
            raise _placed(reader, data_error(str(error))) from None


TEXT = Text()
UUID = Text("a UUID string", parse_uuid)


@dataclass(frozen=True)
class Boolean:
    """``true`` or ``false``."""

    def read(self, reader: Reader) -> bool:
        """Take a boolean."""
        if reader.need_value() not in b"tf":
            raise _invalid_type(reader, "a boolean")
        return bool(reader.value())


BOOLEAN = Boolean()


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds; ``1.0`` is refused (docs/services/trieve-observed.md 3, "2.1 ints")."""

    name: str
    least: int
    most: int

    def read(self, reader: Reader) -> int:
        """Take a whole number."""
        byte = reader.need_value()
        if byte != 0x2D and byte not in b"0123456789":
            raise _invalid_type(reader, self.name)
        value = reader.number()
        if isinstance(value, float):
            raise _placed(reader, data_error(f"invalid type: {describe(value)}, expected {self.name}"))
        if not self.least <= value <= self.most:
            raise _placed(reader, data_error(f"invalid value: {describe(value)}, expected {self.name}"))
        return value


USIZE = Whole("usize", 0, 2**64 - 1)
U64 = Whole("u64", 0, 2**64 - 1)
I32 = Whole("i32", -(2**31), 2**31 - 1)
I64 = Whole("i64", -(2**63), 2**63 - 1)


@dataclass(frozen=True)
class Real:
    """A number, read as a float; whole numbers are accepted as well."""

    name: str
    convert: Callable[[float], float] = float

    def read(self, reader: Reader) -> float:
        """Take a number."""
        byte = reader.need_value()
        if byte != 0x2D and byte not in b"0123456789":
            raise _invalid_type(reader, self.name)
        return self.convert(float(reader.number()))


F32 = Real("f32", to_f32)
F64 = Real("f64")


@dataclass(frozen=True)
class Choice:
    """One of several words; ``meaning`` maps each accepted word, in the server's order, to the stored one."""

    meaning: Mapping[str, str]

    def read(self, reader: Reader) -> str:
        """Take a word."""
        byte = reader.need_value()
        if byte == 0x7B:
            raise UnknownBehaviour("a choice written as an object")
        if byte != 0x22:
            raise reader.ahead("expected value")
        word = reader.string()
        if word not in self.meaning:
            known = ", ".join(f"`{name}`" for name in self.meaning)
            listed = f"one of {known}" if len(self.meaning) > 2 else " or ".join(f"`{name}`" for name in self.meaning)
            raise _placed(reader, data_error(f"unknown variant `{word}`, expected {listed}"))
        return self.meaning[word]


@dataclass(frozen=True)
class Maybe:
    """The inner shape, or ``null``."""

    inner: Shape

    def read(self, reader: Reader) -> Any:
        """Take ``null`` or a value."""
        if reader.need_value() == ord("n"):
            reader.word(b"null")
            return None
        return self.inner.read(reader)

    def show(self, value: Any) -> Any:
        """Return the value as the server writes it."""
        return show(self.inner, value)


@dataclass(frozen=True)
class ListOf:
    """A list of one shape."""

    inner: Shape

    def read(self, reader: Reader) -> list[Any]:
        """Take a list."""
        if reader.need_value() != 0x5B:
            raise _invalid_type(reader, "a sequence")
        reader.enter()
        items: list[Any] = []
        try:
            while reader.more_items(first=not items):
                items.append(self.inner.read(reader))
        except JsonError as error:
            raise _closing(reader, error, reader.end_list) from None
        reader.end_list()
        return items

    def show(self, value: list[Any]) -> list[Any]:
        """Return the list as the server writes it."""
        return [show(self.inner, item) for item in value]


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""

    def read(self, reader: Reader) -> Any:
        """Take a value."""
        return reader.value()


ANYTHING = Anything()


@dataclass(frozen=True)
class Unknowable:
    """A value whose stored form is unknown, so that only ``null`` is accepted."""

    what: str

    def read(self, reader: Reader) -> Any:
        """Read ``null``, or raise :class:`UnknownBehaviour`."""
        raise UnknownBehaviour(self.what)


@dataclass(frozen=True)
class Struct:
    """An object with named members; a list of the values in this order counts as the same (seen in the recordings).

    ``always`` are the members that are shown even if they are ``null``.
    """

    name: str
    members: Mapping[str, Shape]
    always: frozenset[str] = field(default_factory=frozenset)

    def read(self, reader: Reader) -> dict[str, Any]:
        """Read an object; the result contains every member, missing ones as ``None``."""
        byte = reader.need_value()
        if byte == 0x5B:
            return self._read_list(reader)
        if byte != 0x7B:
            raise _invalid_type(reader, f"struct {self.name}")
        reader.enter()
        try:
            found = self._read_members(reader)
        except JsonError as error:
            raise _closing(reader, error, reader.end_object) from None
        reader.end_object()
        return found

    def _read_members(self, reader: Reader) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first = True
        while (key := reader.next_key(first=first)) is not None:
            first = False
            shape = self.members.get(key)
            if shape is not None and key in found:
                raise data_error(f"duplicate field `{key}`")
            reader.colon()
            if shape is None:
                skip_value(reader)
            else:
                found[key] = shape.read(reader)
        for name, shape in self.members.items():
            if name not in found:
                if not isinstance(shape, Maybe):
                    raise data_error(f"missing field `{name}`")
                found[name] = None
        return found

    def _read_list(self, reader: Reader) -> dict[str, Any]:
        found: dict[str, Any] = {}
        reader.enter()
        try:
            for name, shape in self.members.items():
                if not reader.more_items(first=not found):
                    count = len(self.members)
                    expected = f"struct {self.name} with {count} element{'' if count == 1 else 's'}"
                    raise data_error(f"invalid length {len(found)}, expected {expected}")
                found[name] = shape.read(reader)
        except JsonError as error:
            raise _closing(reader, error, reader.end_list) from None
        reader.end_list()
        return found

    def show(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the object as the server writes it: without members that are ``null``, except those in ``always``."""
        return {
            name: show(self.members[name], item)
            for name, item in value.items()
            if item is not None or name in self.always
        }


def show(shape: Shape, value: Any) -> Any:
    """Return a value of a shape as the server writes it."""
    as_written: Callable[[Any], Any] | None = getattr(shape, "show", None)
    return value if as_written is None or value is None else as_written(value)


def _closing(reader: Reader, error: JsonError, close: Callable[[], None]) -> JsonError:
    # The server's reader first tries to close the container and then gives the error a position.
    with suppress(JsonError):
        close()
    return _placed(reader, error)


def read_value(shape: Shape, value: Any) -> Any:
    """Read a shape from a value that is parsed already."""
    return shape.read(Reader(json.dumps(value).encode()))


def read_body(shape: Shape, body: bytes) -> Any:
    """Read a whole request body. Raises :class:`JsonError`, whose text ends with line and column."""
    reader = Reader(body)
    try:
        value = shape.read(reader)
        reader.finish()
    except JsonError as error:
        place = reader.place(error.at if error.at is not None else reader.index)
        raise JsonError(f"{error.message} at {place}", kind=error.kind) from None
    return value
