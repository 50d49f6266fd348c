"""A transport for httpx with limits for the time of a whole request and for the size of its answer.

httpx only limits the time between two bytes, and decompresses answers of any size. Here, a network backend of httpcore checks the
deadline whenever bytes are sent or received, so it also ends an answer whose header never ends.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from .bodies import LARGEST, TooLarge, Undecodable, read_body
from .routes import Route

_WRITTEN_AT_ONCE = 64 * 1024
KEPT_SECONDS = 2.0
"""How long an idle connection is kept. Shorter than the idle limit of common servers, so that no write is sent over a
connection that the server closes."""


class DeadlineError(httpx.TimeoutException):
    """The time limit of the whole request is over."""


class TooLargeError(httpx.TransportError):
    """The answer is larger than the limit."""


class Deadline:
    """The deadline of the request in flight; for one request at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = float("inf")

    def begin(self, seconds: float) -> None:
        """Start a request that may take this many seconds."""
        self._end = self._clock() + seconds

    @property
    def passed(self) -> bool:
        """Whether the deadline has passed."""
        return self._clock() >= self._end

    def within(self, timeout: float | None) -> float | None:
        """Seconds that one step may take.

        :raises httpcore.TimeoutException: none are left.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore.TimeoutException("deadline")
        return min(left, float("inf") if timeout is None else timeout) if left != float("inf") else timeout


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            self._inner.write(buffer[start : start + _WRITTEN_AT_ONCE], self._deadline.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        within = self._deadline.within(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, within), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._inner, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        within = self._deadline.within(timeout)
        return _Stream(self._inner.connect_tcp(host, port, within, local_address, socket_options), self._deadline)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class BoundedTransport(httpx.BaseTransport):
    """One connection to one service, which is kept open between requests. Answers are read completely.

    :param route: the route to the service.
    :param tls: the trusted certificate authorities.
    :param seconds: time limit of a whole request.
    :param largest: bytes of the largest answer.
    """

    def __init__(self, *, route: Route, tls: ssl.SSLContext, seconds: float, largest: int = LARGEST) -> None:
        self._deadline = Deadline()
        self._seconds, self._largest = seconds, largest
        self._pool = _pool(route, tls, _Backend(self._deadline))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        self._deadline.begin(self._seconds)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with self._translated():
            response = self._pool.handle_request(sent)
            try:
                headers = httpx.Headers(response.headers)
                assert isinstance(response.stream, Iterable)
                body = read_body(response.stream, headers.pop("content-encoding", ""), limit=self._largest)
            finally:
                response.close()
        headers.pop("content-length", None)
        headers.pop("transfer-encoding", None)
        return httpx.Response(response.status, headers=headers, content=body, extensions=response.extensions)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn exceptions of httpcore into those of httpx, which have the same names."""
        try:
            yield
        except TooLarge:
            raise TooLargeError("too large") from None
        except Undecodable as error:
            raise httpx.DecodingError(str(error)) from None
        except UnicodeError:
            raise httpx.ConnectError("no host can have this name") from None
        except httpcore.TimeoutException as error:
            if self._deadline.passed:
                raise DeadlineError("deadline") from None
            raise _as_httpx(error) from None
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
            httpcore.UnsupportedProtocol,
        ) as error:
            raise _as_httpx(error) from None


def _as_httpx(error: Exception) -> Exception:
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    made = kind(str(error))
    assert isinstance(made, Exception)
    return made


def _pool(route: Route, tls: ssl.SSLContext, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
    shared: dict[str, Any] = {
        "ssl_context": tls,
        "keepalive_expiry": KEPT_SECONDS,
        "http1": True,
        "http2": False,
        "network_backend": backend,
    }
    if route.proxy is None:
        return httpcore.ConnectionPool(**shared)
    proxy = httpx.Proxy(route.proxy)  # parses user name and password of the URL
    url = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    if proxy.url.scheme.startswith("socks"):
        return httpcore.SOCKSProxy(proxy_url=url, proxy_auth=proxy.raw_auth, **shared)
    if proxy.url.scheme == "https":
        shared["proxy_ssl_context"] = tls
    return httpcore.HTTPProxy(proxy_url=url, proxy_auth=proxy.raw_auth, **shared)
