"""The tenant for bare embeddings: it holds vectors of the caller, and has no documents and no metadata schema."""

from __future__ import annotations

from typing import ClassVar

from .tenancy import TenancyDefinition


class EmbeddingsTenantDefinition(TenancyDefinition):
    """``EmbeddingsTenant``; its calls are those of all tenants (`tenant.TenantObjects`)."""

    noun: ClassVar[str] = "embeddings tenant"
