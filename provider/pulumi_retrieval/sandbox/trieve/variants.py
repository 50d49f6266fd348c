"""Shapes with alternatives. The server parses the whole value first and then chooses the alternative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .json_errors import JsonError, data_error
from .reader import Reader
from .shapes import Struct, UnknownBehaviour, read_value


@dataclass(frozen=True)
class TextOr:
    """A string or an object; for anything else the server's error only says that no alternative matches."""

    name: str
    other: Struct

    def read(self, reader: Reader) -> Any:
        """Take either."""
        value = reader.value()
        if isinstance(value, str):
            return value
        try:
            return read_value(self.other, value)
        except JsonError:
            raise data_error(f"data did not match any variant of untagged enum {self.name}") from None

    def show(self, value: Any) -> Any:
        """Return the value as the server writes it."""
        return value if isinstance(value, str) else self.other.show(value)


@dataclass(frozen=True)
class Tagged:
    """An object whose member ``type`` decides which other members it has."""

    name: str
    kinds: Mapping[str, Struct]

    def read(self, reader: Reader) -> dict[str, Any]:
        """Read an object; the result contains ``type`` and the members for that type."""
        if reader.need_value() != 0x7B:
            raise UnknownBehaviour(f"{self.name} that is no object")
        value = reader.value()
        if "type" not in value:
            raise data_error("missing field `type`")
        kind = value["type"]
        if not isinstance(kind, str):
            raise UnknownBehaviour(f"{self.name} whose type is no string")
        if kind not in self.kinds:
            known = ", ".join(f"`{name}`" for name in self.kinds)
            raise data_error(f"unknown variant `{kind}`, expected one of {known}")
        rest = {name: item for name, item in value.items() if name != "type"}
        try:
            return {"type": kind, **read_value(self.kinds[kind], rest)}
        except JsonError as error:
            raise data_error(error.message) from None
