"""When a request is sent again, and after which pause."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .messages import Answer, Request

Retryable = Callable[[Request, Answer], bool]


def retry_by_status(request: Request, answer: Answer) -> bool:
    """The default rule for a retry: always after 429; for reads also after 5xx and after unreadable bodies."""
    return answer.status == 429 or (not request.writes and (answer.status >= 500 or answer.garbled))


@dataclass(frozen=True)
class RetryPolicy:
    """The pauses between tries: exponential with full jitter, within a time budget.

    :param max_retries: most tries after the first one.
    :param base: seconds; the first pause is between 0 and this value.
    :param cap: seconds; no pause is longer, unless ``Retry-After`` asks for it.
    :param budget: seconds since the first try; a pause that would end later is not made.
    :param jitter: gives a number between its two arguments.
    """

    max_retries: int = 4
    base: float = 0.5
    cap: float = 8.0
    budget: float = 60.0
    jitter: Callable[[float, float], float] = random.uniform

    def pause(self, tries: int, *, asked: float | None, elapsed: float) -> float | None:
        """Seconds to wait before the next try; None if there is none.

        :param tries: how many were made already.
        :param asked: what ``Retry-After`` asked for, in seconds.
        :param elapsed: seconds since the first try began.
        """
        if tries > self.max_retries:
            return None
        pause = self.jitter(0, min(self.cap, self.base * 2 ** (tries - 1)))
        pause = max(pause, asked or 0)
        return pause if elapsed + pause <= self.budget else None

    def unwaited(self, asked: float | None, *, elapsed: float) -> float | None:
        """The seconds that ``Retry-After`` asked for, if they exceed the budget; None otherwise."""
        return asked if asked is not None and elapsed + asked > self.budget else None


def retry_after(answer: Answer | None) -> float | None:
    """Seconds that ``Retry-After`` asks for; the header holds a number, or a date by the clock of the service."""
    text = answer.headers.get("retry-after") if answer is not None else None
    if answer is None or text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    until, now = _seconds(text), _seconds(answer.headers.get("date", ""))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _seconds(date: str) -> float | None:
    """An HTTP date in seconds since 1970; None if it is not a date."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
