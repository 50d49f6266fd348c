"""The text of findings for all renderings: one block per change, however many resources it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.rejections import MISSING, Row
from .changes import RELEASED
from .findings import Finding, FindingKind, Group, Level
from .verdict import ExitCode, Verdict

MOST_ALIKE = 3
"""Up to how many groups that differ only in their values are shown one by one."""
MOST_EXAMPLES = 3
"""How many example values are shown where there are more groups."""
MOST_ROWS = 6
"""How many rows a title contains."""
VERDICTS = {
    ExitCode.CLEAR: "clear",
    ExitCode.NO_VERDICT: "no verdict",
    ExitCode.BLOCKED: "blocked",
    ExitCode.APPROVAL: "needs approval",
}


@dataclass(frozen=True)
class Block:
    """One change in a report, with all resources that it concerns.

    :param changes: the changed values as one line; empty where no value changes.
    :param text: an explanation for people, where the values are not enough.
    """

    kind: FindingKind
    token: str
    changes: str
    text: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """How a pipeline must treat the change."""
        return self.kind.level

    @property
    def subject(self) -> str:
        """Number and type of the resources: ``"792 × Dataset"``; empty for a finding about the whole stack."""
        named = [finding for finding in self.findings if finding.name]
        if not named:
            return self.token
        return f"{len(named)} × {self.token}" if len(named) > 1 else f"{self.token} {named[0].name}"

    @property
    def documents(self) -> int | None:
        """How many documents would be lost; None where none were counted."""
        counted = [finding.documents for finding in self.findings if finding.documents is not None]
        return sum(counted) if counted else None

    @property
    def title(self) -> str:
        """The block as one line, without its kind."""
        parts = [self.subject, self.changes or _first_line(self.text)]
        if self.documents:
            parts.append(counted(self.documents, "document"))
        return ": ".join(part for part in (parts[0], ", ".join(part for part in parts[1:] if part)) if part)

    @property
    def names(self) -> list[str]:
        """The names of the resources with their documents: ``"golden (40 documents)"``."""
        return [
            f"{one.name} ({counted(one.documents, 'document')})" if one.documents else one.name
            for one in self.findings
            if one.name
        ]


def blocks(verdict: Verdict) -> list[Block]:
    """The blocks of a verdict, the worst kind first; many changes of the same keys form one block."""
    return condensed(verdict.groups)


def condensed(groups: Sequence[Group]) -> list[Block]:
    """Make blocks of groups; more than `MOST_ALIKE` groups that differ only in their values become one block."""
    alike: dict[tuple[object, ...], list[Group]] = {}
    for group in groups:
        first = group.first
        said = first.text if first.kind is FindingKind.DRIFT else ""
        key = (first.kind, first.token, tuple(row.path for row in first.rows), said)
        alike.setdefault(key, []).append(group)
    made: list[Block] = []
    for several in alike.values():
        made += [_one(group) for group in several] if len(several) <= MOST_ALIKE else [_many(several)]
    order = list(FindingKind)
    return sorted(made, key=lambda block: (order.index(block.kind), -len(block.findings)))


def _one(group: Group) -> Block:
    first = group.first
    return Block(first.kind, first.token, changes_text(first.rows), first.text, group.findings)


def _many(groups: Sequence[Group]) -> Block:
    first = groups[0].first
    findings = tuple(finding for group in groups for finding in group.findings)
    examples = "; ".join(changes_text(group.first.rows) for group in groups[:MOST_EXAMPLES] if group.first.rows)
    changes = f"{examples}; … ({len(groups)} different changes)" if examples else ""
    return Block(first.kind, first.token, changes, first.text, findings)


def changes_text(rows: Iterable[Row]) -> str:
    """Rows on one line: ``server_configuration.MAX_LIMIT 10 → 8``."""
    texts = [row_text(row) for row in rows]
    more = len(texts) - MOST_ROWS
    return ", ".join(texts[:MOST_ROWS]) + (f" and {more} more" if more > 0 else "")


def row_text(row: Row) -> str:
    """One row: ``server_configuration.MAX_LIMIT 10 → 8``."""
    if row.now == RELEASED:
        return f"{row.path} {row.was}, {RELEASED}"
    if row.now == MISSING:
        return f"{row.path} {row.was} → missing"
    text = f"{row.path} {row.was} → {row.now}"
    return f"{text} (in the service {row.observed})" if row.observed else text


def headline(verdict: Verdict) -> str:
    """The verdict in one line: ``"blocked: 3 refused, 792 update, 2409 unchanged"``."""
    counts = [f"{count} {kind.value}" for kind, count in verdict.counts.items()]
    if verdict.unchanged:
        counts.append(f"{verdict.unchanged} unchanged")
    return f"{VERDICTS[verdict.exit_code]}: {', '.join(counts) or 'nothing to do'}"


def counted(count: int, unit: str) -> str:
    """A number with its unit: ``"40 documents"``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")
