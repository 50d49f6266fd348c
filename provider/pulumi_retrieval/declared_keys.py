"""What a program declared so far: only the process of the program knows all resources before any is created.

The services are asked by other processes, one resource at a time; two resources that would undo each other are found here,
as far as their arguments are known when they are constructed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import config as engine_config
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

PACKAGE = "pulumi-python"
"""What the engine takes for the package of every dynamic resource."""


@dataclass(frozen=True)
class Manager:
    """A resource that manages configuration keys of datasets.

    :param fleet: whether it is about many datasets.
    :param keys: the managed keys, with their values; None is no value.
    :param match: for a fleet: what a dataset must hold to be meant.
    """

    name: str
    fleet: bool
    keys: Mapping[str, Any]
    match: Mapping[str, Any] = field(default_factory=dict)

    @property
    def managed(self) -> set[str]:
        """The keys that it manages."""
        return {key for key, value in self.keys.items() if value is not None}


class DeclaredKeys:
    """The declarations of one program."""

    def __init__(self) -> None:
        self._fleets: defaultdict[tuple[Hashable, ...], list[Manager]] = defaultdict(list)
        self._datasets: defaultdict[tuple[Hashable, ...], list[Manager]] = defaultdict(list)

    def manages(self, manager: Manager, *, organization: Any, opts: pulumi.ResourceOptions | None) -> None:
        """Declare who manages which keys in an organization.

        :param organization: its id, which may be an Output, or None for that of the connection.
        :param opts: of the resource; they may name a connection.
        :raises pulumi.RunError: another resource manages one of the keys of the same datasets.
        """
        # Under mocks there is one program for all unit tests of a process, and what one declared is none of the others.
        if pulumi.runtime.get_root_resource() is None or isinstance(get_monitor(), MockMonitor):
            return
        provider = _provider(opts)
        place = (id(pulumi.runtime.get_root_resource()), id(provider), _identity(organization, provider))
        # Datasets are many, so they are compared with fleets only: two of them never share a dataset.
        others = [*self._fleets[place], *(self._datasets[place] if manager.fleet else ())]
        for other in others:
            both = sorted(manager.managed & other.managed)
            if both and not _apart(manager, other):
                raise pulumi.RunError(
                    f"{manager.name} and {other.name} both manage {', '.join(both)} of the same datasets, and each would "
                    "undo the other: leave it to one of them"
                )
        (self._fleets if manager.fleet else self._datasets)[place].append(manager)


def _provider(opts: pulumi.ResourceOptions | None) -> pulumi.ProviderResource | None:
    """The explicit connection of a resource, if it has one, its own or that of a parent."""
    if opts is None:
        return None
    given = opts.providers or ()
    for provider in (opts.provider, *(given.values() if isinstance(given, Mapping) else given)):
        if isinstance(provider, pulumi.ProviderResource) and provider.package == PACKAGE:
            return provider
    if opts.parent is None:
        return None
    found: pulumi.ProviderResource | None = opts.parent.get_provider(f"{PACKAGE}:dynamic:Resource")
    return found


def _identity(organization: Any, provider: pulumi.ProviderResource | None) -> Hashable:
    """What tells organizations apart before their ids are known: the Output that will hold the id."""
    if organization is None and provider is not None:
        organization = getattr(provider, "settings", {}).get("trieve:organizationId")
    elif organization is None:
        organization = engine_config.get_config("trieve:organizationId") or os.environ.get("TRIEVE_ORGANIZATION_ID")
    return organization.lower() if isinstance(organization, str) else id(organization)


def _apart(left: Manager, right: Manager) -> bool:
    """Whether no dataset can be meant by both, as far as plain texts tell. Two fleets are never taken to be apart."""
    if left.fleet and right.fleet:
        return False
    fleet, dataset = (left, right) if left.fleet else (right, left)
    return any(
        isinstance(value, str) and isinstance(dataset.keys.get(key), str) and dataset.keys[key] != value
        for key, value in fleet.match.items()
    )


declared_keys = DeclaredKeys()
