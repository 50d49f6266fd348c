"""Results as lines of files, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".run" / "fire"


def code_digest(*places: str) -> str:
    """A short digest of the Python files below some folders of the project: results hold for one code only."""
    digest = hashlib.sha256()
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def commit() -> str:
    """The commit that is checked out, with a ``+`` where files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--exclude=*", "--dirty=+"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip() or "unknown"


class Results:
    """The lines of one kind that hold for today's code.

    :param name: of the file.
    :param code: a digest of what they depend on (`code_digest`).
    """

    def __init__(self, name: str, *, code: str, folder: Path = FOLDER) -> None:
        self.path = folder / f"{name}.jsonl"
        self.code = code
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._stamp = {"code": code, "commit": commit()}

    def load(self) -> dict[str, dict[str, Any]]:
        """Key → the last line of it."""
        if not self.path.exists():
            return {}
        lines: Iterable[dict[str, Any]] = map(json.loads, self.path.read_text().splitlines())
        return {line["key"]: line for line in lines if line["code"] == self.code}

    def add(self, line: Mapping[str, Any]) -> None:
        """Append one line."""
        text = json.dumps({**line, **self._stamp}, ensure_ascii=False)
        with self._lock, self.path.open("a") as file:
            file.write(text + "\n")


def last_code(path: Path) -> str | None:
    """The digest of the code that the last line of a file holds for; None where there is no line."""
    lines = path.read_text().splitlines() if path.exists() else []
    return str(json.loads(lines[-1])["code"]) if lines else None
