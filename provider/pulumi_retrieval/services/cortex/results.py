"""What look-ups give back. A program imports this module and nothing else of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TenantStats:
    """How much a tenant holds.

    :param object_count: objects of one sub-tenant (generation ``cortex``), or chunks of all of them (``v2``, where
        counts lag behind writes).
    :param sub_tenant_id: which sub-tenant was counted; None for all.
    :param knowledge_rows: chunks of documents; None where the generation does not tell.
    :param memory_rows: chunks of memories; None where the generation does not tell.
    :param vector_dimension: None where it is not told.
    """

    tenant_id: str
    object_count: int
    sub_tenant_id: str | None = None
    knowledge_rows: int | None = None
    memory_rows: int | None = None
    vector_dimension: int | None = None


@dataclass(frozen=True)
class TenantList:
    """The tenants of an account. :param failed: tenant id → why its provisioning failed."""

    tenant_ids: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
