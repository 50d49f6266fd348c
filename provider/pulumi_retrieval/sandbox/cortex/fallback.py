"""Answers requests to paths that match no route of either generation.

It answers 404 only for paths below the emulated routes, where every call is documented. Everything else is 501: other
generations, ingestion, search, connectors, webhooks and API keys are routes of the real service, and a client must not mistake
a missing emulation for an absent object.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pulumi_retrieval.sandbox.cortex import g1, v2_wire
from pulumi_retrieval.sandbox.cortex.calls import Refusal, unknown

# The generations in between (docs/services/cortex.md 1.3). They share paths with v2; there the header decides.
_OTHER_GENERATIONS = frozenset(
    {
        ("POST", "/tenants/create"),
        ("GET", "/tenants/infra/status"),
        ("GET", "/tenants/monitor"),
        ("DELETE", "/tenants/delete"),
        ("GET", "/tenants/sub_tenant_ids"),
        ("GET", "/tenants/tenant_ids"),
    }
)
_NO_ROUTE = {
    # By whether there is an API-Version header. Clients turn "/databases/../metadata-schema" into the last path.
    False: re.compile(r"/tenant(/.*)?\Z", re.DOTALL),
    True: re.compile(r"/(databases|tenants)(/.*)?\Z|/metadata-schema\Z", re.DOTALL),
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def fallback_routes() -> list[BaseRoute]:
    """Return the route that answers all other paths, without a redirect."""
    return [Route("/{path:path}", _no_such_route, methods=_METHODS)]


async def _no_such_route(request: Request) -> Response:
    path = "/" + request.path_params["path"]
    version = request.headers.get("api-version")
    if version is None and (request.method, path) in _OTHER_GENERATIONS:
        refusal = unknown("the generation between the first and v2 is not emulated")
    elif not _NO_ROUTE[version is not None].match(path):
        refusal = unknown(f"{request.method} {path} is not emulated")
    else:
        refusal = Refusal(status=404, code="NOT_FOUND", message=f"There is no route {request.method} {path}")
    return g1.refusal_response(refusal) if version is None else v2_wire.refusal_response(refusal)
