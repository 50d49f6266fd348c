"""Opens the services of a stack with the settings that the provider processes of its next `pulumi up` would use.

Settings come from the stack configuration, from the inputs of explicit providers and from the environment. The redactor learns
every secret among them before anything else happens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..core.connection import Connection
from ..core.reconciler import Reconciler
from ..core.run import Run
from ..core.secrecy import texts
from ..core.values import UNKNOWN
from ..services.registry import SERVICES, settings_with_namespace
from .states import SIGNATURE, is_secret
from .steps import OURS, SECRET_TEXT, Step

PROVIDERS = "pulumi:providers:pulumi-python"
DEFAULT = "default"
STORED = "stored default"
"""The key of the default provider with the settings that the last `pulumi up` stored."""
ENVIRONMENT_SECRETS = (
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "TRIEVE_API_KEY",
    "TRIEVE_ADMIN_KEY",
    "CORTEX_API_KEY",
)
"""Environment variables whose values the redactor learns before any command runs."""
_PLAINTEXT = "plaintext"

Settings = Mapping[str, Any]


class Connections:
    """All connections of one stack to the services.

    :param configuration: the stack configuration with its secrets: name → ``value`` and ``secret``.
    :param export: the parsed export of the state, without secrets.
    :param secret_export: returns the export with secrets; called at most once, where an explicit provider has secrets.
    """

    def __init__(
        self,
        configuration: Mapping[str, Mapping[str, Any]],
        *,
        export: Mapping[str, Any],
        secret_export: Callable[[], bytes],
        run: Run,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._run = run
        self._secret_export = secret_export
        self._revealed: Mapping[str, Settings] | None = None
        self._opened: dict[tuple[str, str, bool], Any] = {}
        run.redactor.learn(*secrets_of(configuration))
        names = settings_with_namespace()
        stack = {name: configuration[name]["value"] for name in names if "value" in configuration.get(name, {})}
        self._settings: dict[str, Settings] = {DEFAULT: stack, **_stored(export)}
        self._registers_default = False

    def follow(self, step: Step) -> None:
        """Learn from a step the settings of an explicit provider, and whether the program uses the default provider."""
        if step.op != "delete" and OURS.fullmatch(step.type) and _provider(step) == DEFAULT:
            self.follow_default()
        if step.type == PROVIDERS and step.new is not None and step.name != DEFAULT:
            self._settings[step.urn] = {
                name: UNKNOWN if value == SECRET_TEXT else value for name, value in step.new.inputs.items()
            }

    def follow_default(self) -> None:
        """Record that the program uses the default provider, so that the engine passes it the current configuration.

        Where no resource uses it, the engine deletes with the settings that the last `pulumi up` stored.
        """
        self._registers_default = True

    def reconciler(self, step: Step) -> Reconciler | None:
        """The reconciler of a resource, without its credentials; None for resources of other packages."""
        return self._reconciler(step, revealed=False)

    def with_credentials(self, step: Step) -> Reconciler | None:
        """The reconciler of a resource with the credentials for requests; None where these are unknown before the update."""
        found = self._reconciler(step, revealed=True)
        return None if found is None or found.definition.connection.pending else found

    def service(self, step: Step) -> Any:
        """The open service that a resource belongs to, with its credentials."""
        found = OURS.fullmatch(step.type)
        assert found is not None
        return self._open(found.group(1), self._provider(step), revealed=True)

    def places(self) -> list[list[str]]:
        """The address of each service by stack configuration and environment, without secrets."""
        found = []
        for name in SERVICES:
            connection: Connection = self._open(name, DEFAULT, revealed=False).connection
            more = (getattr(connection, field, None) for field in ("organization_id", "api_version"))
            found.append([connection.base_url, *(str(one) for one in more if one is not None)])
        return found

    def _reconciler(self, step: Step, *, revealed: bool) -> Reconciler | None:
        found = OURS.fullmatch(step.type)
        if found is None:
            return None
        service, token = found.groups()
        resources: Mapping[str, Reconciler] = self._open(service, self._provider(step), revealed=revealed).resources
        return resources.get(_kind(token))

    def _provider(self, step: Step) -> str:
        provider = _provider(step)
        stored = provider == DEFAULT and step.op == "delete" and not self._registers_default
        return STORED if stored and STORED in self._settings else provider

    def _open(self, service: str, provider: str, *, revealed: bool) -> Any:
        settings = self._settings.get(provider)
        if settings is None:  # neither the state nor the preview contains the settings of this provider
            settings = dict.fromkeys(settings_with_namespace(), UNKNOWN)
        hidden = any(value is UNKNOWN for value in settings.values())
        key = (service, provider, revealed and hidden)
        if key not in self._opened:
            raw = self._reveal(provider, settings) if revealed and hidden else settings
            self._opened[key] = SERVICES[service].open(raw=raw, environ=self._environ, run=self._run)
        return self._opened[key]

    def _reveal(self, provider: str, settings: Settings) -> Settings:
        """The settings of an explicit provider with its secrets, as far as the state contains them."""
        if self._revealed is None:
            self._revealed = _providers_with_secrets(self._secret_export())
        known = self._revealed.get(provider, {})
        for name, value in known.items():
            if settings.get(name) is UNKNOWN:
                self._run.redactor.learn(*texts(value))
        return {name: known.get(name, UNKNOWN) if value is UNKNOWN else value for name, value in settings.items()}


def secrets_of(configuration: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """All texts inside the secret values of a stack configuration."""
    for entry in configuration.values():
        if entry.get("secret"):
            for value in (entry.get("value"), entry.get("objectValue")):
                yield from texts(value)


def _provider(step: Step) -> str:
    """The URN of a step's explicit provider; `DEFAULT` for the default provider."""
    urn = step.provider.rpartition("::")[0]
    return DEFAULT if not urn or urn.endswith(f"{PROVIDERS}::{DEFAULT}") else urn


def _kind(token: str) -> str:
    """The kind of resource for a token: ``"EmbeddingsTenant"`` → ``"embeddings_tenant"``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in token).lstrip("_")


def _stored(export: Mapping[str, Any]) -> dict[str, Settings]:
    """The inputs of each provider in a state by URN (or `STORED`); a secret is `UNKNOWN`."""
    return {
        name: {key: UNKNOWN if is_secret(value) else value for key, value in inputs.items()}
        for name, inputs in _providers(export).items()
    }


def _providers(export: Mapping[str, Any]) -> dict[str, Settings]:
    resources = (export.get("deployment") or {}).get("resources") or []
    return {
        STORED if one["urn"].endswith(f"{PROVIDERS}::{DEFAULT}") else one["urn"]: one.get("inputs") or {}
        for one in resources
        if one["type"] == PROVIDERS
    }


def _providers_with_secrets(text: bytes) -> dict[str, Settings]:
    """The inputs of each provider with secrets, by URN (or `STORED`). Nothing else of the export is kept."""
    return {
        name: {key: _revealed(value) for key, value in inputs.items()}
        for name, inputs in _providers(json.loads(text)).items()
    }


def _revealed(value: Any) -> Any:
    if not isinstance(value, Mapping) or SIGNATURE not in value:
        return value
    try:
        return json.loads(value.get(_PLAINTEXT) or "null")
    except ValueError:
        return UNKNOWN
