"""The common parts of all v2 calls: version header, envelope, errors, deprecation (docs/services/cortex.md 1.4)."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pulumi_retrieval.sandbox.cortex import g1
from pulumi_retrieval.sandbox.cortex.calls import Call, Handler, Refusal, answer, json_object, unknown
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store

API_VERSION = "2"
"""The required value of the ``API-Version`` header."""

_SERVER_VERSION = "2.0.1"
"""The value of ``meta.api_version``, which the official clients show (docs/services/cortex.md 1.1)."""

ALIASES = {
    "database": "tenant_id",
    "collection": "sub_tenant_id",
    "database_metadata_schema": "tenant_metadata_schema",
}
"""The deprecated name of each renamed field; it is accepted wherever the present one is."""

_DEPRECATED_SINCE = "2.0.1"


def endpoint(
    handler: Handler, store: Store, settings: CortexSettings, *, enveloped: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that requires the version header and wraps the answer or refusal of ``handler``."""
    run = answer(handler, store, settings)

    async def respond(request: Request) -> Response:
        started = time.perf_counter()
        version = request.headers.get("api-version")
        if version is None:
            # The header selects the generation; without it the path belongs to another API (docs/services/cortex.md 1.1).
            return g1.refusal_response(unknown("a route of v2 without an API-Version header"))
        notices = _deprecations(request, await request.body())
        try:
            if version != API_VERSION:
                raise unknown(f"the API version {version!r}")
            payload = await run(request)
        except Refusal as refusal:
            return refusal_response(refusal, notices=notices, started=started)
        document = _envelope(payload, None, notices, started) if enveloped else payload
        return JSONResponse(document, headers=_headers(notices))

    return respond


def refusal_response(
    refusal: Refusal, *, notices: list[dict[str, object]] | None = None, started: float | None = None
) -> Response:
    """Write a refusal in the error format of v2: the envelope with the deprecated ``detail`` beside it."""
    document = _envelope(None, refusal, notices or [], time.perf_counter() if started is None else started)
    document["detail"] = {"success": False, "message": refusal.message, "error_code": refusal.code}
    return JSONResponse(document, status_code=refusal.status, headers=_headers(notices or []))


def invalid(message: str) -> Refusal:
    """The refusal for input that the documentation excludes."""
    return Refusal(status=400, code="INVALID_INPUT", message=message)


def read_body(call: Call, *, known: set[str]) -> dict[str, object]:
    """Parse the JSON object of a request; keys with ``null``, as the official clients send them, count as absent."""
    document = json_object(
        call.body,
        malformed=invalid("the request body is not JSON"),
        not_an_object=invalid("the request body is not an object"),
    )
    if other := sorted(set(document) - known - {ALIASES[name] for name in known if name in ALIASES}):
        raise unknown(f"a body with the undocumented key {other[0]!r}")
    return {key: value for key, value in document.items() if value is not None}


def named(values: dict[str, object], name: str) -> object:
    """Return a field by its present or deprecated name, ``None`` if it is absent; 400 if the two differ."""
    alias = ALIASES[name]
    if name in values and alias in values and values[name] != values[alias]:
        raise invalid(f"{name} and its deprecated alias {alias} have different values")
    return values.get(name, values.get(alias))


def queried(call: Call, name: str) -> str:
    """Return a query parameter by its present or deprecated name; 400 without it."""
    value = named(dict(call.query), name)
    if not isinstance(value, str) or not value:
        raise invalid(f"the query parameter {name} is required")
    return value


def _headers(notices: list[dict[str, object]]) -> dict[str, str]:
    headers = {"X-API-Version": API_VERSION}
    if notices:
        headers["Deprecation"] = "true"
        headers["Warning"] = ", ".join(f'299 - "{notice["message"]}"' for notice in notices)
    return headers


def _envelope(
    data: dict[str, object] | None, error: Refusal | None, notices: list[dict[str, object]], started: float
) -> dict[str, object]:
    meta: dict[str, object] = {
        "request_id": str(uuid.uuid4()),
        "latency_ms": round((time.perf_counter() - started) * 1000, 1),
        "api_version": _SERVER_VERSION,
    }
    if notices:
        meta["deprecation"] = notices
    return {
        "success": error is None,
        "data": data,
        "error": None if error is None else {"code": error.code, "message": error.message},
        "meta": meta,
    }


def _deprecations(request: Request, body: bytes) -> list[dict[str, object]]:
    """List the deprecated parts of a request: its route, and fields with their old names."""
    notices: list[dict[str, object]] = []
    if request.scope["path"].removeprefix(request.scope.get("root_path", "")).startswith("/tenants"):
        message = "The /tenants routes are deprecated. Use the /databases routes."
        notices.append({"deprecated": True, "message": message, "deprecated_since": _DEPRECATED_SINCE})
    used = {name for name, _ in parse_qsl(request.url.query, keep_blank_values=True)} | _keys(body)
    for preferred, deprecated in ALIASES.items():
        if deprecated in used:
            notices.append(
                {
                    "deprecated": True,
                    "message": f"{deprecated} is deprecated. Use {preferred}.",
                    "deprecated_since": _DEPRECATED_SINCE,
                    "deprecated_field": deprecated,
                    "preferred_field": preferred,
                }
            )
    return notices


def _keys(body: bytes) -> set[str]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return set()
    return set(document) if isinstance(document, dict) else set()
