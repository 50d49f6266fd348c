"""Judges the option ``--after STACK``: whether the commit ran cleanly in that stack, and whether the stacks are alike.

Nothing here runs a command: the caller passes the output of `pulumi stack history --json` and `pulumi stack export`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..core.rejections import Row
from .comparing import compare
from .differences import Difference
from .expectations import Expectations, Judged, judge
from .findings import Finding, FindingKind
from .matching import Role
from .states import State

HISTORY_FLAGS = ("--json", "--page-size", "100", "--page", "1")
"""Flags of `pulumi stack history`, which by default prints only ten runs."""
CAUSE = "staging"
"""The cause in the rows of these findings: `was` is the value in the stack of ``--after``, `now` the one in this stack."""
_CHANGES_STATE = ("update", "destroy", "import", "resource-import")
_PARTIAL = ("target", "exclude", "target-dependents", "exclude-dependents")
_SHOWN = 10
"""How many characters of a commit id are shown."""


@dataclass(frozen=True)
class StackFacts:
    """The facts about the stack of ``--after``.

    :param stack: its name.
    :param history: what `pulumi stack history --json` prints, the newest run first.
    :param state: what `pulumi stack export` prints (`State.from_export`).
    :param package: the version of this package that ran there; empty where it is unknown. States and histories do not
        contain it, but the verdict on that stack does.
    """

    stack: str
    history: Sequence[Mapping[str, Any]]
    state: State
    package: str = ""


@dataclass(frozen=True)
class Proof:
    """The result of judging the stack of ``--after``.

    :param findings: one finding per reason why the stack does not prove the commit; empty where it does.
    :param notes: remarks about unused or expired rules and unused roles, one sentence each.
    :param judged: the comparison after the rules were applied.
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    judged: Judged


def prove(
    *,
    after: StackFacts,
    planned: State,
    commit: str | None,
    today: date,
    roles: Sequence[Role] = (),
    expectations: Expectations | None = None,
    package: str = "",
) -> Proof:
    """Judge whether the stack of ``--after`` proves that a commit is safe for the stack under review.

    :param after: the facts about the stack of ``--after``.
    :param planned: the state of the stack under review after the planned steps (`planned.planned_state`).
    :param commit: the full id of the reviewed git commit; None outside a git checkout.
    :param today: the day on which rules must not have expired.
    :param roles: names in the stack of ``--after`` with their counterparts in this one.
    :param expectations: the rules of `promotion.yaml`.
    :param package: the version of this package that runs here.
    """
    judged = judge(compare(after.state, planned, roles=roles), expectations or Expectations(), today=today)
    reasons = [history_problem(after, commit), _package_problem(after, package)]
    findings = [Finding(FindingKind.STAGING, text=reason) for reason in reasons if reason]
    findings += [_finding(one, after.stack, planned.stack) for one in judged.comparison.unexpected]
    return Proof(tuple(findings), tuple(judged.notes), judged)


def history_problem(after: StackFacts, commit: str | None) -> str | None:
    """Why the history does not prove that a commit ran cleanly and was the last change of the stack; None where it does."""
    stack = after.stack
    if not commit:
        return (
            f"it is unknown whether {stack} ran this commit, because this folder has none. Run review in a git checkout"
        )
    runs = [run for run in _newest_first(after.history) if run.get("kind") in _CHANGES_STATE]
    ran = [run for run in runs if _head(run) == commit and run.get("kind") == "update"]
    remedy = f"Run it there first: pulumi up --stack {stack}"
    if not runs:
        return f"{stack} has never been updated, so it has not run commit {commit[:_SHOWN]}. {remedy}"
    last = runs[0]
    if not ran:
        return f"{stack} has not run commit {commit[:_SHOWN]}; its last run was {_described(last)}. {remedy}"
    problem = _unclean(ran[0])
    if problem:
        return f"{stack} ran commit {commit[:_SHOWN]}, but {problem} ({_when(ran[0])}). {remedy}"
    if last is not ran[0]:
        return (
            f"{stack} ran commit {commit[:_SHOWN]} cleanly ({_when(ran[0])}), but {_described(last)} came after it, so "
            f"{stack} no longer has the result of this commit. {remedy}"
        )
    return None


def _unclean(run: Mapping[str, Any]) -> str | None:
    """Why a run of the right commit proves nothing, as a clause; None where it ran cleanly."""
    environment = _environment(run)
    result = run.get("result")
    if result != "succeeded":
        return "that run has not ended, or was killed" if result == "in-progress" else f"that run ended as {result}"
    dirty = environment.get("git.dirty")
    if dirty != "false":
        return (
            "that run was made from a checkout with uncommitted changes"
            if dirty == "true"
            else "it is unknown whether its checkout had uncommitted changes"
        )
    partial = [name for name in _PARTIAL if environment.get(f"pulumi.flag.{name}") not in (None, "", "false")]
    return f"that run covered only a part of the resources (--{partial[0]})" if partial else None


def _newest_first(history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(history, key=lambda run: str(run.get("startTime") or ""), reverse=True)


def _environment(run: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = run.get("environment")
    return environment if isinstance(environment, Mapping) else {}


def _head(run: Mapping[str, Any]) -> str:
    return str(_environment(run).get("git.head") or "")


def _when(run: Mapping[str, Any]) -> str:
    return str(run.get("endTime") or run.get("startTime") or "at an unknown time")


def _described(run: Mapping[str, Any]) -> str:
    head = _head(run)
    of = f"of commit {head[:_SHOWN]}" if head else "outside a git checkout"
    what = {"update": "an update", "destroy": "a destroy"}.get(str(run.get("kind")), f"a run of kind {run.get('kind')}")
    return f"{what} {of} ({run.get('result')}, {_when(run)})"


def _package_problem(after: StackFacts, package: str) -> str | None:
    if not after.package or not package or after.package == package:
        return None
    return (
        f"{after.stack} ran with pulumi-retrieval {after.package}, but here it is {package}. Install the same version, or run "
        f"{after.stack} again"
    )


def _finding(difference: Difference, left: str, right: str) -> Finding:
    """Make a finding of one unexpected difference."""
    reason = f": {difference.reason}" if difference.reason else ""
    return Finding(
        FindingKind.STAGING,
        urn=difference.urn,
        token=difference.token,
        name=difference.name,
        rows=(Row(difference.path, difference.left, difference.right, CAUSE),),
        text=f"{left} and {right} differ ({left} → {right}), {difference.verdict.value}{reason}",
    )
