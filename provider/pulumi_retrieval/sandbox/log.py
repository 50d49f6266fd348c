"""The request log: the requests that the services received, for tests and people."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any

from .http import Request

_LIMIT = 100_000
_LONGEST_BODY = 4_000_000
"""The longest body in bytes that is logged; of a longer one only the size is."""

_SECRET = "[secret]"
_SECRET_NAMES = frozenset({"LLM_API_KEY", "RERANKER_API_KEY", "api_key", "apiKey"})
_LOGGED_HEADERS = ("TR-Organization", "TR-Dataset")
_SECRET_IN_TEXT = re.compile(r'("(?:' + "|".join(sorted(_SECRET_NAMES)) + r')"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)')


def redact(value: Any) -> Any:
    """Return a JSON value with the values of secret members replaced (``null`` and ``""`` do not count as secrets)."""
    if isinstance(value, dict):
        return {
            key: _SECRET if key in _SECRET_NAMES and item not in (None, "") else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def _redact_text(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        return match[0] if match[2] in ("null", '""') else f'{match[1]}"{_SECRET}"'

    return _SECRET_IN_TEXT.sub(one, text)


class RequestLog:
    """The latest requests with their status, and the number of requests in flight."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_LIMIT)
        self._count = 0
        self.in_flight = 0
        self._max_in_flight = 0

    def enter(self) -> None:
        """Count a request that arrived."""
        self.in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count a request that was answered or dropped."""
        self.in_flight -= 1

    def begin(self, request: Request, *, service: str) -> dict[str, Any]:
        """Enter a request in the log as it arrives; its ``status`` stays ``None`` until it is answered."""
        self._count += 1
        size = len(request.body)
        text = (
            f"[{request.too_large}]"
            if request.too_large
            else request.body.decode("utf-8", "replace")
            if size <= _LONGEST_BODY
            else f"[{size} bytes]"
        )
        raw = _redact_text(text)
        try:
            body = redact(json.loads(text)) if text else None
        except ValueError:
            body = raw
        entry = {
            "n": self._count,
            "service": service,
            "method": request.method,
            "path": request.target,
            "body": body,
            "raw": raw,
            "status": None,
            "headers": {
                name: request.headers[name.lower()] for name in _LOGGED_HEADERS if name.lower() in request.headers
            },
        }
        self._entries.append(entry)
        return entry

    def report(self) -> dict[str, Any]:
        """Return what ``GET /_sandbox/requests`` answers."""
        return {"requests": list(self._entries), "max_in_flight": self._max_in_flight, "in_flight": self.in_flight}

    def reset(self) -> None:
        """Delete the entries; requests in flight stay counted."""
        self._entries.clear()
        self._count = 0
        self._max_in_flight = self.in_flight
