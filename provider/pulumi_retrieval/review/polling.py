"""Waiting for many objects at once: one list for each organization or account in each round, however many objects there are.

The list of Trieve's datasets counts their chunks. The list of Cortex' tenants tells which failed and which are gone, and not
which are ready (docs/services/cortex.md 1.4, 1.6); so in each round the status is asked of one tenant after the other until one
is not ready yet. Over a whole wait that is a call for each tenant, and one for each round.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from ..core.errors import AuthenticationError, ConfigurationError, ObjectMissing, PermissionDenied, ServiceError
from ..core.waiting import Waiter
from .awaited import Awaited

AT_ONCE = 4
"""Lists that are asked for at once; the client of each service has its own, lower or higher, bound."""
ROUNDS_GONE = 2
"""Rounds in a row whose list lacks an object before it is asked for by its id."""
ROUNDS_FAILED = 3
"""Rounds in a row in which a service does not answer before the wait is given up."""
GIVES_UP = (AuthenticationError, PermissionDenied, ConfigurationError)
"""What the next round would only hear again."""
NO_CHUNKS = (
    "it has no chunk yet: the installation may run no clone worker (the official compose file and Helm chart do not), or the "
    "plan's limit of chunks is reached"
)


class Outcome(Enum):
    """How far one object is."""

    PENDING = "pending"
    COMPLETE = "complete"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True)
class Seen:
    """What is known of one object.

    :param detail: for people.
    :param count: chunks that a clone holds.
    """

    outcome: Outcome = Outcome.PENDING
    detail: str = ""
    count: int = 0


NEVER = Seen(detail="it was not looked at yet")


class Trieve(Protocol):
    """The look-ups of one connection to Trieve."""

    def datasets(self, *, organization_id: str) -> Sequence[Mapping[str, Any]]:
        """Every dataset of an organization, with its number of chunks."""

    def dataset(self, *, dataset_id: str, organization_id: str) -> Any:
        """One dataset. :raises ObjectMissing: there is none."""


class Listed(Protocol):
    """The tenants of an account."""

    @property
    def tenant_ids(self) -> Sequence[str]:
        """Their ids."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Id → why its provisioning failed."""


class Cortex(Protocol):
    """One connection to Cortex."""

    def list_tenants(self) -> Listed:
        """All tenants of the account."""

    def readiness(self, tenant_id: str) -> tuple[bool, str]:
        """Whether a tenant is ready, and how far it is. :raises ObjectMissing: there is none."""


class Group(ABC):
    """Objects that one list shows.

    :param items: id in the service → what is waited for.
    """

    def __init__(self, items: Mapping[str, Awaited]) -> None:
        self.items = dict(items)
        self.seen: dict[str, Seen] = dict.fromkeys(items, NEVER)
        self.error: ServiceError | None = None
        self._failures = 0
        self._missed: dict[str, int] = {}

    @property
    def pending(self) -> list[str]:
        """The ids of what is not decided yet."""
        return [name for name, seen in self.seen.items() if seen.outcome is Outcome.PENDING]

    def look(self) -> None:
        """One round.

        :raises RetrievalError: the service refuses to answer, or has not answered for some rounds.
        """
        try:
            self._look()
        except GIVES_UP:
            raise
        except ServiceError as error:
            self.error, self._failures = error, self._failures + 1
            if self._failures >= ROUNDS_FAILED:
                raise
        else:
            self.error, self._failures = None, 0

    @abstractmethod
    def _look(self) -> None:
        """Ask for the list, and take what it says."""

    @abstractmethod
    def _is_there(self, object_id: str) -> bool:
        """Ask for one object by its id."""

    def _absent(self, object_id: str) -> None:
        """The list lacks an object. One list alone is not believed."""
        self._missed[object_id] = self._missed.get(object_id, 0) + 1
        if self._missed[object_id] >= ROUNDS_GONE and not self._is_there(object_id):
            self.seen[object_id] = Seen(Outcome.GONE, "the service does not know it any more")

    def _present(self, object_id: str) -> None:
        self._missed.pop(object_id, None)


class Clones(Group):
    """The clones of one organization."""

    def __init__(self, items: Mapping[str, Awaited], *, lookups: Trieve, organization: str) -> None:
        super().__init__(items)
        self._lookups = lookups
        self._organization = organization

    def _look(self) -> None:
        listed = {
            one["id"]: int(one["chunk_count"]) for one in self._lookups.datasets(organization_id=self._organization)
        }
        for object_id in self.pending:
            if object_id in listed:
                self._present(object_id)
                self.seen[object_id] = clone_seen(listed[object_id], self.items[object_id].wanted)
            else:
                self._absent(object_id)

    def _is_there(self, object_id: str) -> bool:
        try:
            self._lookups.dataset(dataset_id=object_id, organization_id=self._organization)
        except ObjectMissing:
            return False
        return True


def clone_seen(count: int, wanted: int) -> Seen:
    """What a number of chunks says of a clone. :param wanted: chunks that its source held."""
    if count >= wanted:
        return Seen(Outcome.COMPLETE, f"{count} chunks", count)
    return Seen(Outcome.PENDING, f"{count} of {wanted} chunks" + ("" if count else f"; {NO_CHUNKS}"), count)


class Tenants(Group):
    """The tenants of one account."""

    def __init__(self, items: Mapping[str, Awaited], *, service: Cortex) -> None:
        super().__init__(items)
        self._service = service
        self._turn = deque(items)

    def _look(self) -> None:
        listed = self._service.list_tenants()
        there = set(listed.tenant_ids)
        for tenant_id in self.pending:
            if tenant_id in listed.failed:
                self.seen[tenant_id] = Seen(Outcome.FAILED, listed.failed[tenant_id] or "the service does not say why")
            elif tenant_id in there:
                self._present(tenant_id)
            else:
                self._absent(tenant_id)
        self._ask_until_one_is_not_ready(there)

    def _ask_until_one_is_not_ready(self, there: set[str]) -> None:
        """The one that is not ready goes to the end of the row, so that it hides no other one."""
        for _ in range(len(self._turn)):
            tenant_id = self._turn.popleft()
            if self.seen[tenant_id].outcome is not Outcome.PENDING:
                continue
            self._turn.append(tenant_id)
            if tenant_id not in there:
                continue
            try:
                ready, detail = self._service.readiness(tenant_id)
            except ObjectMissing:  # it went after it was listed; the next list says so
                continue
            self.seen[tenant_id] = Seen(Outcome.COMPLETE if ready else Outcome.PENDING, detail)
            if not ready:
                return

    def _is_there(self, object_id: str) -> bool:
        try:
            self._service.readiness(object_id)
        except ObjectMissing:
            return False
        return True


class Watch:
    """A bounded wait for groups of objects.

    :param told: is called after each round.
    """

    def __init__(self, groups: Sequence[Group], *, waiter: Waiter, told: Callable[[Watch], None]) -> None:
        self.groups = groups
        self._waiter = waiter
        self._told = told

    def run(self, *, seconds: float) -> bool:
        """Look, round after round, until everything is decided or the time is over; give back whether it is decided.

        :param seconds: the bound; 0 looks once.
        :raises RetrievalError: a service refuses to answer, or has not answered for some rounds.
        """
        if not self.groups:
            return True
        with ThreadPoolExecutor(AT_ONCE) as pool:
            _, decided = self._waiter.until(lambda: self._round(pool), lambda left: left == 0, seconds=seconds)
        return decided

    @property
    def seen(self) -> list[tuple[Awaited, Seen]]:
        """Every object and what is known of it."""
        return [(group.items[name], seen) for group in self.groups for name, seen in group.seen.items()]

    @property
    def left(self) -> int:
        """How many objects are not decided."""
        return sum(len(group.pending) for group in self.groups)

    def _round(self, pool: ThreadPoolExecutor) -> int:
        for _ in pool.map(lambda group: group.look(), [group for group in self.groups if group.pending]):
            pass
        self._told(self)
        return self.left
