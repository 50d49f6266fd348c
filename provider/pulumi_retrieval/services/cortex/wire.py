"""Sends requests to Cortex and interprets the answers, for every generation.

Failures come in several documented shapes (docs/services/cortex.md 1.5). Their meaning follows from the status; error codes are
only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ...core.answers import Documented, expect_same, malformed, parse
from ...core.errors import (
    AuthenticationError,
    ObjectExists,
    ObjectMissing,
    PermissionDenied,
    ServiceError,
    UnclearWriteError,
)
from ...core.http import HttpClient
from ...core.messages import Answer, Request
from ...core.origin import foreign, is_elsewhere, with_waiting
from ...core.redaction import shorten
from ...core.words import NEUTRAL, Words, sentence

T = TypeVar("T")

NOT_THIS_API = (
    "This answer does not come from the chosen API generation; are cortex:baseUrl and cortex:apiVersion right? Nothing was "
    "concluded from it"
)
PERMISSION_HINT = (
    "The key is valid but may not do this; the service answers the same when the plan allows no more tenants"
)


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A successful answer. :param data: its documented content. :param answer: the answer itself."""

    data: T
    answer: Answer

    def about(self, name: str, *, expected: str, told: str) -> None:
        """Return if the answer is about the requested object.

        :param name: the field of the answer that identifies the object.
        :raises ServiceError: it is about another one.
        """
        expect_same(self.answer, name, expected=expected, told=told)


@dataclass(frozen=True)
class Wire:
    """Sends the requests of one generation.

    :param http: gives the client, which is created on first use.
    :param api_key: sent as bearer token.
    :param headers: sent with every request.
    :param words: how failures name remedies.
    """

    http: Callable[[], HttpClient]
    api_key: str | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    words: Words = NEUTRAL

    def call(
        self,
        shape: Documented[T],
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        enveloped: bool = False,
    ) -> Reply[T]:
        """Send a request and return the content of the successful answer.

        :param shape: the documented shape of the content.
        :param path: below the base URL, percent-encoded.
        :param operation: what is attempted, for errors.
        :param enveloped: whether the content is under ``data``.
        :raises ServiceError: the service refused, or its answer is not the documented one.
        """
        headers = {**self.headers, "Authorization": f"Bearer {self.api_key or ''}"}
        request = Request(method, path, operation, json=json, params=params, headers=headers)
        answer = self.http().send(request)
        if not answer.succeeded:
            raise failure(operation, answer, self.words)
        if not enveloped:
            return Reply(parse(shape, answer, hint=NOT_THIS_API), answer)
        if not isinstance(answer.body, Mapping) or "data" not in answer.body:
            raise malformed(answer, "it has no data", hint=NOT_THIS_API)
        if answer.body.get("success") is False:
            raise ServiceError(
                operation, status=answer.status, message=message_of(answer), request_id=answer.request_id
            )
        return Reply(parse(shape, answer, body=answer.body["data"] or {}, part="data", hint=NOT_THIS_API), answer)


def failure(operation: str, answer: Answer, words: Words) -> ServiceError:
    """The exception for a failure. :param words: how it names remedies."""
    status, hint, kind = answer.status, "", ServiceError
    if not _is_own(answer):
        return foreign(answer, hint=NOT_THIS_API if status in (404, 405) or 300 <= status < 400 else "")
    if answer.request.writes and (status == 408 or status >= 500):
        return UnclearWriteError(
            operation,
            message=message_of(answer),
            sent=True,
            hint=with_waiting(answer, ""),
            status=status,
            request_id=answer.request_id,
        )
    if status == 401:
        kind = AuthenticationError
        hint = f"Is cortex:apiKey the right key for this base URL? {sentence(words.stored_credentials)}"
    elif status == 403:
        kind, hint = PermissionDenied, PERMISSION_HINT
    elif status == 404 and _speaks_of_an_object(answer):
        kind = ObjectMissing
    elif status == 404:
        hint = NOT_THIS_API
    elif status == 409:
        kind = ObjectExists
    elif status == 429:
        hint = "The rate limit of the key is reached; lower cortex:requestsPerSecond or cortex:maxInFlight"
    elif status >= 500:
        hint = "The service failed; run the same command again"
    hint = with_waiting(answer, hint)
    return kind(operation, status=status, message=message_of(answer), request_id=answer.request_id, hint=hint)


def _is_own(answer: Answer) -> bool:
    """Whether a failure has one of the documented shapes (docs/services/cortex.md 1.5)."""
    if is_elsewhere(answer) or not isinstance(answer.body, Mapping):
        return False
    detail = answer.body.get("detail")
    listed = isinstance(detail, list) and bool(detail) and all(isinstance(item, Mapping) for item in detail)
    spoken = any(isinstance(place.get("message"), str) for place in _error_objects(answer.body))
    return isinstance(detail, str) or listed or spoken or code_of(answer) is not None


def code_of(answer: Answer) -> str | None:
    """The error code of the service, if there is one."""
    for place in _error_objects(answer.body):
        for name in ("code", "error_code"):
            if isinstance(place.get(name), str):
                return str(place[name])
    return None


def message_of(answer: Answer) -> str:
    """The message of a failure, from any of the documented shapes; a body of another shape is cut."""
    for place in _error_objects(answer.body):
        if isinstance(place.get("message"), str) and place["message"]:
            code = code_of(answer)
            return shorten(f"{place['message']} [{code}]" if code else place["message"], limit=1000)
    detail = answer.body.get("detail") if isinstance(answer.body, Mapping) else None
    if isinstance(detail, list) and all(isinstance(item, Mapping) for item in detail) and detail:
        return shorten("; ".join(_framework_text(item) for item in detail), limit=1000)
    return shorten(detail if isinstance(detail, str) else answer.text)


def _error_objects(body: Any) -> list[Mapping[str, Any]]:
    """The objects that may describe an error: first ``error``, then ``detail``, then the body itself."""
    if not isinstance(body, Mapping):
        return []
    places = (body.get("error"), body.get("detail"), body)
    return [place for place in places if isinstance(place, Mapping)]


def _speaks_of_an_object(answer: Answer) -> bool:
    """Whether a 404 comes from the service and is about an object, not from a web server and about a path.

    The framework of the first generation answers ``{"detail": "Not Found"}`` for a route that does not exist, so a
    wrong base URL would otherwise make every tenant look deleted.
    """
    return any(isinstance(place.get("message"), str) for place in _error_objects(answer.body))


def _framework_text(item: Mapping[str, Any]) -> str:
    place = item.get("loc")
    where = ".".join(str(step) for step in place) if isinstance(place, list) else ""
    return f"{where}: {item.get('msg', '')}" if where else str(item.get("msg", ""))
