"""Parses uuids in every form that the server accepts, with the server's error texts for other forms."""

from __future__ import annotations

import re
import uuid

NIL = "00000000-0000-0000-0000-000000000000"
_HYPHENATED = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
_SIMPLE = re.compile(r"[0-9a-fA-F]{32}\Z")
_URN = "urn:uuid:"
_STARTS = (0, 9, 14, 19, 24)
_LENGTHS = (8, 4, 4, 4, 12)


class UuidError(ValueError):
    """A text is not a uuid; the message is the server's, without its prefix."""


def new_uuid() -> str:
    """Generate a random uuid."""
    return str(uuid.uuid4())


def parse_uuid(text: str) -> str:
    """Return the canonical form (lower case, hyphens). Raises :class:`UuidError`.

    Upper case, no hyphens, braces and the urn form are accepted (docs/services/trieve-observed.md 3, "Bearer").
    """
    if len(text) == 32 and _SIMPLE.match(text):
        return str(uuid.UUID(text))
    inner, size = text, len(text.encode())
    if size == 38 and text[0] == "{" and text[-1] == "}":
        inner = text[1:-1]
    elif size == 45 and text.startswith(_URN):
        inner = text[len(_URN) :]
    if _HYPHENATED.match(inner):
        return inner.lower()
    raise UuidError(f"UUID parsing failed: {_why(inner)}")


def _why(text: str) -> str:
    inner, offset, simple = text, 0, True
    if len(text) >= 2 and text[0] == "{" and text[-1] == "}":
        inner, offset, simple = text[1:-1], 1, False
    elif text.startswith(_URN):
        inner, offset, simple = text[len(_URN) :], len(_URN), False
    hyphens: list[int] = []
    index = 0
    for character in inner:
        if character == "-":
            hyphens.append(index)
        elif character not in "0123456789abcdefABCDEF":
            return (
                "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
                f"found `{character}` at {index + offset + 1}"
            )
        index += len(character.encode())
    if not hyphens and simple:
        return f"invalid length: expected length 32 for simple format, found {len(text)}"
    if len(hyphens) != 4:
        return f"invalid group count: expected 5, found {len(hyphens) + 1}"
    for group in range(4):
        length = hyphens[group] - _STARTS[group]
        if hyphens[group] != _STARTS[group + 1] - 1:
            return f"invalid group length in group {group}: expected {_LENGTHS[group]}, found {length}"
    return f"invalid group length in group 4: expected 12, found {len(text) - _STARTS[4]}"
