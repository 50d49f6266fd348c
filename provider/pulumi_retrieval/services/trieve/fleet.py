"""One configuration for many datasets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.errors import UnclearWriteError
from ...core.fields import Kind, field_specs
from ...core.lifecycle import LifeCycle
from ...core.plan import Plan, same
from ...core.records import Fetched
from ...core.redaction import shorten
from ...core.refusal import show
from ...core.run import Run
from ...core.validation import nearest
from ...core.values import nest
from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .inputs import FleetConfigurationInputs
from .sweep import Sweep
from .updating import SETTLE_PAUSES
from .wire import Json, OrganizationMissing, TrieveWire

CONFIGURATION = "configuration"
MATCH = ("match",)
SHOWN = 3
"""Diverging datasets that are named."""
MOST_OF_VALUE = 40
"""Characters of the common value before them: the engine cuts long texts, and the names matter more."""
WHOLE = "PUBLIC_DATASET"


class FleetConfigurationLifeCycle(LifeCycle):
    """A configuration that all datasets of an organization share, or those that match.

    The service merges what it is sent into every matching dataset, in one statement, and validates nothing: a wrong value
    can make datasets unreadable, and take the server down (trieve.md 2.5). So everything is validated here.
    """

    noun: ClassVar[str] = "fleet configuration"
    model = FleetConfigurationInputs

    def __init__(
        self,
        *,
        connection: TrieveConnection,
        run: Run,
        wire: TrieveWire,
        sweep: Sweep,
        sleep: Callable[[float], None],
    ) -> None:
        super().__init__(connection=connection, run=run)
        self._trieve = connection
        self._wire = wire
        self._sweep = sweep
        self._sleep = sleep

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The fleet as a person would name it."""
        match = values.get("match")
        which = f" where {show(match)}" if match else ""
        return f"fleet configuration of organization {values.get('organization_id')}{which}"

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """The organization of the connection."""
        self._trieve.fill_organization(inputs, old)

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """It cannot."""
        return "a fleet configuration is not replaced: declare another resource"

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """What the service would take, and should not."""
        found: list[str] = []
        given, meant = inputs.get(CONFIGURATION), inputs.get("match")
        configuration = given if isinstance(given, Mapping) else {}
        match = meant if isinstance(meant, Mapping) else {}
        if isinstance(given, Mapping) and not given:
            found.append(f"{CONFIGURATION}: must name at least one key")
        for key in configuration:
            found += self._key_rules(key)
            if key in match:
                found.append(
                    f"{CONFIGURATION}.{key}: stands in match too, so the datasets would no longer match once it is applied"
                )
        if isinstance(meant, Mapping) and not meant:
            found.append("match: must not be empty; leave it out to mean all datasets")
        for key in match:
            if key not in ServerConfiguration.model_fields:
                hint = nearest(key, ServerConfiguration.model_fields)
                found.append(f"match.{key}: there is no such configuration key{'; ' + hint if hint else ''}")
        return found

    def _key_rules(self, key: str) -> list[str]:
        known = ServerConfiguration.model_fields
        if key not in known:
            hint = nearest(key, known)
            return [f"{CONFIGURATION}.{key}: there is no such key{'; ' + hint if hint else ''}"]
        if key == WHOLE:
            return [
                f"{CONFIGURATION}.{key}: is replaced whole in every dataset, page settings included; set it on datasets"
            ]
        kind = field_specs(ServerConfiguration)[(key,)].kind
        if kind is Kind.IMMUTABLE:
            return [f"{CONFIGURATION}.{key}: is immutable; documents of every dataset would become unreachable"]
        if kind is Kind.WRITE_ONLY:
            return [f"{CONFIGURATION}.{key}: is never returned, so a fleet could not be compared; set it on datasets"]
        return []

    def _plan(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        declaration: Declaration,
        *,
        drifted: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
    ) -> Plan:
        """Without `match` all datasets are meant: that is a change like any other, and nothing that is let go."""
        change = super()._plan(old, new, declaration, drifted=drifted, observed=observed)
        if MATCH not in change.released:
            return change
        released = tuple(path for path in change.released if path != MATCH)
        return replace(change, released=released, patch={**change.patch, MATCH: None})

    # The calls.

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """One call. The statement is atomic and its answer was recorded to be complete, so nothing is read back."""
        organization = str(inputs["organization_id"])
        self._send(inputs, dict(inputs[CONFIGURATION]))
        digest = hashlib.sha256(json.dumps([organization, inputs.get("match")], sort_keys=True).encode()).hexdigest()
        return Fetched(f"{organization}/{digest[:12]}", dict(inputs))

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Compare every dataset that matches; a key on which they differ reads as a text that says so."""
        organization = str(outputs["organization_id"])
        try:
            found = self._sweep.datasets(organization)
        except OrganizationMissing:
            what = f"organization {organization}"
            self.run.record_absence("trieve", organization, what=what, most=self._trieve.max_gone)
            return None
        datasets = [item for item in found if _matches(item, outputs.get("match"))]
        specs = field_specs(ServerConfiguration)
        observed: dict[str, Any] = {}
        for key, value in (outputs.get(CONFIGURATION) or {}).items():
            wanted = value if (key,) in specs else None
            observed[key] = self._observed(key, wanted, datasets)
            for item in datasets:
                other = self.run.claim(
                    ("configuration", str(item["id"]), key), identity=object_id, name=self.name_of(outputs)
                )
                if other is not None:
                    self.run.warn(
                        f"{self.name_of(outputs)} and {other} both manage {key} of dataset {_name(item)}; each will undo "
                        "the other"
                    )
        return Fetched(object_id, {**outputs, CONFIGURATION: observed})

    def _observed(self, key: str, value: Any, datasets: Sequence[Json]) -> Any:
        """The common value, or a text that names the datasets that differ."""
        spec = field_specs(ServerConfiguration)[(key,)]
        held = [(_name(item), (item.get("server_configuration") or {}).get(key)) for item in datasets]
        # What was applied may itself be such a text from an earlier refresh; the majority is the best reference then.
        reference = value
        if isinstance(value, str) and " differ: " in value:
            counted = [json.dumps(v, sort_keys=True) for _, v in held]
            reference = json.loads(max(counted, key=counted.count)) if counted else value
        differing = [name for name, other in held if not same(spec, reference, other)]
        if not differing:
            return reference
        if len(differing) == len(held) and len({json.dumps(v, sort_keys=True) for _, v in held}) == 1:
            return held[0][1]
        shown = ", ".join(differing[:SHOWN]) + (", …" if len(differing) > SHOWN else "")
        common = shorten(json.dumps(reference, ensure_ascii=False), limit=MOST_OF_VALUE)
        return f"{common} ({len(differing)} of {len(held)} differ: {shown})"

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """One call with the keys that differ; with all of them where other datasets are meant now."""
        keys = nest(change.patch).get(CONFIGURATION, {})
        if MATCH in change.patch:
            keys = dict(inputs[CONFIGURATION])
        self._send(inputs, keys)
        return Fetched(object_id, dict(inputs))

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Nothing is sent: there is no former value to go back to."""
        keys = ", ".join(outputs.get(CONFIGURATION) or {})
        self.run.say(f"{self.name_of(outputs)} is no longer managed; {keys} stay as they are in every dataset")

    def _send(self, inputs: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
        organization = str(inputs["organization_id"])
        body: Json = {"to_configuration": {key: value for key, value in keys.items() if value is not None}}
        if inputs.get("match"):
            body["match_configuration"] = dict(inputs["match"])
        with self.run.writing(organization):
            for pause in (*SETTLE_PAUSES, None):
                try:
                    self._wire.update_all(body, organization=organization)
                    break
                except UnclearWriteError:
                    # The same merge twice is the same as once.
                    if pause is None:
                        raise
                    self._sleep(pause)
        self._sweep.forget(organization)


def _matches(item: Json, match: Any) -> bool:
    configuration = item.get("server_configuration") or {}
    return all(_as_text(configuration.get(key)) == value for key, value in (match or {}).items())


def _as_text(value: Any) -> Any:
    """A value as the service compares it: what is no text, by its JSON (trieve.md 2.5)."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(item: Json) -> str:
    return str(item.get("tracking_id") or item.get("name") or item.get("id"))
