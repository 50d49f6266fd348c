"""Time that only the test moves."""

from __future__ import annotations


class VirtualClock:
    """Sleeping moves the clock at once; `pauses` remembers how long each sleep was, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
