"""Finds out whether an object exists, by several reads.

A service may answer 404 or 500, or 401 to a valid key, whenever one of its queries fails for a moment
(`docs/services/trieve-observed.md` 2.3). A refresh that forgets an existing object does the worst damage, so an object counts as
absent only after two reads with a pause between them did not find it, and another call of the service does not know it either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from .beliefs import Absent, Present
from .errors import AuthenticationError, ObjectMissing, ParentMissing, ServiceError

T = TypeVar("T")

SPACING = 1.0
"""Seconds between two reads, so that they do not fail for the same momentary reason."""
LOOKS = 4
"""Reads of an object that another call still shows, before giving up."""
AGREEING = 2
"""Reads that must find nothing before an object counts as absent."""


class Looks:
    """Reads that are repeated with pauses. A "look" is one read of an object.

    :param sleep: waits for some seconds.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep

    def look(
        self,
        ask: Callable[[], T],
        *,
        known_elsewhere: Callable[[], bool],
        parent_absent: Callable[[], str | None] = lambda: None,
    ) -> Present[T] | Absent:
        """Find out whether one object exists.

        :param ask: reads the object once; raises `ObjectMissing` if it finds nothing.
        :param known_elsewhere: whether another call of the service shows the object. `ObjectMissing` means that it is unknown.
        :param parent_absent: called if a read says that the parent of the object is missing; the name of the parent if it is.
        :raises ServiceError: the service failed, or the reads and the other call contradict each other until the end.
        """
        last: ServiceError | None = None
        missing = denied = 0
        for _ in self._turns(LOOKS):
            try:
                return Present(ask())
            except ParentMissing as error:
                last, missing = error, missing + 1
                if (parent := parent_absent()) is not None:
                    return Absent(missing, parent)
            except AuthenticationError as error:
                last, denied = error, denied + 1
                if denied > 1:
                    raise
            except ObjectMissing as error:
                last, missing = error, missing + 1
                if missing >= AGREEING and not self._known(known_elsewhere):
                    return Absent(missing)
        assert last is not None
        if missing >= AGREEING:
            hint = "Another call of the service still knows it, so it does not count as deleted; try again later"
            raise last.retold(hint=hint)
        raise last

    def insist(self, ask: Callable[[], T], *, looks: int = LOOKS) -> T:
        """Read something that should exist, and repeat the read if the service does not find it or rejects the key.

        :raises ServiceError: the last read failed as well.
        """
        last: ServiceError | None = None
        for _ in self._turns(looks):
            try:
                return ask()
            except (ObjectMissing, AuthenticationError) as error:
                if isinstance(last, AuthenticationError) and isinstance(error, AuthenticationError):
                    raise
                last = error
        assert last is not None
        raise last

    def pause(self, seconds: float = SPACING) -> None:
        """Wait before the next look."""
        self._sleep(seconds)

    def over(self, pauses: Sequence[float], ask: Callable[[], T | None]) -> T | None:
        """Ask after each pause until the answer is not None; None if it never is. :param pauses: seconds."""
        for pause in pauses:
            if pause:
                self._sleep(pause)
            if (found := ask()) is not None:
                return found
        return None

    def _turns(self, most: int) -> Iterator[int]:
        for turn in range(most):
            if turn:
                self._sleep(SPACING)
            yield turn

    def _known(self, known_elsewhere: Callable[[], bool]) -> bool:
        try:
            return known_elsewhere()
        except ObjectMissing:
            return True  # this call failed as well, so the object may exist
