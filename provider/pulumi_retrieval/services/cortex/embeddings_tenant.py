"""The tenant for bare embeddings: vectors of the caller's own, no documents, no metadata schema."""

from __future__ import annotations

from typing import ClassVar

from .tenancy import TenancyDefinition


class EmbeddingsTenantDefinition(TenancyDefinition):
    """``EmbeddingsTenant``; its calls are those of every tenant (`tenant.TenantObjects`)."""

    noun: ClassVar[str] = "embeddings tenant"
