"""What a generation of the API can do, and how it is asked.

Each generation is one class that implements `Dialect`. The life cycles know only this protocol, and branch on
`Capabilities`, never on the name of a generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...core.objects import Phase
from .results import TenantList, TenantStats
from .schema import Item


@dataclass(frozen=True)
class Capabilities:
    """What a generation can do.

    :param can_delete: tenants can be deleted.
    :param can_list: tenants can be listed.
    :param async_create: creation is only begun when it is answered.
    :param async_delete: deletion is only begun when it is answered.
    :param additive_schema: metadata fields can be added to a tenant that exists.
    :param counts_sub_tenants: statistics are of one sub-tenant, not of a whole tenant.
    """

    can_delete: bool = False
    can_list: bool = False
    async_create: bool = False
    async_delete: bool = False
    additive_schema: bool = False
    counts_sub_tenants: bool = False


@dataclass(frozen=True)
class NewTenant:
    """A tenant to be created.

    :param schema: None for none.
    :param embeddings: for bare embeddings, without schema.
    :param dimension: of the embeddings; None for the service's default.
    """

    tenant_id: str
    schema: Sequence[Item] | None = None
    note: str | None = None
    embeddings: bool = False
    dimension: int | None = None


@dataclass(frozen=True)
class TenantObservation:
    """What one look at a tenant showed.

    :param schema: in the shape of the inputs; None where the service does not tell.
    :param sub_tenant_ids: None where they were not asked for.
    :param detail: the service's own words: why provisioning failed, or how far it is.
    :param partial: the look shows less than `Dialect.read`.
    """

    tenant_id: str
    phase: Phase
    schema: list[dict[str, Any]] | None = None
    sub_tenant_ids: tuple[str, ...] | None = None
    detail: str = ""
    request_id: str | None = None
    partial: bool = False

    @property
    def default_sub_tenant_id(self) -> str | None:
        """The sub-tenant that calls without one use; None where the service does not tell."""
        ids = self.sub_tenant_ids or ()
        return next((name for name in ("default", self.tenant_id) if name in ids), ids[0] if len(ids) == 1 else None)


class Dialect(Protocol):
    """One generation of the API. Every method raises `core.errors.ServiceError` where the service refuses."""

    can: Capabilities

    def create(self, new: NewTenant) -> str:
        """Begin to create a tenant and give back the id that the service gave it."""
        ...

    def probe(self, tenant_id: str, *, thorough: bool = True) -> TenantObservation:
        """Look whether there is a tenant.

        :param thorough: tell failure and deletion from provisioning, and read the schema where that is possible.
        :raises ObjectMissing: there is none.
        """
        ...

    def read(self, tenant_id: str) -> TenantObservation:
        """Look at a tenant that was ready before, by the fewest calls. :raises ObjectMissing: there is none."""
        ...

    def known_elsewhere(self, tenant_id: str) -> bool:
        """Whether a second source still knows the tenant."""
        ...

    def documents(self, tenant_id: str) -> int | None:
        """What a tenant holds, roughly: whether it is 0 is exact. None where it cannot be counted yet."""
        ...

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """Count what a tenant holds."""
        ...

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The sub-tenants that exist."""
        ...

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """The metadata schema in the shape of the inputs, as far as it is told."""
        ...

    def delete(self, tenant_id: str) -> None:
        """Begin to delete a tenant. :raises ObjectMissing: there is none."""
        ...

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """Add metadata fields."""
        ...

    def rename(self, tenant_id: str, new_id: str) -> str:
        """Give a tenant another id in place; what the service says about it, or ""."""
        ...

    def list_all(self) -> TenantList:
        """All tenants of the account."""
        ...
