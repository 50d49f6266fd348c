"""Findings from the steps of a preview, taken one by one, and the questions that only the services can answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.reconciler import Reconciler
from ..core.rejections import Rejection, RejectionKind, Row
from ..core.values import Path
from ..preview.texts import rejected_in
from .changes import change_of, drift_of, replacement_rows
from .connections import Connections
from .findings import Finding, FindingKind
from .steps import Event, Side, Step, Summary, Trouble, Unchanged, Violation

REJECTED = {
    RejectionKind.REFUSED: FindingKind.REFUSED,
    RejectionKind.INVALID: FindingKind.INVALID,
    RejectionKind.MOVED: FindingKind.MOVED,
}
NOT_REVIEWED = ("pulumi:pulumi:", "pulumi:providers:")
"""The beginnings of types that stand for no object of a service."""
PROTECTED = "it is protected, and the engine stops before it: take `protect` off and apply that first"
PUT_BACK = (
    "somebody changed it in the service, and `pulumi up` puts it back: tell the person who changed it, or put the new value "
    "into the program"
)
NOTHING_PUTS_BACK = (
    "somebody changed it in the service, and nothing can put it back: the program and the service differ from now on: "
    "tell the person who runs the service"
)
WAS_GONE = "somebody deleted it in the service: `pulumi up` creates it again, without what it held: tell the person who fills it"

_FAILED_PREVIEW = re.compile(r"preview failed")
_FAILED_PROGRAM = re.compile(r"an unhandled error occurred: Program exited with non-zero exit code: \d+")
_UNHANDLED = ("Program failed with an unhandled exception", "an unhandled error occurred")
_PROTECTED = re.compile(r"because it is protected|marked for protection")


@dataclass
class Collector:
    """What a preview says, gathered while it runs.

    :param findings: those that need no service.
    :param deletes: the steps that delete an object.
    :param creates: the steps that create an object under a name that this resource did not hold before.
    :param renames: the steps that give an object another name.
    :param planned: what would be changed, for a comparison with what will be; None where nobody compares.
    :param summary: the last word of the preview; None until it is said.
    :param protected: the URNs of what the engine refuses to delete or to replace, because it is protected.
    """

    connections: Connections
    findings: list[Finding] = field(default_factory=list)
    deletes: list[Step] = field(default_factory=list)
    creates: list[Step] = field(default_factory=list)
    renames: list[Step] = field(default_factory=list)
    planned: list[Mapping[str, Any]] | None = None
    summary: Summary | None = None
    protected: set[str] = field(default_factory=set)
    _drift: dict[str, dict[Path, Row]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _replaced: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    _troubles: list[Trouble] = field(default_factory=list)
    _suffixes: dict[str, int] = field(default_factory=dict)
    _new: set[str] = field(default_factory=set)
    _violated: bool = False

    def take(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Unchanged):
            self._count(event.urn)
            if event.by_default:
                self.connections.follow_default()
        elif isinstance(event, Trouble):
            self._troubles.append(event)
            if event.urn and _PROTECTED.search(event.text):
                self.protected.add(event.urn)
        elif isinstance(event, Violation):
            if event.mandatory:
                self._violated = True
                self.findings.append(about(event.urn, FindingKind.INVALID, text=event.text))
        else:
            self.summary = event

    def replaced(self, step: Step) -> tuple[Row, ...] | None:
        """The values for which the object of a deleting step is replaced; None where it is deleted for good."""
        return self._replaced.get(step.urn)

    def pattern(self, urn: str) -> str:
        """What ``--exclude`` takes for a resource: short where that means no other one."""
        suffix = _suffix(urn)
        special = any(letter in suffix for letter in "*?[]{}")
        return f"**:{suffix}" if self._suffixes.get(suffix) == 1 and not special else urn

    def may_lack(self, urns: Iterable[str]) -> bool:
        """Whether something may depend on resources that do not exist yet, so that it cannot be shipped without them.

        The events of a preview name no dependencies. An engine that ships a resource without one that it depends on, by
        `depends_on` alone as well, leaves a state that no engine reads.
        """
        return any(urn in self._new for urn in urns)

    def settle(self) -> list[str]:
        """Turn what the program itself found wrong into findings, when the preview is over.

        :returns: the errors of the preview that no finding explains.
        """
        rejected = [finding for finding in self.findings if finding.kind in REJECTED.values()]
        counted = next((count for one in self._troubles if (count := rejected_in(one.text)) is not None), None)
        known = {finding.urn for finding in rejected} | self.protected
        rest = [one for one in self._troubles if not (one.urn and one.urn in known)]
        if self.stopped:
            rest = [one for one in rest if not _FAILED_PREVIEW.fullmatch(one.text)]
        if counted is None:
            return [one.text for one in rest]
        rest = [one for one in rest if rejected_in(one.text) is None and not _FAILED_PROGRAM.fullmatch(one.text)]
        missing = counted - len(rejected)
        mistakes = [one for one in rest if not one.urn and not one.text.startswith(_UNHANDLED)]
        if missing > 0 and mistakes:
            self.findings += [Finding(FindingKind.INVALID, text=one.text) for one in mistakes]
            rest = [one for one in rest if one not in mistakes]
        elif missing:
            rest.append(
                Trouble("", f"the preview counts {counted} rejections, and its events show {len(rejected)} of them")
            )
        return [one.text for one in rest]

    @property
    def stopped(self) -> bool:
        """Whether the engine stopped at a rule that a finding tells of, so that more may come behind it."""
        return bool(self.protected) or self._violated

    def _count(self, urn: str) -> None:
        suffix = _suffix(urn)
        self._suffixes[suffix] = self._suffixes.get(suffix, 0) + 1

    def _step(self, step: Step) -> None:
        self.connections.follow(step)
        if step.op == "refresh":
            self._refreshed(step)
            return
        if self.planned is not None and step.rejected is None:
            self.planned.append(step.planned)
        if step.op not in ("delete-replaced", "create-replacement"):
            self._count(step.urn)
        if step.op == "create":
            self._new.add(step.urn)
        if step.type.startswith(NOT_REVIEWED):
            return
        if step.rejected is not None:
            self.findings += [_rejected(step, rejection) for rejection in step.rejected.rejections]
            return
        self._judge(step)

    def _judge(self, step: Step) -> None:
        reconciler = self.connections.reconciler(step)
        if not step.custom:
            return  # a component is no object of a service
        if step.op == "replace":
            free = reconciler is not None and reconciler.definition.replaces_freely
            self._replaced[step.urn] = () if reconciler is None else replacement_rows(step, reconciler)
            if free or reconciler is None:
                kind = FindingKind.UPDATE if free else FindingKind.REPLACE
                self.findings.append(about(step.urn, kind, rows=self._replaced[step.urn]))
        elif step.op in ("delete", "delete-replaced"):
            if reconciler is not None:
                self.deletes.append(step)
            elif step.op == "delete" and step.old is not None and not step.old.protect:
                kind = FindingKind.OTHER if step.old.retained else FindingKind.DELETE
                self.findings.append(about(step.urn, kind))
        elif reconciler is None:
            self.findings.append(about(step.urn, FindingKind.OTHER, text=step.op))
        elif step.op == "create-replacement":
            if step.old is not None and step.new is not None and _other_key(step.old, step.new, reconciler):
                self.creates.append(step)
        elif step.op == "create":
            kind, text = (FindingKind.GONE, WAS_GONE) if step.urn in self._gone else (FindingKind.CREATE, "")
            self.findings.append(about(step.urn, kind, text=text))
            self.creates.append(step)
        elif step.op == "update":
            self.findings += self._updated(step)

    def _updated(self, step: Step) -> Iterator[Finding]:
        reconciler = self.connections.reconciler(step)
        assert reconciler is not None
        change = change_of(step, reconciler, drifted=self._drift.get(step.urn, {}))
        if change.rejection is not None:
            yield _rejected(step, change.rejection)
            return
        if change.renamed:
            self.renames.append(step)
            yield about(step.urn, FindingKind.RENAME, rows=change.renamed)
        if change.overwritten:
            yield about(step.urn, FindingKind.DRIFT, rows=change.overwritten, text=PUT_BACK)
        if change.unrepaired:
            yield about(step.urn, FindingKind.DRIFT, rows=change.unrepaired, text=NOTHING_PUTS_BACK)
        told = change.renamed or change.overwritten or change.unrepaired
        if change.rows or not told:
            text = "" if change.rows else "only what the state says of it changes"
            yield about(step.urn, FindingKind.UPDATE, rows=change.rows, text=text)

    def _refreshed(self, step: Step) -> None:
        if step.old is not None and step.new is None:
            self._gone.add(step.urn)
            return
        reconciler = self.connections.reconciler(step)
        if reconciler is not None and (drift := drift_of(step, reconciler)):
            self._drift[step.urn] = drift


def _other_key(old: Side, new: Side, reconciler: Reconciler) -> bool:
    """Whether a replacement takes another natural key than the object of before has."""
    key = reconciler.foreseeing.natural_key
    return key(old.inputs) != key(new.inputs)


def _rejected(step: Step, rejection: Rejection) -> Finding:
    return about(step.urn, REJECTED[rejection.kind], rows=rejection.rows, text=rejection.text)


def about(
    urn: str, kind: FindingKind, *, rows: tuple[Row, ...] = (), text: str = "", documents: int | None = None
) -> Finding:
    """A finding about a resource."""
    token, _, name = _suffix(urn).partition("::")
    return Finding(kind, urn, token, name, rows, text, documents)


def _suffix(urn: str) -> str:
    """The last part of the type of a resource, and its name: ``"Dataset::golden"``."""
    types, _, name = urn.split("::", 2)[-1].partition("::")
    return f"{types.rpartition('$')[2].rpartition(':')[2]}::{name}"
