"""Removes secrets from every text that leaves the process.

Credentials and the values of secret inputs are registered with `Redactor.learn`; every text that is raised or printed goes
through `Redactor.clean`. Other spellings of a secret (in JSON, in URLs, as Python prints it, as base64) are removed as well:
see `core.spellings`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from .spellings import BASE64, bare_spelling, bare_view, is_base64, spellings, unescaped

MASK = "[secret]"
CUT = "… "
BODY_LIMIT = 256
"""Characters of a body of unknown shape that may be shown."""
_LEAST_INSIDE = 4
"""Secrets of this many characters or more are also masked inside words. Masking a single letter everywhere would make texts
unreadable, and the gaps would reveal it."""
_LEAST_PREFIX = 4
"""At the end of a shortened text, this many characters of a secret or more are masked as its beginning."""
_FEW = 200
"""Up to this many first parts of secrets are searched one by one, which is faster than a scan of each character of a text."""

Spans = list[tuple[int, int]]


class Redactor:
    """Replaces known secrets in texts. Several threads may use it at once."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._unsorted: set[str] = set()
        self._spelled = _Index()
        self._bare = _Index()
        self._lock = threading.Lock()
        self.learn(*secrets)

    def learn(self, *secrets: str | None) -> None:
        """Register values that must never be shown. Empty ones are ignored."""
        fresh = {s for s in secrets if s} - self._known
        if not fresh:
            return
        with self._lock:
            self._known |= fresh
            self._unsorted |= fresh

    def clean(self, text: str) -> str:
        """The text with every known secret replaced by ``[secret]``, also one that `shorten` has cut."""
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()  # no encoding can write half of a surrogate pair
        if not self._known:
            return text
        if self._unsorted:
            self._sort()
        # All secrets in one pass, so that a short one is not searched in the masks of others.
        spans = self._found(text)
        for view, places in unescaped(text):
            spans += [(places[start], places[end]) for start, end in self._found(view)]
        spans += self._spelled.cut_off(text)
        return _masked(text, spans)

    def _sort(self) -> None:
        """Add the registered secrets to the indexes."""
        with self._lock:
            self._spelled.add({spelling for secret in self._unsorted for spelling in spellings(secret)})
            self._bare.add({bare for secret in self._unsorted if (bare := bare_spelling(secret))})
            self._unsorted = set()  # last, because until then other threads must wait for the lock

    def _found(self, text: str) -> Spans:
        spans = self._spelled.found(text)
        if self._bare:
            view, starts, ends = bare_view(text)
            spans += [(starts[start], ends[end]) for start, end in self._bare.found(view)]
        return spans


class _Index:
    """Spellings of secrets, indexed by their first characters, the longest first."""

    def __init__(self) -> None:
        self._listed: dict[str, tuple[str, ...]] = {}
        self._short: set[str] = set()
        self._longest = 0

    def __bool__(self) -> bool:
        return self._longest > 0

    def add(self, spellings: set[str]) -> None:
        short = {spelling for spelling in spellings if len(spelling) < _LEAST_INSIDE}
        self._short = self._short | short
        for spelling in spellings - short:
            head = spelling[:_LEAST_INSIDE]
            listed = {*self._listed.get(head, ()), spelling}
            self._listed[head] = tuple(sorted(listed, key=len, reverse=True))
        self._longest = max(self._longest, *map(len, spellings), 0)

    def found(self, text: str) -> Spans:
        """The positions of secrets in a text, in order, with the longest secret at each position."""
        spans: Spans = []
        if len(self._listed) > _FEW or any(head in text for head in self._listed):
            spans = self._scanned(text)
        for spelling in self._short:
            spans += _words(text, spelling)
        return spans

    def _scanned(self, text: str) -> Spans:
        spans, end = [], 0
        for start in range(len(text) - _LEAST_INSIDE + 1):
            listed = self._listed.get(text[start : start + _LEAST_INSIDE])
            if listed is None or start < end:
                continue
            for spelling in listed:
                if text.startswith(spelling, start):
                    end = start + len(spelling)
                    spans.append(_whole(text, start, end, spelling))
                    break
        return spans

    def cut_off(self, text: str) -> Iterator[tuple[int, int]]:
        """The positions of beginnings of secrets before the mark of a cut."""
        end = text.find(CUT)
        while end >= 0:
            for start in range(max(0, end - self._longest), end - _LEAST_PREFIX + 1):
                listed = self._listed.get(text[start : start + _LEAST_INSIDE], ())
                if any(spelling.startswith(text[start:end]) for spelling in listed):
                    yield start, end
                    break
            end = text.find(CUT, end + 1)


def _whole(text: str, start: int, end: int, spelling: str) -> tuple[int, int]:
    """The span of a spelling; for base64 including the characters beside it, which encode some bits of the secret."""
    if not is_base64(spelling):
        return start, end
    if start and text[start - 1] in BASE64:
        start -= 1
    if end < len(text) and text[end] in BASE64:
        end += 1
    while end < len(text) and text[end] == "=":
        end += 1
    return start, end


def _words(text: str, word: str) -> Spans:
    """The positions of a word that is not part of a longer one."""
    spans, start = [], text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and _in_word(text[start - 1])) and not (end < len(text) and _in_word(text[end])):
            spans.append((start, end))
        start = text.find(word, start + 1)
    return spans


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _masked(text: str, spans: Spans) -> str:
    if not spans:
        return text
    parts, done = [], 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if start >= done:
            parts += [text[done:start], MASK]
        done = end
    return "".join([*parts, text[done:]])


def shorten(text: str, *, limit: int = BODY_LIMIT) -> str:
    """A text of unknown shape on one line, cut to a limit.

    :param limit: most characters.
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}{CUT}({len(line)} characters)"
