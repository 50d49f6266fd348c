"""Stops one request at the proxy until somebody says what becomes of it: the exact moment of a kill."""

from __future__ import annotations

import threading
from typing import Literal

from fire.exchange import Exchange, call
from fire.faults import Fault

Side = Literal["before", "after"]
SIDES: tuple[Side, ...] = ("before", "after")
LONGEST_SECONDS = 300.0


class Hold:
    """Holds the request of a number. `fault` is what the proxy is armed with.

    :param number: of the request, from 1.
    :param side: whether it is held before the service gets it, or after the service has carried it out.
    """

    def __init__(self, number: int, side: Side) -> None:
        self.fault = Fault(f"request {number} held {side} it is carried out", self._act)
        self.reached = threading.Event()
        self.request = ""
        """Method and path of the held request, without ids."""
        self._number, self._side = number, side
        self._seen, self._lock = 0, threading.Lock()
        self._released, self._lost = threading.Event(), False

    def lose(self) -> None:
        """Close the connection without an answer; a request that was held before is never sent."""
        self._lost = True
        self._released.set()

    def go_on(self) -> None:
        """Let the request be answered as if it had not been held."""
        self._released.set()

    def _act(self, exchange: Exchange) -> bool:
        with self._lock:
            self._seen += 1
            if self._seen != self._number:
                return False
        if self._side == "after":
            exchange.forward()
        self.request = call(exchange.method, exchange.path)
        self.reached.set()
        self._released.wait(LONGEST_SECONDS)
        if self._lost:
            exchange.reset()
        exchange.pass_on(exchange.forward())
        return True
