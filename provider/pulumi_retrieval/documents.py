"""The guides and reference pages that come with the package; ``pulumi-retrieval docs NAME`` prints one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDERS = ("guides", "reference")
"""Folders of this package. In a checkout they are links to the folders of the same names under ``docs``."""


def documents() -> Mapping[str, Path]:
    """Every document by its name, which is its file name without ``.md``."""
    here = Path(__file__).parent
    return {path.stem: path for folder in FOLDERS for path in sorted((here / folder).glob("*.md"))}


def title(document: Path) -> str:
    """The title of a document: its first line without the heading mark."""
    return document.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
