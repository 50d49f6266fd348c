"""What a review finds, and how findings read as groups.

Each finding is about one resource. Findings of the same kind about the same change of several resources form one group:
``792 × Dataset: server_configuration.N_RETRIEVALS_TO_INCLUDE 10 → 8``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..core.rejections import Row


class Level(Enum):
    """What a finding means for a pipeline."""

    BLOCKED = "blocked"
    APPROVAL = "approval"
    CLEAR = "clear"


class FindingKind(Enum):
    """The classes of findings, the worst ones first. Each has a level."""

    REFUSED = "refused"
    INVALID = "invalid"
    MOVED = "moved"
    GUARDED_DELETE = "guarded delete"
    """The object holds documents, or is otherwise protected, so that the delete would fail in `up`."""
    EXISTS = "exists already"
    """An object with the natural key of one that would be created is there, and may not be adopted."""
    NO_HEADROOM = "no headroom"
    """The plan of the service does not allow as many objects as would be created."""
    DELETE = "delete"
    REPLACE = "replace"
    RENAME = "rename"
    GONE = "gone from the service"
    """Somebody else deleted the object; it would be created again, without what it held."""
    DRIFT = "drift to be overwritten"
    STAGING = "not proven in staging"
    """The stack named by ``--after`` did not run this commit cleanly, or differs in an unexpected way."""
    MANY = "more deletes than allowed"
    UPDATE = "update"
    CREATE = "create"
    OTHER = "resource of another package"

    @property
    def level(self) -> Level:
        """What it means for a pipeline."""
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
    """What was found about one resource, or about the whole stack (then `urn` is empty).

    :param token: the last part of its type: ``"Dataset"``.
    :param name: its name in the program.
    :param rows: the values that change; secrets read ``[secret]``, or ``set`` and ``not set``.
    :param text: one sentence or more for people, where the rows do not say it all.
    :param documents: how many documents would be lost.
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
        """Equal for findings that read as one group."""
        return (self.kind, self.token, self.rows, "" if self.rows else self.text)


@dataclass(frozen=True)
class Group:
    """Findings that say the same of several resources."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """One of them, which stands for all in what they share."""
        return self.findings[0]

    @property
    def names(self) -> list[str]:
        """The names of the resources."""
        return [finding.name for finding in self.findings]


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Findings as groups: the worst kind first, then the largest group."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.group_key, []).append(finding)
    order = list(FindingKind)
    found = [Group(tuple(group)) for group in groups.values()]
    return sorted(found, key=lambda group: (order.index(group.first.kind), -len(group.findings)))
