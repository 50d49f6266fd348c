"""Cortex: tenants in both documented generations of its API (docs/services/cortex.md)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connection import CortexConnection
    from .inputs import (
        DatabaseTenantInputs,
        EmbeddingsDatabaseInputs,
        EmbeddingsTenantInputs,
        MetadataField,
        MetadataKey,
        TenantInputs,
    )
    from .results import TenantList, TenantStats
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


_ELSEWHERE = {
    "CortexConnection": "connection",
    "CortexService": "service",
    "TenantList": "results",
    "TenantStats": "results",
}


def __getattr__(name: str) -> Any:
    # Loaded on access, because a program imports results from here and needs neither input models nor an HTTP client.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_ELSEWHERE.get(name, 'inputs')}", __name__), name)
