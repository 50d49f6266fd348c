"""The verdict on one stack: its findings, its exit code, and the facts that it depends on."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from ..core.rejections import Row
from .binding import Binding
from .errors import NoVerdictError
from .findings import Finding, FindingKind, Group, Level, grouped

SCHEMA_VERSION = 1
"""Version of the JSON form (``docs/reference/verdict.schema.json``); increased when old readers would misread the new form."""


class ExitCode(IntEnum):
    """What the command ends with."""

    CLEAR = 0
    NO_VERDICT = 1
    USAGE = 2
    BLOCKED = 3
    APPROVAL = 4


@dataclass(frozen=True)
class Verdict:
    """The result of a review of one stack. `cleaned` removes secrets from all its texts.

    :param project: the name of the project in the URNs; empty where no resource was seen.
    :param made_at: when it was made, UTC, such as ``2026-11-26T03:48:50Z``.
    :param findings: all findings, of every level.
    :param reasons: why there is no verdict; empty where there is one.
    :param notes: additional remarks for the reader.
    :param unchanged: the number of resources without changes.
    :param left_out: patterns for ``--exclude`` that leave out the blocked resources; empty where nothing is blocked, or
        the rest cannot be shipped.
    :param with_dependents: whether dependents of the excluded resources must be excluded as well.
    :param stuck: why the rest cannot be shipped without the blocked resources; empty where it can, or nothing is blocked.
    """

    stack: str
    made_at: str
    binding: Binding | None = None
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unchanged: int = 0
    left_out: tuple[str, ...] = ()
    stuck: str = ""
    with_dependents: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command for this verdict."""
        if self.reasons:
            return ExitCode.NO_VERDICT
        levels = {finding.kind.level for finding in self.findings}
        if Level.BLOCKED in levels:
            return ExitCode.BLOCKED
        return ExitCode.APPROVAL if Level.APPROVAL in levels else ExitCode.CLEAR

    @property
    def groups(self) -> list[Group]:
        """The findings as groups, the worst kind first."""
        return grouped(self.findings)

    @property
    def counts(self) -> dict[FindingKind, int]:
        """The number of findings per kind, the worst kind first."""
        kinds = [finding.kind for finding in self.findings]
        return {kind: kinds.count(kind) for kind in FindingKind if kind in kinds}

    @property
    def ship_the_rest(self) -> str:
        """The command that applies all changes that are not blocked; empty where there is none."""
        if not self.left_out:
            return ""
        options = self.binding.options if self.binding is not None else ()
        words = ["pulumi", "up", "--stack", self.stack, *options]
        words += [word for pattern in self.left_out for word in ("--exclude", pattern)]
        return shlex.join([*words, *(["--exclude-dependents"] if self.with_dependents else [])])

    def cleaned(self, clean: Callable[[str], str]) -> Verdict:
        """A copy with secrets removed from every text. A repeated text is cleaned only once."""
        known: dict[str, str] = {}

        def once(text: str) -> str:
            if text not in known:
                known[text] = clean(text)
            return known[text]

        def row(one: Row) -> Row:
            return Row(**{name: once(text) for name, text in vars(one).items()})

        return replace(
            self,
            findings=tuple(
                replace(
                    one, name=once(one.name), urn=once(one.urn), rows=tuple(map(row, one.rows)), text=once(one.text)
                )
                for one in self.findings
            ),
            reasons=tuple(map(once, self.reasons)),
            notes=tuple(map(once, self.notes)),
            left_out=tuple(map(once, self.left_out)),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON form, described by ``docs/reference/verdict.schema.json``."""
        return {
            "version": SCHEMA_VERSION,
            "stack": self.stack,
            "made_at": self.made_at,
            "exit_code": int(self.exit_code),
            "verdict": self.exit_code.name.lower().replace("_", " "),
            "reasons": list(self.reasons),
            "counts": {kind.value: count for kind, count in self.counts.items()},
            "unchanged": self.unchanged,
            "groups": [_group_to_json(group) for group in self.groups],
            "notes": list(self.notes),
            "ship_the_rest": self.ship_the_rest,
            "stuck": self.stuck,
            "binding": None if self.binding is None else self.binding.to_json(),
        }


def _group_to_json(group: Group) -> dict[str, Any]:
    first = group.first
    return {
        "kind": first.kind.value,
        "level": first.kind.level.value,
        "token": first.token,
        "count": len(group.findings),
        "rows": [vars(row) for row in first.rows],
        "text": first.text,
        "resources": [
            {"urn": one.urn, "name": one.name, **({} if one.documents is None else {"documents": one.documents})}
            for one in group.findings
        ],
    }


@dataclass(frozen=True)
class StoredVerdict:
    """The parts of a stored verdict that `--check` needs."""

    exit_code: ExitCode
    stack: str
    made_at: str
    binding: Binding
    reasons: tuple[str, ...]


def read_verdict(text: str) -> StoredVerdict:
    """Read the JSON form of a verdict that a review wrote.

    :raises NoVerdictError: the text is not a verdict, has another version of the form, or is the result of a failed review.
    """
    try:
        value = json.loads(text)
    except ValueError:
        raise NoVerdictError("the file is not a verdict: it is not valid JSON") from None
    if not isinstance(value, Mapping) or "version" not in value:
        raise NoVerdictError('the file is not a verdict: it has no "version"')
    if value["version"] != SCHEMA_VERSION:
        raise NoVerdictError(
            f"the verdict has form version {value['version']}, but this pulumi-retrieval reads version {SCHEMA_VERSION}: use "
            "the same version of pulumi-retrieval for review and --check"
        )
    try:
        code = ExitCode(int(value["exit_code"]))
        reasons, stack, made_at = value["reasons"], str(value["stack"]), str(value["made_at"])
    except (KeyError, TypeError, ValueError):
        raise NoVerdictError("the file is not a verdict: it lacks its exit code or its stack") from None
    if code is ExitCode.NO_VERDICT or not isinstance(value.get("binding"), Mapping):
        why = "; ".join(map(str, reasons)) or "it gives no reason"
        raise NoVerdictError(f"the review of {made_at} ended without a verdict: {why}")
    return StoredVerdict(code, stack, made_at, Binding.from_json(value["binding"]), tuple(map(str, reasons)))


def many_deletes(findings: Iterable[Finding], *, most: int) -> Finding | None:
    """The finding that more resources would be deleted or replaced than `most`; None where there are not more."""
    counted = (FindingKind.DELETE, FindingKind.REPLACE, FindingKind.GUARDED_DELETE)
    count = sum(finding.kind in counted for finding in findings)
    if count <= most:
        return None
    return Finding(
        FindingKind.MANY, text=f"{count} resources would be deleted or replaced; --most-deletes allows {most}"
    )


def shippable(
    findings: Sequence[Finding], pattern: Callable[[str], str], *, options: Sequence[str] = ()
) -> tuple[tuple[str, ...], str]:
    """Patterns that exclude the blocked resources, and why the rest cannot be shipped; one of the two is empty.

    :param pattern: returns the ``--exclude`` pattern for a URN.
    :param options: additional options of `pulumi preview`.
    """
    blocked = [finding for finding in findings if finding.kind.level is Level.BLOCKED]
    if any(finding.kind is FindingKind.MOVED for finding in blocked):
        return (), "the endpoint of a service changed, which concerns all its resources, so none can be excluded"
    if any(not finding.urn for finding in blocked):
        return (), "a finding concerns the whole stack, so excluding resources does not help"
    if blocked and any(re.match(r"--target|-t", option) for option in options):
        return (
            (),
            "`pulumi up` does not accept --exclude together with --target: pass only unblocked resources to --target",
        )
    return tuple(dict.fromkeys(pattern(finding.urn) for finding in blocked)), ""
