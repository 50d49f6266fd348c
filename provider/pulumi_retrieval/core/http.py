"""One way to speak HTTP: pooled, paced, bounded, retried, and silent about secrets.

`HttpClient.send` gives back whatever the service answered; what an answer means is the business of the wire client of
that service. The transport of httpx is the seam for tests.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .errors import NoAnswerError
from .limits import InFlightSlots, RateLimit

if TYPE_CHECKING:
    import httpx

USER_AGENT = "pulumi-retrieval/0.1.0"
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")


@dataclass(frozen=True)
class Request:
    """One request to a service.

    :param path: below the base URL, already percent-encoded.
    :param json: the body, or None for none.
    :param params: query parameters.
    :param operation: what is attempted, as a person would say it; stands in errors.
    :param only_asks: the service changes nothing, although the method is not GET.
    """

    method: str
    path: str
    operation: str
    json: Any = field(default=None, repr=False)  # keys and secrets stand here and in the headers
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    only_asks: bool = False

    @property
    def writes(self) -> bool:
        """Whether the service may change something."""
        return self.method != "GET" and not self.only_asks


@dataclass(frozen=True)
class Answer:
    """What came back.

    :param request: what it answers.
    :param body: the parsed JSON; None where there is none.
    :param raw: the body as it came.
    :param headers: by their names in lower case.
    """

    request: Request
    status: int
    body: Any = field(repr=False)  # an update of Trieve answers with the secrets (trieve.md 0.6)
    raw: bytes = field(repr=False)
    headers: Mapping[str, str]
    parsed: bool

    @property
    def text(self) -> str:
        """The body as text; only failures are shown, so only they pay for it."""
        header = Message()
        header["content-type"] = self.headers.get("content-type", "")
        try:
            return self.raw.decode(header.get_content_charset("utf-8"), "replace")
        except LookupError:
            return self.raw.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        """A 2xx whose body can be read."""
        return 200 <= self.status < 300 and self.parsed

    @property
    def garbled(self) -> bool:
        """A 2xx whose body cannot be read: the service did something and did not manage to say what."""
        return 200 <= self.status < 300 and not self.parsed

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, from a header or from ``meta.request_id``."""
        for name in REQUEST_ID_HEADERS:
            if name in self.headers:
                return self.headers[name]
        meta = self.body.get("meta") if isinstance(self.body, dict) else None
        found = meta.get("request_id") if isinstance(meta, dict) else None
        return found if isinstance(found, str) else None


Retryable = Callable[[Request, Answer], bool]


def retry_by_status(request: Request, answer: Answer) -> bool:
    """The usual rule: 429 always; for reads 5xx and unreadable bodies as well."""
    return answer.status == 429 or (not request.writes and (answer.status >= 500 or answer.garbled))


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again: exponential pauses with full jitter, within a budget.

    :param max_retries: tries after the first one.
    :param base: seconds; the first pause is between 0 and this.
    :param cap: seconds; no pause is longer, unless the service asks for it.
    :param budget: seconds from the first try; no pause that ends later is begun.
    :param jitter: a number between its two arguments.
    """

    max_retries: int = 4
    base: float = 0.5
    cap: float = 8.0
    budget: float = 60.0
    jitter: Callable[[float, float], float] = random.uniform

    def pause(self, tries: int, *, asked: float | None, elapsed: float) -> float | None:
        """Seconds to wait before the next try; None where there is none.

        :param tries: how many were made.
        :param asked: what ``Retry-After`` asked for, in seconds.
        :param elapsed: seconds since the first try began.
        """
        if tries > self.max_retries:
            return None
        pause = self.jitter(0, min(self.cap, self.base * 2 ** (tries - 1)))
        pause = max(pause, asked or 0)
        return pause if elapsed + pause <= self.budget else None


class HttpClient:
    """Sends requests to one base URL.

    :param base_url: may carry a path prefix.
    :param timeout: seconds for each phase of one try; a little over the service's own limit.
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
        retry: RetryPolicy | None = None,
        retryable: Retryable = retry_by_status,
        timeout: float = 20.0,
        silence_hint: str = "",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.clock = clock
        self.sleep = sleep
        self._slots = slots
        self._rate = rate
        self._retry = retry or RetryPolicy()
        self._retryable = retryable
        self._silence_hint = silence_hint
        self._transport = transport
        self._idle: deque[httpx.Client] = deque()
        self._tls: ssl.SSLContext | None = None
        self._opening = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Send a request, again where that is safe and useful, and give back the last answer.

        :raises NoAnswerError: there was no answer, and no more tries.
        """
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
            if failure is not None and failure.sent and request.writes:
                raise failure
            pause = self._retry.pause(tries, asked=_retry_after(answer), elapsed=self.clock() - started)
            if pause is None:
                if failure is not None:
                    raise failure
                assert answer is not None
                return answer
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

        with self._opening:
            if self._tls is None:
                # To read the certificates of all authorities takes longer than ten requests; plain http needs none.
                plain = self.base_url.startswith("http:")
                self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else httpx.create_ssl_context()
        return httpx.Client(
            timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, 10.0), pool=None),
            # Shorter than the idle limit of common servers: a write must not meet a closing connection.
            limits=httpx.Limits(keepalive_expiry=2.0),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            verify=self._tls,
            transport=self._transport,
            follow_redirects=False,
            trust_env=self._transport is None,
        )

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
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NoAnswerError(
                request.operation,
                message=f"no connection to {self.base_url}: {_reason(error)}",
                sent=False,
                hint="Is the service running, and is the base URL right?",
            ) from None
        except httpx.TimeoutException:
            raise NoAnswerError(
                request.operation,
                message=f"{self.base_url} did not answer within {self.timeout:g} s",
                sent=True,
                hint=self._silence_hint,
            ) from None
        except httpx.HTTPError as error:
            raise NoAnswerError(
                request.operation,
                message=f"the connection to {self.base_url} was cut: {_reason(error)}",
                sent=True,
            ) from None
        return _answer(request, response)


def _answer(request: Request, response: httpx.Response) -> Answer:
    body, parsed = None, True
    if response.content:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            parsed = False
    return Answer(request, response.status_code, body, response.content, dict(response.headers), parsed)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _retry_after(answer: Answer | None) -> float | None:
    """Seconds that ``Retry-After`` asks for; it may be a number, or a date by the clock of the service."""
    text = answer.headers.get("retry-after") if answer is not None else None
    if answer is None or text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    until, now = _seconds(text), _seconds(answer.headers.get("date", ""))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _seconds(date: str) -> float | None:
    """A date of HTTP in seconds since 1970."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
