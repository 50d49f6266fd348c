"""The SDK's debug messages, which are sent only to an engine that shows them.

The SDK sends at least four debug messages for each resource to the engine, each as a call of its own that the program waits for: a
fifth of the processor time of a program with 800 datasets (`docs/engine.md` 4.6). The engine drops them unless its command line
asks for debug output. If the engine's command line cannot be read, as outside Linux, all messages are sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pulumi

ENGINE = "pulumi"
MOST_PARENTS = 6
"""How many processes above this one are searched for the engine; usually it is the second or third."""
ASKING = ("--debug", "--verbose", "--logtostderr", "--logflow", "--tracing", "--profiling", "--event-log")
SHORT = ("d", "v")
VARIABLES = ("PULUMI_DEBUG", "PULUMI_OPTION_DEBUG", "PULUMI_OPTION_VERBOSE")


def send_debug_messages_only_if_shown(*, processes: Path = Path("/proc")) -> bool:
    """Drop the debug messages of this process if the engine would not show them.

    :param processes: the folder in which Linux describes processes.
    :returns: whether they are dropped.
    """
    command = engine_command(processes)
    if command is None or asks_for_debug(command) or any(os.environ.get(name) for name in VARIABLES):
        return False
    pulumi.log.debug = _drop
    return True


def engine_command(processes: Path) -> Sequence[str] | None:
    """The command line of the engine above this process; None if it cannot be found."""
    for process in _parents(processes):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return None
        if os.path.basename(command[0]) == ENGINE:
            return command[1:]
    return None


def asks_for_debug(command: Sequence[str]) -> bool:
    """Whether a command line of the engine asks for debug output; also True for short options that are written together."""
    for argument in command:
        if argument == "--":
            return False
        if argument.startswith(ASKING):
            return True
        if argument.startswith("-") and not argument.startswith("--") and any(letter in argument for letter in SHORT):
            return True
    return False


def _parents(processes: Path) -> Iterator[Path]:
    """The processes above this one, nearest first."""
    number = "self"
    for _ in range(MOST_PARENTS):
        try:
            status = (processes / number / "status").read_text()
        except OSError:
            return
        number = next((line.split()[1] for line in status.splitlines() if line.startswith("PPid:")), "0")
        if number == "0":
            return
        yield processes / number


def _drop(msg: str, *_: Any, **__: Any) -> None:
    """Takes the place of `pulumi.log.debug`."""
