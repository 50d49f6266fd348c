"""The partial update of a dataset: read, PUT, read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.errors import ObjectMissing, RefusedError, ServiceError, UnclearWriteError
from ...core.fields import Kind, flatten, spec_at
from ...core.plan import same
from ...core.refusal import show
from ...core.run import Run
from ...core.values import Path, dotted, get_path
from .inputs import DatasetInputs
from .presence import Presence
from .shapes import HERO_PATTERN, METRIC, dataset_values, update_body
from .wire import HINT_WRITTEN, Json, TrieveWire

SETTLE_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between looks at the service after a write without a clear answer."""


class Updating:
    """Sends what differs, and makes sure that it arrived."""

    def __init__(self, *, wire: TrieveWire, presence: Presence, run: Run, sleep: Callable[[float], None]) -> None:
        self._wire = wire
        self._presence = presence
        self._run = run
        self._sleep = sleep

    def update(
        self,
        dataset_id: str,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        *,
        organization: str,
        what: str,
        before: Json | None = None,
    ) -> Json:
        """Bring a dataset to a patch, and give back what the service holds then, whether it took all of it or not.

        :param inputs: what the program manages; keys that the service would forget are taken from here.
        :param before: the dataset as it was read or created just before; read here where it is not given.
        :raises ServiceError: the service failed.
        """
        with self._run.writing(organization, dataset_id):
            if before is None:
                before = self._read(dataset_id, organization, what)
                if before is None:
                    raise ObjectMissing(
                        f"update {what}", message="it is gone", hint="Run `pulumi up --refresh` to create it again"
                    )
            self._keep_metric(patch, dataset_values(before), what)
            body = update_body(dataset_id, patch, inputs, dataset_values(before))
            after = self._send(body, patch, organization, what, dataset_id)
        self._tell_of_others(patch, inputs, dataset_values(before), dataset_values(after), what)
        return after

    def _keep_metric(self, patch: Mapping[Path, Any], before: Mapping[str, Any], what: str) -> None:
        """The last door before a PUT, which resets every metric to cosine (trieve.md 0.4).

        :raises RefusedError: the dataset has another one.
        """
        metric = get_path(before, METRIC)
        if metric not in (None, "cosine"):
            keys = ", ".join(dotted(path) for path in patch)
            raise RefusedError(
                f"REFUSED, nothing was changed: {what} uses {dotted(METRIC)} {metric}, and every update of this service "
                f"resets the metric to cosine, so {keys} cannot be changed"
            )

    def _send(self, body: Json, patch: Mapping[Path, Any], organization: str, what: str, dataset_id: str) -> Json:
        try:
            self._wire.update_dataset(body, organization=organization, what=what)
        except UnclearWriteError as error:
            return self._settle(body, patch, organization, what, dataset_id, error)
        except ObjectMissing:
            # The service answers so when its query fails; the dataset was there a moment ago.
            if self._read(dataset_id, organization, what) is None:
                raise
            self._wire.update_dataset(body, organization=organization, what=what)
        return self._read_back(dataset_id, organization, what)

    def _settle(
        self,
        body: Json,
        patch: Mapping[Path, Any],
        organization: str,
        what: str,
        dataset_id: str,
        cause: UnclearWriteError,
    ) -> Json:
        """Decide a write without a clear answer: look, and repeat it once where it did not arrive.

        What cannot be read, secrets and stop tokens, is repeated at once: the same values do no harm.
        """
        readable = self._readable(patch)
        for repeat in (True, False):
            for pause in SETTLE_PAUSES if readable else ():
                self._sleep(pause)
                after = self._read_back(dataset_id, organization, what)
                if not self._missing(patch, dataset_values(after)):
                    return after
            if repeat:
                if not readable:
                    self._sleep(SETTLE_PAUSES[-1])
                try:
                    self._wire.update_dataset(body, organization=organization, what=what)
                except UnclearWriteError as error:
                    cause = error
                    continue
                return self._read_back(dataset_id, organization, what)
        raise UnclearWriteError(
            cause.operation, message=f"{cause.message}; it may still be carried out", sent=True, hint=HINT_WRITTEN
        )

    def _read(self, dataset_id: str, organization: str, what: str) -> Json | None:
        return self._presence.dataset(dataset_id, organization=organization, what=what)

    def _read_back(self, dataset_id: str, organization: str, what: str) -> Json:
        try:
            after = self._read(dataset_id, organization, what)
        except ServiceError as error:
            raise ServiceError(
                f"read back {what} after an update", status=error.status, message=error.message, hint=HINT_WRITTEN
            ) from None
        if after is None:
            raise ObjectMissing(f"read back {what} after an update", message="it is gone", hint=HINT_WRITTEN)
        return after

    def _readable(self, patch: Mapping[Path, Any]) -> bool:
        return any(spec_at(DatasetInputs, path).kind is not Kind.WRITE_ONLY for path in patch)

    def _missing(self, patch: Mapping[Path, Any], values: Mapping[str, Any]) -> list[Path]:
        held = flatten(DatasetInputs, values)
        return [
            path
            for path, value in patch.items()
            if (spec := spec_at(DatasetInputs, path)).kind is not Kind.WRITE_ONLY
            and not same(spec, value, held.get(path))
        ]

    def _tell_of_others(
        self,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        what: str,
    ) -> None:
        """Warn of what changed meanwhile and is not managed: two updates at once lose one of them (observed 2.6).

        What is managed is compared with the program by the life cycle.
        """
        then, held = flatten(DatasetInputs, before), flatten(DatasetInputs, after)
        for path in sorted((then.keys() | held.keys()) - flatten(DatasetInputs, inputs).keys() - patch.keys()):
            was, now, spec = then.get(path), held.get(path), spec_at(DatasetInputs, path)
            # The metric and one page setting are the doing of every update, ours too; secrets are not there to compare.
            if path in (METRIC, HERO_PATTERN) or spec.kind is Kind.WRITE_ONLY or same(spec, was, now):
                continue
            self._run.warn(
                f"{what}: while it was updated, somebody else changed {dotted(path)} from {show(was)} to {show(now)}"
            )
