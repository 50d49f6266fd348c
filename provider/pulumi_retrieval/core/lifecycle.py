"""The life of a resource, the same for every one: check, diff, create, read, update, delete.

`ResourceKind` (`core.kind`) is what a resource of a service says of itself: its model, its reasons, its calls. `Planning`
(`core.planning`) adds check and diff, which talk to nobody; `LifeCycle` adds what talks to the service. Nothing here knows
Pulumi; an adapter turns the engine's values into plain ones before they come here, and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .declaration import Declaration
from .errors import RefusedError, ServiceError
from .fields import Kind, flatten, spec_at
from .plan import Plan, observe_drift
from .planning import Planning
from .records import DRIFTED, ENDPOINT, OBSERVED, SECRETS, Fetched, Stored
from .refusal import show
from .secrecy import held_back, masked
from .values import Path, dotted, equal, get_path, normalise


class LifeCycle(Planning):
    """One kind of resource of one service, from the first check to the delete."""

    def create(self, inputs: Mapping[str, Any]) -> Stored:
        """Create the object."""
        self.ready()
        inputs = normalise(inputs)
        self.learn_secrets(inputs)
        fetched = self.create_object(inputs)
        held, drifted = self._compare(inputs, fetched)
        for path in self._differing(inputs, held, drifted):
            self.run.warn(
                f"{self.name_of(inputs)}: the service did not take {dotted(path)}; it holds "
                f"{show(self._held(fetched, path))}, and the next preview will show that"
            )
        return self._stored(held, fetched, drifted=drifted)

    def read(self, object_id: str, outputs: Mapping[str, Any]) -> Stored | None:
        """Compare what is stored with the service; None where the object is gone.

        Updatable managed keys become what the service says, in the program's own spelling where that means the same;
        immutable ones stay as applied, and what differs is listed under ``drifted``. Where nothing differs, the inputs are
        left as they are.
        """
        outputs = normalise(outputs)
        self.learn_secrets(outputs)
        self.ready(outputs)
        if ENDPOINT not in outputs:
            return self._look_up(object_id, outputs)
        fetched = self.fetch(object_id, outputs)
        if fetched is None:
            return None
        inputs, drifted = self._compare(outputs, fetched)
        stored = self._stored(inputs, fetched, object_id=object_id, drifted=drifted)
        before = {name: outputs.get(name) for name in inputs}
        if not drifted and DRIFTED not in outputs and equal(before, inputs):
            return stored
        return Stored(object_id, stored.outputs, {**inputs, DRIFTED: drifted} if drifted else inputs)

    def update(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Stored:
        """Bring the object to what the program says, by the smallest call, or by none.

        :raises RefusedError: an immutable key would change, which no preview could see.
        :raises ServiceError: the update failed, or the service did not take a key although it said so.
        """
        self.ready()
        outputs, inputs = normalise(outputs), normalise(inputs)
        self.learn_secrets(outputs, inputs)
        change = self._plan(outputs, inputs, declaration, drifted=outputs.get(DRIFTED), observed=outputs.get(OBSERVED))
        if change.refusals:
            raise RefusedError(self._refusal(change, outputs, inputs, declaration))
        name = self.name_of(outputs)
        for path in change.released:
            self.run.say(f"{name}: {dotted(path)} is no longer managed; its value stays in the service")
        for path in change.origin:
            self.run.say(f"{name}: {dotted(path)} is used only at creation; {name} keeps its origin")
        if change.patch:
            self.ready(outputs)
            fetched = self.apply(object_id, outputs, inputs, change)
            held, drifted = self._compare(inputs, fetched)
            self._taken(name, self._differing(inputs, held, drifted), change, inputs, fetched)
            return self._stored(held, fetched, object_id=object_id, drifted=drifted)
        kept = {k: v for k, v in outputs.items() if k not in (*self.model.model_fields, ENDPOINT, DRIFTED, SECRETS)}
        if OBSERVED in kept:
            kept[OBSERVED] = held_back(kept[OBSERVED] or {}, inputs.get(SECRETS) or ())
        return Stored(object_id, {**kept, **_without_null(inputs)})

    def delete(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the object."""
        outputs = normalise(outputs)
        self.learn_secrets(outputs)
        key = self.run_key(object_id, outputs)
        # The second is what an earlier run left behind that adopted and then failed before this delete.
        if self.run.adopted_here(key) or self.run.kept_here(key):
            self.run.say(
                f"{self.name_of(outputs)} ({object_id}) is now held by another resource of the program and is left alone"
            )
            return
        self.ready(outputs)
        self.delete_object(object_id, outputs)

    def observed_immutable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the service holds of each immutable key, by dotted path."""
        return {
            dotted(path): value
            for path, value in flatten(self.model, values).items()
            if spec_at(self.model, path).kind is Kind.IMMUTABLE
        }

    def _stored(
        self,
        inputs: Mapping[str, Any],
        fetched: Fetched,
        *,
        object_id: str | None = None,
        drifted: Mapping[str, Any] | None = None,
    ) -> Stored:
        outputs = {
            **_without_null(inputs),
            **_without_null(fetched.facts),
            OBSERVED: held_back(self.observed_immutable(fetched.values), inputs.get(SECRETS) or ()),
        }
        outputs.pop(DRIFTED, None)
        if drifted:
            outputs[DRIFTED] = dict(drifted)
        return Stored(object_id or fetched.id, outputs)

    def _compare(self, stored: Mapping[str, Any], fetched: Fetched) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs as the service holds them, and the immutable ones that it holds otherwise."""
        applied = {k: v for k, v in stored.items() if k in self.model.model_fields and v is not None}
        held, drifted = observe_drift(self.model, applied, normalise(fetched.values))
        held |= {name: stored[name] for name in (ENDPOINT, SECRETS) if stored.get(name) is not None}
        return held, masked(drifted, stored.get(SECRETS) or ())

    def _differing(self, inputs: Mapping[str, Any], held: Mapping[str, Any], drifted: Mapping[str, Any]) -> list[Path]:
        """The managed keys that the service holds otherwise."""
        before, after = flatten(self.model, inputs), flatten(self.model, held)
        return [path for path in before if dotted(path) in drifted or after.get(path) != before[path]]

    def _held(self, fetched: Fetched, path: Path) -> Any:
        return flatten(self.model, fetched.values).get(path)

    def _taken(
        self, name: str, differing: Sequence[Path], change: Plan, inputs: Mapping[str, Any], fetched: Fetched
    ) -> None:
        """Look at what the service holds after an update.

        :raises ServiceError: it did not take a key that was sent.
        """
        lost = [f"{dotted(p)} (it holds {show(self._held(fetched, p))})" for p in differing if p in change.patch]
        if lost:
            raise ServiceError(
                f"update {name}",
                message=f"the service answered with success and did not take {', '.join(lost)}; somebody else may be "
                "writing to it",
                hint="It may have taken the rest; run `pulumi up --refresh`, also if you revert",
            )
        told = [
            f"{dotted(p)} is {show(self._held(fetched, p))} now, and the program says {show(get_path(inputs, p))}"
            for p in differing
            if p not in change.patch and p not in change.unrepaired
        ]
        if told:
            self.run.warn(f"{name}: somebody else is writing to it: {'; '.join(told)}")

    def _look_up(self, object_id: str, outputs: Mapping[str, Any]) -> Stored | None:
        fetched = self.fetch(object_id, outputs)
        if fetched is None:
            return None
        identity = {k: v for k, v in fetched.values.items() if not isinstance(v, (dict, list))}
        inputs = {**identity, ENDPOINT: self.endpoint}
        return Stored(object_id, self._stored(inputs, fetched).outputs, inputs)


def _without_null(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
