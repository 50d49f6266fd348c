"""Creating a dataset: new, as a clone, or by adopting one that our own cut-off create has left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.adoption import Candidate, judge
from ...core.errors import AdoptionError, ObjectExists, ObjectMissing, ServiceError, UnclearWriteError
from ...core.fields import Kind, flatten, spec_at
from ...core.plan import same
from ...core.refusal import show
from ...core.run import Run
from ...core.values import Path, dotted, get_path
from .cloning import Cloning
from .connection import TrieveConnection
from .inputs import DatasetInputs
from .presence import Presence
from .shapes import (
    METRIC,
    STOP_TOKENS,
    age_hours,
    configuration_without_late_keys,
    dataset_values,
    late_patch,
)
from .updating import SETTLE_PAUSES, Updating
from .wire import Json, TrieveWire

HOW_TO_ADOPT = (
    "set adopt=True on this resource, or for a whole run: pulumi config set trieve:adopt true. Where a resource was only "
    "renamed in the program: ResourceOptions(aliases=[pulumi.Alias(name=FORMER-NAME)])"
)


class Creation:
    """Makes a dataset exist under its tracking id, exactly once.

    :param now: seconds since the epoch.
    """

    def __init__(
        self,
        *,
        wire: TrieveWire,
        presence: Presence,
        connection: TrieveConnection,
        run: Run,
        updating: Updating,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self._wire = wire
        self._presence = presence
        self._connection = connection
        self._run = run
        self._updating = updating
        self._sleep = sleep
        self._now = now
        self._cloning = Cloning(wire=wire, presence=presence, run=run, sleep=sleep)

    def create(self, inputs: Mapping[str, Any]) -> tuple[Json, bool]:
        """Create or adopt, and apply what only an update can.

        :returns: the dataset as the service holds it, and whether secrets were applied.
        """
        organization, what = str(inputs["organization_id"]), f"dataset {inputs['tracking_id']}"
        source = self._cloning.source(inputs, organization) if inputs.get("clone_from") else None
        with self._run.lock(f"{organization}/{inputs['tracking_id']}"):
            data, adopted = self._exist(inputs, organization, what, source)
            self._run.made(str(data["id"]), adopted=adopted)
        patch = dict(late_patch(inputs))
        if adopted or source is not None:
            patch = {**self._differing(inputs, data), **self._write_only(inputs), **patch}
        if adopted and set(patch) == {STOP_TOKENS} and get_path(dataset_values(data), METRIC) != "cosine":
            # An update would reset the metric, and our own create has stored them.
            patch = {}
            self._run.warn(f"{what}: {dotted(STOP_TOKENS)} of the program are taken for stored; nobody can read them")
        if patch:
            data = self._updating.update(
                str(data["id"]), patch, inputs, organization=organization, what=what, before=data
            )
        if source is not None:
            provenance = self._cloning.wait(inputs, source, data, organization, what)
            data = {**data, "cloned_from": provenance}
        return data, any(spec_at(DatasetInputs, path).secret for path in patch)

    def _exist(self, inputs: Mapping[str, Any], organization: str, what: str, source: Json | None) -> tuple[Json, bool]:
        """The dataset under the tracking id, and whether it was there already."""
        if isinstance(inputs.get("adopt"), str):
            data = self._presence.dataset(str(inputs["adopt"]), organization=organization, what=what)
            if data is None:
                raise ObjectMissing(f"adopt {what}", message=f"there is no dataset {inputs['adopt']}")
            return self._take_over(data, inputs, organization, what, source), True
        for attempt in range(2):
            try:
                return self._post(inputs, organization, what, source), False
            except ObjectExists:
                return self._adopt(inputs, organization, what, source), True
            except UnclearWriteError as error:
                if self._appeared(inputs, organization, what):
                    return self._adopt(inputs, organization, what, source), True
                if attempt:
                    raise UnclearWriteError(
                        error.operation,
                        message=f"{error.message}; it is not there yet and may still be carried out",
                        sent=True,
                        hint="Run `pulumi up` again: it takes over what the service made",
                    ) from None
        raise AssertionError("two attempts either return or raise")

    def _post(self, inputs: Mapping[str, Any], organization: str, what: str, source: Json | None) -> Json:
        if source is not None:
            return self._cloning.post(inputs, organization, what)
        body: Json = {"dataset_name": inputs["dataset_name"], "tracking_id": inputs["tracking_id"]}
        configuration = configuration_without_late_keys(inputs)
        if configuration:
            body["server_configuration"] = configuration
        return self._wire.create_dataset(body, organization=organization, what=what)

    def _appeared(self, inputs: Mapping[str, Any], organization: str, what: str) -> bool:
        """Whether a create without a clear answer was carried out, as far as a few looks can tell."""
        for pause in SETTLE_PAUSES:
            self._sleep(pause)
            try:
                self._wire.get_dataset_by_tracking_id(str(inputs["tracking_id"]), organization=organization, what=what)
            except ObjectMissing:
                continue
            return True
        return False

    def _adopt(self, inputs: Mapping[str, Any], organization: str, what: str, source: Json | None) -> Json:
        return self._take_over(self._find(inputs, organization, what), inputs, organization, what, source)

    def _take_over(
        self, data: Json, inputs: Mapping[str, Any], organization: str, what: str, source: Json | None
    ) -> Json:
        if data.get("organization_id") != organization:
            raise AdoptionError(f"{what} belongs to organization {data.get('organization_id')}, not to {organization}")
        dataset_id = str(data["id"])
        documents = self._presence.chunk_count(dataset_id, organization=organization, what=what)
        differing = self._differing(inputs, data)
        if source is not None:
            # A clone that was cut off before its own update still holds what the source holds.
            held = flatten(DatasetInputs, dataset_values(source))
            mine = flatten(DatasetInputs, dataset_values(data))
            differing = {
                path: value
                for path, value in differing.items()
                if not same(spec_at(DatasetInputs, path), held.get(path), mine.get(path))
            }
        immutable = self._immutable(inputs, data)
        judge(
            Candidate(
                what=what,
                object_id=dataset_id,
                documents=documents,
                most_documents=int(source["chunk_count"]) if source is not None else 0,
                age_hours=age_hours(data, now=self._now()),
                differing=[dotted(path) for path in differing],
                immutable=immutable,
                made_here=self._run.made_here(dataset_id),
            ),
            adopt=bool(inputs.get("adopt")) or self._connection.adopt,
            how=HOW_TO_ADOPT,
        )
        self._run.say(f"{what} exists already and is adopted: id {dataset_id}, {documents} documents")
        return data

    def _find(self, inputs: Mapping[str, Any], organization: str, what: str) -> Json:
        tracking_id = str(inputs["tracking_id"])
        last: ServiceError | None = None
        for pause in (0.0, *SETTLE_PAUSES):
            self._sleep(pause)
            try:
                data = self._wire.get_dataset_by_tracking_id(tracking_id, organization=organization, what=what)
            except ObjectMissing as error:
                last = error
                continue
            return data
        assert last is not None
        raise last

    def _differing(self, inputs: Mapping[str, Any], data: Json) -> dict[Path, Any]:
        return self._compare(inputs, data, Kind.UPDATABLE)

    def _immutable(self, inputs: Mapping[str, Any], data: Json) -> list[str]:
        held = flatten(DatasetInputs, dataset_values(data))
        return [
            f"{dotted(path)} is {show(held.get(path))}, the program says {show(value)}"
            for path, value in self._compare(inputs, data, Kind.IMMUTABLE).items()
        ]

    def _compare(self, inputs: Mapping[str, Any], data: Json, kind: Kind) -> dict[Path, Any]:
        held, found = flatten(DatasetInputs, dataset_values(data)), {}
        for path, value in flatten(DatasetInputs, inputs).items():
            spec = spec_at(DatasetInputs, path)
            if spec.kind is kind and not same(spec, value, held.get(path)):
                found[path] = value
        return found

    def _write_only(self, inputs: Mapping[str, Any]) -> dict[Path, Any]:
        """What cannot be read, and so has to be applied to a dataset that somebody else filled."""
        flat = flatten(DatasetInputs, inputs)
        return {path: value for path, value in flat.items() if spec_at(DatasetInputs, path).kind is Kind.WRITE_ONLY}
