"""The services of a stack, opened as the provider processes of its next `pulumi up` would open them.

Settings come from the stack configuration, from the inputs of explicit providers, and from the environment. Every secret among
them is made known to the redactor before anything else happens.
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
ENVIRONMENT_SECRETS = (
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "TRIEVE_API_KEY",
    "TRIEVE_ADMIN_KEY",
    "CORTEX_API_KEY",
)
"""Known to the redactor before anything is run."""
_PLAINTEXT = "plaintext"

Settings = Mapping[str, Any]


class Connections:
    """Every connection of one stack.

    :param configuration: of the stack, with its secrets: name → ``value`` and ``secret``.
    :param export: of the state, parsed, without secrets.
    :param secret_export: gives the export with secrets; called once at most, where an explicit provider holds some.
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
        self._settings: dict[str, Settings] = {DEFAULT: stack, **_explicit(export)}

    def follow(self, step: Step) -> None:
        """Take the inputs of an explicit provider that a preview shows."""
        if step.type == PROVIDERS and step.new is not None and step.name != DEFAULT:
            self._settings[step.urn] = {
                name: UNKNOWN if value == SECRET_TEXT else value for name, value in step.new.inputs.items()
            }

    def reconciler(self, step: Step) -> Reconciler | None:
        """What judges a resource, without its secrets; None where it is none of this package."""
        return self._reconciler(step, revealed=False)

    def asking(self, step: Step) -> Reconciler | None:
        """The same, with the keys that a request needs. None where they are not known before the update."""
        found = self._reconciler(step, revealed=True)
        return None if found is None or found.definition.connection.pending else found

    def service(self, step: Step) -> Any:
        """The open service that a resource belongs to, with its keys."""
        found = OURS.fullmatch(step.type)
        assert found is not None
        return self._open(found.group(1), _provider(step), revealed=True)

    def places(self) -> list[list[str]]:
        """Where each connection of the stack configuration and of the environment points, without secrets."""
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
        resources: Mapping[str, Reconciler] = self._open(service, _provider(step), revealed=revealed).resources
        return resources.get(_kind(token))

    def _open(self, service: str, provider: str, *, revealed: bool) -> Any:
        settings = self._settings.get(provider, {})
        hidden = any(value is UNKNOWN for value in settings.values())
        key = (service, provider, revealed and hidden)
        if key not in self._opened:
            raw = self._reveal(provider, settings) if revealed and hidden else settings
            self._opened[key] = SERVICES[service].open(raw=raw, environ=self._environ, run=self._run)
        return self._opened[key]

    def _reveal(self, provider: str, settings: Settings) -> Settings:
        """The settings of an explicit provider with its secrets, as far as the state knows them."""
        if self._revealed is None:
            self._revealed = _providers_with_secrets(self._secret_export())
        known = self._revealed.get(provider, {})
        for name, value in known.items():
            if settings.get(name) is UNKNOWN:
                self._run.redactor.learn(*texts(value))
        return {name: known.get(name, UNKNOWN) if value is UNKNOWN else value for name, value in settings.items()}


def secrets_of(configuration: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Every text in a secret value of a stack configuration."""
    for entry in configuration.values():
        if entry.get("secret"):
            for value in (entry.get("value"), entry.get("objectValue")):
                yield from texts(value)


def _provider(step: Step) -> str:
    """The URN of an explicit provider; the name of the default one."""
    urn = step.provider.rpartition("::")[0]
    return DEFAULT if not urn or urn.endswith(f"{PROVIDERS}::{DEFAULT}") else urn


def _kind(token: str) -> str:
    """The name of a kind of resource: ``"EmbeddingsTenant"`` is ``"embeddings_tenant"``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in token).lstrip("_")


def _explicit(export: Mapping[str, Any]) -> dict[str, Settings]:
    """URN → inputs of each explicit provider in a state; a secret is `UNKNOWN`."""
    return {
        one["urn"]: {name: UNKNOWN if is_secret(value) else value for name, value in (one.get("inputs") or {}).items()}
        for one in _provider_resources(export)
    }


def _provider_resources(export: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    resources = (export.get("deployment") or {}).get("resources") or []
    return [one for one in resources if one["type"] == PROVIDERS and not one["urn"].endswith(f"::{DEFAULT}")]


def _providers_with_secrets(text: bytes) -> dict[str, Settings]:
    """URN → inputs of each explicit provider, with secrets. Nothing else of the export is kept."""
    return {
        one["urn"]: {name: _revealed(value) for name, value in (one.get("inputs") or {}).items()}
        for one in _provider_resources(json.loads(text))
    }


def _revealed(value: Any) -> Any:
    if not isinstance(value, Mapping) or SIGNATURE not in value:
        return value
    try:
        return json.loads(value.get(_PLAINTEXT) or "null")
    except ValueError:
        return UNKNOWN
