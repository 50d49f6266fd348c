"""The requests and answers of the sandbox's services, independent of any web framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

_TIMEOUT_MESSAGE = (
    "Trieve is currently under extended load and we are working to autoscale. If you continue facing this issue, "
    "please send an email to humans@trieve.ai with 'request timeout' in the subject line and we will get back to you "
    "as soon as possible."
)


LONGEST_BODY = 134_200_000
"""The largest body in bytes that the Trieve server reads (docs/services/trieve-observed.md 3), and so does the sandbox."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request with its whole body; a body that is too large is not read, and ``too_large`` is the error text.

    ``path`` is percent-encoded (a tracking id may contain an encoded slash); ``headers`` has lower-case names and the first
    value of a repeated header.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    too_large: str | None = None

    @property
    def target(self) -> str:
        """Path and query as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. ``headers`` are all headers except the content length."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def with_header(self, name: str, value: str) -> Answer:
        """Return a copy of the answer with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))

    def header(self, name: str) -> str | None:
        """Return the first header of that lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class ConnectionDropped(Exception):
    """Raised by a service to close the connection without an answer."""


Service = Callable[[Request], Awaitable[Answer]]
"""A function that answers requests; it may raise :class:`ConnectionDropped`."""


def json_answer(status: int, value: Any) -> Answer:
    """Answer with a JSON body."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(
        status=status,
        body=text.encode("utf-8", "surrogatepass"),
        headers=(("content-type", "application/json"),),
    )


def empty_answer(status: int) -> Answer:
    """Answer without a body."""
    return Answer(status=status)


def unknown_answer(what: str) -> Answer:
    """Answer 501, because no recording or fact shows how the real server would answer; the sandbox does not guess."""
    return json_answer(501, {"message": f"The sandbox does not know what the real server would answer: {what}"})


def timeout_answer() -> Answer:
    """Trieve's answer after 15 seconds (docs/services/trieve.md 6)."""
    return json_answer(408, {"message": _TIMEOUT_MESSAGE})
