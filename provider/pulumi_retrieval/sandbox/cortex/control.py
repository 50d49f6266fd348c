"""Control routes for tests and people: they do what the real service does by itself, or what no call of it can do.

None of these routes exists in the real service. Paths begin with ``/_sandbox/cortex``. Ids in paths are not encoded, even if
they contain a slash. An invalid body is answered 400 with ``{"message": text}``, an unknown object 404.

* ``GET``, ``PUT`` and ``DELETE settings``: show, change or reset the settings of :class:`~.behaviour.Behaviour`, by name.
* ``POST clock`` ``{"advance_seconds": n}``: advance the time for provisioning and deletion.
* ``POST tenants/ID/documents`` ``{"count": n, "sub_tenant_id": "..."}``: add documents; creates the sub-tenant.
* ``PUT tenants/ID/schema`` ``{"tenant_metadata_schema": [...]}``: replace the schema, which no call of the service can do.
* ``DELETE tenants/ID``: delete a tenant, which only the vendor's staff can do.
* ``POST databases/ID/documents`` ``{"count": n, "collection": "...", "memories": false}``: add documents in v2.
* ``PUT databases/ID/schema`` ``{"fields": [...]}`` and ``DELETE databases/ID``: the same for v2, with immediate effect.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pulumi_retrieval.sandbox.cortex import g1_tenants, v2_collections, v2_databases
from pulumi_retrieval.sandbox.cortex.behaviour import (
    advance_clock,
    change_settings,
    current_settings,
    forget_changes,
    now,
)
from pulumi_retrieval.sandbox.cortex.calls import Refusal
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store

_Action = Callable[[str, dict[str, Any]], object]


def control_routes(store: Store, settings: CortexSettings) -> list[BaseRoute]:
    """Return the control routes with their full paths."""
    return [
        _route("GET", "settings", partial(_show_settings, store, settings)),
        _route("PUT", "settings", partial(_change_settings, store, settings)),
        _route("DELETE", "settings", partial(_forget_settings, store, settings)),
        _route("POST", "clock", partial(_advance_clock, store, settings)),
        _route("POST", "tenants/{id:path}/documents", partial(_add_documents, store)),
        _route("PUT", "tenants/{id:path}/schema", partial(_replace_tenant_schema, store)),
        _route("DELETE", "tenants/{id:path}", partial(_delete_tenant, store)),
        _route("POST", "databases/{id:path}/documents", partial(_add_rows, store)),
        _route("PUT", "databases/{id:path}/schema", partial(_replace_database_schema, store)),
        _route("DELETE", "databases/{id:path}", partial(_delete_database, store)),
    ]


def _route(method: str, path: str, action: _Action) -> BaseRoute:
    return Route(f"/_sandbox/cortex/{path}", _endpoint(action), methods=[method])


def _endpoint(action: _Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = json.loads(await request.body() or b"{}")
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            result = await run_in_threadpool(action, request.path_params.get("id", ""), body)
        except Refusal as refusal:
            return JSONResponse({"message": refusal.message}, status_code=refusal.status)
        except (ValueError, TypeError) as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse(result)

    return endpoint


def _show_settings(store: Store, settings: CortexSettings, _id: str, _body: dict[str, Any]) -> object:
    return current_settings(store, settings)


def _change_settings(store: Store, settings: CortexSettings, _id: str, body: dict[str, Any]) -> object:
    change_settings(store, body)
    return current_settings(store, settings)


def _forget_settings(store: Store, settings: CortexSettings, _id: str, _body: dict[str, Any]) -> object:
    forget_changes(store)
    return current_settings(store, settings)


def _advance_clock(store: Store, settings: CortexSettings, _id: str, body: dict[str, Any]) -> object:
    seconds = body.get("advance_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError("advance_seconds must be a number of seconds, 0 or more")
    advance_clock(store, seconds)
    return {"now": now(store, settings)}


def _add_documents(store: Store, tenant_id: str, body: dict[str, Any]) -> object:
    with store.transaction() as connection:
        tenant = g1_tenants.require(connection, tenant_id)
        sub_tenant_id = _text(body, "sub_tenant_id", tenant.default_sub_tenant_id)
        g1_tenants.add_documents(connection, tenant_id, sub_tenant_id, _count(body))
        return {"sub_tenants": g1_tenants.sub_tenants(connection, tenant_id)}


def _replace_tenant_schema(store: Store, tenant_id: str, body: dict[str, Any]) -> object:
    items = _objects(body, "tenant_metadata_schema")
    if not all(isinstance(item.get("key"), str) for item in items):
        raise ValueError("every item of tenant_metadata_schema must have a key")
    with store.transaction() as connection:
        g1_tenants.require(connection, tenant_id)
        g1_tenants.replace_schema(connection, tenant_id, items)
    return {"tenant_metadata_schema": items}


def _delete_tenant(store: Store, tenant_id: str, _body: dict[str, Any]) -> object:
    with store.transaction() as connection:
        g1_tenants.require(connection, tenant_id)
        g1_tenants.delete(connection, tenant_id)
    return {}


def _add_rows(store: Store, database: str, body: dict[str, Any]) -> object:
    with store.transaction() as connection:
        v2_databases.require_row(connection, database)
        v2_collections.add_rows(
            connection,
            database,
            _text(body, "collection", "default"),
            count=_count(body),
            memories=body.get("memories") is True,
        )
    return {}


def _replace_database_schema(store: Store, database: str, body: dict[str, Any]) -> object:
    items = _objects(body, "fields")
    if not all(isinstance(item.get("name"), str) for item in items):
        raise ValueError("every item of fields must have a name")
    with store.transaction() as connection:
        v2_databases.require_row(connection, database)
        v2_databases.replace_schema(connection, database, items)
    return {"fields": items}


def _delete_database(store: Store, database: str, _body: dict[str, Any]) -> object:
    with store.transaction() as connection:
        v2_databases.require_row(connection, database)
        v2_databases.delete(connection, database)
    return {}


def _count(body: dict[str, Any]) -> int:
    count = body.get("count")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError("count must be the number of documents to add")
    return count


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a string that is not empty")
    return value


def _objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = body.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"{name} must be a list of objects")
    return items
