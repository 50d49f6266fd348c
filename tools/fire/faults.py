"""What a service, or what stands before it, may do to one request: small named objects, in one table.

A fault knows no service. What it does not fit (an empty list in an answer that has no list) it leaves alone.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fire.exchange import JSON, Exchange

ID_NAMES = ("id", "tenant_id", "database", "dataset_id")
"""The fields of both services that say which object an answer is about."""
HUGE_SECONDS = 86400
_NAMED = re.compile(r"(/|\b(?:tenant_id|database)=)([0-9a-f]{8}-[0-9a-f-]{27}|fire-[0-9a-f]{8})(?=$|[/?&])")
"""Where a path names an object."""
BOMB_BYTES = 64 * 1024 * 1024
DRIP_SECONDS = 0.1
ENDLESS = b"[" + b"1," * 8192
PAGE = b"<html><body>Welcome to the gateway</body></html>"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    :param name: what it is called in tables.
    :param act: answers the request in the service's place, or gives False where it does not fit this request.
    :param reads_only: whether it can happen to a GET alone.
    :param slow: whether the client has to wait for its timeout.
    """

    name: str
    act: Callable[[Exchange], bool]
    reads_only: bool = False
    slow: bool = False


def refused(status: int, headers: Mapping[str, str] | None = None) -> Callable[[Exchange], bool]:
    """An answer with a message; the service does not get the request."""

    def act(exchange: Exchange) -> bool:
        exchange.tell(status, {"message": f"fire says {status}"}, (headers or {}).items())
        return True

    return act


def bare(status: int) -> Callable[[Exchange], bool]:
    """An answer without headers and without a body; the service does not get the request."""

    def act(exchange: Exchange) -> bool:
        exchange.head(status, [("Content-Length", "0")])
        return True

    return act


def committed(status: int) -> Callable[[Exchange], bool]:
    """The service carries the request out, and the client gets a failure."""

    def act(exchange: Exchange) -> bool:
        exchange.forward()
        exchange.tell(status, {"message": f"fire says {status}"})
        return True

    return act


def edited(change: Callable[[Any], Any]) -> Callable[[Exchange], bool]:
    """The JSON of a success as `change` makes it; where that is the same, it passes."""

    def act(exchange: Exchange) -> bool:
        truth = exchange.forward()
        value = truth.json if 200 <= truth.status < 300 else None
        if value is None or (new := change(value)) == value:
            return False
        exchange.pass_on(truth, new)
        return True

    return act


def wrong_types(value: Any) -> Any:
    """Every leaf as another type."""
    if isinstance(value, Mapping):
        return {name: wrong_types(item) for name, item in value.items()}
    if isinstance(value, list):
        return [wrong_types(item) for item in value]
    if value is None:
        return {}
    return {str: 7, bool: "true", int: "seven", float: []}[type(value)]


def other_ids(value: Any) -> Any:
    """Every id is the one of another object: a uuid stays a uuid, a name a name."""
    if isinstance(value, Mapping):
        return {name: _other(item) if name in ID_NAMES else other_ids(item) for name, item in value.items()}
    return [other_ids(item) for item in value] if isinstance(value, list) else value


def _other(value: Any) -> Any:
    try:
        return str(uuid.UUID(int=uuid.UUID(value).int ^ 1))
    except (ValueError, TypeError, AttributeError):
        return f"{value}-other"


def without_ids(value: Any) -> Any:
    """No field says which object this is about."""
    if isinstance(value, Mapping):
        return {name: without_ids(item) for name, item in value.items() if name not in ID_NAMES}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


def empty_lists(value: Any) -> Any:
    """No list has an item."""
    if isinstance(value, Mapping):
        return {name: empty_lists(item) for name, item in value.items()}
    return [] if isinstance(value, list) else value


def duplicates(value: Any) -> Any:
    """The first item of each list comes twice."""
    if isinstance(value, Mapping):
        return {name: duplicates(item) for name, item in value.items()}
    return [*value[:1], *value] if isinstance(value, list) else value


def _page(exchange: Exchange) -> bool:
    exchange.answer(200, PAGE, [("Content-Type", "text/html")])
    return True


def _redirect(exchange: Exchange) -> bool:
    exchange.answer(302, b"", [("Location", f"http://127.0.0.1:9{exchange.path}")])
    return True


def _echo(exchange: Exchange) -> bool:
    """The message repeats headers and body of the request, as some gateways do."""
    said = f"{dict(exchange.headers)} {exchange.body.decode(errors='replace')}"
    exchange.tell(400, {"message": said})
    return True


def _reset(exchange: Exchange) -> bool:
    exchange.reset()
    return True


def _reset_after(exchange: Exchange) -> bool:
    exchange.forward()
    exchange.reset()
    return True


def _cut(exchange: Exchange) -> bool:
    truth = exchange.forward()
    exchange.ends = True
    exchange.answer(truth.status, truth.body[: len(truth.body) // 2], truth.headers, length=len(truth.body) + 10)
    return True


def _endless(exchange: Exchange) -> bool:
    exchange.forward()
    exchange.ends = True
    exchange.head(200, [("Content-Type", JSON)])
    exchange.send(b"[")
    while True:
        exchange.send(ENDLESS[1:])


def _drip(exchange: Exchange) -> bool:
    truth = exchange.forward()
    exchange.ends = True
    exchange.head(200, [("Content-Type", JSON), ("Content-Length", str(len(truth.body) + 1000))])
    exchange.send_slowly(truth.body + b" " * 1000, pause=DRIP_SECONDS)
    return True


@functools.cache
def _bomb_bytes() -> bytes:
    return gzip.compress(b" " * BOMB_BYTES, 6)


def _bomb(exchange: Exchange) -> bool:
    exchange.forward()
    exchange.answer(200, _bomb_bytes(), [("Content-Type", JSON), ("Content-Encoding", "gzip")])
    return True


def _stale(exchange: Exchange) -> bool:
    if exchange.former is None or exchange.forward() == exchange.former:
        return False
    exchange.pass_on(exchange.former)
    return True


def _denied(exchange: Exchange) -> bool:
    """The service's own words for what it does not have: it is asked about an object that does not exist."""
    path = _NAMED.sub(lambda match: match[1] + _other(match[2]), exchange.path)
    if path == exchange.path:
        return False
    answer = exchange.ask(path)
    if answer.status < 400:
        return False
    exchange.pass_on(answer)
    return True


def _null(exchange: Exchange) -> bool:
    truth = exchange.forward()
    if not truth.body:
        return False
    exchange.answer(truth.status, json.dumps(None).encode(), [("Content-Type", JSON)])
    return True


STATUSES = (400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504)
FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        *(Fault(f"{status}", refused(status)) for status in STATUSES),
        *(Fault(f"{status} bare", bare(status)) for status in (400, 401, 404, 500, 503)),
        *(Fault(f"{status} after the commit", committed(status)) for status in (404, 408, 409, 500, 502, 504)),
        Fault("429, retry soon", refused(429, {"Retry-After": "0.05"})),
        Fault("429, retry in a day", refused(429, {"Retry-After": str(HUGE_SECONDS)})),
        Fault("503, retry soon", refused(503, {"Retry-After": "0.05"})),
        Fault("400 that echoes the request", _echo),
        Fault("HTML", _page),
        Fault("redirect", _redirect),
        Fault("reset before", _reset),
        Fault("reset after the commit", _reset_after),
        Fault("cut body", _cut),
        Fault("endless body", _endless, slow=True),
        Fault("drip", _drip, slow=True),
        Fault("bomb", _bomb),
        Fault("null", _null),
        Fault("wrong types", edited(wrong_types)),
        Fault("other id", edited(other_ids)),
        Fault("missing id", edited(without_ids)),
        Fault("empty list", edited(empty_lists), reads_only=True),
        Fault("duplicates", edited(duplicates), reads_only=True),
        Fault("denied in the service's words", _denied, reads_only=True),
        Fault("stale read", _stale, reads_only=True),
    )
}
"""Name → fault."""
