"""A verdict beside the lines of a program."""

from __future__ import annotations

import json

from hypothesis import given, settings

from pulumi_retrieval.review.annotations import MOST_OF_LEVEL, Position, positions, to_github, to_gitlab
from pulumi_retrieval.review.findings import Finding, FindingKind
from pulumi_retrieval.review.verdict import Verdict
from review.events import urn
from review.verdicts import refusal, update, verdict_of, verdicts

EXPORT = {
    "deployment": {
        "resources": [
            {
                "urn": urn("golden"),
                "inputs": {"stackTrace": "an input of that name"},
                "stackTrace": [
                    {"sourcePosition": "project:///../../venv/pulumi_retrieval/resource.py#70"},
                    {},
                    {"sourcePosition": "project:///customers.py#7,12"},
                    {"sourcePosition": "project:///__main__.py#3"},
                ],
            },
            {"urn": urn("default")},
        ]
    }
}


def test_positions_are_the_first_lines_of_the_program_itself() -> None:
    assert positions(json.dumps(EXPORT)) == {urn("golden"): Position("customers.py", 7)}
    assert positions(json.dumps(EXPORT), below="infra/prod")[urn("golden")].path == "infra/prod/customers.py"


def test_github_says_errors_and_warnings_and_nothing_of_updates() -> None:
    deleted = Finding(FindingKind.DELETE, urn("old"), "Dataset", "old")
    verdict = verdict_of(update("c1"), refusal("c3"), deleted)
    error, warning = to_github(verdict, {refusal("c3").urn: Position("main.py", 4)}).splitlines()
    assert error.startswith("::error file=main.py,line=4,title=production%3A refused::Tenant c3")
    assert "%0A" in error
    assert warning.startswith("::warning file=Pulumi.yaml,line=1,title=production%3A delete::Dataset old")


@settings(deadline=None)
@given(verdicts)
def test_github_commands_are_lines(verdict: Verdict) -> None:
    lines = to_github(verdict, {}).split("\n")
    assert lines.pop() == ""
    assert all(line.startswith(("::error", "::warning")) and "\r" not in line for line in lines)


def test_github_shows_no_more_than_it_keeps() -> None:
    found = [Finding(FindingKind.INVALID, f"u{n}", f"Kind{n}", f"n{n}", (), f"rule {n}") for n in range(40)]
    lines = to_github(verdict_of(*found), {}).splitlines()
    assert len(lines) == MOST_OF_LEVEL
    assert "31 more" in lines[-1]


@settings(deadline=None)
@given(verdicts)
def test_gitlab_reports_are_what_gitlab_reads(verdict: Verdict) -> None:
    issues = json.loads(to_gitlab(verdict, {}))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("blocker", "major")
        assert isinstance(issue["location"]["lines"]["begin"], int)
        assert not issue["location"]["path"].startswith(("/", "./"))
    prints = [issue["fingerprint"] for issue in issues]
    assert all(len(one) == 64 for one in prints)
