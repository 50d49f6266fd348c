"""Writes a program for all tenants of a Cortex account. Needs an API generation that can list tenants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.errors import ConfigurationError
from ..services.cortex import CortexService
from .files import PROJECT, as_json, unique, write

DATA = "tenants.json"

PROGRAM = '''\
"""Every tenant of one Cortex account. The data are in tenants.json."""

import json
from pathlib import Path

from pulumi_retrieval import cortex

tenants = json.loads(Path(__file__).with_name("tenants.json").read_text(encoding="utf-8"))

for item in tenants:
    cortex.Tenant(item.pop("resource_name"), **item)
'''


def import_tenants(
    service: CortexService,
    *,
    folder: Path,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write the program and its data file.

    :param tell: prints a remark for people.
    :param progress: called after each tenant with the number of tenants read so far, and their total number.
    :returns: the number of tenants.
    :raises RetrievalError: the API generation cannot list tenants, a request failed, there is no tenant, or the folder
        already holds one of the files.
    """
    listed = service.list_tenants()
    for tenant_id, why in listed.failed.items():
        tell(f"tenant {tenant_id} is left out, because its provisioning failed: {why}")
    tenants: list[dict[str, Any]] = []
    there = [tenant_id for tenant_id in sorted(listed.tenant_ids) if tenant_id not in listed.failed]
    for name, tenant_id in zip(unique(there), there, strict=True):
        item: dict[str, Any] = {"resource_name": name, "tenant_id": tenant_id}
        schema = service.metadata_schema(tenant_id)
        if schema:
            item["tenant_metadata_schema"] = schema
        tenants.append(item)
        progress(len(tenants), len(there))
    if not tenants:
        raise ConfigurationError(
            f"{service.connection.base_url} lists no tenants for this key, so nothing was written; is CORTEX_API_KEY the "
            "key of the right account?"
        )
    project = PROJECT.format(name="imported-tenants", description="Imported from a Cortex account")
    write(folder, {"Pulumi.yaml": project, "__main__.py": PROGRAM, DATA: as_json(tenants)})
    return len(tenants)
