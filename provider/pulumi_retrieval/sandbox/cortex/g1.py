"""The first generation: five calls, synchronous, ids in the query (docs/services/cortex.md 1.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pulumi_retrieval.sandbox.cortex import g1_tenants
from pulumi_retrieval.sandbox.cortex.calls import Call, Handler, Refusal, answer, unknown
from pulumi_retrieval.sandbox.cortex.g1_schema import read_schema, schema_as_told
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store


def routes(store: Store, settings: CortexSettings) -> list[BaseRoute]:
    """Return the five documented routes; this generation can neither delete nor list tenants."""
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/user/create_tenant", create_tenant),
        ("POST", "/embeddings/create_tenant", create_embeddings_tenant),
        ("GET", "/tenant/stats", stats),
        ("GET", "/tenant/sub_tenant_ids", sub_tenant_ids),
        ("DELETE", "/tenant/delete_sub_tenant", delete_sub_tenant),
    ]
    return [
        Route(path, _endpoint(handler, store, settings), methods=[method], name=handler.__name__)
        for method, path, handler in table
    ]


def refusal_response(refusal: Refusal) -> Response:
    """Write a refusal in the error format of this generation (docs/services/cortex.md 1.5)."""
    detail = {"success": False, "message": refusal.message, "error_code": refusal.code}
    return JSONResponse({"detail": detail}, status_code=refusal.status)


def create_tenant(call: Call) -> dict[str, object]:
    """Create a tenant. If the id is in use, the setting ``existing_answers`` decides the answer.

    A blank id counts as missing (its documented default is the empty string), and the service generates one. The success
    answer for an id in use equals that of a creation, and nothing changes (docs/services/cortex.md 4).
    """
    wanted = call.query.get("tenant_id", "")
    schema = read_schema(call.body)
    tenant_id = wanted + call.behaviour.id_suffix if wanted else g1_tenants.new_id()
    if g1_tenants.find(call.connection, tenant_id) is None:
        g1_tenants.insert(call, tenant_id, kind="documents", schema=schema, note=call.query.get("note", ""))
    elif call.behaviour.existing_answers == "conflict":
        raise _already_exists(tenant_id)
    return {
        "status": "created",
        "tenant_id": tenant_id,
        "success": True,
        "message": "Tenant created successfully",
    }


def create_embeddings_tenant(call: Call) -> dict[str, object]:
    """Create a tenant for embeddings only: its sub-tenant has the tenant's id, and it has no schema."""
    tenant_id = _required_tenant_id(call) + call.behaviour.id_suffix
    if call.body:
        raise unknown("creating an embeddings tenant with a request body")
    if g1_tenants.find(call.connection, tenant_id) is not None:
        if call.behaviour.existing_answers == "conflict":
            raise _already_exists(tenant_id)
        # "A success with the existing id" is documented for the other creation only (docs/services/cortex.md 4).
        raise unknown(f"creating an embeddings tenant under the id {tenant_id!r}, which is in use")
    g1_tenants.insert(call, tenant_id, kind="embeddings", schema=[], note="")
    return {
        "tenant_id": tenant_id,
        "sub_tenant_id": tenant_id,
        "success": True,
        "message": "Embeddings tenant created successfully",
    }


def stats(call: Call) -> dict[str, object]:
    """Count the objects of one sub-tenant: the default one unless another is named, never the whole tenant."""
    tenant = g1_tenants.require(call.connection, _required_tenant_id(call))
    sub_tenant_id = call.query.get("sub_tenant_id") or tenant.default_sub_tenant_id
    documents = g1_tenants.sub_tenants(call.connection, tenant.tenant_id).get(sub_tenant_id)
    if documents is None:
        raise _no_sub_tenant(sub_tenant_id)
    if documents == 0 and call.behaviour.empty_stats == "not_found":
        raise Refusal(status=404, code="NOT_FOUND", message="No data available")
    return {
        "object_count": documents,
        "tenant_id": tenant.tenant_id,
        # The sandbox stores no vectors, and null is a documented value.
        "vector_dimension": None,
        "success": True,
        "message": "Tenant statistics retrieved successfully",
    }


def sub_tenant_ids(call: Call) -> dict[str, object]:
    """List the sub-tenants, and the names and flags of the schema; this generation does not return types."""
    tenant = g1_tenants.require(call.connection, _required_tenant_id(call))
    ids = list(g1_tenants.sub_tenants(call.connection, tenant.tenant_id))
    return {
        "tenant_id": tenant.tenant_id,
        "sub_tenant_ids": ids,
        "count": len(ids),
        "tenant_schema": schema_as_told(tenant.schema),
        "success": True,
        "message": "Sub-tenant ids retrieved successfully",
    }


def delete_sub_tenant(call: Call) -> dict[str, object]:
    """Delete a sub-tenant and its documents at once; the default one is refused."""
    tenant_id = _required_tenant_id(call)
    sub_tenant_id = call.query.get("sub_tenant_id")
    if sub_tenant_id is None:
        raise _missing("sub_tenant_id")
    if not sub_tenant_id:
        raise Refusal(status=400, code="INVALID_SUB_TENANT_ID", message="sub_tenant_id is empty")
    tenant = g1_tenants.require(call.connection, tenant_id)
    if sub_tenant_id == tenant.default_sub_tenant_id:
        message = "The default sub-tenant cannot be deleted"
        raise Refusal(status=400, code="CANNOT_DELETE_DEFAULT_SUB_TENANT", message=message)
    if sub_tenant_id not in g1_tenants.sub_tenants(call.connection, tenant_id):
        raise _no_sub_tenant(sub_tenant_id)
    g1_tenants.delete_sub_tenant(call.connection, tenant_id, sub_tenant_id)
    return {
        "status": "success",
        "tenant_id": tenant_id,
        "sub_tenant_id": sub_tenant_id,
        "success": True,
        "message": "Sub-tenant deleted successfully",
    }


def _endpoint(handler: Handler, store: Store, settings: CortexSettings) -> Callable[[Request], Awaitable[Response]]:
    run = answer(handler, store, settings)

    async def endpoint(request: Request) -> Response:
        try:
            if "api-version" in request.headers:
                raise unknown("a route of the first generation with an API-Version header")
            return JSONResponse(await run(request))
        except Refusal as refusal:
            return refusal_response(refusal)

    return endpoint


def _required_tenant_id(call: Call) -> str:
    tenant_id = call.query.get("tenant_id")
    if tenant_id is None:
        raise _missing("tenant_id")
    if not tenant_id:
        raise Refusal(status=400, code="INVALID_TENANT_ID", message="tenant_id is empty")
    return tenant_id


def _missing(name: str) -> Refusal:
    # The framework of this generation would answer 422; its error page names this error with 400.
    return Refusal(status=400, code="INVALID_PARAMETERS", message=f"The query parameter {name} is required")


def _already_exists(tenant_id: str) -> Refusal:
    return Refusal(status=409, code="TENANT_ALREADY_EXISTS", message=f"Tenant id {tenant_id} is already in use")


def _no_sub_tenant(sub_tenant_id: str) -> Refusal:
    return Refusal(status=404, code="SUB_TENANT_NOT_FOUND", message=f"Sub-tenant {sub_tenant_id} does not exist")
