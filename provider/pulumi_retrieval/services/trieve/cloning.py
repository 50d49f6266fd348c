"""Cloning a dataset: what the service copies, what it does not, and waiting for what it copies later.

`docs/services/trieve.md` 4: the clone's row is there at once; chunks are copied later by a worker that reports to nobody
and that self-hosted installations often do not run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...core.errors import ObjectMissing, RefusedError, WaitError
from ...core.fields import Kind, flatten, spec_at
from ...core.plan import same
from ...core.refusal import show
from ...core.run import Run
from ...core.values import dotted, get_path
from ...core.waiting import Waiter
from .inputs import DatasetInputs
from .presence import Presence
from .shapes import CONFIGURATION, METRIC, dataset_values, late_patch
from .wire import Json, TrieveWire

NO_WORKER = (
    "A clone that stays empty has a reason: this installation may not run the clone worker (the official compose file and "
    "Helm chart do not), the ingestion workers may be behind, or the plan's limit of chunks is reached"
)


class Cloning:
    """The part of a create that copies from another dataset."""

    def __init__(
        self,
        *,
        wire: TrieveWire,
        presence: Presence,
        run: Run,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = wire
        self._presence = presence
        self._run = run
        self._waiter = Waiter(clock=clock, sleep=sleep)

    def source(self, inputs: Mapping[str, Any], organization: str) -> Json:
        """The source as the service holds it, with its ``chunk_count``, checked against what the program fixes.

        :raises RefusedError: an immutable key given beside `clone_from` differs from the source's.
        """
        source_id = str(inputs["clone_from"]["dataset_id"])
        what = f"the source dataset {source_id}"
        data = self._presence.dataset(source_id, organization=organization, what=what)
        if data is None:
            raise ObjectMissing(f"clone {source_id}", message=f"{what} does not exist", hint="Nothing was created")
        held = flatten(DatasetInputs, dataset_values(data))
        clashes = []
        for path, value in flatten(DatasetInputs, inputs).items():
            spec = spec_at(DatasetInputs, path)
            if spec.kind is Kind.IMMUTABLE and len(path) > 1 and not same(spec, value, held.get(path)):
                clashes.append(f"{dotted(path)}: the source has {show(held.get(path))}, the program {show(value)}")
        metric = get_path(dataset_values(data), METRIC)
        if metric not in (None, "cosine") and self._needs_update(inputs, held):
            clashes.append(
                f"{dotted(METRIC)}: the source has {metric}, which the update that this configuration needs would reset"
            )
        if clashes:
            raise RefusedError(
                f"REFUSED, nothing was created: dataset {inputs['tracking_id']} cannot be a clone of {source_id} and "
                f"differ from it in immutable keys: {'; '.join(clashes)}. Leave these keys out, or create the dataset "
                "without clone_from"
            )
        count = self._presence.chunk_count(source_id, organization=organization, what=what)
        return {**data, "chunk_count": count}

    def _needs_update(self, inputs: Mapping[str, Any], held: Mapping[tuple[str, ...], Any]) -> bool:
        if late_patch(inputs):
            return True
        for path, value in flatten(DatasetInputs, inputs).items():
            spec = spec_at(DatasetInputs, path)
            unread = spec.kind is Kind.WRITE_ONLY
            if path[0] == CONFIGURATION and (
                unread or (spec.kind is Kind.UPDATABLE and not same(spec, value, held.get(path)))
            ):
                return True
        return False

    def post(self, inputs: Mapping[str, Any], organization: str, what: str) -> Json:
        """``POST /api/dataset/clone``."""
        clone = inputs["clone_from"]
        body: Json = {
            "dataset_to_clone": clone["dataset_id"],
            "dataset_name": inputs["dataset_name"],
            "tracking_id": inputs["tracking_id"],
            "clone_chunks": clone.get("copy_chunks") is not False,
        }
        return self._wire.clone_dataset(body, organization=organization, what=what)

    def wait(self, inputs: Mapping[str, Any], source: Json, data: Json, organization: str, what: str) -> Json:
        """Wait for the copied chunks as long as the program says, and give back the provenance.

        :raises WaitError: the chunks are not all there when the time is over.
        """
        clone, wanted = inputs["clone_from"], int(source["chunk_count"])
        provenance: Json = {
            "dataset_id": clone["dataset_id"],
            "at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source_chunks": wanted,
        }
        if clone.get("copy_chunks") is False:
            return provenance
        seconds = float(clone.get("wait_seconds") or 0)
        if seconds <= 0:
            return provenance
        dataset_id = str(data["id"])
        count, done = self._waiter.until(
            lambda: self._presence.chunk_count(dataset_id, organization=organization, what=what),
            lambda chunks: chunks >= wanted,
            seconds=seconds,
        )
        if not done:
            why = NO_WORKER if count == 0 else "The copy goes on in the service"
            raise WaitError(
                f"{what} ({dataset_id}) is a clone of {clone['dataset_id']} and holds {count} of its {wanted} chunks "
                f"after {seconds:g} s. {why}. The dataset exists; run `pulumi up` again to wait on, or set wait_seconds=0"
            )
        return {**provenance, "chunks": count}
