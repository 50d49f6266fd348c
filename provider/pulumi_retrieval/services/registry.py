"""The registry of the services: one entry makes a service available everywhere.

Programs import this module too, so it imports a service only when a connection to it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..core.settings import COMMON, Setting


@dataclass(frozen=True)
class ServiceEntry:
    """One service.

    :param name: the namespace of its settings: ``"trieve"`` for ``trieve:apiKey``.
    :param opens: the class that opens a connection to it, in the package of the same name beside this module.
    :param own: its settings that only it has, or that have another meaning in each service.
    """

    name: str
    opens: str
    own: tuple[Setting, ...]

    @property
    def declared(self) -> tuple[Setting, ...]:
        """Every setting, its own first."""
        return (*self.own, *COMMON.values())

    @property
    def settings(self) -> tuple[str, ...]:
        """The name of every setting, without namespace."""
        return tuple(setting.name for setting in self.declared)

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of the settings whose values are keys, without namespace."""
        return tuple(setting.name for setting in self.declared if setting.secret)

    def open(self, **connection: Any) -> Any:
        """Open a connection; see the class that `opens` names."""
        return getattr(import_module(f".{self.name}", __package__), self.opens)(**connection)


SERVICES: Mapping[str, ServiceEntry] = {
    entry.name: entry
    for entry in (
        ServiceEntry(
            "trieve",
            "TrieveService",
            (
                Setting(
                    "apiKey",
                    "An organization key. It is used for resources of the organization `trieve:organizationId`.",
                    environment="TRIEVE_API_KEY",
                    otherwise="none; then `trieve:adminKey` is required",
                    change="takes effect with the next update; a refresh uses the former one until then",
                    secret=True,
                ),
                Setting(
                    "baseUrl",
                    "The base URL of the server; may contain a path prefix.",
                    environment="TRIEVE_BASE_URL",
                    otherwise="`https://api.trieve.ai`",
                    change="refused for objects that were created at the former one, unless `formerBaseUrls` names it",
                ),
                Setting(
                    "organizationId",
                    "The id, a uuid, of the organization of `trieve:apiKey`; also used for resources and look-ups that name none.",
                    environment="TRIEVE_ORGANIZATION_ID",
                    otherwise="none; then each resource names its organization",
                    change="refused for objects whose resources name no organization, because theirs is immutable",
                ),
                Setting(
                    "adminKey",
                    "The admin key of a self-hosted server. It acts in any organization, and only it can create organizations.",
                    environment="TRIEVE_ADMIN_KEY",
                    otherwise="none; then `trieve:apiKey` is required",
                    change="takes effect with the next update; a refresh uses the former one until then",
                    secret=True,
                ),
            ),
        ),
        ServiceEntry(
            "cortex",
            "CortexService",
            (
                Setting(
                    "apiKey",
                    "The key of the account.",
                    environment="CORTEX_API_KEY",
                    otherwise="none; it is required",
                    change="takes effect with the next update; a refresh uses the former one until then",
                    secret=True,
                ),
                Setting(
                    "baseUrl",
                    "The base URL of the service; may contain a path prefix.",
                    environment="CORTEX_BASE_URL",
                    otherwise="`https://api.usecortex.ai` for `cortex`, `https://api.hydradb.com` for `v2`",
                    change="refused for objects that were created at the former one, unless `formerBaseUrls` names it",
                ),
                Setting(
                    "apiVersion",
                    "The generation of the API: `cortex`, the first one, or `v2`, the current one (HydraDB). It is never guessed.",
                    environment="CORTEX_API_VERSION",
                    otherwise="`cortex`",
                    change="refused for objects that exist: what one generation made is not known to exist in another",
                ),
            ),
        ),
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
