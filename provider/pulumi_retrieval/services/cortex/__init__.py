"""Cortex: tenants in both documented generations of its API (docs/services/cortex.md)."""

from .connection import CortexConnection
from .dialect import TenantList, TenantStats
from .inputs import (
    DatabaseTenantInputs,
    EmbeddingsDatabaseInputs,
    EmbeddingsTenantInputs,
    MetadataField,
    MetadataKey,
    TenantInputs,
)
from .service import CortexService

__all__ = [
    "CortexConnection",
    "CortexService",
    "DatabaseTenantInputs",
    "EmbeddingsDatabaseInputs",
    "EmbeddingsTenantInputs",
    "MetadataField",
    "MetadataKey",
    "TenantInputs",
    "TenantList",
    "TenantStats",
]
