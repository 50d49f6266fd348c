"""One configuration for many datasets: its definition and its calls."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ...core.beliefs import Absent, Present
from ...core.declaration import Declaration
from ...core.definition import Definition
from ...core.fields import Mutability, field_specs
from ...core.looking import Looks
from ...core.objects import Capabilities, Objects, Observation, Ref, Template, Write
from ...core.plan import same
from ...core.redaction import shorten
from ...core.refusal import show
from ...core.validation import nearest
from ...core.values import Path, nest
from .answers import DatasetAnswer
from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .inputs import FleetConfigurationInputs
from .organization import organization_absent
from .wire import TrieveWire

CONFIGURATION = "configuration"
MATCH = ("match",)
TOLD_SECONDS = 15.0
"""Time between two words on how far the reading of a whole organization is."""
SHOWN = 3
"""How many differing datasets are named."""
MOST_OF_VALUE = 40
"""Most characters of the common value: the engine cuts long texts, and the names behind it matter more."""
WHOLE = "PUBLIC_DATASET"


class FleetConfigurationDefinition(Definition):
    """A configuration that all datasets of an organization share, or those that match.

    The service merges the sent keys into every matching dataset, in one statement, without validation: a wrong value can make
    datasets unreadable, and crash the server (trieve.md 2.5). So everything is validated here.
    """

    noun: ClassVar[str] = "fleet configuration"
    known_by_id_alone: ClassVar[bool] = False
    model = FleetConfigurationInputs

    def __init__(self, *, connection: TrieveConnection) -> None:
        super().__init__(connection=connection)
        self._trieve = connection

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The fleet as a person would name it."""
        match = values.get("match")
        which = f" where {show(match)}" if match else ""
        return f"fleet configuration of organization {values.get('organization_id')}{which}"

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill in the organization of the connection."""
        self._trieve.fill_organization(inputs, old)

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """A fleet configuration cannot be replaced."""
        return "a fleet configuration is not replaced: declare another resource"

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[str]:
        """Mistakes that the service would accept."""
        found: list[str] = []
        given, meant = inputs.get(CONFIGURATION), inputs.get("match")
        configuration = given if isinstance(given, Mapping) else {}
        match = meant if isinstance(meant, Mapping) else {}
        if isinstance(given, Mapping) and not given:
            found.append(f"{CONFIGURATION}: must name at least one key")
        for key in configuration:
            found += self._key_mistakes(key)
            if key in match:
                found.append(
                    f"{CONFIGURATION}.{key}: is in match too, so the datasets would no longer match after the update"
                )
        if isinstance(meant, Mapping) and not meant:
            found.append("match: must not be empty; leave it out to mean all datasets")
        for key in match:
            if key not in ServerConfiguration.model_fields:
                hint = nearest(key, ServerConfiguration.model_fields)
                found.append(f"match.{key}: there is no such configuration key{'; ' + hint if hint else ''}")
        return found

    def kept(self, outputs: Mapping[str, Any]) -> str | None:
        """A delete keeps the values in all datasets, because the former ones are not known."""
        keys = ", ".join(outputs.get(CONFIGURATION) or {})
        return f" is no longer managed; {keys} stay as they are in every dataset"

    def managed_elsewhere(
        self, object_id: str, outputs: Mapping[str, Any], observation: Observation
    ) -> Iterable[tuple[str, str, str]]:
        """Its keys in each matching dataset, which a dataset or another fleet configuration may manage too."""
        for item in observation.source or ():
            for key in outputs.get(CONFIGURATION) or {}:
                yield item.id, f"dataset {_name(item)}", key

    def _key_mistakes(self, key: str) -> list[str]:
        known = ServerConfiguration.model_fields
        if key not in known:
            hint = nearest(key, known)
            return [f"{CONFIGURATION}.{key}: there is no such key{'; ' + hint if hint else ''}"]
        if key == WHOLE:
            return [
                f"{CONFIGURATION}.{key}: is replaced whole in every dataset, page settings included; set it on datasets"
            ]
        kind = field_specs(ServerConfiguration)[(key,)].mutability
        if kind is Mutability.IMMUTABLE:
            return [f"{CONFIGURATION}.{key}: is immutable; documents of every dataset would become unreachable"]
        if kind is Mutability.WRITE_ONLY:
            return [f"{CONFIGURATION}.{key}: is never returned, so a fleet could not be compared; set it on datasets"]
        return []


class FleetConfigurationObjects(Objects):
    """The calls of fleet configurations. The service has no such object: its state is that of the matching datasets.

    :param tell: prints a remark for people.
    :param clock: seconds, monotonic.
    """

    can = Capabilities(changes_group=True, answer_is_complete=True)

    def __init__(
        self,
        wire: TrieveWire,
        *,
        connection: TrieveConnection,
        looks: Looks,
        tell: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._wire = wire
        self._connection = connection
        self._looks = looks
        self._sweep = Sweep(wire, looks=looks, tell=tell, clock=clock)

    def ref(self, object_id: str, values: Mapping[str, Any], what: str) -> Ref:
        """A reference without the id in its text, because the id means nothing to people."""
        return Ref(object_id, values, what)

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """Nothing, because applying a configuration again does no harm."""
        return ()

    def read(self, ref: Ref) -> Observation:
        """Compare every matching dataset; the value of a key that differs between them is a text that says so."""
        datasets = [
            item for item in self._sweep.datasets(_organization(ref.values)) if _matches(item, ref.values.get("match"))
        ]
        managed = ref.values.get(CONFIGURATION) or {}
        observed = {key: _observed(key, value, datasets) for key, value in managed.items()}
        inputs = {name: ref.values.get(name) for name in ("organization_id", "match")}
        return Observation(ref.id, {**inputs, CONFIGURATION: observed}, source=datasets)

    def known_elsewhere(self, ref: Ref) -> bool:
        """True: it exists as long as its organization does."""
        return True

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """The organization, because a write changes all its datasets at once."""
        return _organization(values)

    def parent_absent(self, ref: Ref) -> str | None:
        """The organization, if it is gone; only the admin key can find that out."""
        return organization_absent(
            _organization(ref.values), wire=self._wire, looks=self._looks, connection=self._connection
        )

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """One call. The service applies it atomically before it answers, so nothing is read back."""
        self._send(inputs, dict(inputs[CONFIGURATION]))
        meant = [_organization(inputs), inputs.get("match")]
        digest = hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()
        return self._applied(f"{_organization(inputs)}/{digest[:12]}", inputs)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """One call with the keys that differ, or with all keys if `match` has changed."""
        keys = dict(inputs[CONFIGURATION]) if MATCH in patch else nest(patch).get(CONFIGURATION, {})

        def send() -> str:
            self._send(inputs, keys)
            return ""

        return (Write(f"update {ref.what}", send, patch, ref, readable=False),)

    def as_applied(self, ref: Ref, inputs: Mapping[str, Any]) -> Observation:
        """The configuration after the documented answer."""
        return self._applied(ref.id, inputs)

    def _send(self, inputs: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
        organization = _organization(inputs)
        body: dict[str, Any] = {"to_configuration": {key: value for key, value in keys.items() if value is not None}}
        if inputs.get("match"):
            body["match_configuration"] = dict(inputs["match"])
        try:
            self._wire.update_all(body, organization=organization)
        finally:
            self._sweep.forget(organization)

    def _applied(self, object_id: str, inputs: Mapping[str, Any]) -> Observation:
        return Observation(object_id, {name: inputs.get(name) for name in FleetConfigurationInputs.model_fields})


class Sweep:
    """Reads every dataset of an organization, because the list shows no configuration. Fleets of one organization share it.

    :param tell: is told now and then how many datasets were read. The engine owns the terminal, so there is no bar.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, wire: TrieveWire, *, looks: Looks, tell: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._wire = wire
        self._looks = looks
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._read: dict[str, list[DatasetAnswer]] = {}

    def datasets(self, organization: str) -> list[DatasetAnswer]:
        """Every dataset with its configuration. :raises ParentMissing: the organization is missing."""
        with self._lock:
            if organization not in self._read:
                self._read[organization] = self._all(organization)
            return self._read[organization]

    def forget(self, organization: str) -> None:
        """Read again next time, because something was written."""
        with self._lock:
            self._read.pop(organization, None)

    def _all(self, organization: str) -> list[DatasetAnswer]:
        found: list[DatasetAnswer] = []
        listed, told_at = self._wire.list_datasets(organization), self._clock()
        for number, item in enumerate(listed):
            if self._clock() - told_at >= TOLD_SECONDS:
                told_at = self._clock()
                self._tell(f"reading the datasets of organization {organization}: {number} of {len(listed)}")
            belief = self._dataset(item.dataset.id, organization)
            if isinstance(belief, Present):  # otherwise it was deleted after it was listed
                found.append(belief.observation)
        return found

    def _dataset(self, dataset_id: str, organization: str) -> Present[DatasetAnswer] | Absent:
        return self._looks.look(
            lambda: self._wire.get_dataset(dataset_id, organization=organization, what=f"dataset {dataset_id}"),
            known_elsewhere=lambda: any(
                item.dataset.id == dataset_id for item in self._wire.list_datasets(organization)
            ),
        )


def _organization(values: Mapping[str, Any]) -> str:
    return str(values["organization_id"])


def _observed(key: str, value: Any, datasets: Sequence[DatasetAnswer]) -> Any:
    """The common value, or a text that names the datasets that differ."""
    specs = field_specs(ServerConfiguration)
    if (key,) not in specs:
        return value
    spec = specs[(key,)]
    held = [(_name(item), item.server_configuration.get(key)) for item in datasets]
    # The applied value may be such a text from an earlier refresh; then the most frequent value is the reference.
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


def _matches(item: DatasetAnswer, match: Any) -> bool:
    return all(_as_text(item.server_configuration.get(key)) == value for key, value in (match or {}).items())


def _as_text(value: Any) -> Any:
    """A value as the service compares it: values other than texts by their JSON (trieve.md 2.5)."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(item: DatasetAnswer) -> str:
    return str(item.tracking_id or item.name or item.id)
