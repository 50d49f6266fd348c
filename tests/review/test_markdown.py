"""A verdict as a comment: below the limit, whatever it is about."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_retrieval.review.findings import Finding, FindingKind
from pulumi_retrieval.review.markdown import MOST, marker, to_markdown
from pulumi_retrieval.review.verdict import Verdict
from review.verdicts import nasty, refusal, update, verdict_of, verdicts


def test_eight_hundred_customers_in_less_than_two_kilobytes() -> None:
    refused = list(map(refusal, ("c3", "c77", "c500")))
    verdict = verdict_of(
        *(update(f"c{number}") for number in range(792)),
        *refused,
        unchanged=2409,
        left_out=tuple(f"**:Tenant::{one.name}" for one in refused),
    )
    text = to_markdown(verdict)
    assert len(text.encode()) < 2048
    assert text.startswith(marker("production"))
    assert text.index("3 × Tenant") < text.index("792 × Dataset")
    line = (
        "pulumi up --stack production --exclude '**:Tenant::c3' --exclude '**:Tenant::c77' --exclude '**:Tenant::c500'"
    )
    assert f"```sh\n{line}\n```" in text
    assert "50746d170c2b" in text


def test_blocked_changes_are_shown_where_the_comment_is_full() -> None:
    found = [
        Finding(FindingKind.INVALID, f"urn:{n}", "Dataset", f"d{n}" * 30, (), f"rule {n} is broken\n{'why ' * 400}")
        for n in range(3)
    ]
    noise = [
        Finding(FindingKind.UPDATE, f"urn:u{n}", f"Kind{n}", f"name-{n}" * 20, (), f"text {n} {'x' * 300}")
        for n in range(2000)
    ]
    patterns = tuple(f"**:Dataset::customer-{n:04}" for n in range(2000))
    text = to_markdown(verdict_of(*noise, *found, left_out=patterns))
    assert len(text) <= MOST
    for one in found:
        assert one.name in text
    assert "more changes" in text
    assert "exclude 2000 resources" in text


@settings(max_examples=60, deadline=None)
@given(verdicts, st.integers(1, 400))
def test_never_above_the_limit(verdict: Verdict, times: int) -> None:
    many = tuple(
        Finding(one.kind, f"{one.urn}{n}", f"{one.token}{n}", one.name, one.rows, one.text, one.documents)
        for one in verdict.findings
        for n in range(times)
    )
    text = to_markdown(Verdict(verdict.stack, verdict.made_at, verdict.binding, many, verdict.reasons, verdict.notes))
    assert len(text) <= MOST
    assert text.startswith("<!-- pulumi-retrieval review ")


def test_a_line_of_backticks_is_not_above_the_limit() -> None:
    found = replace(verdict_of(), findings=(refusal("c1"),), left_out=("`" * 11_900,), notes=("'" * 3_000,) * 5)
    assert len(to_markdown(found)) <= MOST


@settings(deadline=None)
@given(verdicts)
def test_texts_cannot_close_a_fence_or_a_details_block(verdict: Verdict) -> None:
    text = to_markdown(verdict)
    assert text.count("<details>") == text.count("</details>")
    inside: str | None = None
    for line in text.split("\n"):
        fence = re.match(r"(`{3,})(?:sh)?$", line)
        if inside is None and fence:
            inside = fence.group(1)
        elif inside is not None and line == inside:
            inside = None
        elif inside is None:
            assert not line.startswith("```")
    assert inside is None


@settings(deadline=None)
@given(nasty)
def test_a_marker_is_one_comment(stack: str) -> None:
    text = marker(stack)
    assert text.count("-->") == 1
    assert text.endswith("-->")


def test_no_verdict_says_why_and_keeps_the_marker() -> None:
    text = to_markdown(
        Verdict("production", "2026-11-26T04:05:33Z", reasons=("the preview ended without its summary",))
    )
    assert text.startswith(marker("production"))
    assert "no verdict" in text
    assert "without its summary" in text
