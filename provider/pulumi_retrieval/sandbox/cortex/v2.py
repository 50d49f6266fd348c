"""The routes of v2: databases under their present and their deprecated names (docs/services/cortex.md 1.4)."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from pulumi_retrieval.sandbox.cortex import v2_contents, v2_life_cycle
from pulumi_retrieval.sandbox.cortex.calls import Call, Handler, unknown
from pulumi_retrieval.sandbox.cortex.v2_wire import endpoint
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store


def routes(store: Store, settings: CortexSettings) -> list[BaseRoute]:
    """Return the documented routes; the present and the deprecated routes have the same handlers."""
    enveloped: list[tuple[str, str, Handler]] = [
        ("POST", "/databases", v2_life_cycle.create),
        ("POST", "/tenants", v2_life_cycle.create_by_old_route),
        ("GET", "/databases/status", v2_life_cycle.status),
        ("GET", "/tenants/status", v2_life_cycle.status),
        ("GET", "/databases", v2_life_cycle.list_all),
        ("GET", "/tenants", v2_life_cycle.list_all),
        ("DELETE", "/databases", v2_life_cycle.delete),
        ("DELETE", "/tenants", v2_life_cycle.delete),
        ("PATCH", "/databases/{database}", v2_life_cycle.rename),
        ("GET", "/databases/stats", v2_contents.stats),
        ("GET", "/tenants/stats", v2_contents.stats),
        ("GET", "/databases/collections", v2_contents.collections),
        ("GET", "/tenants/sub-tenants", v2_contents.collections),
        ("DELETE", "/databases/collections", v2_contents.delete_collection),
        ("GET", "/databases/{database}/metadata-schema", v2_contents.metadata_schema),
        ("GET", "/tenants/{database}/metadata-schema", v2_contents.metadata_schema),
        # These calls were added after the renaming; it is not documented whether they have a deprecated route.
        ("DELETE", "/tenants/sub-tenants", _undocumented_old_route),
        ("PATCH", "/tenants/{database}", _undocumented_old_route),
        ("GET", "/tenants/{database}/instructions", _undocumented_old_route),
        ("PATCH", "/tenants/{database}/instructions", _undocumented_old_route),
    ]
    bare: list[tuple[str, str, Handler]] = [
        ("PATCH", "/databases/{database}/metadata-schema", v2_contents.extend_metadata_schema),
        ("PATCH", "/tenants/{database}/metadata-schema", v2_contents.extend_metadata_schema),
        ("GET", "/databases/{database}/instructions", v2_contents.instructions),
        ("PATCH", "/databases/{database}/instructions", v2_contents.update_instructions),
    ]
    return [
        Route(path, endpoint(handler, store, settings, enveloped=table is enveloped), methods=[method])
        for table in (enveloped, bare)
        for method, path, handler in table
    ]


def _undocumented_old_route(call: Call) -> dict[str, object]:
    raise unknown(f"a call that is documented under /databases only, at {call.path}")
