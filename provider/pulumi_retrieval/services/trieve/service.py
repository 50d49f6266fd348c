"""One connection to a Trieve server and the lives of its resources."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...core.http import HttpClient, RetryPolicy
from ...core.lifecycle import LifeCycle
from ...core.limits import InFlightSlots, RateLimit
from ...core.run import Run
from .connection import TrieveConnection
from .crawl import CrawlLifeCycle
from .dataset import DatasetLifeCycle
from .fleet import FleetConfigurationLifeCycle
from .lookups import Lookups
from .organization import OrganizationLifeCycle
from .presence import Presence
from .sweep import Sweep
from .wire import SILENCE, TrieveWire, retryable

if TYPE_CHECKING:
    import httpx


class TrieveService:
    """What the adapter and the look-ups hold on to.

    :param raw: stack configuration, or the inputs of an explicit provider.
    :param environ: environment variables.
    :param transport: the seam for tests.
    :param now: seconds since the epoch.
    """

    def __init__(
        self,
        *,
        raw: Mapping[str, Any],
        environ: Mapping[str, str],
        run: Run,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        slots_directory: Path | None = None,
    ) -> None:
        connection = TrieveConnection.read(raw, environ)
        run.redactor.learn(connection.api_key, connection.admin_key)
        parts = urlsplit(connection.base_url)
        self.connection = connection
        self.http = HttpClient(
            connection.base_url,
            slots=InFlightSlots(
                f"{parts.scheme}://{parts.netloc}", count=connection.max_in_flight, directory=slots_directory
            ),
            rate=RateLimit(connection.requests_per_second, clock=clock, sleep=sleep),
            retry=RetryPolicy(max_retries=connection.max_retries),
            retryable=retryable,
            timeout=connection.timeout,
            silence_hint=SILENCE,
            transport=transport,
            clock=clock,
            sleep=sleep,
        )
        wire = TrieveWire(self.http, connection=connection)
        presence = Presence(wire, connection=connection, sleep=sleep)
        self.lookups = Lookups(wire, connection=connection, sleep=sleep)
        self.life_cycles: Mapping[str, LifeCycle] = {
            "dataset": DatasetLifeCycle(
                connection=connection, run=run, wire=wire, presence=presence, sleep=sleep, now=now
            ),
            "fleet_configuration": FleetConfigurationLifeCycle(
                connection=connection, run=run, wire=wire, sweep=Sweep(presence), sleep=sleep
            ),
            "crawl": CrawlLifeCycle(connection=connection, run=run, wire=wire, presence=presence, sleep=sleep),
            "organization": OrganizationLifeCycle(
                connection=connection, run=run, wire=wire, presence=presence, sleep=sleep
            ),
        }

    def describe(self) -> str:
        """Which server and organization are used, and where that was said; for people."""
        it = self.connection
        parts = [f"trieve: {it.base_url} {it.said('baseUrl')}"]
        if it.organization_id:
            parts.append(f"organization {it.organization_id} {it.said('organizationId')}")
        keys = it.said("apiKey", "adminKey")
        parts.append(f"keys {keys}" if keys else "its key not yet known" if it.pending else "no key")
        return ", ".join(parts) + it.unused
