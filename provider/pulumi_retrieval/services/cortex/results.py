"""The results of look-ups. A program imports this module and nothing else of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TenantStats:
    """How much a tenant holds."""

    tenant_id: str
    """The id of the tenant."""
    object_count: int
    """Objects of one sub-tenant (generation ``cortex``), or chunks of all of them (``v2``, where counts lag behind writes)."""
    sub_tenant_id: str | None = None
    """Which sub-tenant was counted; None for all."""
    knowledge_rows: int | None = None
    """Chunks of documents; None if the generation does not return it."""
    memory_rows: int | None = None
    """Chunks of memories; None if the generation does not return it."""
    vector_dimension: int | None = None
    """Dimensions of an embedding; None if the service does not return it."""


@dataclass(frozen=True)
class TenantList:
    """The tenants of an account."""

    tenant_ids: tuple[str, ...]
    """Their ids."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Tenant id → why its provisioning failed."""
