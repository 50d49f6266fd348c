"""What a program declared so far: only the process of the program knows all resources before any is created.

The services are asked by other processes, one resource at a time; two resources that would undo each other are found here,
as far as their arguments are known when they are constructed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi


@dataclass(frozen=True)
class Manager:
    """A resource that manages configuration keys of datasets.

    :param fleet: whether it is about many datasets.
    :param keys: the managed keys, with their values.
    :param match: for a fleet: what a dataset must hold to be meant.
    """

    name: str
    fleet: bool
    keys: Mapping[str, Any]
    match: Mapping[str, Any] = field(default_factory=dict)


class Program:
    """The declarations of one program."""

    def __init__(self) -> None:
        self._fleets: defaultdict[tuple[Hashable, ...], list[Manager]] = defaultdict(list)
        self._datasets: defaultdict[tuple[Hashable, ...], list[Manager]] = defaultdict(list)

    def manages(self, manager: Manager, *, organization: Any) -> None:
        """Declare who manages which keys in an organization.

        :raises pulumi.RunError: another resource manages one of the keys of the same datasets.
        """
        if pulumi.runtime.get_root_resource() is None:
            return
        place = (id(pulumi.runtime.get_root_resource()), _identity(organization))
        # Datasets are many, so they are compared with fleets only: two of them never share a dataset.
        others = [*self._fleets[place], *(self._datasets[place] if manager.fleet else ())]
        for other in others:
            both = sorted(manager.keys.keys() & other.keys.keys())
            if both and not _apart(manager, other):
                raise pulumi.RunError(
                    f"{manager.name} and {other.name} both manage {', '.join(both)} of the same datasets, and each would "
                    "undo the other: leave it to one of them"
                )
        (self._fleets if manager.fleet else self._datasets)[place].append(manager)


def _identity(organization: Any) -> Hashable:
    """What tells organizations apart before their ids are known: the Output that will hold the id."""
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


program = Program()
