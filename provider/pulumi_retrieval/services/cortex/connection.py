"""The connection to Cortex: key, base URL and generation of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from ...core.connection import Connection, SettingsReader
from ...core.words import NEUTRAL, Words

ApiVersion = Literal["cortex", "v2"]

DEFAULT_BASE_URLS: Mapping[ApiVersion, str] = {
    "cortex": "https://api.usecortex.ai",
    "v2": "https://api.hydradb.com",
}
"""The base URL of each generation (docs/services/cortex.md 0)."""


@dataclass(frozen=True)
class CortexConnection(Connection):
    """One Cortex account.

    :param api_key: sent as bearer token.
    :param api_version: the generation of the API: ``"cortex"``, the first one, or ``"v2"``, the current one (HydraDB).
        It is never guessed, because one host serves several generations (docs/services/cortex.md 1.1).
    """

    api_key: str | None = field(default=None, repr=False)
    api_version: ApiVersion = "cortex"

    @classmethod
    def read(cls, raw: Mapping[str, Any], environ: Mapping[str, str], *, words: Words = NEUTRAL) -> CortexConnection:
        """Read the ``cortex:`` settings; mistakes are listed in `problems`. :param words: how these name remedies."""
        reader = SettingsReader("cortex", raw=raw, environ=environ, words=words)
        reader.drop_foreign_credentials(url="CORTEX_BASE_URL", keys={"apiKey": "CORTEX_API_KEY"})
        version = _api_version(reader)
        base_url = reader.base_url(env="CORTEX_BASE_URL", default=DEFAULT_BASE_URLS[version])
        problems_before = len(reader.problems)
        api_key = reader.credential("apiKey", env="CORTEX_API_KEY")
        if api_key is None and not reader.pending:
            del reader.problems[problems_before:]
            reader.problems.append(
                f"the Cortex API key is missing or empty: {words.set_secret('cortex:apiKey')} (or the environment variable "
                f"CORTEX_API_KEY){reader.unused}"
            )
        common = reader.common()
        return cls(
            service="cortex",
            base_url=base_url,
            api_key=api_key,
            api_version=version,
            problems=tuple(reader.problems),
            sources=reader.sources,
            pending=reader.pending,
            unused=reader.unused,
            hidden=tuple(reader.hidden),
            words=words,
            **common,
        )

    def describe(self) -> str:
        """One line for people: generation, base URL and the source of each setting, without secrets."""
        version = self.said("apiVersion") or "[default]"
        key = f"key {self.said('apiKey')}" if self.api_key else "its key not yet known" if self.pending else "no key"
        where = f"cortex: {self.base_url} {self.said('baseUrl')}"
        return f"{where}, API generation {self.api_version} {version}, {key}{self.unused}"


def _api_version(reader: SettingsReader) -> ApiVersion:
    known_before = not reader.pending
    text = reader.text("apiVersion", env="CORTEX_API_VERSION")
    if reader.pending and known_before:
        reader.problems.append("cortex:apiVersion must be known before the update; give it as plain text")
    if text is None:
        return "cortex"
    if text not in get_args(ApiVersion):
        reader.problems.append(
            f'{reader.sources["apiVersion"]} must be "cortex" (the first generation) or "v2" (the current one, '
            f"HydraDB){reader.echo(text)}"
        )
        return "cortex"
    return cast(ApiVersion, text)
