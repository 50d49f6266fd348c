"""Findings as blocks: what is alike is told once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_retrieval.review.findings import Finding, FindingKind, grouped
from pulumi_retrieval.review.verdict import Verdict
from pulumi_retrieval.review.wording import MOST_ALIKE, blocks, condensed, headline
from review.verdicts import findings, refusal, update, verdict_of, verdicts


def test_the_same_change_of_many_resources_is_one_line() -> None:
    verdict = verdict_of(*(update(f"c{number}") for number in range(792)), *map(refusal, ("c3", "c77", "c500")))
    first, second = blocks(verdict)
    assert first.kind is FindingKind.REFUSED
    assert first.title == '3 × Tenant: tenant_metadata_schema["topic"].type "string" → "number"'
    assert second.title == "792 × Dataset: server_configuration.N_RETRIEVALS_TO_INCLUDE 10 → 8"
    assert headline(verdict) == "blocked: 3 refused, 792 update"


def test_many_changes_of_the_same_key_are_one_line_with_examples() -> None:
    made = condensed(grouped(update(f"c{number}", was=str(number)) for number in range(100, 116)))
    [block] = made
    assert block.title.startswith("16 × Dataset: server_configuration.N_RETRIEVALS_TO_INCLUDE 100 → 8; ")
    assert "16 different changes" in block.title


def test_few_changes_of_the_same_key_stay_apart() -> None:
    assert len(condensed(grouped(update(f"c{number}", was=str(number)) for number in range(MOST_ALIKE)))) == MOST_ALIKE


def test_documents_are_counted_together_and_named_apart() -> None:
    text = "it holds documents and is not deleted.\n  Do one:\n    keep it"
    found = [Finding(FindingKind.GUARDED_DELETE, f"u{n}", "Dataset", f"d{n}", (), text, n) for n in (40, 1, 0)]
    [block] = condensed(grouped(found))
    assert block.title == "3 × Dataset: it holds documents and is not deleted, 41 documents"
    assert block.names == ["d40 (40 documents)", "d1 (1 document)", "d0"]


@settings(deadline=None)
@given(st.lists(findings, max_size=40))
def test_no_finding_is_lost_and_kinds_stay_in_order(found: list[Finding]) -> None:
    made = condensed(grouped(found))
    told = [finding for block in made for finding in block.findings]
    assert sorted(map(repr, told)) == sorted(map(repr, found))
    order = [list(FindingKind).index(block.kind) for block in made]
    assert order == sorted(order)
    assert all(finding.kind is block.kind for block in made for finding in block.findings)


@settings(deadline=None)
@given(verdicts)
def test_a_headline_is_one_line(verdict: Verdict) -> None:
    assert "\n" not in headline(verdict)
