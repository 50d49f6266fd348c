"""Sanitises an organization's name as the server does in every update (docs/services/trieve.md 5.2).

The server parses the name as an HTML document and keeps its text: tags are removed, some with their content, some replaced by a
blank; ``&``, ``<`` and ``>`` become entities. Names with rarer markup raise :class:`UnknownBehaviour`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .shapes import UnknownBehaviour

_INLINE = frozenset(
    {"a", "abbr", "b", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label"}
    | {"mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var", "wbr"}
)
_BLANK = frozenset(["br", "hr", "div", "p", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"])
_HIDDEN = frozenset({"script", "style"})
_VOID = frozenset({"br", "hr", "img", "wbr"})


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class _Names(HTMLParser):
    """Tracks the open block elements as an HTML parser would, because blanks in the text depend on them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._hidden: str | None = None
        self._open: list[tuple[str, int]] = []
        self._in_body = False
        self._in_head = False

    @property
    def _names(self) -> list[str]:
        return [name for name, _ in self._open]

    def _blank(self) -> None:
        self.text.append(" ")

    def _close(self) -> str:
        name, start = self._open.pop()
        if len(self.text) > start:  # An empty element becomes one blank; one with content gets a blank on each side.
            self._blank()
        return name

    def _close_through(self, *tags: str) -> None:
        while self._close() not in tags:
            pass

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; a block element adds a blank."""
        if tag in _HIDDEN:
            self._hidden = tag
            self._in_head = self._in_head or not self._in_body
        elif tag in _BLANK or tag in _INLINE:
            self._in_body = True
            if tag in _BLANK:
                self._start_block(tag)
        else:
            raise UnknownBehaviour(f"an organization name with <{tag}>")

    def _start_block(self, tag: str) -> None:
        if tag == "li":
            for name in reversed(self._names):
                if name == "li":
                    self._close_through("li")
                if name not in ("div", "p"):
                    break
        if tag != "br" and "p" in self._names:
            self._close_through("p")
        if tag in _HEADINGS and self._open and self._open[-1][0] in _HEADINGS:
            self._close()
        self._blank()
        if tag not in _VOID:
            self._open.append((tag, len(self.text)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle ``<tag/>`` like ``<tag>``, as HTML does."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag == self._hidden:
            self._hidden = None
        elif tag == "br":
            self._in_body = True
            self._blank()
        elif tag in _BLANK:
            self._end_block(tag)
        elif tag not in _INLINE and tag not in _HIDDEN:
            raise UnknownBehaviour(f"an organization name with </{tag}>")

    def _end_block(self, tag: str) -> None:
        if tag in _HEADINGS:
            if _HEADINGS.intersection(self._names):
                self._close_through(*_HEADINGS)
        elif tag == "li":
            names = self._names
            lists = [position for position, name in enumerate(names) if name in ("ul", "ol")]
            if "li" in names[lists[-1] + 1 if lists else 0 :]:
                self._close_through("li")
        elif tag in self._names:
            self._close_through(tag)
        elif tag == "p" and self._in_body:
            self._blank()

    def handle_data(self, data: str) -> None:
        """Add text."""
        if self._hidden is not None:
            return
        if not self._in_body:
            rest = data.lstrip("\t\n\f\r ")
            if self._in_head:
                self.text.extend(filter(None, [data[: len(data) - len(rest)]]))
            data, self._in_body = rest, bool(rest)
        if data:
            self.text.append(data)

    def finish(self) -> str:
        """Close everything and return the text."""
        self.close()
        while self._open:
            self._close()
        return "".join(self.text)


def sanitize(name: str) -> str:
    """Return the name as an update stores it. Raises :class:`UnknownBehaviour` for rare markup."""
    if re.search(r"</[^A-Za-z>]", name):
        raise UnknownBehaviour("an organization name with a broken end tag")
    parser = _Names()
    # An unclosed tag is dropped with everything after it.
    parser.feed(re.sub(r"</?[A-Za-z][^>]*\Z", "", name.replace("\r\n", "\n").replace("\r", "\n")))
    text = parser.finish()
    for character, entity in (("&", "&amp;"), ("\u00a0", "&nbsp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return text
