"""One connection to a Trieve server, its resources and its look-ups."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.clients import open_client
from ...core.definition import Definition
from ...core.looking import Looks
from ...core.objects import Objects
from ...core.reconciler import Reconciler
from ...core.routes import proxy_secrets
from ...core.run import Run
from .api_key import ApiKeyDefinition, ApiKeyObjects
from .api_key_wire import ApiKeyWire
from .connection import TrieveConnection
from .crawl import CrawlDefinition, CrawlObjects
from .dataset import DatasetDefinition, DatasetObjects
from .failures import retryable
from .fleet_configuration import FleetConfigurationDefinition, FleetConfigurationObjects
from .lookups import Lookups
from .organization import OrganizationDefinition, OrganizationObjects
from .wire import SILENCE, TrieveWire

if TYPE_CHECKING:
    import httpx


class TrieveService:
    """One open connection to a Trieve server, with resources and look-ups.

    :param raw: stack configuration, or the inputs of an explicit provider.
    :param environ: environment variables.
    :param transport: replaces the network in tests.
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
        connection = TrieveConnection.read(raw, environ, words=run.words)
        run.redactor.learn(connection.api_key, connection.admin_key, *connection.hidden, *proxy_secrets(environ))
        self.connection = connection
        self.http = open_client(
            connection,
            clock=clock,
            sleep=sleep,
            transport=transport,
            slots_directory=slots_directory,
            warn=run.warn_once,
            retryable=retryable,
            silence_hint=SILENCE,
        )
        wire, looks = TrieveWire(self.http, connection=connection), Looks(sleep)
        self.lookups = Lookups(wire, connection=connection, looks=looks)
        shared: dict[str, Any] = {"connection": connection, "looks": looks}
        kinds: Mapping[str, tuple[Definition, Objects]] = {
            "dataset": (DatasetDefinition(connection=connection), DatasetObjects(wire, now=now, **shared)),
            "organization": (
                OrganizationDefinition(connection=connection),
                OrganizationObjects(wire, connection=connection, now=now),
            ),
            "fleet_configuration": (
                FleetConfigurationDefinition(connection=connection),
                FleetConfigurationObjects(wire, tell=run.say, clock=clock, **shared),
            ),
            "api_key": (
                ApiKeyDefinition(connection=connection, now=now),
                ApiKeyObjects(ApiKeyWire(wire, learn=run.redactor.learn), wire=wire, now=now, **shared),
            ),
            "crawl": (CrawlDefinition(connection=connection), CrawlObjects(wire, now=now, **shared)),
        }
        self.resources: Mapping[str, Reconciler] = {
            kind: Reconciler(definition, objects, run=run, clock=clock, sleep=sleep, now=now)
            for kind, (definition, objects) in kinds.items()
        }

    def describe(self) -> str:
        """One line for people: server, organization, and the source of each setting, without secrets."""
        it = self.connection
        parts = [f"trieve: {it.base_url} {it.said('baseUrl')}"]
        if it.organization_id:
            parts.append(f"organization {it.organization_id} {it.said('organizationId')}")
        keys = it.said("apiKey", "adminKey")
        parts.append(f"keys {keys}" if keys else "its key not yet known" if it.pending else "no key")
        return ", ".join(parts) + it.unused
