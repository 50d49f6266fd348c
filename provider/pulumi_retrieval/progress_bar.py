"""How far a command is: a bar on a terminal, a line now and then elsewhere. Always on standard error, never among results.

Commands alone use it. A program and a provider process show nothing of their own: the engine owns their screen.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

QUIET_SECONDS = 15.0
"""Time between two lines where there is no terminal; work that is shorter prints none."""


class ProgressBar:
    """A context manager that shows how far some work is; every method may be called from several threads.

    :param command: what the lines begin with: ``"wait"``.
    :param what: the work, for people, until `show` names another: ``"previewing dev"``.
    :param stream: standard error where it is None.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, command: str, what: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command = command
        self._what = what
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._told_at = clock()

    def __enter__(self) -> ProgressBar:
        if is_terminal(self._stream):
            self._bar = _new_bar(self._stream)
            self._bar.add_task(self._what, total=None)
            self._bar.start()
        return self

    def __exit__(self, *args: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def show(self, done: int, total: int | None = None, *, what: str = "") -> None:
        """Say how far the work is.

        :param total: None where nobody knows how much there is.
        :param what: the work, from now on.
        """
        with self._lock:
            self._what = what or self._what
            if self._bar is not None:
                task = self._bar.task_ids[0]
                self._bar.update(task, description=self._what, completed=done, total=total)
            elif self._clock() - self._told_at >= QUIET_SECONDS:
                self._line(f"{self._what}: {done}{'' if total is None else f' of {total}'}")

    def say(self, text: str) -> None:
        """Print a line of its own, above the bar where there is one."""
        with self._lock:
            if self._bar is None:
                self._line(text)
                return
            from rich.text import Text

            self._bar.console.print(Text(f"{self._command}: {text}"), soft_wrap=True)

    def _line(self, text: str) -> None:
        self._told_at = self._clock()
        print(f"{self._command}: {text}", file=self._stream, flush=True)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _new_bar(stream: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=stream, force_terminal=True, highlight=False),
        transient=True,
        # Only what goes to the same terminal may be printed above the bar; a pipe gets what was meant for it.
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=stream is sys.stderr,
    )
