"""The interface to the calls of one kind of object in its service.

An `Objects` class makes the calls and decides nothing: it repeats no call and draws no conclusion. It raises failures of the
service as errors (`core.errors`), and `core.reconciler` decides what they mean.
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
    """The stage of the life cycle that an object is in."""

    READY = "ready"
    PENDING = "being made"
    """It exists, and the service is still provisioning it or copying into it."""
    FAILED = "failed"
    """The service failed to provision it."""
    LEAVING = "deleting"
    """The service is deleting it."""


@dataclass(frozen=True)
class Observation:
    """The state of one object as a read showed it.

    :param id: its id in the service.
    :param values: its values in the shape of the inputs; values that the service does not return are missing.
    :param facts: outputs that are not inputs, such as ``created_at``.
    :param phase: the stage of its life cycle.
    :param age_hours: hours since it was created; None if the service does not say.
    :param detail: the service's own words about the phase.
    :param unlike: why this cannot be an object of the wanted kind, for people; empty if it can.
    :param partial: whether it shows less than `Objects.read` does.
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
        """Whether the object exists and is not being deleted."""
        return self.phase is not Phase.LEAVING


@dataclass(frozen=True)
class Ref:
    """A reference to an object with a known id.

    :param id: its id in the service.
    :param values: stored outputs, or inputs; they hold for example its organization.
    :param what: its name for people: ``"dataset golden (3f7a…)"``.
    """

    id: str
    values: Mapping[str, Any]
    what: str


@dataclass(frozen=True)
class Template:
    """The object that a new one is cloned from.

    :param values: its values, in the shape of the inputs.
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
    """What would be lost with an object.

    :param count: how many; 0 is exact.
    :param unit: what is counted, in the singular: ``"document"``.
    :param names: the names of some of them, for people.
    :param listed: whether a zero may come from a wrong empty list or a wrong absence, so that it must be checked again.
    :param parts: each of them, if they are objects of their own.
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
    :param send: makes the call, and returns a warning for people, or "". Raises `UnclearWriteError` if the answer is not the
        documented one.
    :param patch: the values that it sets, by path.
    :param readable: whether a read can show the whole result. If not, only the documented answer proves it.
    :param ref: the object as it is found afterwards.
    """

    operation: str
    send: Callable[[], str]
    patch: Mapping[Path, Any]
    ref: Ref
    readable: bool = True


@dataclass(frozen=True)
class Capabilities:
    """What a service can do with one kind of object.

    :param keyed: the service has a natural key and keeps it unique, so `find` returns one object at most.
    :param refuses_duplicates: the service refuses a create for an existing natural key. If it does not, `find` is called before
        every create.
    :param hides_duplicates: the service may answer a create for an existing natural key like a success, so a `find` without
        result is checked by another call before the create.
    :param repeatable: a create may be sent again if no new object is found.
    :param async_create: a create is answered before the object is ready.
    :param async_delete: a delete is answered before the object is gone.
    :param recreates_failed: a create repairs an object whose provisioning failed.
    :param changes_group: a write changes many objects of a group at once.
    :param answer_is_complete: the documented answer to an update proves the whole result, so nothing is read before or after it.
    :param told_once: the secret of an object is only in the answer to its create, which has no id. An existing object is
        never taken over, and an object whose answer was lost is useless (`core.issuing`).
    :param deletes_blindly: the service answers a delete in the same way whether the object existed or not, so a read follows.
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
    """Paths of inputs that the service itself changes in every update."""
    unlocking: Mapping[Path, Any] = MappingProxyType({})
    """The patch that removes a lock that prevents deletes; empty if the service has no locks."""

    def ref(self, object_id: str, values: Mapping[str, Any], what: str) -> Ref:
        """The reference to an object of the state.

        :param object_id: the id in the state.
        :param values: stored outputs, or inputs.
        :param what: the object for people, without its id.
        """
        return Ref(object_id, values, f"{what} ({object_id})")

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """The group of the object, such as its organization: one call may change or count all objects of a group."""
        return ""

    def given_id(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of an existing object that the program names; None if it names none."""
        return None

    def template(self, inputs: Mapping[str, Any]) -> Template | None:
        """The object that the new one is cloned from, or None.

        :raises RefusedError: a clone cannot have the values of the program.
        """
        return None

    @abstractmethod
    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """The object with the natural key; for objects without natural keys, every object that equals the inputs.

        If `Capabilities.told_once` is set: the whole list, with `Observation.unlike` on those that differ from the inputs.
        """

    @abstractmethod
    def read(self, ref: Ref) -> Observation:
        """Read an object once. :raises ObjectMissing: the service finds none."""

    def probe(self, ref: Ref) -> Observation:
        """Read once whether an object still exists, with as few calls as possible. The result may be partial."""
        return self.read(ref)

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether another call of the service still shows the object."""
        return False

    def parent_absent(self, ref: Ref) -> str | None:
        """The name of the object that this one belongs to, if that one is certainly gone; None if it exists."""
        return None

    @abstractmethod
    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation | None:
        """Create the object by one call.

        :returns: the object as the answer shows it; None if the answer shows too little, so that the object has to be read. If
            `Capabilities.told_once` is set, only the facts that nothing else shows, with an empty id.
        :raises ObjectExists: the natural key is taken.
        :raises UnclearWriteError: it is unknown whether the create was carried out.
        """

    def prove(self, issued: Observation, inputs: Mapping[str, Any]) -> None:
        """Send one request with the secret from the answer to a create.

        :raises AuthenticationError: the service rejects it.
        """
        raise NotImplementedError

    def unfinished(self, seen: Observation, inputs: Mapping[str, Any], template: Template | None) -> bool:
        """Whether the service still works on an object whose create it has answered, and a create waits for that."""
        return seen.phase in (Phase.PENDING, Phase.FAILED)

    def poll(
        self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None, turn: int
    ) -> Observation:
        """Read the progress of an object that the service still works on.

        :param seen: the last observation.
        :param turn: 0, 1, …
        """
        return self.read(ref)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """The calls that apply a patch to an object, in their order.

        :param before: the object as it was read before.
        :raises RefusedError: a call would destroy values that are not in the patch.
        """
        raise NotImplementedError

    def as_applied(self, ref: Ref, inputs: Mapping[str, Any]) -> Observation:
        """The object after an update whose answer is complete (`Capabilities.answer_is_complete`)."""
        raise NotImplementedError

    def carries(self, path: Path) -> bool:
        """Whether every update can repeat a key that the service would otherwise erase, because a read shows it."""
        return True

    def after_create(self, patch: Mapping[Path, Any], seen: Observation) -> Mapping[Path, Any]:
        """The patch of the update that follows a create or an adoption, without values that must not be sent."""
        return patch

    def origin(self, inputs: Mapping[str, Any], template: Template | None) -> Mapping[str, Any]:
        """Outputs that are not inputs and that are known only when the object is created."""
        return {}

    def created_values(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values of a new object that no read returns, in the shape of the inputs."""
        return {}

    def parent_key(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of the object that this one belongs to. If this run created that one, nothing else can be in it."""
        return None

    def erased(self, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation) -> list[Path]:
        """Paths of values that the program does not manage and that the calls of `writes` would erase, if a read shows them."""
        return []

    def contents(self, ref: Ref) -> Contents | None:
        """What would be lost with the object; None if the service cannot say yet. One call if possible."""
        return Contents(0)

    def counted_elsewhere(self, ref: Ref) -> int:
        """The count of `contents` from another call; used if `contents` comes from an empty list."""
        return 0

    def delete(self, ref: Ref) -> None:
        """Delete the object by one call.

        :raises ObjectMissing: the service finds none.
        :raises UnclearWriteError: the answer is not the documented one.
        """
        raise NotImplementedError
