"""Computes the stored values of a resource, inputs and outputs, from the program and from observations of the service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from .fields import Mutability, flatten, spec_at
from .objects import Observation
from .plan import observe_drift, same
from .records import (
    COMPARED,
    DRIFTED,
    ENDPOINT,
    FORGETTABLE,
    OBSERVED,
    OURS,
    SECRETS,
    UNREPAIRED,
    UNVERIFIED,
    ResourceState,
)
from .retirement import retired_since
from .secrecy import held_back, masked
from .values import Path, dotted, equal, normalise, undotted


class State:
    """Computes the stored values of one kind of resource.

    :param model: the input model.
    :param endpoint: gives the endpoint of the connection.
    :param now: seconds since the epoch.
    """

    def __init__(self, model: type[BaseModel], *, endpoint: Callable[[], str], now: Callable[[], float]) -> None:
        self._model = model
        self._endpoint = endpoint
        self._now = now

    def compare(self, stored: Mapping[str, Any], seen: Observation) -> tuple[dict[str, Any], dict[str, Any]]:
        """The inputs with the values of the service, and the immutable inputs whose values in the service differ."""
        applied = {k: v for k, v in stored.items() if k in self._model.model_fields and v is not None}
        held, drifted = observe_drift(self._model, applied, normalise(seen.values))
        held |= {name: stored[name] for name in (ENDPOINT, SECRETS) if stored.get(name) is not None}
        return held, masked(drifted, stored.get(SECRETS) or ())

    def unverified(self, outputs: Mapping[str, Any], drifted: Collection[str]) -> list[str]:
        """The drifted keys whose applied value was never read from the service.

        :param outputs: as stored before this read.
        """
        applied, observed = flatten(self._model, outputs), outputs.get(OBSERVED) or {}
        before, doubted = outputs.get(DRIFTED) or {}, outputs.get(UNVERIFIED) or ()
        compared_secrets = outputs.get(COMPARED) or ()
        found = []
        for place in drifted:
            path = undotted(place)
            seen = observed.get(place)
            if place in before:
                verified = place not in doubted
            elif path not in applied:
                verified = False
            else:
                as_applied = seen is not None and same(spec_at(self._model, path), applied[path], seen, partial=True)
                verified = place in compared_secrets or as_applied
            if not verified:
                found.append(place)
        return found

    def unrepaired(self, drifted: Collection[str], unverified: Collection[str]) -> list[str]:
        """The drifted keys that no update restores."""
        return [
            place for place in drifted if place in unverified or not spec_at(self._model, undotted(place)).repairable
        ]

    def read(self, object_id: str, outputs: Mapping[str, Any], seen: Observation) -> ResourceState:
        """The values to store after a refresh.

        Updatable managed keys get the values of the service, in the spelling of the program where they are equal. Immutable
        keys stay as applied, and differences are listed. If nothing differs, the inputs do not change.

        :param outputs: as stored before.
        """
        inputs, drifted = self.compare(outputs, seen)
        unverified = self.unverified(outputs, drifted)
        marks = {DRIFTED: drifted, UNVERIFIED: unverified, UNREPAIRED: self.unrepaired(drifted, unverified)}
        stored = self.stored(inputs, seen, object_id=object_id, drifted=drifted, unverified=unverified, before=outputs)
        if marks[UNREPAIRED]:
            stored.outputs[UNREPAIRED] = marks[UNREPAIRED]
        before = {name: outputs.get(name) for name in inputs}
        if not drifted and DRIFTED not in outputs and equal(before, inputs):
            return stored
        return ResourceState(
            object_id, stored.outputs, {**inputs, **{name: value for name, value in marks.items() if value}}
        )

    def stored(
        self,
        inputs: Mapping[str, Any],
        seen: Observation,
        *,
        object_id: str | None = None,
        facts: Mapping[str, Any] | None = None,
        drifted: Mapping[str, Any] | None = None,
        unverified: Sequence[str] = (),
        before: Mapping[str, Any] | None = None,
        forgettable: Sequence[str] | None = None,
    ) -> ResourceState:
        """The values to store after a read of the object.

        :param inputs: inputs with the values of the service.
        :param facts: outputs that are not inputs; by default those of the observation.
        :param before: outputs as stored before; facts that the service does not return again are kept.
        :param forgettable: the keys that the next update erases; None to keep the stored ones.
        """
        before = before or {}
        outputs = {
            **{name: value for name, value in before.items() if not self._is_ours_or_input(name)},
            **_without_null(inputs),
            **_without_null(seen.facts if facts is None else facts),
            OBSERVED: self._observed(inputs, seen, before),
            **retired_since(inputs, before, now=self._now()),
        }
        outputs.pop(COMPARED, None)
        if compared := self._compared_secrets(inputs, seen, drifted or {}):
            outputs[COMPARED] = compared
        for name in (DRIFTED, UNVERIFIED, UNREPAIRED, FORGETTABLE):
            outputs.pop(name, None)
        if drifted:
            outputs[DRIFTED] = dict(drifted)
        if drifted and unverified:
            outputs[UNVERIFIED] = list(unverified)
        if forgotten := before.get(FORGETTABLE) if forgettable is None else forgettable:
            outputs[FORGETTABLE] = list(forgotten)
        return ResourceState(object_id or seen.id, outputs)

    def kept(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], *, forgettable: Sequence[str]
    ) -> ResourceState:
        """The values to store after an update without a call: inputs change, facts stay."""
        kept = {name: value for name, value in outputs.items() if not self._is_ours_or_input(name)}
        if OBSERVED in outputs:
            kept[OBSERVED] = held_back(outputs[OBSERVED] or {}, inputs.get(SECRETS) or ())
        managed = flatten(self._model, inputs)
        if compared := [place for place in outputs.get(COMPARED) or () if undotted(place) in managed]:
            kept[COMPARED] = compared
        if forgettable:
            kept[FORGETTABLE] = list(forgettable)
        kept |= retired_since(inputs, outputs, now=self._now())
        return ResourceState(object_id, {**kept, **_without_null(inputs)})

    def looked_up(self, object_id: str, seen: Observation) -> ResourceState:
        """The values to store for a resource that the program only reads by its id."""
        identity = {k: v for k, v in seen.values.items() if not isinstance(v, (dict, list))}
        inputs = {**identity, ENDPOINT: self._endpoint()}
        return ResourceState(object_id, self.stored(inputs, seen, object_id=object_id).outputs, inputs)

    def _is_ours_or_input(self, name: str) -> bool:
        return name in OURS or name in self._model.model_fields

    def _observed(self, inputs: Mapping[str, Any], seen: Observation, before: Mapping[str, Any]) -> dict[str, Any]:
        """The observed value of each immutable key that is not secret."""
        told = {dotted(path): value for path, value in self._immutable(seen).items()}
        return held_back({**(before.get(OBSERVED) or {}), **told}, inputs.get(SECRETS) or ())

    def _compared_secrets(self, inputs: Mapping[str, Any], seen: Observation, drifted: Mapping[str, Any]) -> list[str]:
        """The managed secret keys whose applied value was read from the service."""
        told, managed = self._immutable(seen), flatten(self._model, inputs)
        places = [place for place in inputs.get(SECRETS) or () if place not in drifted]
        return [place for place in places if (path := undotted(place)) in told and path in managed]

    def _immutable(self, seen: Observation) -> dict[Path, Any]:
        values = flatten(self._model, normalise(seen.values))
        return {
            path: value
            for path, value in values.items()
            if spec_at(self._model, path).mutability is Mutability.IMMUTABLE
        }


def _without_null(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
