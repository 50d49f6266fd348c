"""What a comparison of two stacks finds, and whether it was to be expected."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum

RESOURCE = "resource"
"""The key of a difference that is a resource as a whole."""


class Verdict(Enum):
    """Whether a difference was to be expected."""

    NEVER = "never expected"
    """Reported whatever a rule says."""
    UNEXPECTED = "unexpected"
    EXPECTED = "expected"


@dataclass(frozen=True)
class Difference:
    """One value, or one resource, that is not the same in two stacks.

    :param type: such as ``pulumi-python:dynamic/trieve:Dataset``.
    :param name: in the second stack; in the first where the second has none.
    :param counterpart: the name in the first stack; empty where it has none.
    :param urn: of the resource in the second stack; empty where it has none.
    :param key: dotted path of an input, or of what stands for several; `RESOURCE` for the resource as a whole.
    :param path: the same, with the items of lists by name.
    :param left: as people read it. Secrets say no more than ``set`` and ``not set``.
    :param reason: why it is what `verdict` says.
    """

    type: str
    name: str
    counterpart: str
    urn: str
    key: str
    path: str
    left: str
    right: str
    verdict: Verdict
    reason: str

    @property
    def token(self) -> str:
        """The last part of its type: ``"Dataset"``."""
        return self.type.rpartition(":")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """Its names in both stacks."""
        return tuple(name for name in (self.name, self.counterpart) if name)

    def judged(self, verdict: Verdict, reason: str) -> Difference:
        """The same with another verdict."""
        return dataclasses.replace(self, verdict=verdict, reason=reason)


@dataclass(frozen=True)
class NotCompared:
    """A value that nobody could compare. :param why: one clause."""

    type: str
    name: str
    key: str
    why: str

    @property
    def token(self) -> str:
        """The last part of its type: ``"Dataset"``."""
        return self.type.rpartition(":")[2]


@dataclass(frozen=True)
class Comparison:
    """Two stacks side by side.

    :param left: name of the first stack.
    :param right: name of the second stack.
    :param pairs: how many resources of the second have a counterpart in the first.
    :param idle: the names of roles that no resource of the first stack has.
    """

    left: str
    right: str
    pairs: int
    differences: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...]
    idle: tuple[str, ...] = ()

    @property
    def unexpected(self) -> list[Difference]:
        """The differences that nobody expects, the worst ones first."""
        found = [one for one in self.differences if one.verdict is not Verdict.EXPECTED]
        return sorted(found, key=lambda one: one.verdict is not Verdict.NEVER)
