"""Polls until an asynchronous operation of a service is complete."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Waiter:
    """Polls with growing pauses. Clock and sleep are injected, so that tests use virtual time.

    :param first: seconds of the first pause.
    :param cap: seconds of the longest pause.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    first: float = 0.25
    cap: float = 5.0

    def until(self, ask: Callable[[], T], done: Callable[[T], bool], *, seconds: float) -> tuple[T, bool]:
        """Ask until `done` is true or the time is over.

        :param seconds: the limit; 0 asks once.
        :returns: the last answer, and whether `done` accepted it.
        """
        ends, pause = self.clock() + seconds, self.first
        while True:
            answer = ask()
            if done(answer):
                return answer, True
            left = ends - self.clock()
            if left <= 0:
                return answer, False
            self.sleep(min(pause, left))
            pause = min(pause * 1.5, self.cap)
