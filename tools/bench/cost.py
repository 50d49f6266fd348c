"""The cost of an operation, in seconds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """The cost of one operation.

    Args:
        seconds: elapsed time, which other work on the machine increases.
        processor: seconds of processor time, without those of the sandbox.
    """

    seconds: float
    processor: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.processor + other.processor)

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.seconds * factor, self.processor * factor)


def cost_of_commands(work: Callable[[], object]) -> Cost:
    """Measure work that runs commands and waits for their end."""
    started, before = time.monotonic(), _children()
    work()
    return Cost(time.monotonic() - started, _children() - before)


def cost_here(work: Callable[[], object]) -> Cost:
    """Measure work in this process."""
    started, before = time.monotonic(), time.process_time()
    work()
    return Cost(time.monotonic() - started, time.process_time() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
