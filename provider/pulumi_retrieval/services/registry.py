"""The services of this package: one entry makes a service known everywhere.

A program imports this module too, so nothing here imports a service before it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

COMMON_SETTINGS = (
    "apiKey",
    "baseUrl",
    "requestsPerSecond",
    "timeout",
    "maxRetries",
    "maxInFlight",
    "maxGone",
    "adopt",
    "formerBaseUrls",
    "allowPlainHttp",
    "confirmDeletes",
)
"""The settings that every connection has."""


@dataclass(frozen=True)
class ServiceEntry:
    """One service.

    :param name: the namespace of its settings: ``"trieve"`` for ``trieve:apiKey``.
    :param opens: the class that opens a connection to it, in the package of the same name beside this module.
    :param own_settings: settings beyond `COMMON_SETTINGS`.
    :param own_credentials: those of them whose values are keys.
    """

    name: str
    opens: str
    own_settings: tuple[str, ...] = ()
    own_credentials: tuple[str, ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        """Every setting, without namespace."""
        return (*COMMON_SETTINGS, *self.own_settings)

    @property
    def credentials(self) -> tuple[str, ...]:
        """The settings whose values are keys, without namespace."""
        return ("apiKey", *self.own_credentials)

    def open(self, **connection: Any) -> Any:
        """Open a connection; see the class that `opens` names."""
        return getattr(import_module(f".{self.name}", __package__), self.opens)(**connection)


SERVICES: Mapping[str, ServiceEntry] = {
    entry.name: entry
    for entry in (
        ServiceEntry("trieve", "TrieveService", ("adminKey", "organizationId"), ("adminKey",)),
        ServiceEntry("cortex", "CortexService", ("apiVersion",)),
    )
}
"""Name → service."""


def settings_with_namespace(*, credentials: bool = False) -> list[str]:
    """Every setting of every service: ``"trieve:baseUrl"``. :param credentials: only those whose values are keys."""
    return [
        f"{entry.name}:{setting}"
        for entry in SERVICES.values()
        for setting in (entry.credentials if credentials else entry.settings)
    ]
