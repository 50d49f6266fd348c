"""What becomes of an organization's name on every update (docs/services/trieve.md 5.2).

The server parses the name as an HTML document and writes its text out again: tags go, some with their content, some
leave a blank; ``&``, ``<`` and ``>`` end as entities. Names with rarer markup are not answered for.
"""

from __future__ import annotations

from html.parser import HTMLParser

from .shapes import UnknownBehaviour

_INLINE = frozenset(
    {"a", "abbr", "b", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label"}
    | {"mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var", "wbr"}
)
_BLANK = frozenset(["br", "hr", "div", "p", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"])
_HIDDEN = frozenset({"script", "style", "iframe", "noscript"})
_VOID = frozenset({"br", "hr", "img", "wbr"})


class _Names(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._hidden: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag in _BLANK:
            self.text.append(" ")
        elif tag not in _INLINE:
            raise UnknownBehaviour(f"an organization name with <{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None
        elif tag in _BLANK - _VOID:
            self.text.append(" ")
        elif tag not in _INLINE and tag not in _HIDDEN:
            raise UnknownBehaviour(f"an organization name with </{tag}>")

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.text.append(data)


def sanitize(name: str) -> str:
    """Return the name as an update stores it. Raises :class:`UnknownBehaviour` for rare markup."""
    parser = _Names()
    parser.feed(name.lstrip("\t\n\f\r ").replace("\r\n", "\n").replace("\r", "\n"))
    parser.close()
    text = "".join(parser.text)
    for character, entity in (("&", "&amp;"), ("\u00a0", "&nbsp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return text
