"""A request to a service, and what came back."""

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
    :param operation: what is attempted, as a person would say it; stands in errors.
    :param only_asks: the service changes nothing, although the method is not GET.
    :param hides_answer: the answer may hold a secret that nobody knows yet, so no text shows any of it.
    """

    method: str
    path: str
    operation: str
    json: Any = field(default=None, repr=False)  # keys and secrets stand here and in the headers
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
    """Who was asked.

    :param service: as people call it: ``"Trieve"``.
    :param base_url: where it is.
    :param proxy: the variable and the proxy that stands in between, without password; empty where there is none.
    """

    service: str = "the service"
    base_url: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back.

    :param request: what it answers.
    :param body: the parsed JSON; None where there is none.
    :param raw: the body as it came, decompressed.
    :param headers: by their names in lower case.
    :param peer: who was asked; somebody else may have answered.
    :param unwaited: seconds that the service asked to wait, where that is longer than anybody waits here.
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
        """The body as text, for people; only failures are shown, so only they pay for it."""
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
        """A 2xx."""
        return 200 <= self.status < 300

    @property
    def ok(self) -> bool:
        """A 2xx whose body can be read."""
        return self.succeeded and self.parsed

    @property
    def garbled(self) -> bool:
        """A 2xx whose body cannot be read: the service did something and did not manage to say what."""
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
