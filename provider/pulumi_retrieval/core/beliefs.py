"""What may be believed of an object, and on what evidence.

Functions that decide take a belief, never a raw answer of a service. Doubt is no belief: it is raised as an error
(`core.errors`), so that nothing can be concluded from it by mistake.
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
    :param parent: the object that it belonged to and that is gone itself, for people; None where only this one is gone.
    """

    looks: int
    parent: str | None = None


@dataclass(frozen=True)
class Written:
    """The service carried out a write.

    :param acknowledged: whether the documented answer of that write says so; else a read showed the result.
    """

    acknowledged: bool
