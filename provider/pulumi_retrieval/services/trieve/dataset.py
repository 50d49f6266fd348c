"""The life of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.errors import (
    AuthenticationError,
    GuardError,
    ObjectMissing,
    RefusedError,
    ServiceError,
    UnclearWriteError,
)
from ...core.fields import flatten, spec_at
from ...core.lifecycle import LifeCycle
from ...core.plan import ImmutableChange, Plan
from ...core.records import OBSERVED, Difference, Fetched
from ...core.refusal import Way, usual_ways
from ...core.run import Run
from ...core.validation import nearest
from ...core.values import UNKNOWN, dotted, get_path
from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .creation import Creation
from .inputs import DatasetInputs
from .presence import Presence
from .shapes import CONFIGURATION, LATE_KEYS, METRIC, created_at, dataset_values
from .updating import Updating
from .wire import OrganizationMissing, TrieveWire

HAS_PUT_REASON = (
    "every update of this service resets the metric to cosine, and the documents would be looked for in another index"
)


DELETES = 3
"""Tries of a delete whose answer was no proof."""


class DatasetLifeCycle(LifeCycle):
    """Datasets: the natural key is `tracking_id`, unique within the organization."""

    noun: ClassVar[str] = "dataset"
    model = DatasetInputs
    natural_key: ClassVar[str | None] = "tracking_id"

    def __init__(
        self,
        *,
        connection: TrieveConnection,
        run: Run,
        wire: TrieveWire,
        presence: Presence,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        super().__init__(connection=connection, run=run)
        self._trieve = connection
        self._wire = wire
        self._presence = presence
        self._updating = Updating(wire=wire, presence=presence, run=run, sleep=sleep)
        self._creation = Creation(
            wire=wire, presence=presence, connection=connection, run=run, updating=self._updating, sleep=sleep, now=now
        )

    # What there is to say.

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """The organization of the connection, and the name of the resource as the dataset's name."""
        self._trieve.fill_organization(inputs, old)
        if inputs.get("dataset_name") is None:
            inputs["dataset_name"] = old.get("dataset_name") or declaration.name

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Tracking ids are unique within the organization."""
        organization = inputs.get("organization_id")
        return (self.endpoint, organization.lower()) if isinstance(organization, str) else None

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Rules across fields."""
        found: list[str] = []
        configuration = inputs.get(CONFIGURATION)
        configuration = configuration if isinstance(configuration, Mapping) else {}
        if inputs.get("allow_unknown_configuration") is not True:
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

    def change_rules(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> Sequence[str]:
        """With another metric than cosine nothing can be updated."""
        return self._metric_rule(old, inputs, Declaration())

    def _metric_rule(
        self,
        old: Mapping[str, Any],
        inputs: Mapping[str, Any],
        declaration: Declaration,
        *,
        observed: Mapping[str, Any] | None = None,
    ) -> list[str]:
        metric = (old.get("drifted") or {}).get(dotted(METRIC)) or get_path(old, METRIC)
        metric = metric or (old.get(OBSERVED) or {}).get(dotted(METRIC))
        if metric in (None, "cosine"):
            return []
        change = self._plan(old, inputs, declaration, drifted=old.get("drifted"), observed=observed)
        if not change.patch:
            return []
        keys = ", ".join(dotted(path) for path in change.patch)
        return [
            f"REFUSED, nothing was changed: {self.name_of(old)} uses {dotted(METRIC)} {metric}, and {HAS_PUT_REASON}; so "
            f"{keys} cannot be changed.\n"
            "  Do one:\n"
            "    undo               put the former values back\n"
            f'    keep both          ResourceOptions(ignore_changes=["{CONFIGURATION}"])\n'
            "    really change it   declare a second Dataset beside it: docs/guides/migrate-dataset.md"
        ]

    def ways(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Way]:
        """A dataset can also be replaced, at the price of its documents."""
        return [
            *usual_ways(changes, declaration),
            Way("move over", "declare a second Dataset beside it and fill it: docs/guides/migrate-dataset.md"),
            Way(
                "replace it",
                'force_destroy=True and `pulumi up` first, then on_immutable_change="replace" (or pulumi up --replace '
                "URN): its documents are lost",
            ),
        ]

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """A replacement deletes first, so it needs the same leave as a delete, applied before."""
        if old.get("force_destroy") is True:
            return None
        return "force_destroy=True was not applied before: set it, run `pulumi up` once, then replace"

    def _plan(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        declaration: Declaration,
        *,
        drifted: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
    ) -> Plan:
        """A new `secrets_version` sends the secrets again."""
        change = super()._plan(old, new, declaration, drifted=drifted, observed=observed)
        if ("secrets_version",) not in change.stored or new.get("secrets_version") is None:
            return change
        secrets = {p: v for p, v in flatten(self.model, new).items() if spec_at(self.model, p).secret}
        secrets = {path: value for path, value in secrets.items() if value is not UNKNOWN}
        return replace(change, patch={**change.patch, **secrets})

    def diff(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Difference:
        """As everywhere, and with the metric that the service holds."""
        difference = super().diff(object_id, outputs, inputs, declaration)
        if not difference.replaces:
            for text in self._metric_rule(outputs, inputs, declaration, observed=outputs.get(OBSERVED)):
                raise RefusedError(text)
        return difference

    # The calls.

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """One POST; an update and a read follow where there are secrets."""
        data, secrets = self._creation.create(inputs)
        return self._fetched(data, inputs, secrets=secrets)

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Read by id; the organization in the answer must be the expected one, because the service does not look."""
        organization = outputs.get("organization_id") or self._trieve.organization_id
        what = f"{self.name_of(outputs)} ({object_id})"
        try:
            data = self._presence.dataset(object_id, organization=organization, what=what)
        except OrganizationMissing:
            self.run.record_absence(
                "trieve", str(organization), what=f"organization {organization}", most=self._trieve.max_gone
            )
            return None
        if data is None:
            self.run.record_absence("trieve", object_id, what=what, most=self._trieve.max_gone)
            return None
        self.same_organization(data, organization, what)
        self._claim_keys(object_id, outputs)
        return self._fetched(data, outputs, secrets=None)

    def _claim_keys(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Warn where a fleet configuration of the same run manages a key of this dataset as well."""
        name = self.name_of(outputs)
        for key in outputs.get(CONFIGURATION) or {}:
            other = self.run.claim(("configuration", object_id, key), identity=object_id, name=name)
            if other is not None:
                self.run.warn(f"{name} and {other} both manage {key} of this dataset; each will undo the other")

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Read, PUT, read."""
        organization = str(outputs.get("organization_id") or inputs.get("organization_id"))
        what = f"{self.name_of(outputs)} ({object_id})"
        data = self._updating.update(object_id, change.patch, inputs, organization=organization, what=what)
        self.same_organization(data, organization, what)
        secrets = any(spec_at(self.model, path).secret for path in change.patch)
        return self._fetched(data, outputs, secrets=secrets)

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete, unless the dataset holds documents and `force_destroy` was not applied.

        A missing object, and an answer that says nothing, may both be a query that failed for a moment; a delete may be
        repeated, because absent is success.
        """
        organization = str(outputs.get("organization_id") or self._trieve.organization_id)
        what = f"{self.name_of(outputs)} ({object_id})"
        last: ServiceError | None = None
        for _ in range(DELETES):
            try:
                if outputs.get("force_destroy") is not True:
                    self._guard(object_id, organization, what)
                self._wire.delete_dataset(object_id, organization=organization, what=what)
                return
            except (ObjectMissing, AuthenticationError, UnclearWriteError) as error:
                last = error
            try:
                if self._presence.dataset(object_id, organization=organization, what=what) is None:
                    return
            except OrganizationMissing:
                return
        assert last is not None
        raise last

    def _guard(self, object_id: str, organization: str, what: str) -> None:
        chunks = self._wire.chunk_count(object_id, organization=organization, what=what)
        if chunks:
            raise GuardError(
                f"{what} holds {chunks} document{'' if chunks == 1 else 's'} and is not deleted. Set force_destroy=True "
                "on it and run `pulumi up` once, then remove, replace or destroy it (before that `pulumi up`, take back a "
                "taint or a new replacement_trigger); or let it live on: "
                "ResourceOptions(retain_on_delete=True)"
            )

    def same_organization(self, data: Mapping[str, Any], organization: str | None, what: str) -> None:
        """Refuse an answer about somebody else's dataset: the service gives any dataset to any key (observed 2.8).

        :raises ServiceError: it belongs to another organization.
        """
        owner = data.get("organization_id")
        if organization is not None and owner != organization:
            raise ServiceError(
                f"read {what}",
                message=f"it belongs to organization {owner}, not to {organization}",
                hint="Is trieve:organizationId right, or the organization_id of the resource?",
            )

    def _fetched(self, data: Mapping[str, Any], before: Mapping[str, Any], *, secrets: bool | None) -> Fetched:
        facts: dict[str, Any] = {"created_at": created_at(data)}
        for name in ("secrets_applied_at", "cloned_from"):
            facts[name] = before.get(name)
        if secrets:
            facts["secrets_applied_at"] = str(data.get("updated_at"))[:19] + "Z"
        if "cloned_from" in data:
            facts["cloned_from"] = data["cloned_from"]
        return Fetched(str(data["id"]), dataset_values(data), facts)
