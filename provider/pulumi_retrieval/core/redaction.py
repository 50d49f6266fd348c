"""The one place where text leaves the process.

Credentials and the values of secret inputs are made known here once; every text that is raised or printed passes
through `Redactor.clean`. Escaped spellings (inside JSON, inside URLs, as Python prints them) are cleaned as well.
"""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[secret]"
CUT = "… "
BODY_LIMIT = 256
"""Characters kept of a body whose shape is not known."""
_LEAST_INSIDE = 4
"""Characters of a secret that is looked for inside of words too: one letter would make every text unreadable, and be told
by the gaps."""
_LEAST_PREFIX = 4
"""Characters of a secret at the end of a shortened text that are taken for the beginning of it."""


class Redactor:
    """Replaces known secrets in texts. Safe to use from several threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self.learn(*secrets)

    def learn(self, *secrets: str | None) -> None:
        """Make values known that must never be shown. Empty ones are ignored."""
        fresh = {s for s in secrets if s} - self._known
        if not fresh:
            return
        with self._lock:
            self._known |= fresh
            spellings = {s for secret in self._known for s in _spellings(secret)}
            # Longest first: a secret may contain another one.
            self._spellings = tuple(sorted(spellings, key=len, reverse=True))
            self._pattern = re.compile("|".join(map(_pattern, self._spellings)))

    def clean(self, text: str) -> str:
        """The text with every known secret replaced by ``[secret]``, also one that `shorten` cut off in the middle."""
        text = text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair can be written nowhere
        if self._pattern is None:
            return text
        # In one pass: a short secret must not be looked for in the masks of the others.
        return self._clean_cuts(self._pattern.sub(MASK, text))

    def _clean_cuts(self, text: str) -> str:
        pieces = text.split(CUT)
        for index, piece in enumerate(pieces[:-1]):
            longest = max(map(len, self._spellings))
            for start in range(max(0, len(piece) - longest), len(piece) - _LEAST_PREFIX + 1):
                if any(spelling.startswith(piece[start:]) for spelling in self._spellings):
                    pieces[index] = piece[:start] + MASK
                    break
        return CUT.join(pieces)


def _pattern(spelling: str) -> str:
    exact = re.escape(spelling)
    return exact if len(spelling) >= _LEAST_INSIDE else rf"(?<!\w){exact}(?!\w)"


def _spellings(secret: str) -> set[str]:
    as_json = json.dumps(secret)[1:-1]
    beside_quotes = len(repr("'\"")) - 1
    found = {
        secret,
        as_json,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        as_json.replace("/", "\\/"),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        # Python chooses the quotes, and what it escapes, by everything else in the text.
        repr("'\"" + secret)[beside_quotes:-1],
        html.escape(secret),
        # `shorten` puts a text on one line.
        " ".join(secret.split()),
    }
    urls = {quoted(secret, errors="surrogatepass") for quoted in (quote, quote_plus)}
    urls.add(quote(secret, safe="", errors="surrogatepass"))
    found |= urls | {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), url) for url in urls}
    return {spelling for spelling in found if spelling}


def shorten(text: str, *, limit: int = BODY_LIMIT) -> str:
    """Cut a text of unknown shape, on one line.

    :param limit: characters kept.
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}{CUT}({len(line)} characters)"
