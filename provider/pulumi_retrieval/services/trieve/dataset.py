"""The dataset: its definition and its calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.definition import Definition
from ...core.errors import ObjectMissing, RefusedError, ServiceError
from ...core.looking import Looks
from ...core.mistakes import Mistake, where
from ...core.objects import Capabilities, Contents, Objects, Observation, Ref, Template, Write
from ...core.plan import ImmutableChange, Plan
from ...core.records import DRIFTED, OBSERVED
from ...core.refusal import Remedy, usual_remedies
from ...core.retirement import is_retired
from ...core.validation import nearest
from ...core.values import UNKNOWN, Path, dotted, get_path
from .answers import DatasetAnswer
from .cloning import clone_body, clone_progress, clone_template, copies_chunks, provenance
from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .inputs import DatasetInputs
from .organization import organization_absent
from .page_settings import page
from .shapes import (
    CONFIGURATION,
    HERO_PATTERN,
    LATE_KEYS,
    LOCK,
    METRIC,
    STOP_TOKENS,
    age_hours,
    configuration_without_late_keys,
    created_at,
    dataset_values,
    is_readable,
    update_body,
)
from .wire import TrieveWire

PAGE = ("PUBLIC_DATASET", "extra_params")
HAS_PUT_REASON = (
    "every update of this service resets the metric to cosine, and searches would then read another index than the one that "
    "holds the documents"
)
NO_WORKER = (
    "Possible reasons for a clone that stays empty: this installation may not run the clone worker (the official compose file and "
    "Helm chart do not), the ingestion workers may be behind, or the plan's limit of chunks is reached"
)


class DatasetDefinition(Definition):
    """Datasets: the natural key is `tracking_id`, unique within the organization."""

    noun: ClassVar[str] = "dataset"
    model = DatasetInputs
    natural_key: ClassVar[str | None] = "tracking_id"

    def __init__(self, *, connection: TrieveConnection) -> None:
        super().__init__(connection=connection)
        self._trieve = connection

    @property
    def adopt_hint(self) -> str:
        """The argument, the setting, and what to do after a rename in the program."""
        return (
            f"set adopt=True on this resource, or for a whole run: {self.words.set_setting('trieve:adopt', 'true')}. Where a "
            f"resource was only renamed in the program: {self.words.was_renamed}"
        )

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill in organization, name, and the lock of a retired dataset."""
        self._trieve.fill_organization(inputs, old)
        if inputs.get("dataset_name") is None:
            inputs["dataset_name"] = old.get("dataset_name") or declaration.name
        if is_retired(inputs) and inputs.get(CONFIGURATION) is not UNKNOWN:
            drifted = (old.get(DRIFTED) or {}).get(dotted(METRIC))
            lockable = drifted is None and _is_cosine(get_path(inputs, METRIC))
            configuration = inputs.get(CONFIGURATION) or {}
            if lockable and isinstance(configuration, Mapping) and configuration.get(LOCK[1]) is None:
                inputs[CONFIGURATION] = {**configuration, LOCK[1]: True}

    def completed(self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        """Unlock a dataset that is no longer retired, and stop managing its lock."""
        unlocks = is_retired(old) and not is_retired(new) and LOCK in change.released and get_path(old, LOCK) is True
        if not unlocks or not _is_cosine(_metric(old)):
            return change
        released = tuple(path for path in change.released if path != LOCK)
        return replace(change, patch={**change.patch, LOCK: False}, released=released)

    def names(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The tracking id, and the dataset's name."""
        name = values.get("dataset_name")
        return [*dict.fromkeys([*super().names(values), *([name] if isinstance(name, str) else [])])]

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Tracking ids are unique within the organization."""
        organization = inputs.get("organization_id")
        return (self.endpoint, organization.lower()) if isinstance(organization, str) else None

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[Mistake | str]:
        """Rules that concern several fields."""
        found: list[Mistake | str] = []
        configuration = inputs.get(CONFIGURATION)
        configuration = configuration if isinstance(configuration, Mapping) else {}
        open_ended = inputs.get("allow_unknown_configuration") is True
        if isinstance(settings := get_path(configuration, PAGE), Mapping):
            found += page(open=open_ended).mistakes(settings, (CONFIGURATION, *PAGE))
        if not open_ended:
            known = ServerConfiguration.model_fields
            for key in configuration:
                if key not in known:
                    hint = nearest(key, known)
                    found.append(
                        f"{CONFIGURATION}.{key}: there is no such key{'; ' + hint if hint else ''} "
                        "(allow_unknown_configuration=True lets keys of a newer server pass)"
                    )
        if get_path(inputs, METRIC) not in (None, "cosine", UNKNOWN):
            late = [dotted(path) for path in LATE_KEYS if get_path(inputs, path) is not None]
            if late:
                found.append(
                    f"{dotted(METRIC)}: with a metric other than cosine {', '.join(late)} cannot be set, because only an "
                    f"update stores such keys, and {HAS_PUT_REASON}"
                )
        if inputs.get("tracking_id") in (".", ".."):
            found.append('tracking_id: must not be "." or "..": no URL can hold it')
        return found

    def advice(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Warnings about settings whose structure is not documented, and about a retired dataset that cannot be locked."""
        settings = get_path(inputs, (CONFIGURATION, *PAGE))
        unlocked = is_retired(inputs) and not _is_cosine(get_path(inputs, METRIC))
        return [
            *([f"it is retired without a lock, because {HAS_PUT_REASON}"] if unlocked else []),
            *self._untold(settings),
        ]

    def _untold(self, settings: Any) -> list[str]:
        return [
            f"{where(place)}: the documents of the service do not describe its content, so it is sent unchecked and may be refused"
            for place in page().untold(settings, (CONFIGURATION, *PAGE))
        ]

    def objections(self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Sequence[str]:
        """Refuse every update of a dataset with another metric than cosine."""
        metric = _metric(old)
        if _is_cosine(metric) or not change.patch:
            return []
        keys = ", ".join(dotted(path) for path in change.patch)
        unlocked = (
            f'    retire unlocked    server_configuration={{"{METRIC[1]}": "{metric}", …}}: it is then retired without a lock\n'
            if is_retired(inputs) and LOCK in change.patch
            else ""
        )
        return [
            f"REFUSED, nothing was changed: {self.name_of(old)} uses {dotted(METRIC)} {metric}, and {HAS_PUT_REASON}; so "
            f"{keys} cannot be changed.\n"
            "  Do one:\n"
            f"    undo               put the former values back\n{unlocked}"
            f"    keep both          {self.words.ignore_changes([CONFIGURATION])}\n"
            "    really change it   declare a second Dataset beside it: pulumi-retrieval docs migrate-dataset"
        ]

    def remedies(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Remedy]:
        """The usual remedies, and how to migrate or replace a dataset."""
        return [
            *usual_remedies(changes, declaration, self.words),
            Remedy(
                "move over", "declare a second Dataset beside it and fill it: pulumi-retrieval docs migrate-dataset"
            ),
            Remedy(
                "replace it",
                f'set force_destroy=True and {self.words.apply}, then set on_immutable_change="replace" (or '
                f"{self.words.replace}): its documents are lost",
            ),
        ]

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """Why a replacement is refused: it deletes the dataset first, so `force_destroy` must have been applied before."""
        if old.get("force_destroy") is True:
            return None
        return f"force_destroy=True was not applied before: set it, {self.words.apply} once, then replace"

    def wait_seconds(self, values: Mapping[str, Any]) -> float:
        """How long to wait for the chunks of a clone."""
        return float((values.get("clone_from") or {}).get("wait_seconds") or 0)

    def waiting_hint(self, observation: Observation) -> str:
        """Possible reasons for a clone that stays empty, and what to do."""
        why = NO_WORKER if " holds 0 of " in observation.detail else "The service continues to copy"
        return f"{why}. The dataset exists; {self.words.apply} again to go on waiting, or set wait_seconds=0"

    def secret_facts(self, observation: Observation) -> dict[str, Any]:
        """The time when secrets were last sent, UTC."""
        updated = getattr(observation.source, "updated_at", None)
        return {"secrets_applied_at": f"{updated[:19]}Z"} if isinstance(updated, str) else {}

    def unclear_delete(self, ref: Ref, error: ServiceError) -> str | None:
        """The warning after a delete that was answered 408: it may leave a row that no worker removes (observed 2.5)."""
        if error.status != 408:
            return None
        return (
            f"{ref.what} is gone, but its delete was answered 408: the service may keep its row and its chunks for good, and "
            "count it towards the plan's limit; only the operator of the server can remove them"
        )

    def managed_elsewhere(
        self, object_id: str, outputs: Mapping[str, Any], observation: Observation
    ) -> Iterable[tuple[str, str, str]]:
        """Its configuration keys, which a fleet configuration may manage too."""
        return [(object_id, "this dataset", key) for key in outputs.get(CONFIGURATION) or {}]


class DatasetObjects(Objects):
    """The calls of datasets.

    :param now: seconds since the epoch.
    """

    can = Capabilities()
    unlocking = MappingProxyType({LOCK: False})
    side_effects = frozenset({METRIC, HERO_PATTERN})
    """Every update resets the first and fills the second (observed 4)."""

    def __init__(
        self, wire: TrieveWire, *, connection: TrieveConnection, looks: Looks, now: Callable[[], float]
    ) -> None:
        self._wire = wire
        self._connection = connection
        self._looks = looks
        self._now = now

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """The organization: a fleet configuration changes all datasets of one."""
        return self._organization(values) or ""

    def given_id(self, inputs: Mapping[str, Any]) -> str | None:
        """The dataset that `adopt` names, if it is an id."""
        adopt = inputs.get("adopt")
        return adopt if isinstance(adopt, str) else None

    def template(self, inputs: Mapping[str, Any]) -> Template | None:
        """The source of a clone, or None."""
        if not inputs.get("clone_from"):
            return None
        return clone_template(inputs, wire=self._wire, looks=self._looks, organization=str(self._organization(inputs)))

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """The dataset with the tracking id."""
        tracking_id, organization = str(inputs["tracking_id"]), str(self._organization(inputs))
        what = f"dataset {tracking_id}"
        try:
            found = self._wire.get_dataset_by_tracking_id(tracking_id, organization=organization, what=what)
        except ObjectMissing:
            return ()
        return (self._observation(found),)

    def read(self, ref: Ref) -> Observation:
        """Read by id; the organization in the answer is checked, because the service does not check it."""
        organization = self._organization(ref.values)
        return self._observation(self._wire.get_dataset(ref.id, organization=organization, what=ref.what))

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether the list of the organization shows the dataset."""
        organization = self._organization(ref.values)
        if organization is None:
            return False
        return any(item.dataset.id == ref.id for item in self._wire.list_datasets(organization))

    def parent_absent(self, ref: Ref) -> str | None:
        """The organization, if it is gone; only the admin key can find that out."""
        organization = self._organization(ref.values)
        if organization is None:
            return None
        return organization_absent(organization, wire=self._wire, looks=self._looks, connection=self._connection)

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """One POST; its answer shows the whole dataset (observed 4)."""
        organization, what = str(self._organization(inputs)), f"dataset {inputs['tracking_id']}"
        if template is not None:
            return self._observation(self._wire.clone_dataset(clone_body(inputs), organization=organization, what=what))
        body: dict[str, Any] = {"dataset_name": inputs["dataset_name"], "tracking_id": inputs["tracking_id"]}
        if configuration := configuration_without_late_keys(inputs):
            body[CONFIGURATION] = configuration
        return self._observation(self._wire.create_dataset(body, organization=organization, what=what))

    def origin(self, inputs: Mapping[str, Any], template: Template | None) -> Mapping[str, Any]:
        """The origin of a clone."""
        return {} if template is None else {"cloned_from": provenance(inputs, template, now=self._now())}

    def unfinished(self, seen: Observation, inputs: Mapping[str, Any], template: Template | None) -> bool:
        """Whether a create waits for the chunks of a clone."""
        clone = inputs.get("clone_from") or {}
        return template is not None and copies_chunks(inputs) and bool(clone.get("wait_seconds"))

    def poll(
        self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None, turn: int
    ) -> Observation:
        """Count the chunks of a clone."""
        assert template is not None
        count = self._count(ref)
        return clone_progress(seen, inputs, template, count=count)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """One PUT. It resets every metric to cosine (trieve.md 0.4), so a dataset with another one is refused."""
        keep_metric(patch, before, ref.what)
        body = update_body(ref.id, patch, inputs, before.values)
        organization = str(before.values["organization_id"])

        def send() -> str:
            self._wire.update_dataset(body, organization=organization, what=ref.what)
            return ""

        return (Write(f"update {ref.what}", send, patch, ref, readable=all(map(is_readable, patch))),)

    def carries(self, path: Path) -> bool:
        """Every key but stop tokens, which no read shows."""
        return path != STOP_TOKENS

    def erased(self, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation) -> list[Path]:
        """Stop tokens that a read shows, because they were stored as one text; the first update replaces them (observed 3)."""
        return [STOP_TOKENS] if get_path(before.values, STOP_TOKENS) is not None else []

    def after_create(self, patch: Mapping[Path, Any], seen: Observation) -> Mapping[Path, Any]:
        """Leave out stop tokens if nothing else changes and the update would reset the metric: the create has stored them."""
        if set(patch) == {STOP_TOKENS} and get_path(seen.values, METRIC) != "cosine":
            return {}
        return patch

    def contents(self, ref: Ref) -> Contents:
        """Its chunks."""
        return Contents(self._count(ref))

    def delete(self, ref: Ref) -> None:
        """One DELETE."""
        self._wire.delete_dataset(ref.id, organization=str(self._organization(ref.values)), what=ref.what)

    def _count(self, ref: Ref) -> int:
        return self._wire.chunk_count(ref.id, organization=self._organization(ref.values), what=ref.what)

    def _organization(self, values: Mapping[str, Any]) -> str | None:
        given = values.get("organization_id") or self._connection.organization_id
        return str(given) if given is not None else None

    def _observation(self, data: DatasetAnswer, **facts: Any) -> Observation:
        return Observation(
            data.id,
            dataset_values(data),
            {"created_at": created_at(data.created_at), **facts},
            age_hours=age_hours(data.created_at, now=self._now()),
            source=data,
        )


def _metric(values: Mapping[str, Any]) -> Any:
    """The metric of a dataset: the observed one, or the one in its inputs."""
    metric = (values.get(DRIFTED) or {}).get(dotted(METRIC)) or get_path(values, METRIC)
    return metric or (values.get(OBSERVED) or {}).get(dotted(METRIC))


def _is_cosine(metric: Any) -> bool:
    """Whether an update keeps the metric; every update resets it to cosine (trieve.md 0.4)."""
    return metric in (None, "cosine")


def keep_metric(patch: Mapping[Path, Any], before: Observation, what: str) -> None:
    """Return if an update keeps the metric of a dataset.

    :raises RefusedError: the dataset has another metric than cosine.
    """
    metric = get_path(before.values, METRIC)
    if metric not in (None, "cosine"):
        keys = ", ".join(dotted(path) for path in patch)
        raise RefusedError(
            f"REFUSED, nothing was changed: {what} uses {dotted(METRIC)} {metric}, and every update of this service "
            f"resets the metric to cosine, so {keys} cannot be changed"
        )
