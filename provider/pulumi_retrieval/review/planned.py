"""Computes the state after the steps of a preview, so that a comparison with staging covers the planned changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.redaction import MASK
from ..core.values import UNKNOWN
from .states import PROVIDERS, ROOT_TYPE, Resource, State, secret_marker

UNKNOWN_SIGNS = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
)
"""The texts that the engine writes for an unknown string, boolean, number, list and object."""
_REMOVES = ("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace")


def planned_state(state: State, steps: Iterable[Mapping[str, Any]]) -> State:
    """Apply the steps of a preview to a state. Resources without a step stay as they are.

    :param steps: steps with ``op``, ``urn`` and ``newState`` as in `pulumi preview --json`, where secrets are masked.
    """
    resources = {one.urn: one for one in state.resources if not one.deleting}
    removed: set[str] = set()
    made: dict[str, Resource] = {}
    for step in steps:
        urn, new = step["urn"], step.get("newState")
        if step["op"] in _REMOVES:
            removed.add(urn)
        elif isinstance(new, Mapping) and not _is_engines(str(new.get("type") or "")):
            resource = Resource.from_export({**new, "inputs": _read(new.get("inputs")), "outputs": None})
            before = resources.get(urn)
            if before is not None and step["op"] in ("same", "update", "refresh", "read"):
                resource = dataclasses.replace(resource, outputs=before.outputs)
            made[urn] = resource
    kept = {urn: one for urn, one in resources.items() if urn not in removed}
    return dataclasses.replace(state, resources=tuple({**kept, **made}.values()))


def _is_engines(type_: str) -> bool:
    return type_ == ROOT_TYPE or type_.startswith(PROVIDERS)


def _read(value: Any) -> Any:
    """Convert a value of a preview into the form of a parsed state."""
    if isinstance(value, str):
        return secret_marker() if value == MASK else UNKNOWN if value in UNKNOWN_SIGNS else value
    if isinstance(value, Mapping):
        return {key: _read(item) for key, item in value.items()}
    return [_read(item) for item in value] if isinstance(value, list) else value
