"""The current generation of the API, HydraDB: tenants are databases (docs/services/cortex.md 1.4 and 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ...core.errors import ObjectMissing, ServiceError
from .dialect import Capabilities, NewTenant, Phase, Sighting
from .results import TenantList, TenantStats
from .schema import FieldRules, Item
from .wire import Reply, Wire

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
        operation = f"create tenant {new.tenant_id}"
        reply = self._call("POST", "/databases", operation, json=body)
        name = "database" if reply.data.get("database") else "tenant_id"
        return reply.text(name, operation=operation)

    def probe(self, tenant_id: str, *, thorough: bool = True) -> Sighting:
        """The status; where nothing is ready, the list tells failure, and a missing schema deletion (1.4, 1.6)."""
        operation = f"read tenant {tenant_id}"
        try:
            reply = self._call("GET", "/databases/status", operation, params={"database": tenant_id})
        except ObjectMissing as error:
            return Sighting(tenant_id, Phase.ABSENT, detail=error.message, request_id=error.request_id)
        infra = reply.object("infra", operation=operation)
        ready = _is_ready(infra)
        phase, detail = (Phase.READY if ready else Phase.PROVISIONING), _progress(infra)
        schema: list[dict[str, Any]] | None = None
        if thorough and not ready:
            failed = self.list_all().failed
            if tenant_id in failed:
                return Sighting(tenant_id, Phase.FAILED, detail=failed[tenant_id], request_id=reply.request_id)
        if thorough:
            try:
                schema = self.schema(tenant_id)
            except ObjectMissing:
                phase = Phase.DELETING
        return Sighting(tenant_id, phase, schema=schema, detail=detail, request_id=reply.request_id)

    def read(self, tenant_id: str) -> Sighting:
        """The schema alone: it answers for every database that is registered."""
        try:
            schema = self.schema(tenant_id)
        except ObjectMissing:
            return self.probe(tenant_id)
        if schema is None:
            return self.probe(tenant_id)
        return Sighting(tenant_id, Phase.READY, schema=schema)

    def surely_absent(self, tenant_id: str) -> bool:
        """Whether the list lacks it as well."""
        listed = self.list_all()
        return tenant_id not in listed.tenant_ids and tenant_id not in listed.failed

    def documents(self, tenant_id: str) -> int | None:
        """All chunks; None while the database is provisioned, if the service then refuses to count."""
        try:
            return self.stats(tenant_id).object_count
        except ServiceError as error:
            if error.status == NOT_READY:
                return None
            raise

    def stats(self, tenant_id: str, sub_tenant_id: str | None = None) -> TenantStats:
        """The chunks of all sub-tenants together; this generation does not count single ones."""
        operation = f"count tenant {tenant_id}"
        reply = self._call("GET", "/databases/stats", operation, params={"database": tenant_id})
        rows = [
            Reply(reply.object(part, operation=operation), reply.request_id).number("row_count", operation=operation)
            for part in ("knowledge_collection", "memory_collection")
        ]
        return TenantStats(tenant_id, sum(rows), knowledge_rows=rows[0], memory_rows=rows[1])

    def sub_tenants(self, tenant_id: str) -> list[str]:
        """The collections that were written to; none at first."""
        operation = f"list the sub-tenants of tenant {tenant_id}"
        reply = self._call("GET", "/databases/collections", operation, params={"database": tenant_id})
        name = "collections" if "collections" in reply.data else "sub_tenant_ids"
        return [item for item in reply.items(name, operation=operation) if isinstance(item, str)]

    def delete(self, tenant_id: str) -> None:
        """One DELETE; once more while it runs is the same (1.6)."""
        try:
            self._call("DELETE", "/databases", f"delete tenant {tenant_id}", params={"database": tenant_id})
        except ObjectMissing:
            return

    def add_fields(self, tenant_id: str, fields: Sequence[Item]) -> None:
        """One PATCH with the new fields only; its answer has no envelope (1.4)."""
        self._wire.call(
            "PATCH",
            f"/databases/{quote(tenant_id, safe='')}/metadata-schema",
            operation=f"add metadata fields to tenant {tenant_id}",
            json={"add_fields": [self._rules.sent(item) for item in fields]},
        )

    def rename(self, tenant_id: str, new_id: str) -> str:
        """One PATCH; the old name stops resolving at once, the data are untouched (1.4)."""
        operation = f"rename tenant {tenant_id} to {new_id}"
        reply = self._call("PATCH", f"/databases/{quote(tenant_id, safe='')}", operation, json={"new_name": new_id})
        connectors = reply.data.get("connector_reassignment")
        return f"reassignment of its connectors: {connectors}" if connectors in ("queued", "failed") else ""

    def list_all(self) -> TenantList:
        """All databases; failed ones apart."""
        operation = "list tenants"
        reply = self._call("GET", "/databases", operation)
        names = "databases" if "databases" in reply.data else "tenant_ids"
        failed = reply.data.get("failed_databases", reply.data.get("failed_tenant_ids"))
        return TenantList(
            tuple(item for item in reply.items(names, operation=operation) if isinstance(item, str)),
            {
                str(item.get("database") or item.get("tenant_id")): str(item.get("error") or "")
                for item in failed or ()
                if isinstance(item, Mapping)
            },
        )

    def schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """The schema; None where the service does not tell it yet.

        :raises ObjectMissing: there is no such database, or it is being deleted.
        """
        operation = f"read the metadata schema of tenant {tenant_id}"
        try:
            reply = self._call("GET", f"/databases/{quote(tenant_id, safe='')}/metadata-schema", operation)
        except ServiceError as error:
            if error.status == NOT_READY:
                return None
            raise
        told = [self._rules.told(item) for item in reply.items("fields", operation=operation)]
        return [item for item in told if item is not None]

    def _call(
        self, method: str, path: str, operation: str, *, params: Mapping[str, str] | None = None, json: Any = None
    ) -> Reply:
        return self._wire.call(method, path, operation=operation, params=params, json=json, enveloped=True)


def _is_ready(infra: Mapping[str, Any]) -> bool:
    """The service's own verdict, or all the flags it is made of where an older service has no verdict (1.6)."""
    verdict = infra.get("ready_for_ingestion")
    if isinstance(verdict, bool):
        return verdict
    flags = [infra.get("scheduler_status"), infra.get("graph_status"), *_vector_flags(infra)]
    return len(flags) > 2 and all(flag is True for flag in flags)


def _progress(infra: Mapping[str, Any]) -> str:
    vectors = _vector_flags(infra)
    parts = {"scheduler": infra.get("scheduler_status"), "graph": infra.get("graph_status")}
    parts["vector store"] = bool(vectors) and all(flag is True for flag in vectors)
    return ", ".join(f"{name} {'ready' if flag is True else 'not ready'}" for name, flag in parts.items())


def _vector_flags(infra: Mapping[str, Any]) -> list[Any]:
    vectors = infra.get("vectorstore_status")
    return list(vectors.values()) if isinstance(vectors, Mapping) else list(vectors or ())
