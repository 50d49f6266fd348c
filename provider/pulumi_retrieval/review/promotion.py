"""``--after staging``: whether a commit ran cleanly in the stack that goes first, and whether that stack is like this one.

Everything here is pure: the caller fetches what `pulumi stack history --json` and `pulumi stack export` print.
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
"""What to ask `pulumi stack history` with: it shows ten runs unless it is told otherwise."""
CAUSE = "staging"
"""The cause in the rows of these findings: `was` is the value in the stack that goes first, `now` the one in this stack."""
_CHANGES_STATE = ("update", "destroy", "import", "resource-import")
_PARTIAL = ("target", "exclude", "target-dependents", "exclude-dependents")
_SHOWN = 10
"""Characters of a commit."""


@dataclass(frozen=True)
class StackFacts:
    """What is known of the stack that goes first.

    :param stack: its name.
    :param history: what `pulumi stack history --json` prints, the newest run first.
    :param state: what `pulumi stack export` prints (`State.from_export`).
    :param package: the version of this package that ran there; empty where nobody knows. Neither states nor histories say it,
        but the verdict on that stack does.
    """

    stack: str
    history: Sequence[Mapping[str, Any]]
    state: State
    package: str = ""


@dataclass(frozen=True)
class Proof:
    """What staging says about a commit.

    :param findings: why it proves nothing, one for each reason; none where it proves it.
    :param notes: rules and roles that nobody needs, or that have expired, one sentence each.
    :param judged: the comparison, with what was expected and why.
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
    """Find out whether the stack that goes first proves what would happen in this one.

    :param after: the stack that goes first.
    :param planned: the stack under review as it will be (`planned.planned_state`); as it is where nothing is planned.
    :param commit: the full id of the git commit that is reviewed; None outside a git checkout.
    :param today: until when rules count.
    :param roles: names in the stack that goes first, and what they are called in this one.
    :param expectations: the rules of `promotion.yaml`.
    :param package: the version of this package that runs here.
    """
    judged = judge(compare(after.state, planned, roles=roles), expectations or Expectations(), today=today)
    reasons = [history_problem(after, commit), _package_problem(after, package)]
    findings = [Finding(FindingKind.STAGING, text=reason) for reason in reasons if reason]
    findings += [_finding(one, after.stack, planned.stack) for one in judged.comparison.unexpected]
    return Proof(tuple(findings), tuple(judged.notes), judged)


def history_problem(after: StackFacts, commit: str | None) -> str | None:
    """Why the history does not show that a commit ran cleanly and is what the stack holds now; None where it does."""
    stack = after.stack
    if not commit:
        return f"nobody can tell whether {stack} ran this commit: there is no git commit here. Review in a git checkout"
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
        return f"{stack} ran commit {commit[:_SHOWN]}, and {problem} ({_when(ran[0])}). {remedy}"
    if last is not ran[0]:
        return (
            f"{stack} ran commit {commit[:_SHOWN]} cleanly ({_when(ran[0])}), and {_described(last)} came after it, so that "
            f"{stack} does not hold any more what this commit makes. {remedy}"
        )
    return None


def _unclean(run: Mapping[str, Any]) -> str | None:
    """What is wrong with a run of the right commit, as the rest of a sentence; None for nothing."""
    environment = _environment(run)
    result = run.get("result")
    if result != "succeeded":
        return "that run has not ended, or was killed" if result == "in-progress" else f"that run ended as {result}"
    dirty = environment.get("git.dirty")
    if dirty != "false":
        return (
            "that run was made from a tree with changes that are not committed"
            if dirty == "true"
            else "nobody can tell whether its tree was clean"
        )
    partial = [name for name in _PARTIAL if environment.get(f"pulumi.flag.{name}") not in (None, "", "false")]
    return f"that run left resources out (--{partial[0]})" if partial else None


def _newest_first(history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(history, key=lambda run: str(run.get("startTime") or ""), reverse=True)


def _environment(run: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = run.get("environment")
    return environment if isinstance(environment, Mapping) else {}


def _head(run: Mapping[str, Any]) -> str:
    return str(_environment(run).get("git.head") or "")


def _when(run: Mapping[str, Any]) -> str:
    return str(run.get("endTime") or run.get("startTime") or "at a time that is not told")


def _described(run: Mapping[str, Any]) -> str:
    head = _head(run)
    of = f"of commit {head[:_SHOWN]}" if head else "outside a git checkout"
    what = {"update": "an update", "destroy": "a destroy"}.get(str(run.get("kind")), f"a run of kind {run.get('kind')}")
    return f"{what} {of} ({run.get('result')}, {_when(run)})"


def _package_problem(after: StackFacts, package: str) -> str | None:
    if not after.package or not package or after.package == package:
        return None
    return (
        f"{after.stack} ran with pulumi-retrieval {after.package}, and here it is {package}. Install the same version, or run "
        f"{after.stack} again"
    )


def _finding(difference: Difference, left: str, right: str) -> Finding:
    """One unexpected difference as a finding."""
    reason = f": {difference.reason}" if difference.reason else ""
    return Finding(
        FindingKind.STAGING,
        urn=difference.urn,
        token=difference.token,
        name=difference.name,
        rows=(Row(difference.path, difference.left, difference.right, CAUSE),),
        text=f"{left} and {right} differ ({left} → {right}), {difference.verdict.value}{reason}",
    )
