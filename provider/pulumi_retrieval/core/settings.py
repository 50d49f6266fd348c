"""Settings of connections: what each is called, means and holds. Imported by programs, so it imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One setting of a connection.

    :param name: without namespace: ``"timeout"``.
    :param about: what it is, in sentences.
    :param type: what it holds: ``"text"``, ``"number"``, ``"whole number"``, ``"true or false"`` or ``"list of texts"``.
    :param unit: of numbers.
    :param default: of numbers.
    :param otherwise: what holds where it is not set, in words; for numbers without a `default`, and for all others.
    :param least: the smallest number.
    :param environment: the variable that is read where the stack configuration has no such setting.
    :param change: what another value does to objects that exist.
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
    change: str = "counts from the next run on; sends nothing"
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
            "How long each phase of a request may take. It is a little over Trieve's own limit of 15 seconds. A request as a "
            "whole takes at most twice as long.",
            type="number",
            unit="seconds",
            default=20,
            least=0.1,
        ),
        Setting(
            "maxRetries",
            "Tries after the first one, where trying again is safe.",
            type="whole number",
            unit="tries",
            default=4,
            least=0,
        ),
        Setting(
            "maxInFlight",
            "Requests to one server at the same time, across all processes of one user on one machine, whatever `TMPDIR` is. "
            "A real Trieve server hangs for good at about eleven with an organization key; pipelines on other machines and "
            "your application count too. Raise it only for a server that you know.",
            type="whole number",
            unit="requests",
            default=4,
            least=1,
        ),
        Setting(
            "maxGone",
            "Objects that one run believes to be gone. At one more the run fails, because a wrong connection is likelier. "
            "The engine has forgotten the others by then: the next update finds those that still exist, and adopts them or says "
            "how. `0` believes none.",
            type="whole number",
            unit="objects",
            default=5,
            least=0,
        ),
        Setting(
            "adopt",
            "Whether creates take existing objects under management, where immutable keys agree. Meant for one run.",
            type="true or false",
            otherwise="`false`",
        ),
        Setting(
            "formerBaseUrls",
            "Base URLs where the service was before, as a JSON list: objects that live there are taken along.",
            type="list of texts",
            otherwise="none",
        ),
        Setting(
            "confirmDeletes",
            'Objects that are deleted although they hold something, and the most that each may hold: `["golden=40", "acme=12"]`. '
            "The environment variables `TRIEVE_CONFIRM_DELETES` and `CORTEX_CONFIRM_DELETES` count as well, also in `destroy`.",
            type="list of texts",
            otherwise="none",
        ),
        Setting(
            "allowPlainHttp",
            "Whether a base URL may be plain http to a host that is not this machine.",
            type="true or false",
            otherwise="`false`",
        ),
    )
}
"""The settings that every connection has, and that mean the same in each."""
