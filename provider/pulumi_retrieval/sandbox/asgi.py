"""The ASGI layer: reads requests, writes answers, and wraps an ASGI application as a service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from .http import LONGEST_BODY, Answer, ConnectionDropped, Request, Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

DROP = "sandbox.drop"
"""The key in the ASGI scope of a function that closes the client's connection at once."""


async def read_request(scope: Scope, receive: Receive) -> Request | None:
    """Read a request to its end, or until its body is too large; ``None`` if the client disconnected before."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    # These are the texts of the real server's framework.
    declared, size, too_large = int(headers.get("content-length") or 0), 0, None
    if declared > LONGEST_BODY:
        too_large = f"JSON payload ({declared} bytes) is larger than allowed (limit: {LONGEST_BODY} bytes)."
    chunks: list[bytes] = []
    while too_large is None:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LONGEST_BODY:
            too_large = f"JSON payload has exceeded limit ({LONGEST_BODY} bytes)."
            chunks.clear()
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"".join(chunks),
        too_large=too_large,
    )


async def send_answer(answer: Answer, send: Send) -> None:
    """Write an answer."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def drop_connection(scope: Scope) -> None:
    """Close the client's connection without an answer."""
    close = scope.get(DROP)
    if close is not None:
        close()
        # The server must notice the closed connection before the application returns; otherwise it would answer 500.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def as_service(application: AsgiApp) -> Service:
    """Wrap an ASGI application as a service."""

    async def answer(request: Request) -> Answer:
        started: dict[str, Any] = {}
        chunks: list[bytes] = []
        sent = False

        async def receive() -> MutableMapping[str, Any]:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                chunks.append(message.get("body", b""))

        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(request.path),
            "raw_path": request.path.encode("latin-1"),
            "query_string": request.query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()],
        }
        await application(scope, receive, send)
        if not started:
            raise ConnectionDropped
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in started.get("headers", ())
            if name.lower() != b"content-length"
        )
        return Answer(status=started["status"], body=b"".join(chunks), headers=headers)

    return answer
