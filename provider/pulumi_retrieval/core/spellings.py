"""The spellings in which a secret may appear in a text: escaped, in a URL, as base64 or as hexadecimal digits."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_LEAST_ENCODED = 6
"""Secrets of this many bytes or more are searched in base64. The characters of shorter ones appear in other texts too."""
_URL = r"(?P<url>(?:%[0-9A-Fa-f]{2})+)"
_BACKSLASH = r"(?P<unicode>(?:\\u[0-9A-Fa-f]{4})+)|\\x(?P<hex>[0-9A-Fa-f]{2})|\\(?P<plain>[/\"'\\bfnrt])"
_ENTITY = r"(?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)"
_LOOSE = _BACKSLASH.replace("\\\\bfnrt", "bfnrt")
"""The same without an escaped backslash: each backslash stands for itself, and what follows may be an escape of its own."""
_NUMBERED = _BACKSLASH[: _BACKSLASH.index(r"|\\(?P<plain>")]
"""The same with numeric escapes only."""
_KINDS = tuple(
    re.compile(kind)
    for kind in (
        *(f"{_URL}|{backslash}|{_ENTITY}" for backslash in (_BACKSLASH, _LOOSE, _NUMBERED)),
        *(_URL, _BACKSLASH, _ENTITY),
    )
)
"""All kinds of escapes together, for texts that mix them, and each kind alone."""
_MOST_VIEWS = 24
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LETTER = {control: letter for letter, control in _CONTROL.items()}
_BARE = re.compile(r"\\*([^\\])", re.DOTALL)


class Encoded(str):
    """A spelling in base64."""


def is_base64(spelling: str) -> bool:
    """Whether a spelling is one in base64."""
    return isinstance(spelling, Encoded)


def spellings(secret: str) -> set[str]:
    """Every spelling that is searched directly. Other escapes are found by `unescaped`."""
    as_json = json.dumps(secret)[1:-1]
    beside_quotes = len(repr("'\"")) - 1
    found = {
        secret,
        as_json,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        as_json.replace("/", "\\/"),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        # Python chooses quotes and escapes by the other characters in the text.
        repr("'\"" + secret)[beside_quotes:-1],
        html.escape(secret),
        # `shorten` writes a text on one line.
        " ".join(secret.split()),
    }
    urls = {
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    }
    found |= urls | {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), url) for url in urls}
    return {spelling for spelling in found if spelling} | _encoded(secret)


def _encoded(secret: str) -> set[str]:
    """The base64 characters that encode nothing but the secret, for each possible offset, and its hexadecimal digits."""
    raw = secret.encode(errors="replace")
    if len(raw) < _LEAST_ENCODED:
        return set()
    found = {raw.hex(), raw.hex().upper()}
    for before in range(3):  # bytes before it, modulo three
        text = base64.b64encode(bytes(before) + raw).decode()
        first = -(-before * 8 // 6)  # the first character without a bit of the preceding byte
        last = (before + len(raw)) * 8 // 6  # the first character with a bit of the following byte
        found |= {Encoded(text[first:last]), Encoded(text[first:last].translate(_URL_SAFE))}
    return found


_URL_SAFE = str.maketrans("+/", "-_")


def unescaped(text: str) -> Iterator[tuple[str, list[int]]]:
    r"""Each reading of a text with its escapes resolved.

    With each reading comes the position that every character, and the end of the text, had in `text`.

    Percent-encoding, ``\u0041``, ``\x41``, ``\n``, a backslash before a quote or slash, and the entities of HTML. What
    was escaped twice, in the same way or another, is resolved in each order; most texts hold no escape at all.
    """
    if "%" not in text and "\\" not in text and "&" not in text:
        return
    seen = {text}
    views = deque([(text, list(range(len(text) + 1)))])
    while views and len(seen) < _MOST_VIEWS:
        view, places = views.popleft()
        for kind in _KINDS:
            plain, starts = _without(kind, view)
            if plain not in seen:
                seen.add(plain)
                views.append((plain, [places[start] for start in starts]))
                yield views[-1]


def _without(kind: re.Pattern[str], text: str) -> tuple[str, list[int]]:
    """A text with escapes of one kind resolved once, and the former position of each character and of the end."""
    plain: list[str] = []
    starts: list[int] = []
    done = 0
    for match in kind.finditer(text):
        starts += range(done, match.start())
        plain.append(text[done : match.start()])
        resolved, widths = _resolved(match.groupdict(), match[0])
        place = match.start()
        for width in widths:
            starts.append(place)
            place += width
        plain.append(resolved)
        done = match.end()
    starts += range(done, len(text) + 1)
    plain.append(text[done:])
    return "".join(plain), starts


def _resolved(match: Mapping[str, str | None], whole: str) -> tuple[str, list[int]]:
    """The characters that an escape stands for, and how many characters each took."""
    if match.get("url"):
        decoded = bytes.fromhex(whole.replace("%", "")).decode("utf-8", "surrogateescape")
        return decoded, [3 * len(character.encode("utf-8", "surrogateescape")) for character in decoded]
    if match.get("unicode"):
        decoded = json.loads(f'"{whole}"')
        return decoded, [12 if ord(character) > 0xFFFF else 6 for character in decoded]
    if digits := match.get("hex"):
        return chr(int(digits, 16)), [len(whole)]
    if character := match.get("plain"):
        return _CONTROL.get(character, character), [2]
    # Some numbers stand for no character in HTML.
    return html.unescape(whole)[:1] or "\N{REPLACEMENT CHARACTER}", [len(whole)]


def bare_spelling(secret: str) -> str:
    """The secret without backslashes and control characters; empty if it contains none of them.

    If only some of its backslashes are escaped, the escapes are ambiguous; without backslashes all such spellings are equal.
    """
    bare, _, _ = bare_view(secret)
    return "" if bare == secret else bare


def bare_view(text: str) -> tuple[str, list[int], list[int]]:
    """A text without backslashes and control characters.

    With it come two positions in `text` for each character, and for the end: where the backslashes before the character
    begin, and the character itself.
    """
    found = list(_BARE.finditer(text))
    starts = [*(match.start() for match in found), len(text)]
    ends = [*(match.start(1) for match in found), len(text)]
    return "".join(_letter(match[1]) for match in found), starts, ends


def _letter(character: str) -> str:
    return _LETTER.get(character, character)
