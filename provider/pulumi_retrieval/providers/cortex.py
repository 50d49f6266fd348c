"""The providers of Cortex's resources. Their names are a state format and never change."""

from __future__ import annotations

from .adapter import RetrievalProvider


class TenantProvider(RetrievalProvider):
    """Provider of `cortex.Tenant`."""

    service = "cortex"
    kind = "tenant"


class EmbeddingsTenantProvider(RetrievalProvider):
    """Provider of `cortex.EmbeddingsTenant`."""

    service = "cortex"
    kind = "embeddings_tenant"
