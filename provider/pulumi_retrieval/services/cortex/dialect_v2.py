"""The current generation of the API, HydraDB: tenants are databases (docs/services/cortex.md 1.4 and 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from ...core.answers import Documented
from ...core.errors import ObjectMissing, ServiceError
from ...core.objects import Phase
from .answers import (
    COLLECTIONS,
    DATABASE_RENAMED,
    DATABASE_SCHEMA,
    DATABASE_STATS,
    DATABASE_STATUS,
    DATABASES,
    OF_DATABASE,
    Infra,
)
from .dialect import Capabilities, NewTenant, TenantObservation
from .results import TenantList, TenantStats
from .schema import FieldRules, Item
from .wire import Reply, Wire

T = TypeVar("T")

HEADERS = {"API-Version": "2"}
"""The header that selects this generation: the host serves another one beside it (1.1)."""

NOT_READY = 422
"""``TENANT_INFRA_NOT_READY``: exists, and is still being provisioned (1.5)."""


class DatabaseDialect:
    """The calls of ``/databases``."""

    can = Capabilities(
        can_delete=True,
        can_list=True,
        async_create=True,
        async_delete=True,
        additive_schema=True,
    )

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rules = FieldRules()

    def create(self, new: NewTenant) -> str:
        """One POST; the same POST again is the documented retry of a failed provisioning (1.6)."""
        body: dict[str, Any] = {"database": new.tenant_id}
        if new.schema:
            body["database_metadata_schema"] = [self._rules.sent(item) for item in new.schema]
        if new.dimension is not None:
            body["embeddings_dimension"] = new.dimension
        if new.embeddings:
            body["is_embeddings_tenant"] = True
        reply = self._call(OF_DATABASE, "POST", "/databases", f"create tenant {new.tenant_id}", json=body)
        reply.about("database", expected=new.tenant_id, told=reply.data.database)
        return reply.data.database

    def probe(self, tenant_id: str, *, thorough: bool = True) -> TenantObservation:
        """Read the status; while it is not ready, the list shows a failure, and a missing schema a deletion (1.4, 1.6)."""
        params, operation = {"database": tenant_id}, f"read tenant {tenant_id}"
        reply = self._call(DATABASE_STATUS, "GET", "/databases/status", operation, params=params)
        reply.about("database", expected=tenant_id, told=reply.data.database)
        infra, request_id = reply.data.infra, reply.answer.request_id
        ready = _is_ready(infra)
        phase, detail = (Phase.READY if ready else Phase.PENDING), _progress(infra)
        if not thorough:
            return TenantObservation(tenant_id, phase, detail=detail, request_id=request_id, partial=True)
        if not ready and tenant_id in (failed := self.list_all().failed):
            return TenantObservation(tenant_id, Phase.FAILED, detail=failed[tenant_id], request_id=request_id)
        schema: list[dict[str, Any]] | None = None
        try:
            schema = self.schema(tenant_id)
        except ObjectMissing:
            phase = Phase.LEAVING
        return TenantObservation(tenant_id, phase, schema=schema, detail=detail, request_id=request_id)

    def read(self, tenant_id: str) -> TenantObservation:
        """Read the schema alone: that call answers for every registered database."""
        try:
            schema = self.schema(tenant_id)
        except ObjectMissing:
            return self.probe(tenant_id)
        if schema is None:
            return self.probe(tenant_id)
        return TenantObservation(tenant_id, Phase.READY, schema=schema)

    def known_elsewhere(self, tenant_id: str) -> bool:
        """Whether the list of databases shows it."""
        listed = self.list_all()
        return tenant_id in listed.tenant_ids or tenant_id in listed.failed

    def documents(self, tenant_id: str) -> int | None:
        """The number of all chunks; None if the service refuses to count while it provisions the database."""
        try:
            return self.stats(tenant_id).object_count
        except ServiceError as error:
            if error.status == NOT_READY:
                return None
            raise

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """The chunks of all sub-tenants together; this generation does not count single ones."""
        params, operation = {"database": tenant_id}, f"count tenant {tenant_id}"
        reply = self._call(DATABASE_STATS, "GET", "/databases/stats", operation, params=params)
        reply.about("database", expected=tenant_id, told=reply.data.database)
        rows = [part.row_count for part in (reply.data.knowledge_collection, reply.data.memory_collection)]
        return TenantStats(tenant_id, sum(rows), knowledge_rows=rows[0], memory_rows=rows[1])

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The collections that were written to; none at first."""
        params, operation = {"database": tenant_id}, f"list the sub-tenants of tenant {tenant_id}"
        return self._call(COLLECTIONS, "GET", "/databases/collections", operation, params=params).data.collections

    def delete(self, tenant_id: str) -> None:
        """One DELETE; another one while the deletion runs has the same answer (1.6)."""
        params, operation = {"database": tenant_id}, f"delete tenant {tenant_id}"
        reply = self._call(OF_DATABASE, "DELETE", "/databases", operation, params=params)
        reply.about("database", expected=tenant_id, told=reply.data.database)

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """One PATCH with the new fields only; its answer has no envelope (1.4)."""
        reply = self._wire.call(
            OF_DATABASE,
            "PATCH",
            f"/databases/{quote(tenant_id, safe='')}/metadata-schema",
            operation=f"add metadata fields to tenant {tenant_id}",
            json={"add_fields": [self._rules.sent(item) for item in fields]},
        )
        reply.about("database", expected=tenant_id, told=reply.data.database)

    def rename(self, tenant_id: str, new_id: str) -> str:
        """One PATCH; the old name stops working at once, the data do not change (1.4)."""
        operation, path = f"rename tenant {tenant_id} to {new_id}", f"/databases/{quote(tenant_id, safe='')}"
        reply = self._call(DATABASE_RENAMED, "PATCH", path, operation, json={"new_name": new_id})
        reply.about("database", expected=new_id, told=reply.data.database)
        connectors = reply.data.connector_reassignment
        return f"reassignment of its connectors: {connectors}" if connectors in ("queued", "failed") else ""

    def list_all(self) -> TenantList:
        """All databases; failed ones are listed separately."""
        listed = self._call(DATABASES, "GET", "/databases", "list tenants").data
        return TenantList(tuple(listed.databases), {item.database: item.error or "" for item in listed.failed or ()})

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """The schema; None if the service does not return it yet.

        :raises ObjectMissing: there is no such database, or it is being deleted.
        """
        operation = f"read the metadata schema of tenant {tenant_id}"
        path = f"/databases/{quote(tenant_id, safe='')}/metadata-schema"
        try:
            reply = self._call(DATABASE_SCHEMA, "GET", path, operation)
        except ServiceError as error:
            if error.status == NOT_READY:
                return None
            raise
        reply.about("database", expected=tenant_id, told=reply.data.database)
        return [self._rules.told(item) for item in reply.data.fields]

    def _call(
        self,
        shape: Documented[T],
        method: str,
        path: str,
        operation: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Reply[T]:
        return self._wire.call(shape, method, path, operation=operation, params=params, json=json, enveloped=True)


def _is_ready(infra: Infra) -> bool:
    """The service's own verdict; for an older service without one, whether all its flags are set (1.6)."""
    if infra.ready_for_ingestion is not None:
        return infra.ready_for_ingestion
    return infra.scheduler_status and infra.graph_status and bool(infra.vector_flags) and all(infra.vector_flags)


def _progress(infra: Infra) -> str:
    vectors = bool(infra.vector_flags) and all(infra.vector_flags)
    parts = {"scheduler": infra.scheduler_status, "graph": infra.graph_status, "vector store": vectors}
    return ", ".join(f"{name} {'ready' if flag else 'not ready'}" for name, flag in parts.items())
