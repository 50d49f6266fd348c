"""Conversions between the JSON of the service and the shape of the inputs."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ...core.fields import Mutability, late_paths, spec_at
from ...core.values import Path, get_path, nest
from .answers import DatasetAnswer
from .configuration import SECRET_KEYS
from .inputs import DatasetInputs

CONFIGURATION = "server_configuration"
PUBLIC = "PUBLIC_DATASET"
STOP_TOKENS = (CONFIGURATION, "STOP_TOKENS")
API_VERSION = (CONFIGURATION, "LLM_API_VERSION")
LOCK = (CONFIGURATION, "LOCKED")
METRIC = (CONFIGURATION, "DISTANCE_METRIC")
HERO_PATTERN = (CONFIGURATION, PUBLIC, "extra_params", "heroPattern")
"""A setting that every update adds to a page without one (observed 4)."""
LATE_KEYS: Sequence[Path] = late_paths(DatasetInputs)
"""Keys that a create and a clone silently drop, so that an update must follow (trieve.md 0.3)."""


def dataset_values(data: DatasetAnswer) -> dict[str, Any]:
    """A returned dataset in the shape of `DatasetInputs`."""
    return {
        "organization_id": data.organization_id,
        "dataset_name": data.name,
        "tracking_id": data.tracking_id,
        CONFIGURATION: data.server_configuration,
    }


def created_at(text: str) -> str:
    """A time of the service, UTC, without fraction of a second, which differs between answers."""
    return f"{text[:19]}Z"


def age_hours(text: str, *, now: float) -> float | None:
    """Hours since a time of the service; None if the text is not a time.

    :param now: seconds since the epoch.
    """
    try:
        made = datetime.strptime(created_at(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return (now - made.timestamp()) / 3600


def is_readable(path: Path) -> bool:
    """Whether a read shows the value that an update has set."""
    spec = spec_at(DatasetInputs, path)
    return spec.mutability is not Mutability.WRITE_ONLY and not spec.unlisted


def configuration_without_late_keys(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without the keys that a create drops."""
    configuration = {k: v for k, v in (inputs.get(CONFIGURATION) or {}).items() if v is not None}
    for key in SECRET_KEYS:
        configuration.pop(key, None)
    if isinstance(configuration.get(PUBLIC), Mapping):
        configuration[PUBLIC] = {k: v for k, v in configuration[PUBLIC].items() if k != "api_key" and v is not None}
    return configuration


def update_body(
    dataset_id: str, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of ``PUT /api/dataset``: the id, the changes, and the keys that the server would otherwise erase.

    :param patch: changed values by path.
    :param inputs: the inputs of the program.
    :param before: the dataset as it was read just before, in the shape of the service.
    """
    body: dict[str, Any] = {"dataset_id": dataset_id}
    if ("dataset_name",) in patch:
        body["dataset_name"] = patch[("dataset_name",)]
    if ("tracking_id",) in patch:
        body["new_tracking_id"] = patch[("tracking_id",)]
    configuration: dict[str, Any] = nest(patch).get(CONFIGURATION, {})
    if isinstance(configuration.get(PUBLIC), dict):
        enabled = get_path(inputs, (CONFIGURATION, PUBLIC, "enabled"))
        configuration[PUBLIC].setdefault("enabled", enabled)
    # Every update erases stop tokens that it does not repeat, a rename too (trieve.md 0.5, observed 3).
    stop_tokens = get_path(inputs, STOP_TOKENS)
    if stop_tokens is not None:
        configuration.setdefault("STOP_TOKENS", stop_tokens)
    if configuration:
        # An update with a configuration and without this key sets it to null (trieve.md 0.7).
        version = get_path(inputs, API_VERSION)
        if version is None:
            version = get_path(before, API_VERSION)
        if version is not None:
            configuration.setdefault("LLM_API_VERSION", version)
        body[CONFIGURATION] = configuration
    return body


def same_name(program: Any, service: Any) -> bool:
    """Whether two organization names are equal, even if the service has escaped one of them (trieve.md 5.2)."""
    if not isinstance(program, str) or not isinstance(service, str):
        return False
    return program == service or html.unescape(program) == html.unescape(service)
