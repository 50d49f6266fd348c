"""Resources and look-ups of Cortex: tenants, on the API generation that the stack configuration names."""

from ..services.cortex.results import TenantList, TenantStats
from .args import MetadataField, MetadataKey, OnImmutableChange
from .embeddings_tenant import EmbeddingsTenant
from .lookups import (
    get_metadata_schema,
    get_metadata_schema_output,
    get_tenant_stats,
    get_tenant_stats_output,
    list_sub_tenants,
    list_sub_tenants_output,
    list_tenants,
    list_tenants_output,
)
from .tenant import Tenant

__all__ = [
    "EmbeddingsTenant",
    "MetadataField",
    "MetadataKey",
    "OnImmutableChange",
    "Tenant",
    "TenantList",
    "TenantStats",
    "get_metadata_schema",
    "get_metadata_schema_output",
    "get_tenant_stats",
    "get_tenant_stats_output",
    "list_sub_tenants",
    "list_sub_tenants_output",
    "list_tenants",
    "list_tenants_output",
]
