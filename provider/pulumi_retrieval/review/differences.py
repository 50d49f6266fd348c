"""The differences that a comparison of two stacks finds, each with a verdict: expected or not."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum

RESOURCE = "resource"
"""The key of a difference about a resource as a whole: it exists in only one of the stacks."""


class Verdict(Enum):
    """Whether a difference is expected."""

    NEVER = "never expected"
    """Reported even where a rule covers it."""
    UNEXPECTED = "unexpected"
    EXPECTED = "expected"


@dataclass(frozen=True)
class Difference:
    """One value that differs between two stacks, or one resource that only one of them has.

    :param type: such as ``pulumi-python:dynamic/trieve:Dataset``.
    :param name: the resource's name in the second stack; its name in the first where the second lacks it.
    :param counterpart: the resource's name in the first stack; empty where the first lacks it.
    :param urn: the URN in the second stack; empty where the second lacks the resource.
    :param key: dotted path of an input, or the name of a resource option; `RESOURCE` for the resource as a whole.
    :param path: like `key`, but down to the item of a list, by the item's name.
    :param left: the value in the first stack, as text for people; ``set`` or ``not set`` for a secret.
    :param reason: why it has this verdict; may be empty.
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
        """The names of the resource in both stacks."""
        return tuple(name for name in (self.name, self.counterpart) if name)

    def judged(self, verdict: Verdict, reason: str) -> Difference:
        """A copy with another verdict and reason."""
        return dataclasses.replace(self, verdict=verdict, reason=reason)


@dataclass(frozen=True)
class NotCompared:
    """A value that could not be compared. :param why: the reason, as one clause."""

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
    """The result of comparing two stacks.

    :param left: name of the first stack.
    :param right: name of the second stack.
    :param pairs: how many resources of the second stack have a counterpart in the first.
    :param idle: the names of roles that occur in no resource name of the first stack.
    """

    left: str
    right: str
    pairs: int
    differences: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...]
    idle: tuple[str, ...] = ()

    @property
    def unexpected(self) -> list[Difference]:
        """All unexpected differences; those that no rule can allow come first."""
        found = [one for one in self.differences if one.verdict is not Verdict.EXPECTED]
        return sorted(found, key=lambda one: one.verdict is not Verdict.NEVER)
