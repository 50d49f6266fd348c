"""Run a command with a terminal as its standard error, and see what the terminal received."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

COLUMNS = 100
SECONDS = 120


@dataclass(frozen=True)
class OnTerminal:
    """A command that ended. :param screen: what the terminal got. :param output: what a pipe in place of it got."""

    returncode: int
    screen: str
    output: str


def on_a_terminal(
    *command: str,
    pipe_output: bool = False,
    term: str = "xterm-256color",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> OnTerminal:
    """Run a command. :param pipe_output: standard output is a pipe, and standard error alone a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    received: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # Linux tells the end of a terminal by an error
            while part := os.read(ours, 65536):
                received.append(part)

    reader = threading.Thread(target=read)
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**(os.environ if env is None else env), "TERM": term},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipe_output else theirs,
            stderr=theirs,
        )
    finally:
        os.close(theirs)
    reader.start()
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
        reader.join(SECONDS)
        os.close(ours)
    return OnTerminal(process.returncode, b"".join(received).decode(errors="replace"), (output or b"").decode())
