"""When an absence is believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_retrieval.core.beliefs import Absent, Present
from pulumi_retrieval.core.errors import (
    AuthenticationError,
    MalformedAnswerError,
    ObjectMissing,
    ParentMissing,
    ServiceError,
)
from pulumi_retrieval.core.looking import AGREEING, LOOKS, SPACING, Looks

from .clock import VirtualClock

MISSING, PARENT = ObjectMissing("read x", status=404), ParentMissing("read x", status=404)
DENIED, MALFORMED = AuthenticationError("read x", status=401), MalformedAnswerError("read x", status=200)
THERE = "the object"


class Service:
    """Answers one look after another; the last answer for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.looks = 0

    def __call__(self) -> Any:
        self.looks += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def look(
    service: Service,
    clock: VirtualClock,
    *,
    known_elsewhere: Callable[[], bool] = lambda: False,
    parent_absent: Callable[[], str | None] = lambda: None,
) -> Present[str] | Absent:
    return Looks(clock.sleep).look(service, known_elsewhere=known_elsewhere, parent_absent=parent_absent)


def test_the_limits_are_those_of_the_documentation() -> None:
    """docs/services/trieve.md, observed 6: read once or twice more after a pause, and cross-check."""
    assert AGREEING == 2
    assert LOOKS > AGREEING
    assert SPACING >= 1.0


def test_an_existing_object_is_found_by_the_first_read(clock: VirtualClock) -> None:
    service = Service(THERE)
    assert look(service, clock) == Present(THERE)
    assert (service.looks, clock.pauses) == (1, [])


def test_an_absence_needs_two_reads_with_a_pause_and_a_second_source(clock: VirtualClock) -> None:
    service, second = Service(MISSING), Service(False)
    assert look(service, clock, known_elsewhere=second) == Absent(2)
    assert (service.looks, second.looks, clock.pauses) == (2, 1, [1.0])


def test_one_not_found_answer_is_not_an_absence(clock: VirtualClock) -> None:
    second = Service(False)
    assert look(Service(MISSING, THERE), clock, known_elsewhere=second) == Present(THERE)
    assert second.looks == 0, "nothing is concluded from one look"


def test_an_object_in_the_second_source_is_read_again_and_then_raises_an_error(clock: VirtualClock) -> None:
    service = Service(MISSING)
    with pytest.raises(ObjectMissing, match="Another call of the service still knows it"):
        look(service, clock, known_elsewhere=lambda: True)
    assert (service.looks, clock.pauses) == (4, [1.0] * 3)


def test_a_failing_second_source_does_not_confirm_an_absence(clock: VirtualClock) -> None:
    with pytest.raises(ObjectMissing):
        look(Service(MISSING), clock, known_elsewhere=Service(MISSING))
    with pytest.raises(ServiceError, match="HTTP 500"):
        look(Service(MISSING), clock, known_elsewhere=Service(ServiceError("list", status=500)))
    assert look(Service(MISSING), clock, known_elsewhere=Service(MISSING, False)) == Absent(3)


@pytest.mark.parametrize("error", [MALFORMED, ServiceError("read x", status=500)])
def test_every_failure_but_not_found_is_raised_at_once(clock: VirtualClock, error: ServiceError) -> None:
    service = Service(error)
    with pytest.raises(type(error)):
        look(service, clock)
    assert service.looks == 1


def test_a_request_with_a_rejected_key_is_repeated_once(clock: VirtualClock) -> None:
    assert look(Service(DENIED, THERE), clock) == Present(THERE)
    assert clock.pauses == [1.0]
    service = Service(DENIED)
    with pytest.raises(AuthenticationError):
        look(service, clock)
    assert service.looks == 2


def test_a_missing_parent_is_judged_by_the_parent(clock: VirtualClock) -> None:
    assert look(Service(PARENT), clock, parent_absent=lambda: "organization o") == Absent(1, "organization o")
    service = Service(PARENT)
    with pytest.raises(ParentMissing):
        look(service, clock, parent_absent=lambda: None)
    assert service.looks == 4, "a parent that is there does not prove that the object is gone"


def test_insisting(clock: VirtualClock) -> None:
    looks = Looks(clock.sleep)
    assert looks.insist(Service(MISSING, DENIED, MISSING, THERE)) == THERE
    assert clock.pauses == [1.0] * 3
    service = Service(MISSING)
    with pytest.raises(ObjectMissing):
        looks.insist(service)
    assert service.looks == 4
    service = Service(DENIED)
    with pytest.raises(AuthenticationError):
        looks.insist(service)
    assert service.looks == 2
    service = Service(MISSING)
    with pytest.raises(ObjectMissing):
        looks.insist(service, looks=2)
    assert service.looks == 2
