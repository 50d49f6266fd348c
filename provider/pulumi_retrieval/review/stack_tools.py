"""What the commands that read one stack have in common: how they print, write JSON, and fail."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.run import Run
from .compare_text import printable
from .connections import ENVIRONMENT_SECRETS

INTERRUPTED = 130
MOST_LINES = 60


def new_run() -> Run:
    """A run that says nothing and knows the secrets of the environment."""
    run = Run(emit=lambda text: None)
    run.redactor.learn(*(os.environ.get(name) for name in ENVIRONMENT_SECRETS))
    return run


def put(lines: Sequence[str], run: Run) -> None:
    """Print lines without secrets and without signs that steer a terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no arrow shows something else in its place
    shown = [printable(run.redactor.clean(line)) for line in lines]
    sys.stdout.write("".join(f"{line}\n" for line in shown))


def put_json(value: Mapping[str, Any], path: Path, run: Run) -> None:
    """Write a result for tools. :param path: ``-`` is standard output. :raises OSError: it cannot be written."""
    text = json.dumps(cleaned(value, run), indent=2, ensure_ascii=False) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    path.write_text(text, encoding="utf-8")


def cleaned(value: Any, run: Run) -> Any:
    """The same without secrets in its texts."""
    if isinstance(value, Mapping):
        return {name: cleaned(one, run) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(one, run) for one in value]
    return run.redactor.clean(value) if isinstance(value, str) else value


def fail(command: str, error: Exception, code: int, run: Run) -> int:
    """Say on standard error why a command ends, and give back its exit code."""
    text = f"{error.filename} cannot be written: {error.strerror}" if isinstance(error, OSError) else str(error)
    print(f"{command}: {printable(run.redactor.clean(text))}", file=sys.stderr)
    return code
