"""One way to speak HTTP: pooled, paced, bounded, retried, and silent about secrets.

`HttpClient.send` gives back whatever came; whose answer it is and what it means is the business of `core.origin` and of
the wire client of that service. The transport of httpx is the seam for tests.
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
"""A try may take so many times the timeout as a whole: once for the longest phase, and once for all others together."""


class HttpClient:
    """Sends requests to one base URL.

    :param base_url: may carry a path prefix.
    :param service: as people call it.
    :param timeout: seconds for each phase of one try; a little over the service's own limit. A try takes at most twice
        as long as a whole.
    :param largest: bytes of the largest answer that is read.
    :param slots: the cap on requests in flight.
    :param silence_hint: what to tell people when a request is never answered.
    :param retryable: which answers are worth another try; connection failures are judged here.
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
        """Send a request, again where that is safe and useful, and give back the last answer.

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
        """A client that nobody else uses meanwhile, the one last used where there is one.

        One for each request in flight, each with one connection: shared by threads, httpx looks at all connections
        whenever a request begins or ends, and the threads wait for each other longer than for the service. They are made
        when they are first needed: a run without changes asks nobody, and does not pay for them.
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
            trust_env=False,  # `core.routes` looks at the environment
        )

    def _bounded(self) -> httpx.BaseTransport:
        from .transport import BoundedTransport

        with self._opening:
            if self._way is None:
                route = route_to(self.base_url)
                # To read the certificates of all authorities takes longer than ten requests; plain http needs none.
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
