"""A small service in memory, and the life cycle of its only kind of object."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, ClassVar

from pydantic import BaseModel

from pulumi_retrieval.core.connection import Connection
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import GuardError
from pulumi_retrieval.core.fields import flatten
from pulumi_retrieval.core.lifecycle import LifeCycle
from pulumi_retrieval.core.plan import Plan
from pulumi_retrieval.core.records import Fetched
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import Path, nest

from .models import Thing

SECRET = ("settings", "key")
MORE = ("more_items",)


class Shelf:
    """Things by id. Fills in a default, returns no secrets, adds to one list, and keeps what it was sent."""

    def __init__(self) -> None:
        self.things: dict[str, dict[Path, Any]] = {}
        self.calls: list[tuple[str, Any]] = []
        self.deaf_to: set[Path] = set()
        """Keys that writes do not change, although they succeed."""
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
        if MORE in heard:
            heard[MORE] = [*thing.get(MORE, []), *heard[MORE]]
        thing.update({**heard, **self.meanwhile})

    def get(self, object_id: str) -> dict[str, Any] | None:
        self.calls.append(("get", object_id))
        thing = self.things.get(object_id)
        return None if thing is None else nest({p: v for p, v in deepcopy(thing).items() if p != SECRET})

    def delete(self, object_id: str) -> None:
        self.calls.append(("delete", object_id))
        self.things.pop(object_id, None)

    def writes(self) -> list[tuple[str, Any]]:
        return [call for call in self.calls if call[0] != "get"]

    def _heard(self, values: Mapping[Path, Any]) -> dict[Path, Any]:
        return {path: value for path, value in values.items() if path not in self.deaf_to}


class ThingLifeCycle(LifeCycle):
    """Things on the shelf: the natural key is `name`."""

    noun: ClassVar[str] = "thing"
    model: type[BaseModel] = Thing
    natural_key: ClassVar[str | None] = "name"

    def __init__(self, shelf: Shelf, *, connection: Connection, run: Run) -> None:
        super().__init__(connection=connection, run=run)
        self.shelf = shelf

    def rules(self, inputs: Mapping[str, Any]) -> list[str]:
        return ["note: must not shout"] if inputs.get("note") == "LOUD" else []

    def change_rules(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        return ["note: must not be called twice"] if old.get("note") == inputs.get("note") == "twice" else []

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        return None if old.get("force_destroy") is True else "force_destroy=True was not applied before"

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        sent = {path: value for path, value in flatten(Thing, inputs).items() if path[0] not in self._kept()}
        return self._fetched(self.shelf.create(sent), {"origin_of": inputs.get("origin")})

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        return self._fetched(object_id, {}) if object_id in self.shelf.things else None

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        self.shelf.update(object_id, change.patch)
        return self._fetched(object_id, {"origin_of": outputs.get("origin_of")})

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        if outputs.get("force_destroy") is not True:
            raise GuardError("it holds documents")
        self.shelf.delete(object_id)

    def _fetched(self, object_id: str, facts: dict[str, Any]) -> Fetched:
        return Fetched(object_id, self.shelf.get(object_id) or {}, {"created_at": "2026", "nothing": None, **facts})

    def _kept(self) -> set[str]:
        return {"origin", "note", "force_destroy", "on_immutable_change"}
