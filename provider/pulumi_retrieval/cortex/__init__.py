"""Cortex: tenants, on the generation of the API that the stack configuration names."""

from .args import MetadataField, MetadataKey, OnImmutableChange
from .embeddings_tenant import EmbeddingsTenant
from .tenant import Tenant

__all__ = ["EmbeddingsTenant", "MetadataField", "MetadataKey", "OnImmutableChange", "Tenant"]
