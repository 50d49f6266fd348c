"""What is known of an object, and from which evidence.

Functions that decide take one of these classes, never a raw answer of a service. Where the evidence is not enough, an error is
raised (`core.errors`), so that no decision can rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Present(Generic[T]):
    """The service showed the object."""

    observation: T


@dataclass(frozen=True)
class Absent:
    """The object does not exist: several looks found nothing, and a second source agreed.

    :param looks: how many looks found nothing.
    :param parent: the name of the object that it belonged to, where that one is gone too; None where only this one is gone.
    """

    looks: int
    parent: str | None = None


@dataclass(frozen=True)
class Written:
    """The service carried out a write.

    :param acknowledged: whether the documented answer of the write proves it; otherwise a read showed the result.
    """

    acknowledged: bool
