"""A proxy that tells lies: it stands between the provider and a service, forwards everything, and changes what a test says.

    with LyingProxy(sandbox.environment) as proxy:
        project.environment |= proxy.environment
        project.up().expect_success()
        proxy.lie("GET", "^/api/dataset/organization/", told([]))
        project.destroy().expect_failure()
        proxy.tell_the_truth()

It knows nothing of the services and of the sandbox's own fault plans. One proxy serves Trieve and Cortex of a sandbox, whose
base URLs differ in their path only.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

JSON = "application/json"
HTML = "text/html"
PAGE = "<html><body>Welcome to the service</body></html>"
"""What a gateway answers that serves a page for every route."""
FORWARD_SECONDS = 60.0
HOLD_SECONDS = 60.0
"""How long an answer is held at most."""
NOT_FORWARDED = ("host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding")
NOT_RETURNED = ("connection", "content-length", "transfer-encoding", "keep-alive", "date", "server")


@dataclass(frozen=True)
class Answered:
    """An answer, by the service or by a lie."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def with_body(self, body: bytes, *, status: int | None = None, content_type: str = JSON) -> Answered:
        """This answer with another body."""
        kept = tuple(one for one in self.headers if one[0].lower() not in ("content-type", "content-encoding"))
        return Answered(self.status if status is None else status, body, (*kept, ("Content-Type", content_type)))


class Cut(Exception):
    """The connection ends here, without an answer."""


Forward = Callable[[], Answered]
Lie = Callable[[Forward], Answered]
"""What happens to a request: call `forward()` to have it carried out, or do not."""


def told(body: Any, *, status: int = 200, content_type: str = JSON, carried_out: bool = True) -> Lie:
    """This in place of the answer.

    :param body: bytes and, for another content type than JSON, text go out as they are.
    :param carried_out: whether the service gets the request nevertheless.
    """

    def lie(forward: Forward) -> Answered:
        truth = forward() if carried_out else Answered(200, b"")
        return truth.with_body(_bytes(body, content_type), status=status, content_type=content_type)

    return lie


def edited(change: Callable[[Any], Any]) -> Lie:
    """The service's JSON as `change` makes it; what is no success passes as it is."""

    def lie(forward: Forward) -> Answered:
        truth = forward()
        if not 200 <= truth.status < 300:
            return truth
        return truth.with_body(_bytes(change(truth.json), JSON))

    return lie


def cut(*, carried_out: bool) -> Lie:
    """No answer: the connection ends."""

    def lie(forward: Forward) -> Answered:
        if carried_out:
            forward()
        raise Cut

    return lie


class Held:
    """A lie that holds a request until a test lets it go; use it with `times=1`.

    :param carried_out: whether the service gets it before it is held, or after.
    """

    def __init__(self, *, carried_out: bool = True) -> None:
        self._carried_out = carried_out
        self._arrived, self._let_go = threading.Event(), threading.Event()

    def __call__(self, forward: Forward) -> Answered:
        truth = forward() if self._carried_out else None
        self._arrived.set()
        self._let_go.wait(HOLD_SECONDS)
        return forward() if truth is None else truth

    @property
    def reached(self) -> bool:
        """Whether the request is held, or was."""
        return self._arrived.is_set()

    def let_go(self) -> None:
        """Let it go on."""
        self._let_go.set()


@dataclass(frozen=True)
class Call:
    """A request that went through."""

    method: str
    path: str
    """With its query."""
    body: bytes


@dataclass
class _Rule:
    method: str
    path: re.Pattern[str]
    lie: Lie
    times: int | None
    skip: int
    since: tuple[str, str] | None
    fired: int = 0
    passed: int = 0


@dataclass
class _Book:
    """What came, and the rules in force."""

    calls: list[Call] = field(default_factory=list)
    rules: list[_Rule] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, call: Call) -> Lie | None:
        """Write a request down, and give what happens to it; None forwards it."""
        with self.lock:
            before = list(self.calls)
            self.calls.append(call)
            for rule in self.rules:
                if rule.method != call.method or not rule.path.search(call.path):
                    continue
                if rule.since is not None and not any(_is(one, *rule.since) for one in before):
                    continue
                if rule.passed < rule.skip:
                    rule.passed += 1
                elif rule.times is None or rule.fired < rule.times:
                    rule.fired += 1
                    return rule.lie
        return None


class LyingProxy:
    """A context manager: a proxy on a free port of this machine.

    :param environment: variables; those whose name ends in `_BASE_URL` say what it stands in front of.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._targets = {name: url for name, url in environment.items() if name.endswith("_BASE_URL")}
        (self._origin,) = {urlsplit(url).netloc for url in self._targets.values()}
        self._book = _Book()
        self._held: list[Held] = []

    def __enter__(self) -> LyingProxy:
        self._server = _Server(self._origin, self._book)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tell_the_truth()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The base URLs by which a program goes through this proxy."""
        here = f"127.0.0.1:{self._server.server_port}"
        return {name: urlunsplit(urlsplit(url)._replace(netloc=here)) for name, url in self._targets.items()}

    def lie(
        self,
        method: str,
        path: str,
        lie: Lie,
        *,
        times: int | None = None,
        skip: int = 0,
        since: tuple[str, str] | None = None,
    ) -> None:
        """Change what happens to some requests. Of several rules, the first that fires decides.

        :param path: a regular expression that is searched for in the path with its query.
        :param times: how often; None for ever.
        :param skip: how many requests pass before.
        :param since: method and path of a request that must have come before, since the last `forget_calls`.
        """
        if isinstance(lie, Held):
            self._held.append(lie)
        with self._book.lock:
            self._book.rules.append(_Rule(method, re.compile(path), lie, times, skip, since))

    def tell_the_truth(self) -> None:
        """No more lies; what is held goes on."""
        with self._book.lock:
            self._book.rules.clear()
        for held in self._held:
            held.let_go()

    def calls(self, method: str, path: str = "") -> list[Call]:
        """What came since the last `forget_calls`. :param path: a regular expression that is searched for."""
        with self._book.lock:
            return [call for call in self._book.calls if _is(call, method, path)]

    def count(self, method: str, path: str = "") -> int:
        """How many came."""
        return len(self.calls(method, path))

    def forget_calls(self) -> None:
        """Count from 0."""
        with self._book.lock:
            self._book.calls.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, origin: str, book: _Book) -> None:
        self.origin, self.book = origin, book
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed, or a service that ended, is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = FORWARD_SECONDS
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lie = self.server.book.enter(Call(self.command, self.path, body))

        def forward() -> Answered:
            return self._forward(body)

        try:
            answer = forward() if lie is None else lie(forward)
        except (Cut, OSError, http.client.HTTPException):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if answer.status != 204 else b"")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _forward(self, body: bytes) -> Answered:
        connection = http.client.HTTPConnection(self.server.origin, timeout=FORWARD_SECONDS)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_FORWARDED}
        try:
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            kept = tuple(one for one in answer.getheaders() if one[0].lower() not in NOT_RETURNED)
            return Answered(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _is(call: Call, method: str, path: str) -> bool:
    return call.method == method and re.search(path, call.path) is not None


def _bytes(body: Any, content_type: str) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if content_type != JSON and isinstance(body, str) else json.dumps(body).encode()
