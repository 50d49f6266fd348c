"""The settings of connections: name, description, type and default. Programs import this module, so it imports nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One setting of a connection.

    :param name: without namespace: ``"timeout"``.
    :param about: its description, in sentences.
    :param type: the type of its value: ``"text"``, ``"number"``, ``"whole number"``, ``"true or false"`` or ``"list of texts"``.
    :param unit: the unit of a number.
    :param default: the default of a number.
    :param otherwise: the default in words, for numbers without a `default` and for all other types.
    :param least: the smallest allowed number.
    :param environment: the environment variable that is read if the stack configuration does not have the setting.
    :param change: what a change of the value does to existing objects.
    :param secret: whether it is a key. Keys are refused in plain configuration.
    """

    name: str
    about: str
    type: str = "text"
    unit: str = ""
    default: float | None = None
    otherwise: str = ""
    least: float | None = None
    environment: str | None = None
    change: str = "takes effect with the next run; sends nothing"
    secret: bool = False


COMMON: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "requestsPerSecond",
            "Requests that one process sends in a second.",
            type="number",
            unit="requests per second",
            otherwise="no limit",
            least=0,
        ),
        Setting(
            "timeout",
            "How long each phase of a request may take. The default is a little more than Trieve's own limit of 15 seconds. A "
            "whole request takes at most twice as long.",
            type="number",
            unit="seconds",
            default=20,
            least=0.1,
        ),
        Setting(
            "maxRetries",
            "How often a request is sent again at most, where that is safe.",
            type="whole number",
            unit="tries",
            default=4,
            least=0,
        ),
        Setting(
            "maxInFlight",
            "Requests to one server at the same time, across all processes of one user on one machine, whatever `TMPDIR` is. "
            "A real Trieve server hangs permanently at about eleven with an organization key; pipelines on other machines and "
            "your application add to them. Raise it only for a server that you know.",
            type="whole number",
            unit="requests",
            default=4,
            least=1,
        ),
        Setting(
            "maxGone",
            "How many objects one run may find missing. If one more is missing, the run fails, because a wrong connection is more "
            "likely. The engine has removed the others from the state by then: the next update finds those that still exist, and "
            "adopts them or says how to. With `0`, every missing object is an error.",
            type="whole number",
            unit="objects",
            default=5,
            least=0,
        ),
        Setting(
            "adopt",
            "Whether creates take existing objects under management if their immutable keys agree. Meant for single runs.",
            type="true or false",
            otherwise="`false`",
        ),
        Setting(
            "formerBaseUrls",
            "Base URLs that the service had before, as a JSON list: objects that were created there stay managed.",
            type="list of texts",
            otherwise="none",
        ),
        Setting(
            "confirmDeletes",
            'Objects that may be deleted with their documents, and how many each may hold at most: `["golden=40", "acme=12"]`. '
            "The environment variables `TRIEVE_CONFIRM_DELETES` and `CORTEX_CONFIRM_DELETES` count as well, also in `destroy`.",
            type="list of texts",
            otherwise="none",
        ),
        Setting(
            "allowPlainHttp",
            "Whether a base URL may use plain http to another machine.",
            type="true or false",
            otherwise="`false`",
        ),
    )
}
"""The settings that all connections have in common."""
