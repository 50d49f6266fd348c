"""The interface that each generation of the API implements.

Each generation is one class that implements `Dialect`. The resources use only this protocol, and depend on `Capabilities`, never
on the name of a generation.
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
    :param async_create: a create is answered before the tenant is ready.
    :param async_delete: a delete is answered before the tenant is gone.
    :param additive_schema: metadata fields can be added to an existing tenant.
    :param counts_sub_tenants: statistics count one sub-tenant, not a whole tenant.
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

    :param schema: its metadata schema; None for none.
    :param note: a remark that is sent once; None for none.
    :param embeddings: whether it is for bare embeddings, without schema.
    :param dimension: the dimension of the embeddings; None for the default of the service.
    """

    tenant_id: str
    schema: Sequence[Item] | None = None
    note: str | None = None
    embeddings: bool = False
    dimension: int | None = None


@dataclass(frozen=True)
class TenantObservation:
    """The state of a tenant as one read showed it.

    :param schema: in the shape of the inputs; None if the service does not return it.
    :param sub_tenant_ids: None if they were not requested.
    :param detail: the service's own words: why provisioning failed, or its progress.
    :param partial: whether it shows less than `Dialect.read`.
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
        """The sub-tenant of calls that name none; None if the service does not say."""
        ids = self.sub_tenant_ids or ()
        return next((name for name in ("default", self.tenant_id) if name in ids), ids[0] if len(ids) == 1 else None)


class Dialect(Protocol):
    """One generation of the API. Every method raises `core.errors.ServiceError` if the service refuses."""

    can: Capabilities

    def create(self, new: NewTenant) -> str:
        """Start to create a tenant and return the id that the service gave it."""
        ...

    def probe(self, tenant_id: str, *, thorough: bool = True) -> TenantObservation:
        """Read whether a tenant exists.

        :param thorough: distinguish failure and deletion from provisioning, and read the schema if possible.
        :raises ObjectMissing: it does not exist.
        """
        ...

    def read(self, tenant_id: str) -> TenantObservation:
        """Read a tenant that was ready before, with as few calls as possible. :raises ObjectMissing: it does not exist."""
        ...

    def known_elsewhere(self, tenant_id: str) -> bool:
        """Whether another call still shows the tenant."""
        ...

    def documents(self, tenant_id: str) -> int | None:
        """Roughly how much a tenant holds; only a 0 is exact. None if it cannot be counted yet."""
        ...

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """How much a tenant holds."""
        ...

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The sub-tenants that exist."""
        ...

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """The metadata schema in the shape of the inputs, as far as the service returns it; None if it does not."""
        ...

    def delete(self, tenant_id: str) -> None:
        """Start to delete a tenant. :raises ObjectMissing: it does not exist."""
        ...

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """Add metadata fields."""
        ...

    def rename(self, tenant_id: str, new_id: str) -> str:
        """Rename a tenant in place. Returns a remark of the service, or ""."""
        ...

    def list_all(self) -> TenantList:
        """All tenants of the account."""
        ...
