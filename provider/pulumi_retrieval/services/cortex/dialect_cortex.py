"""The first generation of the API: synchronous, without deletion (docs/services/cortex.md 1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ...core.errors import ConfigurationError, ObjectMissing
from .dialect import Capabilities, NewTenant, Phase, Sighting
from .results import TenantList, TenantStats
from .schema import Item, KeyRules
from .wire import Reply, Wire

MOST_SUB_TENANTS_COUNTED = 20


class CortexDialect:
    """Five calls; ids stand in the query."""

    can = Capabilities(counts_sub_tenants=True)

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rules = KeyRules()

    def create(self, new: NewTenant) -> str:
        """One POST. For an id that exists the service may answer with the same success, so probe before (4)."""
        params, body = {"tenant_id": new.tenant_id}, None
        if new.note is not None:
            params["note"] = new.note
        if new.schema:
            body = {"tenant_metadata_schema": [self._rules.sent(item) for item in new.schema]}
        path = "/embeddings/create_tenant" if new.embeddings else "/user/create_tenant"
        operation = f"create tenant {new.tenant_id}"
        reply = self._wire.call("POST", path, operation=operation, params=params, json=body)
        return reply.text("tenant_id", operation=operation)

    def probe(self, tenant_id: str, *, thorough: bool = True) -> Sighting:
        """The list of sub-tenants: it names the default one also while the tenant is empty, statistics may not (4)."""
        try:
            reply = self._sub_tenants(tenant_id)
        except ObjectMissing as error:
            return Sighting(tenant_id, Phase.ABSENT, detail=error.message, request_id=error.request_id)
        return Sighting(
            tenant_id,
            Phase.READY,
            schema=self._schema(reply.data),
            sub_tenant_ids=_texts(reply.data.get("sub_tenant_ids")),
            request_id=reply.request_id,
        )

    def read(self, tenant_id: str) -> Sighting:
        """One call tells everything there is."""
        return self.probe(tenant_id)

    def surely_absent(self, tenant_id: str) -> bool:
        """Whether the statistics know nothing of it either."""
        try:
            self.stats(tenant_id)
        except ObjectMissing:
            return True
        return False

    def documents(self, tenant_id: str) -> int | None:
        """The objects of all sub-tenants; of the first 20 where there are more, and at least 1 then."""
        names = self.sub_tenants(tenant_id)
        counted = sum(self._objects(tenant_id, name) for name in names[:MOST_SUB_TENANTS_COUNTED])
        # A sub-tenant appears by its first document, so many of them are a sign of use.
        return max(counted, 1) if len(names) > MOST_SUB_TENANTS_COUNTED else counted

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """The statistics of one sub-tenant, the default one where none is named."""
        params = {"tenant_id": tenant_id}
        if sub_tenant_id is not None:
            params["sub_tenant_id"] = sub_tenant_id
        operation = f"count tenant {tenant_id}"
        reply = self._wire.call("GET", "/tenant/stats", operation=operation, params=params)
        dimension = reply.data.get("vector_dimension")
        return TenantStats(
            tenant_id=tenant_id,
            object_count=reply.number("object_count", operation=operation),
            sub_tenant_id=sub_tenant_id,
            vector_dimension=dimension if isinstance(dimension, int) else None,
        )

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The sub-tenants that exist; the default one is always among them."""
        return list(_texts(self._sub_tenants(tenant_id).data.get("sub_tenant_ids")))

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """Names and flags, without types."""
        return self._schema(self._sub_tenants(tenant_id).data)

    def delete(self, tenant_id: str) -> None:
        """There is no such call."""
        _cannot("deletes a tenant")

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """There is no such call."""
        _cannot("changes a metadata schema")

    def rename(self, tenant_id: str, new_id: str) -> str:
        """There is no such call."""
        _cannot("renames a tenant")

    def list_all(self) -> TenantList:
        """There is no such call."""
        _cannot("lists tenants")

    def _sub_tenants(self, tenant_id: str) -> Reply:
        operation = f"read tenant {tenant_id}"
        reply = self._wire.call("GET", "/tenant/sub_tenant_ids", operation=operation, params={"tenant_id": tenant_id})
        reply.items("sub_tenant_ids", operation=operation)
        return reply

    def _objects(self, tenant_id: str, sub_tenant_id: str) -> int:
        try:
            return self.stats(tenant_id, sub_tenant_id).object_count
        except ObjectMissing:
            # One of the documents says that 404 stands for "no data" as well (4).
            return 0

    def _schema(self, data: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """The schema as far as it is told; [] for none; None where the answer has no place for one (1.2)."""
        if "tenant_schema" not in data:
            return None
        schema = data["tenant_schema"]
        items = schema.get("properties") if isinstance(schema, Mapping) else schema
        told = [self._rules.told(item) for item in items or [] if isinstance(item, Mapping)]
        return [item for item in told if item is not None]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _cannot(what: str) -> NoReturn:
    raise ConfigurationError(f'the API generation "cortex" has no call that {what}; see cortex:apiVersion')
