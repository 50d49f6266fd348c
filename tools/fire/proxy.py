"""A reverse proxy that lets one fault happen to some of the requests that go through it, and forwards the others.

    with FaultProxy("https://api.example.test") as proxy:
        client.base_url = proxy.instead_of("https://api.example.test")
        proxy.arm(FAULTS["reset after the commit"], times=1, method="POST")
        ...
        proxy.lift()

It knows no service, and nothing of the sandbox's own fault plans.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from fire.exchange import RESET, Answered, Exchange, Gone
from fire.faults import Fault

FORWARD_SECONDS = 30.0
_HOP = ("host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding", "expect")
_NOT_RETURNED = ("connection", "content-length", "transfer-encoding", "keep-alive", "content-encoding")


@dataclass
class _Armed:
    fault: Fault
    times: int | None
    method: re.Pattern[str]
    path: re.Pattern[str]
    fired: int = 0


class _Book:
    """The fault in force, and what was answered before."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.armed: _Armed | None = None
        self.former: dict[str, Answered] = {}
        self.requests = 0

    def takes(self, method: str, path: str) -> _Armed | None:
        """The fault that is to happen to a request; it counts as fired until it says that it does not fit."""
        with self.lock:
            self.requests += 1
            armed = self.armed
            if armed is None or (armed.times is not None and armed.fired >= armed.times):
                return None
            if not armed.method.fullmatch(method) or not armed.path.search(path):
                return None
            armed.fired += 1
            return armed

    def left_alone(self, armed: _Armed) -> None:
        """A fault did not fit."""
        with self.lock:
            armed.fired -= 1

    def remember(self, path: str, answer: Answered) -> None:
        """Keep what a GET was answered. While a fault is in force the older answer stays."""
        with self.lock:
            if self.armed is None or path not in self.former:
                self.former[path] = answer


class FaultProxy:
    """A context manager: a proxy on a free port of 127.0.0.1.

    :param target: base URL of the service; only scheme, host and port count, so that one proxy serves all its paths.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._book = _Book()
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def __enter__(self) -> FaultProxy:
        self._server = _Server(self._origin, self._book)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.client.close()
        self._thread.join()

    def instead_of(self, url: str) -> str:
        """A URL of the service, by way of this proxy."""
        return urlunsplit(urlsplit(url)._replace(scheme="http", netloc=f"127.0.0.1:{self._server.server_port}"))

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Variables whose base URLs lead through this proxy."""
        return {
            name: self.instead_of(value) if name.endswith("_BASE_URL") else value for name, value in variables.items()
        }

    def arm(self, fault: Fault, *, times: int | None = None, method: str = ".*", path: str = "") -> None:
        """Put a fault in force.

        :param times: to how many requests it happens; None for all of them.
        :param method: a regular expression of the whole method.
        :param path: a regular expression that is searched for in the path with its query.
        """
        with self._book.lock:
            self._book.armed = _Armed(fault, times, re.compile("GET" if fault.reads_only else method), re.compile(path))

    def lift(self) -> int:
        """End the fault, and say to how many requests it happened."""
        with self._book.lock:
            armed, self._book.armed = self._book.armed, None
            return armed.fired if armed else 0

    def forget(self) -> None:
        """Forget former answers."""
        with self._book.lock:
            self._book.former.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, origin: str, book: _Book) -> None:
        self.origin, self.book = origin, book
        self.client = httpx.Client(timeout=FORWARD_SECONDS, trust_env=False, follow_redirects=False)
        super().__init__(("127.0.0.1", 0), _Handler)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset without the polite end that goes before."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(RESET)) == RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = FORWARD_SECONDS
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        book = self.server.book
        exchange = Exchange(
            method=self.command,
            path=self.path,
            headers=self.headers.items(),
            body=body,
            connection=self.connection,
            out=self.wfile,
            forward=lambda path: self._forward(path, body),
            former=book.former.get(self.path) if self.command == "GET" else None,
        )
        armed = book.takes(self.command, self.path)
        try:
            if armed is not None and armed.fault.act(exchange):
                self.close_connection = self.close_connection or exchange.ends
                return
            if armed is not None:
                book.left_alone(armed)
            exchange.pass_on(exchange.forward())
        except (Gone, OSError, httpx.HTTPError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _serve

    def _forward(self, path: str, body: bytes) -> Answered:
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _HOP]
        answer = self.server.client.request(
            self.command, self.server.origin + path, content=body or None, headers=headers
        )
        kept = tuple((name, value) for name, value in answer.headers.multi_items() if name not in _NOT_RETURNED)
        told = Answered(answer.status_code, kept, answer.content)
        if self.command == "GET":
            self.server.book.remember(path, told)
        return told

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
