"""A provider in the real provider process, with the face of a life cycle: `support.life.Life` takes either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.records import Checked, Difference, ResourceState
from pulumi_retrieval.core.rejections import invalid
from pulumi_retrieval.providers.adapter import DECLARATION_KEY
from support.provider_process import Served


class ServedCycle:
    """Hands every call to the process, values as the engine would send them."""

    def __init__(self, served: Served, *, noun: str) -> None:
        self.served = served
        self.noun = noun

    def check(self, old: Mapping[str, Any], program: Mapping[str, Any], declaration: Declaration) -> Checked:
        checked = self.served.check(old, {**program, DECLARATION_KEY: declaration.to_json()})
        assert all(name == "" for name, _ in checked.failures), "the engine would print the value of a named property"
        return Checked(checked.inputs, tuple(invalid(text) for _, text in checked.failures))

    def diff(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Difference:
        difference = self.served.diff(object_id, outputs, inputs)
        assert difference.changes is not None
        return Difference(difference.changes, tuple(difference.replaces))

    def create(self, inputs: Mapping[str, Any]) -> ResourceState:
        created = self.served.create(inputs)
        return ResourceState(created.id, created.outputs)

    def read(self, object_id: str, outputs: Mapping[str, Any]) -> ResourceState | None:
        observed = self.served.read(object_id, outputs)
        return ResourceState(observed.id, observed.outputs, observed.inputs) if observed.id else None

    def update(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> ResourceState:
        return ResourceState(object_id, self.served.update(object_id, outputs, inputs))

    def delete(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        self.served.delete(object_id, outputs)
