"""The calls that only a service knows, with typed observations in and out.

An `Objects` class makes no decisions: it has no loops, repeats nothing, and concludes nothing. It raises what the service
answered (`core.errors`), and `core.reconciler` decides what that means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from .values import Path


class Phase(Enum):
    """Where an object is in its life."""

    READY = "ready"
    PENDING = "being made"
    """It exists, and the service goes on making it: provisioning, copying."""
    FAILED = "failed"
    """The service tried to make it and failed."""
    LEAVING = "deleting"
    """The service is deleting it."""


@dataclass(frozen=True)
class Observation:
    """What the service showed of one object.

    :param id: the id that the service knows it by.
    :param values: in the shape of the inputs; what the service does not return is absent.
    :param facts: outputs that are no inputs, such as ``created_at``.
    :param phase: where it is in its life.
    :param age_hours: hours since it was created; None where the service does not tell.
    :param detail: the service's own words about the phase.
    :param unlike: why this cannot be an object of the wanted kind, for people; empty where it can.
    :param partial: the look shows less than `Objects.read` does.
    :param source: the parsed answer, for the service's own code.
    """

    id: str
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    phase: Phase = Phase.READY
    age_hours: float | None = None
    detail: str = ""
    unlike: str = ""
    request_id: str | None = None
    partial: bool = False
    source: Any = field(default=None, repr=False)

    @property
    def exists(self) -> bool:
        """Whether the object is there, and not on its way out."""
        return self.phase is not Phase.LEAVING


@dataclass(frozen=True)
class Ref:
    """An object that is known by its id.

    :param id: the id that the service knows it by.
    :param values: stored outputs, or inputs, which say where it lives.
    :param what: the object for people: ``"dataset golden (3f7a…)"``.
    """

    id: str
    values: Mapping[str, Any]
    what: str


@dataclass(frozen=True)
class Template:
    """The object that a new one is copied from.

    :param values: what it holds, in the shape of the inputs.
    :param documents: how many documents it holds.
    """

    values: Mapping[str, Any]
    documents: int = 0


@dataclass(frozen=True)
class Part:
    """One object inside another one.

    :param documents: how many documents it holds.
    :param age_hours: hours since it was created; None where the service does not tell.
    :param keyed: whether it has a natural key, as everything has that this package creates.
    """

    documents: int
    age_hours: float | None
    keyed: bool


@dataclass(frozen=True)
class Contents:
    """What an object holds that would be lost with it.

    :param count: how many; 0 is exact.
    :param unit: what is counted, in the singular: ``"document"``.
    :param names: some of them, for people.
    :param listed: whether a zero may come of an empty list or a false absence, and so is not believed alone.
    :param parts: each of them, where they are objects of their own.
    """

    count: int
    unit: str = "document"
    names: Sequence[str] = ()
    listed: bool = False
    parts: Sequence[Part] = ()

    @property
    def told(self) -> str:
        """The count for people: ``"40 documents"``."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True)
class Write:
    """One call that changes an object.

    :param operation: what is attempted, for errors.
    :param send: makes the call; gives a remark for people, or "". Raises `UnclearWriteError` where the answer is not the
        documented one.
    :param patch: the values that it sets, by path.
    :param readable: whether a read can show the whole result. Where it cannot, only the documented answer proves it.
    :param ref: where the object is found afterwards.
    """

    operation: str
    send: Callable[[], str]
    patch: Mapping[Path, Any]
    ref: Ref
    readable: bool = True


@dataclass(frozen=True)
class Capabilities:
    """What a service can do with one kind of object.

    :param keyed: the service knows a natural key and keeps it unique, so `find` gives one object at most.
    :param refuses_duplicates: a create for a natural key that exists is answered with a refusal. Where it is not, the
        service is asked before every create.
    :param hides_duplicates: a create for a natural key that exists may be answered like a creation, so that one look that
        finds nothing is not enough before it.
    :param repeatable: a create may be sent again when its effect cannot be found.
    :param async_create: a create is answered before the object is ready.
    :param async_delete: a delete is answered before the object is gone.
    :param recreates_failed: a create repairs an object that could not be made.
    :param changes_group: a write changes many objects of a group at once.
    :param answer_is_complete: the documented answer to an update proves all of it, so nothing is read before or after.
    :param told_once: only the answer to a create holds what makes the object useful, and it has no id. So an existing
        object is never taken over, and a create whose answer was lost has made a useless one (`core.issuing`).
    :param deletes_blindly: a delete is answered alike whether there was an object or not, so a look has to show the result.
    """

    keyed: bool = True
    refuses_duplicates: bool = True
    hides_duplicates: bool = False
    repeatable: bool = True
    async_create: bool = False
    async_delete: bool = False
    recreates_failed: bool = False
    changes_group: bool = False
    answer_is_complete: bool = False
    told_once: bool = False
    deletes_blindly: bool = False


class Objects(ABC):
    """The calls of one kind of object. Every method may raise `core.errors.ServiceError`."""

    can: Capabilities = Capabilities()
    side_effects: frozenset[Path] = frozenset()
    """Inputs that the service itself changes with every update."""
    unlocking: Mapping[Path, Any] = MappingProxyType({})
    """The patch that takes off a lock which stops a delete; empty where the service has no locks."""

    def ref(self, object_id: str, values: Mapping[str, Any], what: str) -> Ref:
        """How an object of the state is found.

        :param object_id: the id in the state.
        :param values: stored outputs, or inputs.
        :param what: the object for people, without its id.
        """
        return Ref(object_id, values, f"{what} ({object_id})")

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """What the object shares with others that one call may change or count together, such as its organization."""
        return ""

    def given_id(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of an object that exists and that the program wants managed; None where it names none."""
        return None

    def template(self, inputs: Mapping[str, Any]) -> Template | None:
        """The object that the new one is to be copied from, or None.

        :raises RefusedError: a copy cannot be what the program says.
        """
        return None

    @abstractmethod
    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """The object under the natural key; where there is none, every object that equals the inputs.

        Where objects are told once: the whole list, with `Observation.unlike` on those that differ from the inputs.
        """

    @abstractmethod
    def read(self, ref: Ref) -> Observation:
        """One look at an object. :raises ObjectMissing: the service shows none."""

    def probe(self, ref: Ref) -> Observation:
        """One look at whether an object is still there, by the fewest calls."""
        return self.read(ref)

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether a second source, which answered, still knows the object."""
        return False

    def parent_absent(self, ref: Ref) -> str | None:
        """The object that this one belongs to, for people, where that is surely gone; None where it is there."""
        return None

    @abstractmethod
    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation | None:
        """Create the object by one call.

        :returns: what the answer shows; None where the answer shows too little and the object has to be read. Where it is
            told once, only the facts that nothing else shows; the id is empty.
        :raises ObjectExists: the natural key is taken.
        :raises UnclearWriteError: nobody knows whether it was carried out.
        """

    def prove(self, issued: Observation, inputs: Mapping[str, Any]) -> None:
        """Use what the answer to a create told once, by one call.

        :raises AuthenticationError: the service does not know it.
        """
        raise NotImplementedError

    def unfinished(self, seen: Observation, inputs: Mapping[str, Any], template: Template | None) -> bool:
        """Whether the service goes on making an object that it has answered for, and a create waits for that."""
        return seen.phase in (Phase.PENDING, Phase.FAILED)

    def poll(
        self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None, turn: int
    ) -> Observation:
        """Look how far the service is with an object that it goes on making.

        :param seen: what was seen last.
        :param turn: 0, 1, …
        """
        return self.read(ref)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """The calls that bring an object from `before` to a patch, in their order.

        :raises RefusedError: a call would destroy what the patch does not name.
        """
        raise NotImplementedError

    def as_applied(self, ref: Ref, inputs: Mapping[str, Any]) -> Observation:
        """What is there after an update whose answer is complete."""
        raise NotImplementedError

    def carries(self, path: Path) -> bool:
        """Whether every update repeats a key that the service would forget, managed or not, because a read shows it."""
        return True

    def after_create(self, patch: Mapping[Path, Any], seen: Observation) -> Mapping[Path, Any]:
        """The update that follows a create or an adoption, without what must not be sent."""
        return patch

    def origin(self, inputs: Mapping[str, Any], template: Template | None) -> Mapping[str, Any]:
        """Outputs that are no inputs and that only a create can tell."""
        return {}

    def created_values(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an object that was created from inputs holds and no read tells, in the shape of the inputs."""
        return {}

    def parent_key(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of the object that this one belongs to: nothing can be in one that this run has created."""
        return None

    def erased(self, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation) -> list[Path]:
        """What the calls of `writes` would erase although the program does not manage it, as far as a read shows it."""
        return []

    def contents(self, ref: Ref) -> Contents | None:
        """What would be lost with the object; None where the service cannot tell yet. One call if possible."""
        return Contents(0)

    def counted_elsewhere(self, ref: Ref) -> int:
        """The same count from a second source; asked where the first one is an empty list."""
        return 0

    def delete(self, ref: Ref) -> None:
        """Delete the object by one call.

        :raises ObjectMissing: the service shows none.
        :raises UnclearWriteError: the answer is not the documented one.
        """
        raise NotImplementedError
