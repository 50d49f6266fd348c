"""Bounded waits, in virtual time."""

from __future__ import annotations

import itertools

import pytest

from pulumi_retrieval.core.waiting import Waiter

from .clock import VirtualClock


def test_the_awaited_answer_ends_the_wait(clock: VirtualClock) -> None:
    answers = itertools.count()
    waiter = Waiter(clock=clock, sleep=clock.sleep)
    assert waiter.until(lambda: next(answers), lambda answer: answer == 3, seconds=60) == (3, True)
    assert clock.pauses == [0.25, 0.375, 0.5625]


def test_pauses_grow_up_to_a_cap_and_end_with_the_bound(clock: VirtualClock) -> None:
    waiter = Waiter(clock=clock, sleep=clock.sleep, first=1, cap=2)
    assert waiter.until(lambda: "still", lambda _: False, seconds=8) == ("still", False)
    assert clock.pauses == [1, 1.5, 2, 2, 1.5]
    assert sum(clock.pauses) == 8


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_asks_once(clock: VirtualClock, seconds: float) -> None:
    answers = itertools.count()
    waiter = Waiter(clock=clock, sleep=clock.sleep)
    assert waiter.until(lambda: next(answers), lambda _: False, seconds=seconds) == (0, False)
    assert next(answers) == 1
    assert clock.pauses == []


def test_the_last_answer_is_asked_for_at_the_end(clock: VirtualClock) -> None:
    waiter = Waiter(clock=clock, sleep=clock.sleep, first=10)
    answer, awaited = waiter.until(lambda: clock.now >= 1005, bool, seconds=5)
    assert (answer, awaited) == (True, True)
    assert clock.pauses == [5]


def test_what_asking_raises_is_raised(clock: VirtualClock) -> None:
    def ask() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError):
        Waiter(clock=clock, sleep=clock.sleep).until(ask, bool, seconds=5)
