"""The findings of a review, and their groups.

Each finding is about one resource. Findings with the same kind and the same change of several resources form one group:
``792 × Dataset: server_configuration.N_RETRIEVALS_TO_INCLUDE 10 → 8``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..core.rejections import Row


class Level(Enum):
    """How a pipeline must treat a finding: stop, wait for an approval, or go on."""

    BLOCKED = "blocked"
    APPROVAL = "approval"
    CLEAR = "clear"


class FindingKind(Enum):
    """The kinds of findings, the worst first. Each has a level."""

    REFUSED = "refused"
    INVALID = "invalid"
    MOVED = "moved"
    GUARDED_DELETE = "guarded delete"
    """A guard or a protection would make the delete fail in `pulumi up`, for instance because the object holds documents."""
    EXISTS = "exists already"
    """An object with the natural key of one to be created exists already, and may not be adopted."""
    NO_HEADROOM = "no headroom"
    """The customer's plan with the service allows fewer objects than would exist after the creates."""
    DELETE = "delete"
    REPLACE = "replace"
    RENAME = "rename"
    GONE = "gone from the service"
    """Somebody deleted the object in the service; it would be created again, empty."""
    DRIFT = "drift to be overwritten"
    STAGING = "not proven in staging"
    """The stack named by ``--after`` did not run this commit cleanly, or differs unexpectedly from this one."""
    MANY = "more deletes than allowed"
    UPDATE = "update"
    CREATE = "create"
    OTHER = "resource of another package"

    @property
    def level(self) -> Level:
        """How a pipeline must treat a finding of this kind."""
        if self in _BLOCKED:
            return Level.BLOCKED
        return Level.CLEAR if self in _CLEAR else Level.APPROVAL


_BLOCKED = (
    FindingKind.REFUSED,
    FindingKind.INVALID,
    FindingKind.MOVED,
    FindingKind.GUARDED_DELETE,
    FindingKind.EXISTS,
    FindingKind.NO_HEADROOM,
)
_CLEAR = (FindingKind.UPDATE, FindingKind.CREATE, FindingKind.OTHER)


@dataclass(frozen=True)
class Finding:
    """One finding about a resource, or about the whole stack (then `urn` is empty).

    :param token: the last part of the resource's type: ``"Dataset"``.
    :param name: the resource's name in the program.
    :param rows: the values that change; secrets read ``[secret]``, or ``set`` and ``not set``.
    :param text: an explanation for people, where the rows are not enough.
    :param documents: how many documents would be lost; None where none were counted.
    """

    kind: FindingKind
    urn: str = ""
    token: str = ""
    name: str = ""
    rows: tuple[Row, ...] = ()
    text: str = ""
    documents: int | None = None

    @property
    def group_key(self) -> tuple[object, ...]:
        """Equal for all findings of one group."""
        return (self.kind, self.token, self.rows, "" if self.rows else self.text)


@dataclass(frozen=True)
class Group:
    """Findings of the same kind about the same change of several resources."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first finding; its kind, type, rows and text are those of the group."""
        return self.findings[0]

    @property
    def names(self) -> list[str]:
        """The names of the resources."""
        return [finding.name for finding in self.findings]


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Group findings: the worst kind first, then the largest group."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.group_key, []).append(finding)
    order = list(FindingKind)
    found = [Group(tuple(group)) for group in groups.values()]
    return sorted(found, key=lambda group: (order.index(group.first.kind), -len(group.findings)))
