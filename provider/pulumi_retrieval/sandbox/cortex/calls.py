"""A parsed request to the emulator, and the error answers that a handler can raise.

Handlers are plain functions that run inside one transaction, so a refused request changes nothing. Each generation has its
own format for refusals.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from pulumi_retrieval.sandbox.cortex.behaviour import Behaviour, current_behaviour, now
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store


class Refusal(Exception):
    """An answer other than success: HTTP ``status``, the service's error ``code`` and a ``message`` for people."""

    def __init__(self, *, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def unknown(question: str) -> Refusal:
    """The refusal for a case in which the real service's answer is not documented."""
    return Refusal(
        status=501,
        code="SANDBOX_DOES_NOT_KNOW",
        message=f"The sandbox does not know what the real service would answer: {question}.",
    )


@dataclass(frozen=True, kw_only=True)
class Call:
    """A parsed request, with the store and the settings that its handler works on.

    ``query`` is decoded as a form (``+`` is a space), as the official clients encode it (docs/services/cortex.md 10.1).
    ``time`` is in seconds since the epoch.
    """

    connection: sqlite3.Connection
    behaviour: Behaviour
    time: float
    path: str
    query: dict[str, str]
    path_params: dict[str, str]
    body: bytes


Handler = Callable[[Call], dict[str, object]]


def authorize(request: Request, settings: CortexSettings) -> None:
    """Refuse with 401 a request without the header ``Authorization: Bearer KEY`` (docs/services/cortex.md 1.1)."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    expected = settings.api_key.encode()
    if scheme.lower() != "bearer" or not secrets.compare_digest(key.strip().encode(), expected):
        raise Refusal(status=401, code="UNAUTHORIZED", message="Missing or invalid API key")


def answer(
    handler: Handler, store: Store, settings: CortexSettings
) -> Callable[[Request], Awaitable[dict[str, object]]]:
    """Return a coroutine function that authorizes a request and runs ``handler`` on it in a transaction."""

    def run(request: Request, body: bytes) -> dict[str, object]:
        with store.transaction() as connection:
            call = Call(
                connection=connection,
                behaviour=current_behaviour(store, settings),
                time=now(store, settings),
                path=request.url.path,
                query=_query(request.url.query),
                path_params=dict(request.path_params),
                body=body,
            )
            return handler(call)

    async def run_on_thread(request: Request) -> dict[str, object]:
        authorize(request, settings)
        return await run_in_threadpool(run, request, await request.body())

    return run_on_thread


def _query(text: str) -> dict[str, str]:
    query = dict(parse_qsl(text, keep_blank_values=True))
    if any("\0" in part for pair in query.items() for part in pair):
        raise unknown("a query with a NUL character")
    return query


def json_object(body: bytes, *, malformed: Refusal, not_an_object: Refusal) -> dict[str, object]:
    """Parse a JSON object; an empty body counts as an empty object."""
    if not body:
        return {}
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a surrogate pair
    except (ValueError, RecursionError):
        raise malformed from None
    if "\\u0000" in json.dumps(value):
        raise unknown("a body with a NUL character")
    if not isinstance(value, dict):
        raise not_an_object
    return value
