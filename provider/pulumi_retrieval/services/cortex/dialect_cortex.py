"""The first generation of the API: synchronous, without deletion (docs/services/cortex.md 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from ...core.errors import ConfigurationError, ObjectMissing
from ...core.objects import Phase
from .answers import SUB_TENANT_STATS, SUB_TENANTS, TENANT_CREATED, SubTenants
from .dialect import Capabilities, NewTenant, TenantObservation
from .results import TenantList, TenantStats
from .schema import Item, KeyRules
from .wire import Reply, Wire

MOST_SUB_TENANTS_COUNTED = 20


class CortexDialect:
    """The five calls of this generation; ids are query parameters."""

    can = Capabilities(counts_sub_tenants=True)

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rules = KeyRules()

    def create(self, new: NewTenant) -> str:
        """One POST. For an existing id the service may answer with the same success, so call `probe` before (4).

        The sample answer in its documents contains another id than the requested one (4), so the answered id is returned.
        """
        params, body = {"tenant_id": new.tenant_id}, None
        if new.note is not None:
            params["note"] = new.note
        if new.schema:
            body = {"tenant_metadata_schema": [self._rules.sent(item) for item in new.schema]}
        path = "/embeddings/create_tenant" if new.embeddings else "/user/create_tenant"
        operation = f"create tenant {new.tenant_id}"
        reply = self._wire.call(TENANT_CREATED, "POST", path, operation=operation, params=params, json=body)
        return reply.data.tenant_id

    def probe(self, tenant_id: str, *, thorough: bool = True) -> TenantObservation:
        """Read the list of sub-tenants: unlike the statistics, it shows an empty tenant too (4)."""
        reply = self._sub_tenants(tenant_id)
        return TenantObservation(
            tenant_id,
            Phase.READY,
            schema=self._schema(reply),
            sub_tenant_ids=tuple(reply.data.sub_tenant_ids),
            request_id=reply.answer.request_id,
        )

    def read(self, tenant_id: str) -> TenantObservation:
        """The same as `probe`: one call returns everything."""
        return self.probe(tenant_id)

    def known_elsewhere(self, tenant_id: str) -> bool:
        """Whether the statistics show it."""
        try:
            self.stats(tenant_id)
        except ObjectMissing:
            return False
        return True

    def documents(self, tenant_id: str) -> int | None:
        """The objects of all sub-tenants; of the first 20 where there are more, and at least 1 then."""
        names = self.sub_tenants(tenant_id)
        # The default one always exists (1.2), so an empty list is wrong; the statistics then count the default one.
        asked: list[str | None] = [*names[:MOST_SUB_TENANTS_COUNTED]] or [None]
        counted = sum(self._objects(tenant_id, name) for name in asked)
        # A sub-tenant exists from its first document on, so many sub-tenants mean that there are documents.
        return max(counted, 1) if len(names) > MOST_SUB_TENANTS_COUNTED else counted

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """The statistics of one sub-tenant, the default one where none is named."""
        params = {"tenant_id": tenant_id}
        if sub_tenant_id is not None:
            params["sub_tenant_id"] = sub_tenant_id
        operation = f"count tenant {tenant_id}"
        reply = self._wire.call(SUB_TENANT_STATS, "GET", "/tenant/stats", operation=operation, params=params)
        reply.about("tenant_id", expected=tenant_id, told=reply.data.tenant_id)
        return TenantStats(
            tenant_id=tenant_id,
            object_count=reply.data.object_count,
            sub_tenant_id=sub_tenant_id,
            vector_dimension=reply.data.vector_dimension,
        )

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The sub-tenants that exist; the default one is always among them."""
        return list(self._sub_tenants(tenant_id).data.sub_tenant_ids)

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """Names and flags, without types."""
        return self._schema(self._sub_tenants(tenant_id))

    def delete(self, tenant_id: str) -> None:
        """This generation has no such call. :raises ConfigurationError: always."""
        _cannot("deletes a tenant")

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """This generation has no such call. :raises ConfigurationError: always."""
        _cannot("changes a metadata schema")

    def rename(self, tenant_id: str, new_id: str) -> str:
        """This generation has no such call. :raises ConfigurationError: always."""
        _cannot("renames a tenant")

    def list_all(self) -> TenantList:
        """This generation has no such call. :raises ConfigurationError: always."""
        _cannot("lists tenants")

    def _sub_tenants(self, tenant_id: str) -> Reply[SubTenants]:
        operation, path = f"read tenant {tenant_id}", "/tenant/sub_tenant_ids"
        reply = self._wire.call(SUB_TENANTS, "GET", path, operation=operation, params={"tenant_id": tenant_id})
        reply.about("tenant_id", expected=tenant_id, told=reply.data.tenant_id)
        return reply

    def _objects(self, tenant_id: str, sub_tenant_id: str | None) -> int:
        try:
            return self.stats(tenant_id, sub_tenant_id).object_count
        except ObjectMissing:
            # According to one of the documents, 404 also means "no data" (4).
            return 0

    def _schema(self, reply: Reply[SubTenants]) -> list[dict[str, Any]] | None:
        """The schema as far as it is returned; [] for none; None if the answer has no field for it (1.2)."""
        if "tenant_schema" not in reply.data.model_fields_set:
            return None
        told = reply.data.tenant_schema
        return [self._rules.told(item) for item in told.properties] if told else []


def _cannot(what: str) -> NoReturn:
    raise ConfigurationError(f'the API generation "cortex" has no call that {what}; see cortex:apiVersion')
