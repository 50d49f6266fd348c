"""Progress: a bar on a terminal, lines now and then elsewhere, and nothing of it in what a command prints."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from pulumi_retrieval.progress_bar import QUIET_SECONDS, ProgressBar
from support.terminal import on_a_terminal

WORK = """
import sys
from pulumi_retrieval.progress_bar import ProgressBar

with ProgressBar("sweep", "reading") as bar:
    bar.say("begun [bold]")
    for number in range(1, 6):
        bar.show(number, 5, what="reading datasets [red]")
    print("a result", flush=True)
    bar.show(5, 5)
"""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_come_now_and_then() -> None:
    clock, stream = Clock(), io.StringIO()
    with ProgressBar("wait", "waiting", stream=stream, clock=clock) as bar:
        bar.show(1, 9)
        assert stream.getvalue() == ""
        clock.now = QUIET_SECONDS
        bar.show(2, 9)
        bar.show(3, 9)
        clock.now = 2 * QUIET_SECONDS
        bar.show(4, what="asking")
        clock.now += QUIET_SECONDS - 1
        bar.say("something else")
        clock.now += 1
        bar.show(5)
    assert stream.getvalue() == "wait: waiting: 2 of 9\nwait: asking: 4\nwait: something else\n"


def test_a_pipe_gets_the_result_alone() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a result\n", "sweep: begun [bold]\n")


def test_a_terminal_gets_a_bar() -> None:
    done = on_a_terminal(sys.executable, "-c", WORK)
    assert done.returncode == 0
    assert "sweep: begun [bold]" in done.screen
    assert "reading datasets [red]" in done.screen
    assert "5/5" in done.screen
    assert "\x1b[" in done.screen  # it is drawn again in its place, and taken away at the end


def test_a_bar_on_a_terminal_stays_out_of_a_pipe() -> None:
    done = on_a_terminal(sys.executable, "-c", WORK, pipe_output=True)
    assert (done.returncode, done.output) == (0, "a result\n")
    assert "5/5" in done.screen


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_draw_gets_lines(term: str) -> None:
    done = on_a_terminal(sys.executable, "-c", WORK, term=term)
    assert done.screen.replace("\r", "") == "sweep: begun [bold]\na result\n"
