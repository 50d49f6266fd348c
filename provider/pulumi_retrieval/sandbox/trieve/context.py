"""The context of a request that a handler gets, and the errors that it may raise."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote

from ..http import Answer, Request, json_answer, timeout_answer
from ..settings import TrieveSettings
from .ids import UuidError, parse_uuid
from .json_errors import JsonError
from .shapes import Shape, read_body
from .switches import Switches
from .times import SECOND

USER, ADMIN, OWNER = 0, 1, 2

_JSON_KINDS = {
    "data": (
        "Data error in JSON",
        "Ensure that the data in the JSON payload is valid and consistent with the expected schema.",
    ),
    "syntax": (
        "Syntax error in JSON",
        "Fix syntax errors in the JSON payload to adhere to JSON formatting rules.",
    ),
    "eof": (
        "Unexpected end of JSON input",
        "Ensure that the JSON payload is complete and not truncated.",
    ),
    "content_type": (
        "Content type header error",
        "Ensure the content type request header of the HTTP request is set as `Content-Type: application/json`.",
    ),
    "other": (
        "Other JSON payload error",
        "Inspect the JSON payload and the server's handling of JSON requests for any issues.",
    ),
}


class Refused(Exception):
    """Ends a request with an answer; data written before stays written, as in the server."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refuse(status: int, message: str) -> NoReturn:
    """End the request with the server's error body (docs/services/trieve.md 1.1)."""
    raise Refused(json_answer(status, {"message": message}))


def not_found(message: str) -> NoReturn:
    """End the request with 404."""
    refuse(404, f"Not Found: {message}")


def _refuse_json(kind: str, message: str) -> NoReturn:
    name, advice = _JSON_KINDS[kind]
    refuse(400, f"Json Deserialization Error: *Type* : {name} | *Message* : {message} | {advice}")


@dataclass(frozen=True, kw_only=True)
class Membership:
    """The role of a user in one organization; only organization keys have ``scopes``."""

    organization_id: str
    role: int
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class User:
    """The user of a request. For an organization key the server makes up a user, who is in no table."""

    id: str
    memberships: tuple[Membership, ...]
    dataset_ids: tuple[str, ...] | None = None
    by_organization_key: bool = False

    def membership(self, organization_id: str) -> Membership | None:
        """Return the role in that organization, if any."""
        return next((part for part in self.memberships if part.organization_id == organization_id), None)


@dataclass(kw_only=True)
class Context:
    """One request with everything that its handler needs. All times are in nanoseconds."""

    request: Request
    connection: sqlite3.Connection
    settings: TrieveSettings
    switches: Switches
    stale: dict[str, sqlite3.Row] = field(default_factory=dict)
    user: User | None = None
    organization: sqlite3.Row | None = None
    dataset: sqlite3.Row | None = None
    role: int | None = None
    segments: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """The present time in nanoseconds since the epoch."""
        return int(self.settings.clock() * SECOND)

    def one(self, query: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query."""
        row: sqlite3.Row | None = self.connection.execute(query, values).fetchone()
        return row

    def timeout_answer(self) -> Answer:
        """Return the server's answer 408."""
        return timeout_answer()

    # What handlers take from the request, in the order in which the server takes it

    def need_user(self) -> User:
        """Return the user, or refuse with 401."""
        if self.user is None:
            refuse(401, "Unauthorized")
        return self.user

    def need_role(self, role: int) -> User:
        """Return the user if the role in the header's organization suffices, or refuse with 401 or 403."""
        if self.role is None:
            refuse(401, "Unauthorized")
        if self.role < role:
            refuse(403, "Forbidden")
        return self.need_user()

    def need_organization(self) -> sqlite3.Row:
        """Return the organization in the headers, or refuse with 500 (docs/services/trieve-observed.md 3)."""
        if self.organization is None:
            refuse(500, "Could not get dataset from request")
        return self.organization

    def need_dataset(self) -> sqlite3.Row:
        """Return the dataset in the headers, or refuse with 500."""
        if self.dataset is None:
            refuse(500, "Could not get dataset from request")
        return self.dataset

    def path_uuid(self, name: str) -> str:
        """Return a uuid in the path, or refuse with 400."""
        try:
            return parse_uuid(unquote(self.segments[name], errors="replace"))
        except UuidError as error:
            refuse(400, f"Path deserialize error: {error}")

    def path_text(self, name: str) -> str:
        """Return a decoded segment of the path."""
        return unquote(self.segments[name], errors="replace")

    def body(self, shape: Shape) -> Any:
        """Parse the body, or refuse with 400."""
        content_type = self.request.headers.get("content-type", "application/json")
        kind = content_type.partition(";")[0].strip().lower()
        if not (kind == "application/json" or kind.endswith("/json") or kind.endswith("+json")):
            _refuse_json("content_type", "Content type error")
        if self.request.too_large is not None:
            _refuse_json("other", self.request.too_large)
        try:
            return read_body(shape, self.request.body)
        except JsonError as error:
            _refuse_json(error.kind, f"Json deserialize error: {error.message}")

    def _query_text(self, name: str) -> str | None:
        pairs = parse_qsl(self.request.query, keep_blank_values=True)
        values = [value for key, value in pairs if key == name]
        if len(values) > 1:
            _refuse_query(f"duplicate field `{name}`")
        return values[0] if values else None

    def query_int(self, name: str, *, bits: int = 64) -> int | None:
        """Return a whole number in the query, or refuse with a plain-text 400 (docs/services/trieve-observed.md 3)."""
        text = self._query_text(name)
        if text is None:
            return None
        digits = text[1:] if text[:1] in ("+", "-") else text
        if not text:
            _refuse_query("cannot parse integer from empty string")
        if not (digits.isascii() and digits.isdigit()):
            _refuse_query("invalid digit found in string")
        value = int(text)
        if value >= 2 ** (bits - 1):
            _refuse_query("number too large to fit in target type")
        if value < -(2 ** (bits - 1)):
            _refuse_query("number too small to fit in target type")
        return value

    def query_uuid(self, name: str) -> str | None:
        """Return a uuid in the query, or refuse with 400."""
        text = self._query_text(name)
        try:
            return None if text is None else parse_uuid(text)
        except UuidError as error:
            _refuse_query(str(error))


def _refuse_query(message: str) -> NoReturn:
    text = f"Query deserialize error: {message}"
    raise Refused(Answer(status=400, body=text.encode(), headers=(("content-type", "text/plain; charset=utf-8"),)))
