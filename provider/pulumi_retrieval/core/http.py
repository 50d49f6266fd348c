"""The HTTP client of all services: connections are pooled, requests limited, bounded in time and retried, and secrets never shown.

`HttpClient.send` returns every answer. `core.origin` decides whether the service itself gave it, and the wire client of the
service what it means. Tests replace the transport of httpx.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ..version import VERSION
from .addresses import shown
from .bodies import ACCEPTED, LARGEST
from .errors import NoAnswerError, UnclearWriteError
from .limits import InFlightSlots, RateLimit
from .messages import Answer, Peer, Request
from .retrying import Retryable, RetryPolicy, retry_after, retry_by_status
from .routes import Route, route_to, trusted

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "HttpClient", "Peer", "Request", "RetryPolicy", "Retryable", "retry_by_status"]

USER_AGENT = f"pulumi-retrieval/{VERSION}"
CONNECT_SECONDS = 10.0
WHOLE = 2
"""The time limit of a whole try, as a multiple of the timeout: once for the longest phase, once for all other phases."""


class HttpClient:
    """Sends requests to one base URL.

    :param base_url: may carry a path prefix.
    :param service: its name, for texts.
    :param timeout: seconds for each phase of one try; should be a little more than the service's own limit. A whole try takes at
        most twice as long.
    :param largest: bytes of the largest answer that is read.
    :param slots: limits the requests in flight.
    :param silence_hint: added to the error of a request that gets no answer.
    :param retryable: decides which answers lead to another try; failed connections are handled here.
    """

    def __init__(
        self,
        base_url: str,
        *,
        slots: InFlightSlots,
        rate: RateLimit,
        service: str = "the service",
        retry: RetryPolicy | None = None,
        retryable: Retryable = retry_by_status,
        timeout: float = 20.0,
        largest: int = LARGEST,
        silence_hint: str = "",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.clock = clock
        self.sleep = sleep
        self._service = service
        self._largest = largest
        self._slots = slots
        self._rate = rate
        self._retry = retry or RetryPolicy()
        self._retryable = retryable
        self._silence_hint = silence_hint
        self._transport = transport
        self._idle: deque[httpx.Client] = deque()
        self._way: tuple[Route, ssl.SSLContext] | None = None
        self._opening = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Send a request, repeat it where that is safe and useful, and return the last answer.

        :raises UnclearWriteError: a write may have reached the service, and there was no answer.
        :raises NoAnswerError: there was no answer, and no more tries.
        :raises ConfigurationError: the environment names a proxy or certificates that cannot be used, or HTTP cannot
            carry a value of the request.
        """
        request.ensure_sendable()
        started, tries = self.clock(), 0
        while True:
            tries += 1
            failure: NoAnswerError | None = None
            answer: Answer | None = None
            try:
                answer = self._once(request)
            except NoAnswerError as error:
                failure = error
            if answer is not None and not self._retryable(request, answer):
                return answer
            if failure is not None and (failure.final or isinstance(failure, UnclearWriteError)):
                raise failure
            elapsed, asked = self.clock() - started, retry_after(answer)
            pause = self._retry.pause(tries, asked=asked, elapsed=elapsed)
            if pause is None:
                if failure is not None:
                    raise failure
                assert answer is not None
                return replace(answer, unwaited=self._retry.unwaited(asked, elapsed=elapsed))
            self.sleep(pause)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[httpx.Client]:
        """A client for exclusive use in the block, preferably the one that was used last.

        There is one client for each request in flight, each with one connection. A client that threads share examines all
        its connections whenever a request begins or ends, so the threads would wait longer for each other than for the
        service. Clients are created when they are first needed, because a run without changes sends no request.
        """
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._open()
        try:
            yield client
        finally:
            self._idle.append(client)

    def _open(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, CONNECT_SECONDS), pool=None),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": ACCEPTED},
            transport=self._transport or self._bounded(),
            follow_redirects=False,
            trust_env=False,  # `core.routes` reads the environment
        )

    def _bounded(self) -> httpx.BaseTransport:
        from .transport import BoundedTransport

        with self._opening:
            if self._way is None:
                route = route_to(self.base_url)
                # Reading the certificates of all authorities takes longer than ten requests, and plain http needs none.
                secure = self.base_url.startswith("https:") or (route.proxy or "").startswith("https:")
                self._way = route, trusted() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        route, tls = self._way
        return BoundedTransport(route=route, tls=tls, seconds=self._whole, largest=self._largest)

    @property
    def _whole(self) -> float:
        return WHOLE * self.timeout

    @property
    def _peer(self) -> Peer:
        return Peer(self._service, shown(self.base_url), self._way[0].said if self._way is not None else "")

    def _once(self, request: Request) -> Answer:
        import httpx

        self._rate.wait()
        try:
            with self._slots.slot(), self._connected() as client:
                response = client.request(
                    request.method,
                    self.base_url + request.path,
                    json=request.json,
                    params=request.params,
                    headers=dict(request.headers),
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            from .failures import no_answer

            raise no_answer(
                error,
                request,
                self._peer,
                timeout=self.timeout,
                whole=self._whole,
                largest=self._largest,
                silence_hint=self._silence_hint,
            ) from None
        return _answer(request, response, self._peer)


def _answer(request: Request, response: httpx.Response, peer: Peer) -> Answer:
    body, parsed = None, True
    if response.content:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            parsed = False
    return Answer(request, response.status_code, body, response.content, dict(response.headers), parsed, peer)
