"""Cortex: tenants in both documented generations of its API (docs/services/cortex.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name == "CortexService":  # brings the HTTP client, which a program that declares resources does not need
        from .service import CortexService

        return CortexService
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
