"""Writes a program for a Trieve organization and all its datasets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.fields import Mutability, field_specs
from ..core.plan import same
from ..core.validation import check_inputs
from ..core.values import to_f32
from ..services.trieve import OrganizationInputs, ServerConfiguration, TrieveService
from ..services.trieve.configuration import DEFAULTS, EMPTY_PARAMS
from .files import PROJECT, as_json, unique, write

DATA = "organization.json"
ALWAYS = ("EMBEDDING_MODEL_NAME", "EMBEDDING_SIZE")
"""Keys that are always written, also with the default value: they decide which documents a search finds."""

PROGRAM = '''\
"""One Trieve organization with all its datasets. The data are in organization.json."""

import json
from pathlib import Path

from pulumi_retrieval import trieve

data = json.loads(Path(__file__).with_name("organization.json").read_text(encoding="utf-8"))

organization = trieve.Organization("organization", **data["organization"])

for item in data["datasets"]:
    trieve.Dataset(item.pop("resource_name"), organization_id=organization.id, **item)
'''


def import_organization(
    service: TrieveService,
    organization_id: str,
    *,
    folder: Path,
    all_keys: bool = False,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write the program and its data file.

    :param all_keys: manage every readable key, also those with the service's default value.
    :param tell: prints a remark for people.
    :param progress: called after each dataset with the number of datasets read so far, and their total number.
    :returns: the number of datasets.
    :raises RetrievalError: a request failed, or the folder already holds one of the files.
    """
    organization = service.lookups.organization(organization_id=organization_id)
    listed = service.lookups.datasets(organization_id=organization_id)
    # The service lists the newest first. With the oldest first, a later import appends new datasets at the end.
    summaries = list(reversed(listed))
    names = unique(str(item["tracking_id"] or item["dataset_name"] or item["id"]) for item in summaries)
    datasets = []
    for name, summary in zip(names, summaries, strict=True):
        found = service.lookups.dataset(dataset_id=summary["id"], organization_id=organization_id)
        datasets.append(_dataset(name, found, all_keys=all_keys, tell=tell))
        progress(len(datasets), len(summaries))
    data = {"organization": _organization(organization, tell=tell), "datasets": datasets}
    project = PROJECT.format(name="imported-organization", description="Imported from a Trieve organization")
    write(folder, {"Pulumi.yaml": project, "__main__.py": PROGRAM, DATA: as_json(data)})
    return len(datasets)


def _organization(found: Mapping[str, Any], *, tell: Callable[[str], None]) -> dict[str, Any]:
    item = {"organization_id": found["id"], "name": found["name"]}
    wrong = check_inputs(OrganizationInputs, item)
    if wrong:
        tell(f"the name of organization {found['id']} is left out, because it cannot be declared: {wrong[0]}")
        del item["name"]
    return item


def _dataset(name: str, found: Mapping[str, Any], *, all_keys: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    item: dict[str, Any] = {"resource_name": name}
    if found["tracking_id"]:
        item["tracking_id"] = found["tracking_id"]
    else:
        # Without a tracking id only the id identifies the dataset; its adoption sets a tracking id.
        item["adopt"] = found["id"]
        tell(f"dataset {found['id']} has no tracking id; it is adopted by its id and gets one")
    item["dataset_name"] = found["dataset_name"]
    configuration = {}
    for key, value in managed(found["server_configuration"], all_keys=all_keys).items():
        wrong = check_inputs(ServerConfiguration, {key: value})
        if wrong:
            tell(f"dataset {name}: {key} is left out, because it holds what cannot be declared: {wrong[0]}")
        else:
            configuration[key] = value
    if configuration:
        item["server_configuration"] = configuration
    return item


def managed(configuration: Mapping[str, Any], *, all_keys: bool) -> dict[str, Any]:
    """The keys to manage, as a program would write them: readable keys that are no secrets and differ from the default."""
    specs = field_specs(ServerConfiguration)
    found: dict[str, Any] = {}
    for key in ServerConfiguration.model_fields:
        value = configuration.get(key)
        if key == "PUBLIC_DATASET":
            value = _public(value)
        elif (key,) not in specs or specs[(key,)].mutability is Mutability.WRITE_ONLY:
            continue
        elif specs[(key,)].f32 and isinstance(value, float):
            value = shortest_f32(value)
        if value is None:
            continue
        default = key in DEFAULTS and any(
            same(specs[(key,)], value, known) for known in DEFAULTS[key] if (key,) in specs
        )
        if all_keys or key in ALWAYS or not default:
            found[key] = value
    return found


def _public(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    params = {k: v for k, v in (value.get("extra_params") or {}).items() if v is not None and v != EMPTY_PARAMS.get(k)}
    if not value.get("enabled") and not params:
        return None
    return {"enabled": bool(value.get("enabled")), **({"extra_params": params} if params else {})}


def shortest_f32(value: float) -> float:
    """The shortest decimal number whose 32-bit float is this value: 1.2 for 1.2000000476837158."""
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if to_f32(short) == value:
            return short
    return value
