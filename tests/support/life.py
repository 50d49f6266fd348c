"""One resource as the engine keeps it, without an engine: state between calls, and the order of the calls.

It speaks to a life cycle directly; `support.provider_process` speaks to the real process in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.records import ResourceState


class Rejected(Exception):
    """`check` found something; the text is all of it."""


class Life:
    """State of one resource. `up` gives ``"create"``, ``"update"`` or ``"same"``.

    :param name: its name in the program.
    """

    def __init__(self, cycle: Reconciler, *, name: str = "thing", token: str = "Thing", candidate: str = "") -> None:
        self.cycle = cycle
        self.declaration = Declaration(name=name, token=token, candidate=candidate or f"derived-{name}")
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    def check(self, program: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as they are stored. Raises `Rejected`."""
        checked = self.cycle.check(self.inputs, program, self.declaration)
        if checked.failures:
            raise Rejected("\n".join(checked.failures))
        return checked.inputs

    def preview(self, program: Mapping[str, Any]) -> str:
        """What `up` would do."""
        inputs = self.check(program)
        if not self.id:
            return "create"
        difference = self.cycle.diff(self.id, self.outputs, inputs, self.declaration)
        return "replace" if difference.replaces else "update" if difference.changes else "same"

    def up(self, program: Mapping[str, Any]) -> str:
        """Bring the object to the program. A call that fails leaves the state as it was."""
        inputs, step = self.check(program), self.preview(program)
        if step == "create":
            self._keep(self.cycle.create(inputs), inputs)
        elif step == "update":
            self._keep(self.cycle.update(self.id, self.outputs, inputs, self.declaration), inputs)
        elif step == "replace" and not self.cycle.definition.deletes_first:
            former = self.id, self.outputs
            self._keep(self.cycle.create(inputs), inputs)
            self.cycle.delete(*former)
        elif step == "replace":
            self.destroy()
            return self.up(program)
        self.inputs = inputs
        return step

    def refresh(self) -> bool:
        """Compare with the service; false where the object is gone, which is then forgotten."""
        stored = self.cycle.read(self.id, self.outputs)
        if stored is None:
            self.id, self.inputs, self.outputs = "", {}, {}
            return False
        self._keep(stored, stored.inputs or self.inputs)
        return True

    def destroy(self) -> None:
        """Delete the object and forget it."""
        self.cycle.delete(self.id, self.outputs)
        self.id, self.inputs, self.outputs = "", {}, {}

    def _keep(self, stored: ResourceState, inputs: Mapping[str, Any]) -> None:
        self.id, self.inputs, self.outputs = stored.id, dict(inputs), dict(stored.outputs)
