"""Collects findings from the events of a preview, and the steps about which the services must be asked."""

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
"""Prefixes of resource types that have no object in a service."""
PROTECTED = "it is protected, so the engine refuses the delete: remove the option `protect` and apply that first"
PUT_BACK = (
    "somebody changed it in the service, and `pulumi up` sets it back: inform the person who changed it, or put the new "
    "value into the program"
)
NOTHING_PUTS_BACK = (
    "somebody changed it in the service, and no update can set it back, so the program and the service keep differing: "
    "inform the person who runs the service"
)
WAS_GONE = "somebody deleted it in the service: `pulumi up` creates it again, empty: inform the person who fills it"

_FAILED_PREVIEW = re.compile(r"preview failed")
_FAILED_PROGRAM = re.compile(r"an unhandled error occurred: Program exited with non-zero exit code: \d+")
_UNHANDLED = ("Program failed with an unhandled exception", "an unhandled error occurred")
_PROTECTED = re.compile(r"because it is protected|marked for protection")


@dataclass
class Collector:
    """Collects findings and open questions from the events of a running preview.

    :param findings: the findings that need no request to a service.
    :param deletes: the steps that delete an object.
    :param creates: the steps that create an object with a natural key that the resource did not have before.
    :param renames: the steps that change the natural key of an object.
    :param planned: the planned steps, for a comparison with another stack; None without such a comparison.
    :param summary: the last event of the preview; None until it has come.
    :param protected: the URNs of protected resources that the engine refuses to delete or to replace.
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
        """Process the next event."""
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
        """The changed values that cause a replacement, for a deleting step that is part of one; None for a plain delete."""
        return self._replaced.get(step.urn)

    def pattern(self, urn: str) -> str:
        """The pattern of a resource for ``--exclude``: type and name where these are unique, else the URN."""
        suffix = _suffix(urn)
        special = any(letter in suffix for letter in "*?[]{}")
        return f"**:{suffix}" if self._suffixes.get(suffix) == 1 and not special else urn

    def may_lack(self, urns: Iterable[str]) -> bool:
        """Whether other resources may depend on one of these because it does not exist yet, and so must be excluded as well.

        The events of a preview contain no dependencies. If a resource is applied without a dependency (even one named only
        in `depends_on`), the engine writes a state that it cannot read again.
        """
        return any(urn in self._new for urn in urns)

    def settle(self) -> list[str]:
        """After the preview, turn mistakes that the program itself reported into findings.

        :returns: the errors of the preview that belong to no finding.
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
                Trouble("", f"the preview counts {counted} rejections, but its events contain {len(rejected)} of them")
            )
        return [one.text for one in rest]

    @property
    def stopped(self) -> bool:
        """Whether the engine stopped early because of a protected resource or a policy, so that steps may be missing."""
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
            return  # a component has no object in a service
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
            text = "" if change.rows else "only its entry in the state changes"
            yield about(step.urn, FindingKind.UPDATE, rows=change.rows, text=text)

    def _refreshed(self, step: Step) -> None:
        if step.old is not None and step.new is None:
            self._gone.add(step.urn)
            return
        reconciler = self.connections.reconciler(step)
        if reconciler is not None and (drift := drift_of(step, reconciler)):
            self._drift[step.urn] = drift


def _other_key(old: Side, new: Side, reconciler: Reconciler) -> bool:
    """Whether a replacement creates an object with another natural key than the old object has."""
    key = reconciler.foreseeing.natural_key
    return key(old.inputs) != key(new.inputs)


def _rejected(step: Step, rejection: Rejection) -> Finding:
    return about(step.urn, REJECTED[rejection.kind], rows=rejection.rows, text=rejection.text)


def about(
    urn: str, kind: FindingKind, *, rows: tuple[Row, ...] = (), text: str = "", documents: int | None = None
) -> Finding:
    """Make a finding about a resource, with type and name from its URN."""
    token, _, name = _suffix(urn).partition("::")
    return Finding(kind, urn, token, name, rows, text, documents)


def _suffix(urn: str) -> str:
    """The last part of a resource's type and its name: ``"Dataset::golden"``."""
    types, _, name = urn.split("::", 2)[-1].partition("::")
    return f"{types.rpartition('$')[2].rpartition(':')[2]}::{name}"
