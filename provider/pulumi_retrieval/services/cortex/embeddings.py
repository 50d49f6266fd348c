"""A tenant for bare embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .adopting import Adoption
from .dialect import NewTenant, Sighting
from .inputs import DEFAULT_DIMENSION
from .tenancy import TenancyLifeCycle


class EmbeddingsTenantLifeCycle(TenancyLifeCycle):
    """``EmbeddingsTenant``: vectors of the caller's own, no documents, no metadata schema."""

    noun: ClassVar[str] = "embeddings tenant"

    def wanted(self, inputs: Mapping[str, Any]) -> NewTenant:
        """The tenant that inputs describe."""
        return NewTenant(str(inputs["tenant_id"]), embeddings=True, dimension=inputs.get("embeddings_dimension"))

    def adoption(self) -> Adoption:
        """Compared by kind only."""
        return Adoption(self.dialect, self.model, None, embeddings=True)

    def dimension_of(self, created: NewTenant | None) -> int | None:
        """The dimension it was created with."""
        return None if created is None else created.dimension or DEFAULT_DIMENSION

    def facts(self, seen: Sighting) -> Mapping[str, Any]:
        """``default_sub_tenant_id``, the same as the tenant's, where the service tells it."""
        return {"default_sub_tenant_id": seen.default_sub_tenant_id}
