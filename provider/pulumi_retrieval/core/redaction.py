"""The one place where text leaves the process.

Credentials and the values of secret inputs are made known here once; every text that is raised or printed passes
through `Redactor.clean`. Escaped spellings (inside JSON, inside URLs, as Python prints them) are cleaned as well.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[secret]"
BODY_LIMIT = 256
"""Characters kept of a body whose shape is not known."""


class Redactor:
    """Replaces known secrets in texts. Safe to use from several threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: tuple[str, ...] = ()
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

    def clean(self, text: str) -> str:
        """The text with every known secret replaced by ``[secret]``."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text


def _spellings(secret: str) -> set[str]:
    as_json = json.dumps(secret)[1:-1]
    return {
        secret,
        as_json,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        as_json.replace("/", "\\/"),
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
    }


def shorten(text: str, *, limit: int = BODY_LIMIT) -> str:
    """Cut a text of unknown shape, on one line.

    :param limit: characters kept.
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}… ({len(line)} characters)"
