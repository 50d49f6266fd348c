"""A request to a service, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from .errors import ConfigurationError

HIDDEN = "its content is not shown, because it may hold a secret"
CREDENTIAL_HEADERS = ("Authorization",)
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")


@dataclass(frozen=True)
class Request:
    """One request to a service.

    :param path: below the base URL, already percent-encoded.
    :param json: the body, or None for none.
    :param params: query parameters.
    :param operation: what is attempted, as a person would say it; part of errors.
    :param only_asks: whether the request only reads, although its method is not GET.
    :param hides_answer: whether the answer may hold a secret that the redactor does not know, so that no text may quote it.
    """

    method: str
    path: str
    operation: str
    json: Any = field(default=None, repr=False)  # the body and the headers hold keys and secrets
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    only_asks: bool = False
    hides_answer: bool = False

    @property
    def writes(self) -> bool:
        """Whether the service may change something."""
        return self.method != "GET" and not self.only_asks

    def ensure_sendable(self) -> None:
        """:raises ConfigurationError: a header has a value that HTTP cannot carry."""
        for name, value in self.headers.items():
            if value.isascii() and value.isprintable() and value == value.strip():
                continue
            shown = "the key of the connection" if name in CREDENTIAL_HEADERS else ascii(value[:80])
            raise ConfigurationError(
                f"could not {self.operation}: nothing was sent, because the header {name} cannot carry {shown}. An HTTP "
                "header takes printable ASCII characters without spaces at either end. To fix: correct that value where "
                "the program, the configuration or the stored state holds it"
            )


@dataclass(frozen=True)
class Peer:
    """The server that a request was sent to.

    :param service: its name, for texts: ``"Trieve"``.
    :param base_url: its base URL.
    :param proxy: the environment variable and the proxy that the request goes through, without password; empty if there is none.
    """

    service: str = "the service"
    base_url: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class Answer:
    """The answer to a request.

    :param request: the request that it answers.
    :param body: the parsed JSON; None if there is none.
    :param raw: the decompressed body.
    :param headers: by their names in lower case.
    :param peer: the server that was asked; a proxy may have answered in its place.
    :param unwaited: seconds that the service asked to wait, if that is longer than this package waits.
    """

    request: Request
    status: int
    body: Any = field(repr=False)  # an update of Trieve answers with the secrets (trieve.md 0.6)
    raw: bytes = field(repr=False)
    headers: Mapping[str, str]
    parsed: bool
    peer: Peer = Peer()
    unwaited: float | None = None

    @property
    def text(self) -> str:
        """The body as text, for people. Computed on demand, because only failures are shown."""
        if self.request.hides_answer and self.raw:
            return HIDDEN
        header = Message()
        header["content-type"] = self.headers.get("content-type", "")
        try:
            return self.raw.decode(header.get_content_charset("utf-8"), "replace")
        except (LookupError, UnicodeError):
            return self.raw.decode("utf-8", "replace")

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx and the body can be parsed."""
        return self.succeeded and self.parsed

    @property
    def garbled(self) -> bool:
        """Whether the status is 2xx and the body cannot be parsed, so that the result is unknown."""
        return self.succeeded and not self.parsed

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, from a header or from ``meta.request_id``."""
        for name in REQUEST_ID_HEADERS:
            if name in self.headers:
                return self.headers[name]
        meta = self.body.get("meta") if isinstance(self.body, dict) else None
        found = meta.get("request_id") if isinstance(meta, dict) else None
        return found if isinstance(found, str) else None
