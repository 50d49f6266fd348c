"""Skips the values of unknown members, of which the server checks only the grammar, not the contents."""

from __future__ import annotations

from .reader import Reader

_DIGITS = frozenset(b"0123456789")
_WORDS = {word[0]: word for word in (b"null", b"true", b"false")}
_ENDS = {
    0x5B: (0x5D, "expected `,` or `]`", "EOF while parsing a list"),
    0x7B: (0x7D, "expected `,` or `}`", "EOF while parsing an object"),
}


def skip_value(reader: Reader) -> None:
    """Skip one value of any shape."""
    frames: list[int] = []
    while True:
        opened = _skip_start(reader)
        if opened is not None:
            frames.append(opened)
        if not _skip_closings(reader, frames, comma=opened is None):
            return
        if frames[-1] == 0x7B:
            _skip_key(reader)


def _skip_start(reader: Reader) -> int | None:
    byte = reader.need_value()
    if byte in _ENDS:
        reader.index += 1
        return byte
    if byte in _WORDS:
        reader.word(_WORDS[byte])
    elif byte == 0x22:
        _skip_string(reader)
    elif byte == 0x2D or byte in _DIGITS:
        _skip_number(reader)
    else:
        raise reader.ahead("expected value")
    return None


def _skip_closings(reader: Reader, frames: list[int], *, comma: bool) -> bool:
    while frames:
        end, expected, eof = _ENDS[frames[-1]]
        byte = reader.skip_blank()
        if byte is None:
            raise reader.ahead(eof, kind="eof")
        if byte == 0x2C and comma:
            reader.index += 1
            return True
        if byte != end:
            if comma:
                raise reader.ahead(expected)
            return True
        reader.index += 1
        frames.pop()
        comma = True
    return False


def _skip_key(reader: Reader) -> None:
    byte = reader.skip_blank()
    if byte is None:
        raise reader.ahead("EOF while parsing an object", kind="eof")
    if byte != 0x22:
        raise reader.ahead("key must be a string")
    _skip_string(reader)
    reader.colon()


def _skip_string(reader: Reader) -> None:
    text, end = reader.text, len(reader.text)
    reader.index += 1
    while True:
        while reader.index < end and text[reader.index] not in b'"\\' and text[reader.index] >= 0x20:
            reader.index += 1
        byte = reader.peek()
        if byte is None:
            raise reader.error("EOF while parsing a string", kind="eof")
        if byte < 0x20:
            raise reader.error("control character (\\u0000-\\u001F) found while parsing a string")
        reader.index += 1
        if byte == 0x22:
            return
        reader.skip_escape()


def _skip_number(reader: Reader) -> None:
    reader.index += reader.peek() == 0x2D
    if reader.peek() == 0x30:
        reader.index += 1
        if reader.peek() in _DIGITS:
            raise reader.ahead("invalid number")
    else:
        _need_digit(reader)
    if reader.peek() == 0x2E:
        reader.index += 1
        if reader.peek() not in _DIGITS:
            raise reader.ahead("invalid number")
        _skip_digits(reader)
    if reader.peek() in (0x65, 0x45):
        reader.index += 1
        reader.index += reader.peek() in (0x2B, 0x2D)
        _need_digit(reader)


def _need_digit(reader: Reader) -> None:
    byte = reader.peek()
    reader.index += byte is not None
    if byte not in _DIGITS:
        raise reader.error("invalid number")
    _skip_digits(reader)


def _skip_digits(reader: Reader) -> None:
    while reader.peek() in _DIGITS:
        reader.index += 1
