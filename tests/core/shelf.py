"""A small service in memory, and the life cycle of its only kind of object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from pydantic import BaseModel

from pulumi_retrieval.core.connection import Connection
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.definition import Definition
from pulumi_retrieval.core.errors import ObjectMissing
from pulumi_retrieval.core.fields import flatten
from pulumi_retrieval.core.objects import Contents, Objects, Observation, Ref, Template, Write
from pulumi_retrieval.core.plan import Plan
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import Path, nest

from .clock import VirtualClock
from .models import Thing

SECRET = ("settings", "key")
MORE = ("more_items",)


class Shelf:
    """Things by id. Fills in a default, returns no secrets, adds to one list, and keeps what it was sent."""

    def __init__(self) -> None:
        self.things: dict[str, dict[Path, Any]] = {}
        self.hidden: set[Path] = {SECRET}
        """Keys that no read shows."""
        self.forgets: set[Path] = set()
        """Keys that every update erases that does not repeat them."""
        self.calls: list[tuple[str, Any]] = []
        self.deaf_to: set[Path] = set()
        """Keys that writes do not change, although they succeed."""
        self.documents = 0
        """How many documents every thing holds."""
        self.meanwhile: dict[Path, Any] = {}
        """What somebody else writes during the next update."""

    def create(self, values: dict[Path, Any]) -> str:
        self.calls.append(("create", nest(values)))
        object_id = f"id-{len(self.things) + 1}"
        defaults = {("settings", "size"): 1536, ("settings", "metric"): "cosine", ("schema_items",): []}
        self.things[object_id] = {**defaults, **self._heard(values)}
        return object_id

    def update(self, object_id: str, patch: Mapping[Path, Any]) -> None:
        self.calls.append(("update", nest(patch)))
        thing, heard = self.things[object_id], self._heard(patch)
        for path in self.forgets:
            thing.pop(path, None)
        if MORE in heard:
            heard[MORE] = [*thing.get(MORE, []), *heard[MORE]]
        thing.update({**heard, **self.meanwhile})

    def get(self, object_id: str) -> dict[str, Any] | None:
        self.calls.append(("get", object_id))
        thing = self.things.get(object_id)
        return None if thing is None else nest({p: v for p, v in deepcopy(thing).items() if p not in self.hidden})

    def delete(self, object_id: str) -> None:
        self.calls.append(("delete", object_id))
        self.things.pop(object_id, None)

    def writes(self) -> list[tuple[str, Any]]:
        return [call for call in self.calls if call[0] != "get"]

    def _heard(self, values: Mapping[Path, Any]) -> dict[Path, Any]:
        return {path: value for path, value in values.items() if path not in self.deaf_to}


class ThingDefinition(Definition):
    """Things on the shelf: the natural key is `name`."""

    noun: ClassVar[str] = "thing"
    model: type[BaseModel] = Thing
    natural_key: ClassVar[str | None] = "name"

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> list[str]:
        return ["note: must not shout"] if inputs.get("note") == "LOUD" else []

    def objections(self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> list[str]:
        return ["note: must not be called twice"] if old.get("note") == inputs.get("note") == "twice" else []

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        return None if old.get("force_destroy") is True else "force_destroy=True was not applied before"


class ThingObjects(Objects):
    def __init__(self, shelf: Shelf, model: type[BaseModel] = Thing) -> None:
        self.shelf = shelf
        self.model = model

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        return ()

    def read(self, ref: Ref) -> Observation:
        thing = self.shelf.get(ref.id)
        if thing is None:
            raise ObjectMissing(f"read {ref.what}")
        return self._observation(ref.id, thing)

    def origin(self, inputs: Mapping[str, Any], template: Template | None) -> Mapping[str, Any]:
        return {"origin_of": inputs.get("origin")}

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        sent = {path: value for path, value in flatten(self.model, inputs).items() if path[0] not in KEPT}
        object_id = self.shelf.create(sent)
        return self._observation(object_id, self.shelf.get(object_id) or {})

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        held = flatten(self.model, before.values)
        repeated = {path: held[path] for path in self.shelf.forgets if path in held}

        def send() -> str:
            self.shelf.update(ref.id, {**repeated, **patch})
            return ""

        return (Write(f"update {ref.what}", send, patch, ref),)

    def carries(self, path: Path) -> bool:
        return path not in self.shelf.hidden

    def contents(self, ref: Ref) -> Contents:
        return Contents(self.shelf.documents)

    def delete(self, ref: Ref) -> None:
        self.shelf.delete(ref.id)

    def _observation(self, object_id: str, thing: Mapping[str, Any]) -> Observation:
        return Observation(object_id, thing, {"created_at": "2026", "nothing": None})


KEPT = {"origin", "note", "force_destroy", "allow_rename", "on_immutable_change"}


def thing(
    shelf: Shelf, *, connection: Connection, run: Run, definition: type[ThingDefinition] = ThingDefinition
) -> Reconciler:
    """The reconciler of things on a shelf, in virtual time."""
    clock = VirtualClock()
    objects = ThingObjects(shelf, definition.model)
    return Reconciler(definition(connection=connection), objects, run=run, clock=clock, sleep=clock.sleep)
