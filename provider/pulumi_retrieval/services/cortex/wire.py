"""One request to Cortex and what its answer means, for every generation.

Failures come in several documented shapes (docs/services/cortex.md 1.5); a status is believed before a code, and codes
that nobody documented are only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import (
    AuthenticationError,
    NoAnswerError,
    ObjectExists,
    ObjectMissing,
    PermissionDenied,
    ServiceError,
)
from ...core.http import Answer, HttpClient, Request
from ...core.redaction import shorten

AUTHENTICATION_HINT = (
    "Is cortex:apiKey the right key for this base URL? Refresh and destroy use the credentials stored by the last "
    "`pulumi up`; after a rotation run `pulumi up` without --refresh first, or add --run-program"
)
NOT_THIS_API = (
    "This is no answer of the chosen API generation; are cortex:baseUrl and cortex:apiVersion right? Nothing was "
    "concluded from it"
)
PERMISSION_HINT = (
    "The key is valid but may not do this; the service answers the same when the plan allows no more tenants"
)


@dataclass(frozen=True)
class Reply:
    """A success. :param data: the payload, without envelope."""

    data: Mapping[str, Any]
    request_id: str | None

    def number(self, name: str, *, operation: str) -> int:
        """A whole number in the payload. :raises ServiceError: there is none."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._lacks(name, operation)
        return value

    def items(self, name: str, *, operation: str) -> list[Any]:
        """A list in the payload. :raises ServiceError: there is none."""
        value = self.data.get(name)
        if not isinstance(value, list):
            raise self._lacks(name, operation)
        return value

    def text(self, name: str, *, operation: str) -> str:
        """A text in the payload that is not empty. :raises ServiceError: there is none."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value:
            raise self._lacks(name, operation)
        return value

    def object(self, name: str, *, operation: str) -> Mapping[str, Any]:
        """An object in the payload. :raises ServiceError: there is none."""
        value = self.data.get(name)
        if not isinstance(value, Mapping):
            raise self._lacks(name, operation)
        return value

    def _lacks(self, name: str, operation: str) -> ServiceError:
        message = f"the answer lacks {name}"
        return ServiceError(operation, status=200, message=message, request_id=self.request_id, hint=NOT_THIS_API)


@dataclass(frozen=True)
class Wire:
    """Sends the requests of one generation.

    :param http: gives the client; made when it is first needed.
    :param api_key: sent as bearer token.
    :param headers: sent with every request.
    """

    http: Callable[[], HttpClient]
    api_key: str | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        enveloped: bool = False,
    ) -> Reply:
        """Send a request and give back the payload of its success.

        :param path: below the base URL, percent-encoded.
        :param operation: what is attempted, for errors.
        :param enveloped: whether the payload stands under ``data``.
        :raises ServiceError: the service refused, or its answer cannot be read.
        """
        headers = {**self.headers, "Authorization": f"Bearer {self.api_key or ''}"}
        request = Request(method, path, operation, json=json, params=params, headers=headers)
        answer = self.http().send(request)
        if not 200 <= answer.status < 300:
            raise failure(operation, answer)
        body = answer.body
        if enveloped and isinstance(body, Mapping):
            if body.get("success") is False:
                raise ServiceError(
                    operation, status=answer.status, message=message_of(answer), request_id=answer.request_id
                )
            body = body.get("data")
        if not answer.parsed or not isinstance(body, Mapping):
            raise unreadable(operation, answer)
        return Reply(body, answer.request_id)


def failure(operation: str, answer: Answer) -> ServiceError:
    """The exception for an answer that is no success."""
    status, hint, kind = answer.status, "", ServiceError
    if status == 401:
        kind, hint = AuthenticationError, AUTHENTICATION_HINT
    elif status == 403:
        kind, hint = PermissionDenied, PERMISSION_HINT
    elif status == 404 and _speaks_of_an_object(answer):
        kind = ObjectMissing
    elif status == 404 or 300 <= status < 400:
        hint = NOT_THIS_API
    elif status == 409:
        kind = ObjectExists
    elif status == 429:
        hint = "The rate limit of the key is reached; lower cortex:requestsPerSecond or cortex:maxInFlight"
    elif status >= 500:
        hint = "The service failed; run the same command again"
    return kind(operation, status=status, message=message_of(answer), request_id=answer.request_id, hint=hint)


def unreadable(operation: str, answer: Answer) -> ServiceError:
    """The exception for a success that does not say what it should."""
    return ServiceError(
        operation,
        status=answer.status,
        message=f"the answer cannot be read: {shorten(answer.text) or 'it is empty'}",
        request_id=answer.request_id,
        hint=NOT_THIS_API,
    )


def unclear(error: ServiceError) -> bool:
    """Whether a write that ended with this error may have been carried out all the same."""
    if isinstance(error, NoAnswerError):
        return error.sent
    return error.status is not None and (error.status == 408 or error.status >= 500 or 200 <= error.status < 300)


def code_of(answer: Answer) -> str | None:
    """The service's own error code, where it gives one."""
    for place in _error_objects(answer.body):
        for name in ("code", "error_code"):
            if isinstance(place.get(name), str):
                return str(place[name])
    return None


def message_of(answer: Answer) -> str:
    """What the service says about a failure, from any of the documented shapes; a body of another shape is cut."""
    for place in _error_objects(answer.body):
        if isinstance(place.get("message"), str) and place["message"]:
            code = code_of(answer)
            return shorten(f"{place['message']} [{code}]" if code else place["message"], limit=1000)
    detail = answer.body.get("detail") if isinstance(answer.body, Mapping) else None
    if isinstance(detail, list) and all(isinstance(item, Mapping) for item in detail) and detail:
        return shorten("; ".join(_framework_text(item) for item in detail), limit=1000)
    return shorten(detail if isinstance(detail, str) else answer.text)


def _error_objects(body: Any) -> list[Mapping[str, Any]]:
    """The objects that may speak of an error: first ``error``, then ``detail``, then the body itself."""
    if not isinstance(body, Mapping):
        return []
    places = (body.get("error"), body.get("detail"), body)
    return [place for place in places if isinstance(place, Mapping)]


def _speaks_of_an_object(answer: Answer) -> bool:
    """Whether a 404 is the service's own word about an object, and not a web server's about a path.

    The framework of the first generation answers ``{"detail": "Not Found"}`` for a route that does not exist, so a
    wrong base URL would otherwise make every tenant look deleted.
    """
    return any(isinstance(place.get("message"), str) for place in _error_objects(answer.body))


def _framework_text(item: Mapping[str, Any]) -> str:
    place = item.get("loc")
    where = ".".join(str(step) for step in place) if isinstance(place, list) else ""
    return f"{where}: {item.get('msg', '')}" if where else str(item.get("msg", ""))
