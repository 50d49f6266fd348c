"""Whether something is really there: looks that do not take the first denial for an answer.

A service may answer 404, 500, or 401 to a good key, whenever one query fails for a moment
(`docs/services/trieve-observed.md` 2.3). Forgetting an object that exists is the worst thing a refresh can do, so an
absence is believed only after a second, spaced look agrees, and a second source does not know the object either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from .beliefs import Absent, Present
from .errors import AuthenticationError, ObjectMissing, ParentMissing, ServiceError

T = TypeVar("T")

SPACING = 1.0
"""Seconds between two looks that shall not fail for the same reason."""
LOOKS = 4
"""Looks at an object that a second source knows, before giving up."""
AGREEING = 2
"""Looks that must find nothing before an absence is believed."""


class Looks:
    """Asks again, with pauses.

    :param sleep: takes seconds.
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
        """Look at one object.

        :param ask: one look; raises `ObjectMissing` where it finds nothing.
        :param known_elsewhere: the second source. Raising `ObjectMissing` means that it could not tell.
        :param parent_absent: asked where the look says that the object's parent is missing.
        :raises ServiceError: the service failed, or the looks and the second source disagree to the end.
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
        """Ask for something that is known to be there, again where the service denies it.

        :raises ServiceError: it goes on denying it.
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
        """Ask after each pause, until there is an answer. :param pauses: seconds."""
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
            return True  # the second source failed as well, so nothing is known
