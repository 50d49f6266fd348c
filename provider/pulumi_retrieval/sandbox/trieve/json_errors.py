"""Errors of the JSON reader with the texts of the real server."""

from __future__ import annotations

from typing import Any

from .numbers import display_float


class JsonError(Exception):
    """JSON text, or the data in it, is invalid. ``kind`` is ``data``, ``syntax`` or ``eof``; ``at`` a byte index or None."""

    def __init__(self, message: str, *, kind: str, at: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.at = at


def data_error(message: str) -> JsonError:
    """Make an error about the data; the reader adds its position when it handles the error."""
    return JsonError(message, kind="data")


def describe(value: Any) -> str:
    """Name a scalar as the server's messages do."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"boolean `{'true' if value else 'false'}`"
    if isinstance(value, int):
        return f"integer `{value}`"
    if isinstance(value, float):
        return f"floating point `{display_float(value)}`"
    return f"string {quoted(value)}"


def quoted(text: str) -> str:
    """Write a string in the quoted form of the server's messages."""
    names = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    return '"' + "".join(names.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text) + '"'
