"""A verdict: its exit code, its JSON form, and what is read of it again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from pulumi_retrieval.core.redaction import Redactor
from pulumi_retrieval.review.errors import NoVerdictError
from pulumi_retrieval.review.findings import Finding, FindingKind, Level
from pulumi_retrieval.review.verdict import ExitCode, Verdict, many_deletes, read_verdict, shippable
from review.verdicts import BINDING, refusal, rows, update, verdict_of, verdicts

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "verdict.schema.json"


VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


def check(value: Any) -> None:
    VALIDATOR.validate(value)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("kind", list(FindingKind))
def test_each_kind_ends_with_the_code_of_its_level(kind: FindingKind) -> None:
    code = {Level.BLOCKED: 3, Level.APPROVAL: 4, Level.CLEAR: 0}[kind.level]
    assert verdict_of(update("c1"), Finding(kind, "urn", "Dataset", "c2")).exit_code == code


def test_a_verdict_with_a_reason_against_it_is_none() -> None:
    assert verdict_of(refusal("c3"), reasons=("the service did not answer",)).exit_code is ExitCode.NO_VERDICT
    assert verdict_of().exit_code is ExitCode.CLEAR


@settings(deadline=None)
@given(verdicts)
def test_json_is_what_its_schema_says(verdict: Verdict) -> None:
    # Causes are a closed list, which hypothesis does not know.
    found = tuple(
        replace(one, rows=tuple(replace(row, cause="program") for row in one.rows)) for one in verdict.findings
    )
    check(json.loads(json.dumps(replace(verdict, findings=found).to_json())))


@settings(deadline=None)
@given(rows)
def test_the_schema_names_every_kind(row: Any) -> None:
    found = [Finding(kind, "urn", "Dataset", "c2", (replace(row, cause="drift"),)) for kind in FindingKind]
    check(verdict_of(*found).to_json())


def test_a_verdict_is_read_again() -> None:
    kept = read_verdict(json.dumps(verdict_of(refusal("c3")).to_json()))
    assert (kept.exit_code, kept.stack, kept.binding) == (ExitCode.BLOCKED, "production", BINDING)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[]", 'no "version"'),
        ('{"version": 2}', "version 2"),
        ('{"version": 1}', "its exit code or its stack"),
        (json.dumps(verdict_of(reasons=("the preview ended early",)).to_json()), "the preview ended early"),
        (json.dumps({**verdict_of().to_json(), "binding": None}), "without a verdict"),
        (json.dumps({**verdict_of().to_json(), "binding": {}}), "made from"),
    ],
)
def test_an_invalid_verdict_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(NoVerdictError, match=said):
        read_verdict(text)


def test_the_line_that_ships_the_rest_is_a_shell_command() -> None:
    found = (refusal("c3"), refusal("it's *"))
    patterns, stuck = shippable(found, lambda urn: f"**:{urn.split('::', 2)[-1]}")
    assert stuck == ""
    binding = replace(BINDING, options=("--policy-pack", "with space"))
    line = Verdict("production", "", binding, found, left_out=patterns).ship_the_rest
    assert shlex.split(line)[:6] == ["pulumi", "up", "--stack", "production", "--policy-pack", "with space"]
    assert shlex.split(line)[7::2] == list(patterns)


def test_a_moved_service_and_a_full_plan_leave_nothing_to_ship() -> None:
    moved = Finding(FindingKind.MOVED, "urn", "Dataset", "c1")
    full = Finding(FindingKind.NO_HEADROOM, "", "Dataset")
    for found in (moved, full):
        patterns, stuck = shippable([refusal("c3"), found], str)
        assert patterns == ()
        assert stuck
    assert shippable([update("c1")], str) == ((), "")


@pytest.mark.parametrize("option", ["--target", "--target=urn", "--target-dependents", "-t", "-turn"])
def test_the_engine_takes_no_exclusion_beside_a_target(option: str) -> None:
    patterns, stuck = shippable([refusal("c3")], str, options=("--parallel", "4", option))
    assert patterns == ()
    assert "--target" in stuck
    assert shippable([update("c1")], str, options=(option,)) == ((), "")


def test_more_deletes_than_allowed() -> None:
    found = [Finding(FindingKind.DELETE, f"u{n}", "Dataset", f"d{n}") for n in range(3)]
    assert many_deletes(found, most=3) is None
    told = many_deletes(found, most=2)
    assert told is not None
    assert "3 resources" in told.text
    assert told.kind.level is Level.APPROVAL


def test_every_text_is_cleaned() -> None:
    secret = "canary-of-a-key-123456"
    finding = replace(
        refusal("c3"),
        name=secret,
        urn=f"urn:{secret}",
        text=f"why {secret}",
        rows=(replace(update("a").rows[0], was=secret),),
    )
    verdict = verdict_of(finding, reasons=(f"failed: {secret}",), notes=(secret,), left_out=(f"**::{secret}",))
    cleaned = verdict.cleaned(Redactor([secret]).clean)
    assert secret not in json.dumps(cleaned.to_json())
