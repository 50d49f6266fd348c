"""Converts texts of the sources to Markdown: docstrings, citations of the services' facts, headings and their anchors."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"

_NUMBER = r"\d+(?:\.\d+)*"
_CITATION = re.compile(rf"(?:docs/services/)?\b(trieve|trieve-observed|cortex)\.md ({_NUMBER})")
_HEADING = re.compile(rf"^(#+) ({_NUMBER}) (.*)$|^- \*\*({_NUMBER})\*\*", re.MULTILINE)
_PARAMETER = re.compile(r"^:(?:param (\w+)|raises (\w[\w.]*)|returns): ", re.MULTILINE)

Facts = dict[str, str]


def slug(heading: str) -> str:
    """The anchor of a heading on the site."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@cache
def _anchors(page: str) -> Mapping[str, str]:
    """Number of a fact → anchor of the heading above it."""
    found: dict[str, str] = {}
    here = ""
    for match in _HEADING.finditer((DOCS / "services" / f"{page}.md").read_text()):
        if match[1]:
            here = slug(f"{match[2]} {match[3]}")
        found[match[2] or match[4]] = here
    return found


def fact(cited: str) -> str:
    """Convert a citation (``"trieve.md 2.1"``) to a link. :raises KeyError: the fact does not exist."""
    page, _, number = cited.partition(".md ")
    return f"[{cited}](../services/{page}.md#{_anchors(page)[number]})"


def markdown(text: str) -> str:
    """Convert a docstring to Markdown with one line per paragraph, and its citations to links."""
    text = inspect.cleandoc(text).replace("``", "`")
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return _CITATION.sub(lambda match: fact(f"{match[1]}.md {match[2]}"), "\n\n".join(paragraphs))


def summary(documented: Any) -> str:
    """The docstring of a class or function without its parameters."""
    text = inspect.getdoc(documented) or ""
    first = _PARAMETER.search(text)
    return markdown(text[: first.start()] if first else text)


def parameters(documented: Any) -> dict[str, str]:
    """The description of each parameter in a docstring."""
    text = inspect.getdoc(documented) or ""
    marks = [*_PARAMETER.finditer(text)]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark[1]: markdown(text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True) if mark[1]}


def attributes(owner: type) -> dict[str, tuple[str, str]]:
    """The annotated attributes of a class: name → annotation in the source, and the docstring below it."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(found, ast.ClassDef)
    told: dict[str, tuple[str, str]] = {}
    for item, below in pairwise([*found.body, ast.Pass()]):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            text = str(below.value.value) if is_text else ""  # type: ignore[attr-defined]
            told[item.target.id] = (ast.unparse(item.annotation), markdown(text))
    return told


def table(*rows: tuple[str, ...]) -> str:
    """A Markdown table; the first row is its header."""
    cells = [["" if cell is None else cell.replace("|", "\\|") for cell in row] for row in rows]
    cells.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def facts(said: Facts) -> str:
    """The facts about one input, one line each."""
    return "\n".join(f"- **{name}**: {text}" for name, text in said.items() if text)
