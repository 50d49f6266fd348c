"""The documents that messages name: they come with the package, and ``pulumi-retrieval docs NAME`` prints one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDERS = ("guides", "reference")
"""In a checkout these are links to the folders of the same names under ``docs``."""


def documents() -> Mapping[str, Path]:
    """Every document by its name, which is that of its file."""
    here = Path(__file__).parent
    return {path.stem: path for folder in FOLDERS for path in sorted((here / folder).glob("*.md"))}


def title(document: Path) -> str:
    """The first line of a document."""
    return document.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
