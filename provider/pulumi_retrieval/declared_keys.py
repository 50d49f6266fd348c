"""Detects resources of one program that manage the same configuration keys of the same datasets.

Only the process of the program sees all resources before any of them is created; the provider processes see one resource
at a time. Arguments that are not known yet when a resource is constructed are not compared.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import config as engine_config
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

PACKAGE = "pulumi-python"
"""The engine's package name of every dynamic resource."""


@dataclass(frozen=True)
class Manager:
    """A resource that manages configuration keys of datasets.

    :param fleet: whether it configures many datasets at once (`FleetConfiguration`).
    :param keys: the configuration keys with their values; a key whose value is None is not managed.
    :param match: of a fleet: configuration keys with the values that a dataset must have to belong to it.
    """

    name: str
    fleet: bool
    keys: Mapping[str, Any]
    match: Mapping[str, Any] = field(default_factory=dict)

    @property
    def managed(self) -> set[str]:
        """The names of the keys that this resource manages."""
        return {key for key, value in self.keys.items() if value is not None}


class _Program:
    """The resources of one program, by provider and organization. It keeps both alive, because their ids identify them."""

    def __init__(self) -> None:
        self.fleets: defaultdict[Hashable, list[Manager]] = defaultdict(list)
        self.datasets: defaultdict[Hashable, list[Manager]] = defaultdict(list)
        self.kept: list[Any] = []


class DeclaredKeys:
    """Which resource manages which configuration keys, for each program that runs in this process."""

    def __init__(self) -> None:
        # By the stack itself, not by its id: the next program of the Automation API may get the same id for its own stack.
        self._programs: WeakKeyDictionary[pulumi.Resource, _Program] = WeakKeyDictionary()

    def add(self, manager: Manager, *, organization: Any, opts: pulumi.ResourceOptions | None) -> None:
        """Record which keys a resource manages, and compare them with the resources recorded before.

        :param organization: id of the organization, which may be an Output; None means that of the connection.
        :param opts: the options of the resource; they may name an explicit provider.
        :raises pulumi.RunError: another resource manages one of these keys for the same datasets.
        """
        root = pulumi.runtime.get_root_resource()
        # Under mocks all unit tests of a process share one root resource, so their declarations must not be compared.
        if root is None or isinstance(get_monitor(), MockMonitor):
            return
        program = self._programs.setdefault(root, _Program())
        provider = _provider(opts)
        program.kept += (provider, organization)
        place = (id(provider), _identity(organization, provider))
        # Two `Dataset` resources never configure the same dataset, so a dataset is compared with fleets only.
        others = [*program.fleets[place], *(program.datasets[place] if manager.fleet else ())]
        for other in others:
            both = sorted(manager.managed & other.managed)
            if both and not _disjoint(manager, other):
                raise pulumi.RunError(
                    f"{manager.name} and {other.name} both manage {', '.join(both)} of the same datasets, so each would "
                    "overwrite the other's value: remove the key from one of the two"
                )
        (program.fleets if manager.fleet else program.datasets)[place].append(manager)


def _provider(opts: pulumi.ResourceOptions | None) -> pulumi.ProviderResource | None:
    """The explicit provider of a resource, its own or inherited from a parent; None where it uses the default one."""
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
    """Identifies an organization: by its id, or, while that is not known, by the Output that will hold it."""
    if organization is None and provider is not None:
        organization = getattr(provider, "settings", {}).get("trieve:organizationId")
    elif organization is None:
        organization = engine_config.get_config("trieve:organizationId") or os.environ.get("TRIEVE_ORGANIZATION_ID")
    return organization.lower() if isinstance(organization, str) else id(organization)


def _disjoint(left: Manager, right: Manager) -> bool:
    """Whether no dataset can belong to both, judged by values that are plain texts. Two fleets always count as overlapping."""
    if left.fleet and right.fleet:
        return False
    fleet, dataset = (left, right) if left.fleet else (right, left)
    return any(
        isinstance(value, str) and isinstance(dataset.keys.get(key), str) and dataset.keys[key] != value
        for key, value in fleet.match.items()
    )


declared_keys = DeclaredKeys()
