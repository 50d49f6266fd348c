"""The connection to a Trieve server: its keys, and which of them is used for which call."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.connection import Connection, SettingsReader
from ...core.errors import ConfigurationError
from ...core.values import UNKNOWN
from ...core.words import NEUTRAL, Words

DEFAULT_BASE_URL = "https://api.trieve.ai"


@dataclass(frozen=True)
class TrieveConnection(Connection):
    """A Trieve server.

    :param api_key: an organization key, used where the organization is `organization_id`.
    :param admin_key: the admin key of the server: acts as owner of any organization, and only it creates organizations.
    :param organization_id: the organization of `api_key`, and of resources that name none.
    """

    api_key: str | None = field(default=None, repr=False)
    admin_key: str | None = field(default=None, repr=False)
    organization_id: str | None = None

    @classmethod
    def read(cls, raw: Mapping[str, Any], environ: Mapping[str, str], *, words: Words = NEUTRAL) -> TrieveConnection:
        """Read the ``trieve:`` settings; mistakes are listed in `problems`. :param words: how these name remedies."""
        reader = SettingsReader("trieve", raw=raw, environ=environ, words=words)
        reader.drop_foreign_credentials(
            url="TRIEVE_BASE_URL",
            keys={"apiKey": "TRIEVE_API_KEY", "adminKey": "TRIEVE_ADMIN_KEY"},
            owner=("organizationId", "TRIEVE_ORGANIZATION_ID"),
        )
        base_url = reader.base_url(env="TRIEVE_BASE_URL", default=DEFAULT_BASE_URL)
        api_key = reader.credential("apiKey", env="TRIEVE_API_KEY")
        admin_key = reader.credential("adminKey", env="TRIEVE_ADMIN_KEY")
        organization_id = reader.text("organizationId", env="TRIEVE_ORGANIZATION_ID")
        if organization_id is not None:
            try:
                organization_id = str(uuid.UUID(organization_id))
            except ValueError:
                source = reader.sources["organizationId"]
                reader.problems.append(f"{source} must be a uuid{reader.echo(organization_id)}")
                organization_id = None
        if not api_key and not admin_key and not reader.pending and not _key_problem(reader):
            reader.problems.append(
                f"the Trieve API key is missing: {words.set_secret('trieve:apiKey')} (or the environment variable "
                "TRIEVE_API_KEY), together with trieve:organizationId; or trieve:adminKey for a server of your own"
                + reader.unused
            )
        common = reader.common()
        return cls(
            service="trieve",
            base_url=base_url,
            api_key=api_key,
            admin_key=admin_key,
            organization_id=organization_id,
            problems=tuple(reader.problems),
            sources=reader.sources,
            pending=reader.pending,
            unused=reader.unused,
            hidden=tuple(reader.hidden),
            words=words,
            **common,
        )

    def fill_organization(self, inputs: dict[str, Any], old: Mapping[str, Any]) -> None:
        """Fill in the organization of the connection if the program names none; unknown as long as the connection is."""
        if inputs.get("organization_id") is not None:
            return
        if self.organization_id is not None:
            inputs["organization_id"] = self.organization_id
        elif self.pending:
            inputs["organization_id"] = old.get("organization_id", UNKNOWN)

    def key_for(self, organization_id: str | None) -> str:
        """The key for calls in an organization: its own key if it is configured, otherwise the admin key.

        :param organization_id: None if it is unknown, or does not matter.
        :raises ConfigurationError: no configured key may act in it.
        """
        if self.api_key and organization_id is not None and self.organization_id in (organization_id, None):
            return self.api_key
        if self.admin_key:
            return self.admin_key
        if self.api_key and organization_id is None:
            return self.api_key
        raise ConfigurationError(
            f"there is no key for organization {organization_id}: trieve:apiKey belongs to trieve:organizationId "
            f"({self.organization_id}); set trieve:adminKey, or {self.words.another_connection}{self.unused}"
        )

    def uses_admin(self, organization_id: str) -> bool:
        """Whether calls in an organization use the admin key."""
        return self.admin_key is not None and self.key_for(organization_id) == self.admin_key


def _key_problem(reader: SettingsReader) -> bool:
    return any("Key" in problem or "_KEY" in problem for problem in reader.problems)
