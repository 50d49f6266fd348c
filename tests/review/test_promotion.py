"""What the history and the state of staging prove."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pulumi_retrieval.review.expectations import parse_expectations
from pulumi_retrieval.review.findings import Finding, FindingKind, Level, grouped
from pulumi_retrieval.review.matching import Role
from pulumi_retrieval.review.promotion import StackFacts, history_problem, prove
from support.states import Stack

COMMIT, OTHER = "a" * 40, "b" * 40
TODAY = date(2027, 1, 15)


def found_by(**facts: Any) -> list[Finding]:
    return list(prove(**facts).findings)


def run(number: int, *, head: str | None = COMMIT, dirty: str = "false", **fields: Any) -> dict[str, Any]:
    """One run; a larger number is later."""
    git = {} if head is None else {"git.head": head, "git.dirty": dirty}
    time = f"2027-01-01T00:00:{number:02}.000Z"
    environment = {"exec.kind": "cli", **git, **fields.pop("environment", {})}
    return {
        "kind": "update",
        "result": "succeeded",
        "startTime": time,
        "endTime": time,
        "environment": environment,
        **fields,
    }


def facts(*history: dict[str, Any], **more: Any) -> StackFacts:
    return StackFacts("staging", history=history, state=Stack("staging").state, **more)


@pytest.mark.parametrize(
    "history",
    [
        [run(1)],
        [run(2), run(1, head=OTHER)],
        [run(2), run(1, result="failed")],
        [run(2), run(1, dirty="true")],
        [run(3, kind="refresh", head=OTHER), run(2, kind="preview", head=None), run(1)],
    ],
)
def test_a_clean_run_of_the_commit(history: list[dict[str, Any]]) -> None:
    assert history_problem(facts(*history), COMMIT) is None
    assert history_problem(facts(*reversed(history)), COMMIT) is None


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], ["never been updated"]),
        ([run(1, head=OTHER)], ["has not run commit aaaaaaaaaa;", "an update of commit bbbbbbbbbb"]),
        ([run(1, head=None)], ["has not run commit", "outside a git checkout"]),
        ([run(1, kind="destroy")], ["has not run commit", "a destroy"]),
        ([run(1, kind="refresh")], ["never been updated"]),
        ([run(1, result="failed")], ["ended as failed"]),
        ([run(1, result="in-progress")], ["killed"]),
        ([run(1, dirty="true")], ["uncommitted changes"]),
        ([run(1, dirty="")], ["unknown whether its checkout"]),
        ([run(2, dirty="true"), run(1)], ["uncommitted changes"]),
        ([run(2, result="failed"), run(1)], ["ended as failed"]),
        ([run(1, environment={"pulumi.flag.target": "set"})], ["--target"]),
        ([run(1, environment={"pulumi.flag.exclude": "set"})], ["--exclude"]),
        ([run(2, head=OTHER), run(1)], ["cleanly", "an update of commit bbbbbbbbbb"]),
        ([run(2, kind="destroy"), run(1)], ["cleanly", "a destroy"]),
    ],
)
def test_a_run_that_proves_nothing_gets_the_reason_and_the_remedy(
    history: list[dict[str, Any]], said: list[str]
) -> None:
    problem = history_problem(facts(*history), COMMIT)
    assert problem is not None
    for text in ["staging", *said, "pulumi up --stack staging"]:
        assert text in problem


def test_without_a_commit_nothing_is_proved() -> None:
    for commit in (None, ""):
        assert "git" in (history_problem(facts(run(1)), commit) or "")


def test_a_history_of_another_shape_proves_nothing() -> None:
    for strange in (
        {},
        {"kind": "update", "environment": None},
        {"kind": "update", "environment": {"git.head": COMMIT}},
    ):
        assert history_problem(facts(strange), COMMIT)


def staging() -> StackFacts:
    stack = Stack("staging").component("canary").dataset("canary-docs", server_configuration={"MAX_LIMIT": 8})
    return StackFacts("staging", history=[run(1)], state=stack.state)


def production(limits: list[int], **inputs: Any) -> Stack:
    stack = Stack("production")
    for number, limit in enumerate(limits):
        name = f"customer-{number}"
        stack.component(name).dataset(f"{name}-docs", server_configuration={"MAX_LIMIT": limit}, **inputs)
    return stack


ROLES = [Role.parse("canary=customer-*")]


def test_equal_as_expected_is_no_finding() -> None:
    found = found_by(after=staging(), planned=production([8, 8]).state, commit=COMMIT, today=TODAY, roles=ROLES)
    assert found == []


def test_unexpected_differences_are_findings_that_group() -> None:
    found = found_by(after=staging(), planned=production([8, 10, 10]).state, commit=COMMIT, today=TODAY, roles=ROLES)
    [group] = grouped(found)
    assert (group.first.kind, group.first.kind.level) == (FindingKind.STAGING, Level.APPROVAL)
    assert group.names == ["customer-1-docs", "customer-2-docs"]
    [row] = group.first.rows
    assert (row.path, row.was, row.now) == ("server_configuration.MAX_LIMIT", "8", "10")
    assert all(finding.urn.endswith(f"::{finding.name}") for finding in found)


def test_rules_are_applied_and_told() -> None:
    text = """
rules:
  - {type: Dataset, name: "*", key: server_configuration.MAX_LIMIT, reason: known, expires: 2027-03-31}
  - {type: Tenant, name: "*", key: wait_seconds, reason: known, expires: 2027-03-31}
  - {type: Tenant, name: "*", key: wait_seconds, reason: known, expires: 2027-01-14}
"""
    rules = parse_expectations(text, source="promotion.yaml")
    proof = prove(
        after=staging(), planned=production([10]).state, commit=COMMIT, today=TODAY, roles=ROLES, expectations=rules
    )
    assert proof.findings == ()
    assert ["rule 3" in note for note in proof.notes] == [True, False]
    assert ["rule 2" in note for note in proof.notes] == [False, True]


def test_another_version_of_the_package() -> None:
    one = StackFacts("staging", history=[run(1)], state=Stack("staging").state, package="1.0.0")
    planned = Stack("production").state
    [found] = found_by(after=one, planned=planned, commit=COMMIT, today=TODAY, package="1.1.0")
    assert "1.0.0" in found.text
    assert "1.1.0" in found.text
    for version in ("1.0.0", ""):
        assert found_by(after=one, planned=planned, commit=COMMIT, today=TODAY, package=version) == []
