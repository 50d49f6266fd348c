"""The providers of Cortex's resources. State files contain this module path and the class names, so neither may change."""

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
