"""What a kind of resource says of itself, and the calls it can make. Each resource of a service fills this in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from .connection import Connection
from .declaration import Declaration
from .plan import ImmutableChange, Plan
from .records import Fetched
from .refusal import Way, usual_ways
from .run import Run


class ResourceKind(ABC):
    """One kind of resource of one service."""

    noun: ClassVar[str]
    """What people call the object: ``"dataset"``."""
    model: type[BaseModel]
    """The input model."""
    natural_key: ClassVar[str | None] = None
    """The input that identifies the object in the service before its id is known."""
    replaces_freely: ClassVar[bool] = False
    """Whether a replacement loses nothing, so that a change of an immutable key simply makes one."""

    def __init__(self, *, connection: Connection, run: Run) -> None:
        self.connection = connection
        self.run = run

    # What a resource says of itself.

    @property
    def endpoint(self) -> str:
        """Where objects of this connection live, as stored."""
        return self.connection.base_url

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The object as a person would name it: ``"dataset golden"``."""
        key = values.get(self.natural_key) if self.natural_key else None
        return f"{self.noun} {key}" if isinstance(key, str) else self.noun

    def fill(  # noqa: B027, one may leave nothing to us
        self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration
    ) -> None:
        """Fill inputs that the program leaves to us. Must be deterministic."""

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Local rules beyond the model: one text for each broken one. Inputs may hold unknowns."""
        return ()

    def change_rules(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> Sequence[str]:
        """Local rules on a change of an object that exists."""
        return ()

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Within what the natural key is unique; None while that is not known."""
        return (self.endpoint,)

    def ways(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Way]:
        """The ways out of a refusal."""
        return usual_ways(changes, declaration)

    def run_key(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """Under what `core.run.Run` remembers the object; ids that are no uuids should say where they live."""
        return object_id

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """Why the object cannot be replaced although the program allows it; None where it can."""
        return None

    # The calls.

    @abstractmethod
    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """Create the object, or adopt it."""

    @abstractmethod
    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Read the object; None where it is surely gone."""

    @abstractmethod
    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Send the partial update of a plan whose patch is not empty, and read the result."""

    @abstractmethod
    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the object; absent is success."""
