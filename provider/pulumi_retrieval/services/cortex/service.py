"""One connection to Cortex, its resources and its look-ups."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ...core.clients import open_client
from ...core.definition import Definition
from ...core.errors import ConfigurationError
from ...core.http import HttpClient
from ...core.objects import Objects, Phase
from ...core.reconciler import Reconciler
from ...core.routes import proxy_secrets
from ...core.run import Run
from .connection import ApiVersion, CortexConnection
from .dialect import Dialect
from .dialect_cortex import CortexDialect
from .dialect_v2 import HEADERS, DatabaseDialect
from .embeddings_tenant import EmbeddingsTenantDefinition
from .inputs import DatabaseTenantInputs, EmbeddingsDatabaseInputs, EmbeddingsTenantInputs, TenantInputs
from .results import TenantList, TenantStats
from .schema import PLACE, FieldRules, KeyRules, SchemaRules
from .tenant import TenantDefinition, TenantObjects
from .wire import Wire

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class _Generation:
    dialect: Callable[[Wire], Dialect]
    rules: SchemaRules
    tenant: type[BaseModel]
    embeddings: type[BaseModel]
    headers: Mapping[str, str]


GENERATIONS: Mapping[ApiVersion, _Generation] = {
    "cortex": _Generation(CortexDialect, KeyRules(), TenantInputs, EmbeddingsTenantInputs, {}),
    "v2": _Generation(DatabaseDialect, FieldRules(), DatabaseTenantInputs, EmbeddingsDatabaseInputs, HEADERS),
}


class CortexService:
    """One Cortex account: its connection, resources and look-ups.

    :param raw: stack configuration, keys as ``cortex:apiKey``.
    :param environ: environment variables, for settings that the configuration leaves out.
    :param transport: replaces the network in tests.
    :param clock: seconds, monotonic.
    :param now: seconds since the epoch.
    :param slots_directory: the folder of the lock files that limit requests in flight; a private folder of the user by default.
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
        self.connection = CortexConnection.read(raw, environ, words=run.words)
        self.run = run
        run.redactor.learn(self.connection.api_key, *self.connection.hidden, *proxy_secrets(environ))
        self._transport = transport
        self._clock, self._sleep = clock, sleep
        self._slots_directory = slots_directory
        self._client: HttpClient | None = None
        self._client_lock = threading.Lock()
        generation = GENERATIONS[self.connection.api_version]
        self._dialect = generation.dialect(Wire(self._http, self.connection.api_key, generation.headers, run.words))
        shared: dict[str, Any] = {"connection": self.connection, "dialect": self._dialect}
        tenant, embeddings, dialect = generation.tenant, generation.embeddings, self._dialect
        kinds: Mapping[str, tuple[Definition, Objects]] = {
            "tenant": (
                TenantDefinition(model=tenant, rules=generation.rules, **shared),
                TenantObjects(dialect, model=tenant, schema_input=PLACE, embeddings=False, words=run.words),
            ),
            "embeddings_tenant": (
                EmbeddingsTenantDefinition(model=embeddings, **shared),
                TenantObjects(dialect, model=embeddings, schema_input=None, embeddings=True, words=run.words),
            ),
        }
        self.resources: Mapping[str, Reconciler] = {
            kind: Reconciler(definition, objects, run=run, clock=clock, sleep=sleep, now=now)
            for kind, (definition, objects) in kinds.items()
        }

    def describe(self) -> str:
        """One line for people: generation, base URL and the source of each setting, without secrets."""
        return self.connection.describe()

    def close(self) -> None:
        """Close the connections that are not in use."""
        if self._client is not None:
            self._client.close()

    # Look-ups. Each raises `core.errors.ServiceError` if the service refuses.

    def tenant_stats(self, tenant_id: str, *, sub_tenant_id: str | None = None) -> TenantStats:
        """How much a tenant holds.

        :param sub_tenant_id: generation ``cortex`` counts one sub-tenant, the default one if none is named; ``v2``
            counts all sub-tenants together.
        :raises ConfigurationError: the generation cannot count a single sub-tenant.
        """
        self._ready()
        if sub_tenant_id is not None and not self._dialect.can.counts_sub_tenants:
            raise ConfigurationError("this API generation counts whole tenants only; leave sub_tenant_id out")
        return self._dialect.stats(tenant_id, sub_tenant_id)

    def list_tenants(self) -> TenantList:
        """All tenants of the account. :raises ConfigurationError: the generation cannot list them."""
        self._ready()
        if not self._dialect.can.can_list:
            raise ConfigurationError(
                f'the API generation "{self.connection.api_version}" has no call that lists tenants; see '
                "cortex:apiVersion (environment variable CORTEX_API_VERSION)"
            )
        return self._dialect.list_all()

    def readiness(self, tenant_id: str) -> tuple[bool, str]:
        """Whether a tenant is ready for documents, and how far it is; one call. A failure shows in `list_tenants` alone.

        :raises ObjectMissing: there is no such tenant.
        """
        self._ready()
        seen = self._dialect.probe(tenant_id, thorough=False)
        return seen.phase is Phase.READY, seen.detail

    def list_sub_tenants(self, tenant_id: str) -> list[str]:
        """The sub-tenants of a tenant. A sub-tenant exists from its first document on."""
        self._ready()
        return self._dialect.sub_tenants(tenant_id)

    def metadata_schema(self, tenant_id: str) -> list[dict[str, Any]] | None:
        """The metadata schema as far as the generation returns it (``cortex``: no types); None if it does not.

        :raises ObjectMissing: there is no such tenant.
        """
        self._ready()
        return self._dialect.schema(tenant_id)

    def _ready(self) -> None:
        if self.connection.problems:
            raise ConfigurationError("; ".join(self.connection.problems))

    def _http(self) -> HttpClient:
        with self._client_lock:
            if self._client is None:
                self._client = open_client(
                    self.connection,
                    clock=self._clock,
                    sleep=self._sleep,
                    transport=self._transport,
                    slots_directory=self._slots_directory,
                    warn=self.run.warn_once,
                )
            return self._client
