"""One HTTP client for one connection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .addresses import service_of
from .connection import Connection
from .http import HttpClient
from .limits import InFlightSlots, RateLimit
from .retrying import Retryable, RetryPolicy, retry_by_status

if TYPE_CHECKING:
    import httpx


def open_client(
    connection: Connection,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    transport: httpx.BaseTransport | None = None,
    slots_directory: Path | None = None,
    warn: Callable[[str], None] = lambda text: None,
    retryable: Retryable = retry_by_status,
    silence_hint: str = "",
) -> HttpClient:
    """Open an HTTP client with the limits of a connection: requests per second, retries, requests in flight.

    :param clock: seconds, monotonic.
    :param sleep: waits for some seconds.
    :param slots_directory: the folder of the lock files that limit requests in flight; a private folder of the user by default.
    :param warn: called once with a text if requests in flight cannot be counted.
    :param retryable: decides which answers lead to another try.
    :param silence_hint: added to the error of a request that gets no answer.
    """
    return HttpClient(
        connection.base_url,
        service=connection.service.capitalize(),
        slots=InFlightSlots(
            service_of(connection.base_url),
            count=connection.max_in_flight,
            directory=slots_directory,
            warn=warn,
            sleep=sleep,
        ),
        rate=RateLimit(connection.requests_per_second, clock=clock, sleep=sleep),
        retry=RetryPolicy(max_retries=connection.max_retries),
        retryable=retryable,
        timeout=connection.timeout,
        silence_hint=silence_hint,
        transport=transport,
        clock=clock,
        sleep=sleep,
    )
