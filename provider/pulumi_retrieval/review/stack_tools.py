"""What the commands about stacks have in common: how they print, write JSON and fail."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.run import Run
from ..providers.words import PulumiWords
from .compare_text import printable
from .connections import ENVIRONMENT_SECRETS

INTERRUPTED = 130
MOST_LINES = 60


def new_run() -> Run:
    """A run that prints nothing and knows the secrets of the environment."""
    run = Run(emit=lambda text: None, words=PulumiWords())
    run.redactor.learn(*(os.environ.get(name) for name in ENVIRONMENT_SECRETS))
    return run


def accept_every_encoding() -> None:
    """Let standard output replace a character that its encoding does not have, such as an arrow, instead of raising an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def write_lines(lines: Sequence[str], run: Run) -> None:
    """Print lines without secrets and without characters that control a terminal."""
    accept_every_encoding()
    shown = [printable(run.redactor.clean(line)) for line in lines]
    sys.stdout.write("".join(f"{line}\n" for line in shown))


def write_json(value: Mapping[str, Any], path: Path, run: Run) -> None:
    """Write a result for tools. :param path: ``-`` is standard output. :raises OSError: it cannot be written."""
    text = json.dumps(cleaned(value, run), indent=2, ensure_ascii=False) + "\n"
    if str(path) == "-":
        accept_every_encoding()
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
    """Print on standard error why a command ends, and return its exit code."""
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename} cannot be written: {error.strerror}. Correct --json"
    print(f"{command}: {printable(run.redactor.clean(text))}", file=sys.stderr)
    return code
