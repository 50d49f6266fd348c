"""An emulator of the two documented generations of Cortex: the first ("cortex") and v2 ("databases", HydraDB).

Both have the same base URL and API key. As on the real host, path and ``API-Version`` header select the generation
(docs/services/cortex.md 1.1). The generations share no data: it is not documented whether an object created through one is
visible through the other, so here it is not.

Where no documentation describes the answer, the emulator answers 501 in the error format of the generation, with a text that
names the undocumented case. It does the same for routes that are not emulated. It answers 404 only for paths that are
certainly no routes: see :mod:`.fallback`.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute

from pulumi_retrieval.sandbox.cortex import g1, v2, v2_wire
from pulumi_retrieval.sandbox.cortex.behaviour import current_settings, forget_changes, replace_settings
from pulumi_retrieval.sandbox.cortex.calls import unknown
from pulumi_retrieval.sandbox.cortex.control import control_routes
from pulumi_retrieval.sandbox.cortex.fallback import fallback_routes
from pulumi_retrieval.sandbox.cortex.snapshot import snapshot
from pulumi_retrieval.sandbox.cortex.tables import TABLES
from pulumi_retrieval.sandbox.http import LONGEST_BODY
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store

__all__ = ["control_routes", "current_settings", "replace_settings", "routes", "snapshot", "unread_body"]


def unread_body(version: str | None) -> Response:
    """Answer a request whose body is too large to be read; the real limit is not documented.

    :param version: the API-Version header.
    """
    refusal = unknown(f"a body of more than {LONGEST_BODY} bytes")
    return g1.refusal_response(refusal) if version is None else v2_wire.refusal_response(refusal)


def routes(store: Store, settings: CortexSettings) -> list[BaseRoute]:
    """Return the routes of both generations, to be mounted under the Cortex prefix. Creates the tables.

    The last route matches every other path, so that nothing is ever redirected: a redirect would turn a POST of the
    official clients into a GET without body (docs/services/cortex.md 10.1).
    """
    store.define(TABLES)
    forget_changes(store)
    return [*g1.routes(store, settings), *v2.routes(store, settings), *fallback_routes()]
