"""`Provider`: an additional connection to the services, for programs that use several accounts."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import Input
from typing_extensions import TypedDict

from .services.registry import SERVICES, settings_with_namespace


class ConnectionSettings(TypedDict, total=False):
    """Settings that both services have; `docs/reference/connections.md` describes each."""

    apiKey: Input[str]
    baseUrl: Input[str]
    requestsPerSecond: Input[float]
    timeout: Input[float]
    maxRetries: Input[int]
    maxInFlight: Input[int]
    maxGone: Input[int]
    adopt: Input[bool]
    formerBaseUrls: Input[Sequence[str]]
    allowPlainHttp: Input[bool]
    confirmDeletes: Input[Sequence[str]]


class TrieveSettings(ConnectionSettings, total=False):
    """The ``trieve:`` settings of a connection."""

    adminKey: Input[str]
    organizationId: Input[str]


class CortexSettings(ConnectionSettings, total=False):
    """The ``cortex:`` settings of a connection."""

    apiVersion: Input[str]


class Provider(pulumi.ProviderResource):
    """A connection of its own: pass it as ``ResourceOptions(provider=…)``; child resources of components inherit it.

    It uses no setting of the stack configuration. API keys are stored encrypted.

    :param resource_name: the name of the provider.
    :param trieve: the settings of the connection to Trieve.
    :param cortex: the settings of the connection to Cortex.
    :raises pulumi.RunError: a setting is unknown.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        trieve: TrieveSettings | None = None,
        cortex: CortexSettings | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self.settings: dict[str, Any] = {**_named("trieve", trieve), **_named("cortex", cortex)}
        props = {
            name: pulumi.Output.secret(value) if name in settings_with_namespace(credentials=True) else value
            for name, value in self.settings.items()
        }
        super().__init__("pulumi-python", resource_name, props, opts)


def _named(service: str, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    known = SERVICES[service].settings
    for name in settings or {}:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), map(str.lower, known), n=1)
            hint = "".join(f'did you mean "{setting}"? ' for setting in known if [setting.lower()] == near)
            raise pulumi.RunError(
                f"Provider: {service} has no setting {name!r}; {hint}known settings: {', '.join(known)}"
            )
    named = {f"{service}:{name}": value for name, value in (settings or {}).items() if value is not None}
    # The engine accepts only strings as inputs of a provider.
    return {name: _text(value) for name, value in named.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (int, float, list, tuple)) else value
