"""Cloning a dataset: checks the source, builds the request, and measures the progress of the copy.

`docs/services/trieve.md` 4: the clone exists at once; a worker copies chunks later. The worker reports no progress, and
self-hosted installations often do not run it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ...core.beliefs import Absent
from ...core.errors import ObjectMissing, RefusedError
from ...core.fields import Mutability, flatten, late_paths, spec_at
from ...core.looking import Looks
from ...core.objects import Observation, Phase, Template
from ...core.plan import same
from ...core.refusal import show
from ...core.values import Path, dotted, get_path
from .inputs import DatasetInputs
from .shapes import CONFIGURATION, METRIC, dataset_values
from .wire import TrieveWire

Json = dict[str, Any]


def clone_template(inputs: Mapping[str, Any], *, wire: TrieveWire, looks: Looks, organization: str) -> Template:
    """The source of a clone, after a comparison of its immutable keys with the program.

    :raises ObjectMissing: the source does not exist.
    :raises RefusedError: an immutable key given beside `clone_from` differs from the source's.
    """
    source_id = str(inputs["clone_from"]["dataset_id"])
    what = f"the source dataset {source_id}"
    belief = looks.look(
        lambda: wire.get_source(source_id, organization=organization, what=what),
        known_elsewhere=lambda: any(item.dataset.id == source_id for item in wire.list_datasets(organization)),
    )
    if isinstance(belief, Absent):
        raise ObjectMissing(f"clone {source_id}", message=f"{what} does not exist", hint="Nothing was created")
    values = dataset_values(belief.observation)
    clashes = _clashes(inputs, values)
    if clashes:
        raise RefusedError(
            f"REFUSED, nothing was created: dataset {inputs['tracking_id']} cannot be a clone of {source_id} and "
            f"differ from it in immutable keys: {'; '.join(clashes)}. Leave these keys out, or create the dataset "
            "without clone_from"
        )
    if not copies_chunks(inputs):
        return Template(values)
    documents = looks.insist(lambda: wire.chunk_count(source_id, organization=organization, what=what))
    return Template(values, documents)


def copies_chunks(inputs: Mapping[str, Any]) -> bool:
    """Whether a clone gets the chunks of its source."""
    return (inputs.get("clone_from") or {}).get("copy_chunks") is not False


def _clashes(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    held, found = flatten(DatasetInputs, values), []
    for path, value in flatten(DatasetInputs, inputs).items():
        spec = spec_at(DatasetInputs, path)
        if spec.mutability is Mutability.IMMUTABLE and len(path) > 1 and not same(spec, value, held.get(path)):
            found.append(f"{dotted(path)}: the source has {show(held.get(path))}, the program {show(value)}")
    metric = get_path(values, METRIC)
    if metric not in (None, "cosine") and _needs_update(inputs, held):
        found.append(
            f"{dotted(METRIC)}: the source has {metric}, which the update that this configuration needs would reset"
        )
    return found


def _needs_update(inputs: Mapping[str, Any], held: Mapping[Path, Any]) -> bool:
    """Whether a clone needs an update to have the values of the program."""
    if any(get_path(inputs, path) is not None for path in late_paths(DatasetInputs)):
        return True
    for path, value in flatten(DatasetInputs, inputs).items():
        spec = spec_at(DatasetInputs, path)
        if path[0] == CONFIGURATION and (
            spec.mutability is Mutability.WRITE_ONLY
            or (spec.mutability is Mutability.UPDATABLE and not same(spec, value, held.get(path)))
        ):
            return True
    return False


def clone_body(inputs: Mapping[str, Any]) -> Json:
    """The body of ``POST /api/dataset/clone``."""
    clone = inputs["clone_from"]
    return {
        "dataset_to_clone": clone["dataset_id"],
        "dataset_name": inputs["dataset_name"],
        "tracking_id": inputs["tracking_id"],
        "clone_chunks": copies_chunks(inputs),
    }


def provenance(inputs: Mapping[str, Any], template: Template, *, now: float) -> Json:
    """The origin of a clone: id of the source, time, and, if chunks are copied, how many the source had.

    :param now: seconds since the epoch.
    """
    origin = {
        "dataset_id": inputs["clone_from"]["dataset_id"],
        "at": datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {**origin, "source_chunks": template.documents} if copies_chunks(inputs) else origin


def clone_progress(seen: Observation, inputs: Mapping[str, Any], template: Template, *, count: int) -> Observation:
    """An observation of a clone with the progress of its copy. :param count: the chunks that it holds now."""
    done = count >= template.documents
    origin = {**(seen.facts.get("cloned_from") or {}), **({"chunks": count} if done else {})}
    source = inputs["clone_from"]["dataset_id"]
    return replace(
        seen,
        phase=Phase.READY if done else Phase.PENDING,
        facts={**seen.facts, "cloned_from": origin},
        detail=f"it is a clone of {source} and holds {count} of its {template.documents} chunks",
    )
