"""Reads JSON text byte by byte, so that errors have the same text, line and column as those of the server.

Grammar and texts are those of the JSON library of the server; the recordings contain its texts (cases dataset-config-types,
dataset-create-minimal, dataset-clone). Columns count bytes, from the last line break.
"""

from __future__ import annotations

import math
from typing import Any

from .json_errors import JsonError
from .numbers import U64_MAX

_BLANK = frozenset(b" \n\t\r")
_DIGITS = frozenset(b"0123456789")
_ESCAPES = {ord('"'): '"', ord("\\"): "\\", ord("/"): "/", ord("b"): "\b", ord("f"): "\f", ord("n"): "\n"}
_ESCAPES |= {ord("r"): "\r", ord("t"): "\t"}
_DEPTH = 127
_POWERS = tuple(float(f"1e{exponent}") for exponent in range(309))


class Reader:
    """A position in a JSON text."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.index = 0
        self.depth = 0

    def place(self, at: int) -> str:
        """Return ``line L column C`` of a byte index."""
        start = self.text.rfind(b"\n", 0, at) + 1
        line = self.text.count(b"\n", 0, start) + 1
        return f"line {line} column {at - start}"

    def error(self, message: str, *, kind: str = "syntax") -> JsonError:
        """Make an error at the present position."""
        return JsonError(message, kind=kind, at=self.index)

    def ahead(self, message: str, *, kind: str = "syntax") -> JsonError:
        """Make an error at the next byte."""
        return JsonError(message, kind=kind, at=min(len(self.text), self.index + 1))

    def peek(self) -> int | None:
        """Return the next byte without taking it."""
        return self.text[self.index] if self.index < len(self.text) else None

    def skip_blank(self) -> int | None:
        """Skip blanks and return the byte after them without taking it."""
        text, end = self.text, len(self.text)
        while self.index < end and text[self.index] in _BLANK:
            self.index += 1
        return text[self.index] if self.index < end else None

    def need_value(self) -> int:
        """Return the first byte of the next value."""
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing a value", kind="eof")
        return byte

    def enter(self) -> None:
        """Take an opening bracket."""
        if self.depth >= _DEPTH:
            raise self.ahead("recursion limit exceeded")
        self.depth += 1
        self.index += 1

    # Scalars

    def word(self, word: bytes) -> None:
        """Take ``null``, ``true`` or ``false``, whose first letter is the next byte."""
        self.index += 1
        for expected in word[1:]:
            byte = self.peek()
            if byte is None:
                raise self.error("EOF while parsing a value", kind="eof")
            self.index += 1
            if byte != expected:
                raise self.error("expected ident")

    def string(self) -> str:
        """Take a string; the next byte is its opening quote."""
        self.index += 1
        parts = bytearray()
        while True:
            start = self.index
            text, end = self.text, len(self.text)
            while self.index < end and text[self.index] not in b'"\\' and text[self.index] >= 0x20:
                self.index += 1
            parts += text[start : self.index]
            byte = self.peek()
            if byte is None:
                raise self.error("EOF while parsing a string", kind="eof")
            self.index += 1
            if byte == 0x22:
                break
            if byte != 0x5C:
                raise self.error("control character (\\u0000-\\u001F) found while parsing a string")
            parts += self._escape()
        try:
            return parts.decode()
        except UnicodeDecodeError:
            raise self.error("invalid unicode code point") from None

    def _escape(self) -> bytes:
        byte = self.peek()
        if byte is None:
            raise self.error("EOF while parsing a string", kind="eof")
        self.index += 1
        if byte in _ESCAPES:
            return _ESCAPES[byte].encode()
        if byte != ord("u"):
            raise self.error("invalid escape")
        first = self._hex()
        if 0xDC00 <= first <= 0xDFFF:
            raise self.error("lone leading surrogate in hex escape")
        if not 0xD800 <= first <= 0xDBFF:
            return chr(first).encode()
        for expected in b"\\u":
            if self.peek() is None:
                raise self.error("EOF while parsing a string", kind="eof")
            self.index += 1
            if self.text[self.index - 1] != expected:
                raise self.error("unexpected end of hex escape")
        second = self._hex()
        if not 0xDC00 <= second <= 0xDFFF:
            raise self.error("lone leading surrogate in hex escape")
        return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).encode()

    def skip_escape(self) -> None:
        """Skip what follows a backslash; which character it means does not matter."""
        byte = self.peek()
        if byte is None:
            raise self.error("EOF while parsing a string", kind="eof")
        self.index += 1
        if byte == ord("u"):
            self._hex()
        elif byte not in _ESCAPES:
            raise self.error("invalid escape")

    def _hex(self) -> int:
        if len(self.text) - self.index < 4:
            self.index = len(self.text)
            raise self.error("EOF while parsing a string", kind="eof")
        digits = self.text[self.index : self.index + 4]
        self.index += 4
        if not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            raise self.error("invalid escape")
        return int(digits, 16)

    def number(self) -> int | float:
        """Take a number; the next byte is a digit or a minus sign."""
        negative = self.peek() == 0x2D
        self.index += negative
        start = self.index
        first = self.peek()
        if first is None:
            raise self.error("EOF while parsing a value", kind="eof")
        self.index += 1
        if first not in _DIGITS:
            raise self.error("invalid number")
        if first == 0x30:
            if self.peek() in _DIGITS:
                raise self.ahead("invalid number")
        else:
            self._digits()
        digits = self.text[start : self.index].decode()
        shift, exact = 0, True
        if self.peek() == 0x2E:
            exact = False
            self.index += 1
            start = self.index
            self._digits()
            if start == self.index:
                if self.peek() is None:
                    raise self.ahead("EOF while parsing a value", kind="eof")
                raise self.ahead("invalid number")
            fraction = self.text[start : self.index].decode()
            digits, shift = digits + fraction, -len(fraction)
        if self.peek() in (0x65, 0x45):
            exact = False
            shift += self._exponent(zero=not digits.strip("0"))
        whole = int(digits)
        if exact and not negative and whole <= U64_MAX:
            return whole
        if exact and negative and 0 < whole <= 2**63:
            return -whole
        value = self._scaled(digits, shift)
        return -value if negative else value

    def _digits(self) -> None:
        while self.peek() in _DIGITS:
            self.index += 1

    def _exponent(self, *, zero: bool) -> int:
        self.index += 1
        sign = 1
        if self.peek() in (0x2B, 0x2D):
            sign = 1 if self.peek() == 0x2B else -1
            self.index += 1
        start = self.index
        byte = self.peek()
        if byte is None:
            raise self.error("EOF while parsing a value", kind="eof")
        self.index += 1
        if byte not in _DIGITS:
            raise self.error("invalid number")
        self._digits()
        exponent = int(self.text[start : self.index])
        return 0 if zero else sign * exponent

    def _scaled(self, digits: str, shift: int) -> float:
        # The server keeps the digits that fit into 64 bits and scales them by a power of ten. The result is not always
        # the nearest float, so this code must do the same.
        while int(digits) > U64_MAX:
            digits, shift = digits[:-1], shift + 1
        value = float(int(digits))
        if value == 0.0:
            return value
        while shift < -308:
            value, shift = value / 1e308, shift + 308
            if value == 0.0:
                return value
        if shift < 0:
            return value / _POWERS[-shift]
        value = math.inf if shift > 308 else value * _POWERS[shift]
        if math.isinf(value):
            raise self.error("number out of range")
        return value

    # Containers

    def more_items(self, *, first: bool) -> bool:
        """Move to the next item of a list and return True; return False at the closing bracket, which is not taken."""
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing a list", kind="eof")
        if byte == 0x5D:
            return False
        if first:
            return True
        if byte != 0x2C:
            raise self.ahead("expected `,` or `]`")
        self.index += 1
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing a value", kind="eof")
        if byte == 0x5D:
            raise self.ahead("trailing comma")
        return True

    def next_key(self, *, first: bool) -> str | None:
        """Take the next key of an object; return None at the closing brace, which is not taken."""
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing an object", kind="eof")
        if byte == 0x7D:
            return None
        if not first:
            if byte != 0x2C:
                raise self.ahead("expected `,` or `}`")
            self.index += 1
            byte = self.skip_blank()
            if byte is None:
                raise self.ahead("EOF while parsing a value", kind="eof")
            if byte == 0x7D:
                raise self.ahead("trailing comma")
        if byte != 0x22:
            raise self.ahead("key must be a string")
        return self.string()

    def colon(self) -> None:
        """Take the colon after a key."""
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing an object", kind="eof")
        if byte != 0x3A:
            raise self.ahead("expected `:`")
        self.index += 1

    def end_object(self) -> None:
        """Take the closing brace."""
        self.depth -= 1
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing an object", kind="eof")
        if byte != 0x7D:
            raise self.ahead("trailing comma" if byte == 0x2C else "trailing characters")
        self.index += 1

    def end_list(self) -> None:
        """Take the closing bracket."""
        self.depth -= 1
        byte = self.skip_blank()
        if byte is None:
            raise self.ahead("EOF while parsing a list", kind="eof")
        if byte == 0x2C:
            self.index += 1
            raise self.ahead("trailing comma" if self.skip_blank() == 0x5D else "trailing characters")
        if byte != 0x5D:
            raise self.ahead("trailing characters")
        self.index += 1

    def value(self) -> Any:
        """Take any value."""
        byte = self.need_value()
        if byte == 0x22:
            return self.string()
        if byte == 0x2D or byte in _DIGITS:
            return self.number()
        for word, constant in ((b"null", None), (b"true", True), (b"false", False)):
            if byte == word[0]:
                self.word(word)
                return constant
        if byte == 0x5B:
            return self._list()
        if byte == 0x7B:
            return self._object()
        raise self.ahead("expected value")

    def _list(self) -> list[Any]:
        self.enter()
        items: list[Any] = []
        while self.more_items(first=not items):
            items.append(self.value())
        self.end_list()
        return items

    def _object(self) -> dict[str, Any]:
        self.enter()
        members: dict[str, Any] = {}
        first = True
        while (key := self.next_key(first=first)) is not None:
            first = False
            self.colon()
            members[key] = self.value()
        self.end_object()
        return members

    def finish(self) -> None:
        """Take blanks up to the end of the text."""
        if self.skip_blank() is not None:
            raise self.ahead("trailing characters")
