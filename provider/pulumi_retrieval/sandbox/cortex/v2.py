"""The second generation: databases, enveloped answers, asynchronous provisioning (docs/services/cortex.md 1.4)."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from pulumi_retrieval.sandbox.cortex.calls import Refusal
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store


def routes(store: Store, settings: CortexSettings) -> list[BaseRoute]:
    """Give no route yet."""
    return []


def refusal_response(refusal: Refusal) -> Response:
    """Give a refusal the error shape of this generation (docs/services/cortex.md 1.5)."""
    return JSONResponse({"error": {"code": refusal.code, "message": refusal.message}}, status_code=refusal.status)
