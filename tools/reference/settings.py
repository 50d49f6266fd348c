"""The page of the settings of a connection, and of the explicit provider."""

from __future__ import annotations

from pulumi_retrieval.core.settings import COMMON, Setting
from pulumi_retrieval.provider import Provider
from pulumi_retrieval.services.registry import SERVICES

from .resources import GENERATED
from .text import Facts, facts, summary

TITLES = {"trieve": "Trieve", "cortex": "Cortex"}


def render() -> str:
    """Render the page."""
    parts = [
        "# Settings of a connection, and `Provider`",
        GENERATED,
        "A setting stands in the stack configuration (`pulumi config set trieve:timeout 30`). Where it is silent, the environment "
        "variable counts, if there is one. [Connections](connections.md) says which key is used where, and how to rotate one.",
    ]
    for name, entry in SERVICES.items():
        parts.append(f"## {TITLES[name]}")
        for setting in entry.own:
            parts += _section(setting, (name,))
    parts.append("## Both services")
    for setting in COMMON.values():
        parts += _section(setting, tuple(SERVICES))
    parts += ["## `Provider`", summary(Provider), _PROVIDER]
    return "\n\n".join(parts) + "\n"


_PROVIDER = (
    'It takes the settings of each service as one argument, without namespace, `Provider("eu", trieve={"apiKey": …, '
    '"timeout": 30})`, and each value may be an Output. It has no outputs but `id` and `urn`.'
)


def _section(setting: Setting, services: tuple[str, ...]) -> list[str]:
    names = ", ".join(f"`{service}:{setting.name}`" for service in services)
    return [f"### {names}", setting.about, facts(_facts(setting))]


def _facts(setting: Setting) -> Facts:
    ranged = f"{setting.least:g} or more" if setting.least is not None else ""
    value = [setting.type, f"{ranged} {setting.unit}".strip()]
    return {
        "Value": "; ".join(part for part in value if part),
        "Secret": "yes: refused in plain configuration, stored encrypted, never shown" if setting.secret else "",
        "Default": setting.otherwise or f"`{setting.default:g}`",
        "Environment": f"`{setting.environment}`" if setting.environment else "",
        "Change": setting.change,
    }
