"""The files of an imported program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import ConfigurationError

PROJECT = """\
name: {name}
description: {description}
runtime: python
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files, or none where one of them exists.

    :raises ConfigurationError: one of the files exists already.
    """
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise ConfigurationError(
            f"{folder} holds {', '.join(there)} already, and nothing is overwritten; choose another folder with --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def as_json(value: Any) -> str:
    """Indented JSON with a final newline, for people and version control."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def unique(names: Iterable[str]) -> list[str]:
    """Make names unique: a repeated name gets a number, such as ``docs-2``."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        fresh = name if seen[name] == 1 else f"{name}-{seen[name]}"
        while fresh in found:
            seen[name] += 1
            fresh = f"{name}-{seen[name]}"
        found.append(fresh)
    return found
