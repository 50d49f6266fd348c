"""``promotion.yaml``: what a rule covers, and what is wrong with a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.documents import documents
from pulumi_retrieval.review.comparing import compare
from pulumi_retrieval.review.differences import Verdict
from pulumi_retrieval.review.expectations import (
    Expectations,
    ExpectationsError,
    Judged,
    judge,
    parse_expectations,
    read_expectations,
)
from pulumi_retrieval.review.matching import Role
from support.states import Stack

TODAY = date(2027, 1, 15)
GOOD = """
rules:
  - type: Dataset
    name: customer-*
    key: server_configuration.SYSTEM_PROMPT
    reason: each customer has a prompt of its own
    expires: 2027-03-31
"""


def rule(**fields: str) -> Expectations:
    values = {
        "type": "Dataset",
        "name": "*",
        "key": "dataset_name",
        "reason": "known",
        "expires": "2027-03-31",
        **fields,
    }
    return parse_expectations("rules:\n- " + "\n  ".join(f"{k}: '{v}'" for k, v in values.items()), source="p.yaml")


def judged(expectations: Expectations, *, today: date = TODAY, right: dict[str, Any] | None = None) -> Judged:
    left = Stack("a").dataset("docs", dataset_name="x", server_configuration={"MAX_LIMIT": 1, "SYSTEM_PROMPT": "x"})
    changed = {"dataset_name": "y", "server_configuration": {"MAX_LIMIT": 2, "SYSTEM_PROMPT": "y"}}
    return judge(compare(left.state, Stack("b").dataset("docs", **(right or changed)).state), expectations, today=today)


def unexpected(result: Judged) -> set[str]:
    return {one.key for one in result.comparison.unexpected}


ALL = {"dataset_name", "server_configuration.MAX_LIMIT", "server_configuration.SYSTEM_PROMPT"}


def test_a_good_file() -> None:
    [only] = parse_expectations(GOOD, source="promotion.yaml").rules
    assert (only.type, only.name, only.expires) == ("Dataset", "customer-*", date(2027, 3, 31))
    assert parse_expectations("", source="p").rules == parse_expectations("rules: []", source="p").rules == ()


def test_the_example_of_the_reference_is_a_good_file() -> None:
    page = documents()["compare"].read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]
    [only] = parse_expectations(example, source="promotion.yaml").rules
    assert (only.key, only.expires) == ("server_configuration.SYSTEM_PROMPT", date(2027, 3, 31))


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, {"dataset_name"}),
        ({"type": "trieve:Dataset"}, {"dataset_name"}),
        ({"type": "pulumi-python:dynamic/trieve:Dataset"}, {"dataset_name"}),
        ({"type": "Tenant"}, set()),
        ({"name": "doc?"}, {"dataset_name"}),
        ({"name": "other"}, set()),
        ({"key": "server_configuration"}, ALL - {"dataset_name"}),
        ({"key": "server_configuration.MAX_LIMIT"}, {"server_configuration.MAX_LIMIT"}),
        ({"key": "server_configuration.MAX"}, set()),
    ],
)
def test_what_a_rule_covers(fields: dict[str, str], covered: set[str]) -> None:
    result = judged(rule(**fields))
    assert unexpected(result) == ALL - covered
    assert bool(result.unused) == (not covered)
    reasons = {one.reason for one in result.comparison.differences if one.key in covered}
    assert all("known" in reason for reason in reasons)


def test_a_rule_may_cover_a_resource_as_a_whole() -> None:
    comparison = compare(Stack("a").dataset("docs").state, Stack("b").state)
    assert unexpected(judge(comparison, Expectations(), today=TODAY)) == {"resource"}
    assert unexpected(judge(comparison, rule(key="resource", name="docs"), today=TODAY)) == set()


@pytest.mark.parametrize(("today", "counts"), [(date(2027, 3, 31), True), (date(2027, 4, 1), False)])
def test_a_rule_counts_until_the_end_of_its_last_day(today: date, counts: bool) -> None:
    result = judged(rule(), today=today)
    assert ("dataset_name" in unexpected(result)) is not counts
    assert bool(result.expired) is not counts
    assert not result.unused
    assert any("expired" in note and "2027-03-31" in note for note in result.notes) is not counts


def test_no_rule_covers_a_difference_that_is_never_expected() -> None:
    result = judged(rule(key="force_destroy"), right={"force_destroy": True, "dataset_name": "x"})
    assert "force_destroy" in unexpected(result)
    assert len(result.overruled) == 1
    assert not result.unused
    assert any("rule 1" in note and "no rule can allow" in note for note in result.notes)


def test_an_unused_rule_and_an_idle_role_are_told() -> None:
    comparison = compare(Stack("a").dataset().state, Stack("b").dataset().state, roles=[Role.parse("canary=x-*")])
    result = judge(comparison, rule(), today=TODAY)
    assert [note for note in result.notes if "rule 1" in note and "not used" in note]
    assert [note for note in result.notes if '"canary"' in note and "--map" in note]


@given(st.lists(st.sampled_from(["dataset_name", "force_destroy", "server_configuration", "x"]), max_size=4))
def test_rules_only_move_differences_from_unexpected_to_expected(keys: list[str]) -> None:
    rules = tuple(rule(key=key).rules[0] for key in keys)
    plain, result = judged(Expectations()), judged(Expectations(rules))
    assert [(one.key, one.left, one.right) for one in plain.comparison.differences] == [
        (one.key, one.left, one.right) for one in result.comparison.differences
    ]
    for before, after in zip(plain.comparison.differences, result.comparison.differences, strict=True):
        assert before.verdict is after.verdict or (before.verdict, after.verdict) == (
            Verdict.UNEXPECTED,
            Verdict.EXPECTED,
        )


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("rules:\n- type: [", ["not valid YAML", "line"]),
        ("- type: Dataset", ["rules:"]),
        ("rules: Dataset", ["rules:", "list"]),
        ("{}", ["rules:"]),
        ("rules: []\nmore: 1", ['"more"']),
        ("rules: [1]", ["rule 1"]),
        (GOOD.replace("key:", "keys:"), ["rule 1", '"keys"']),
        (GOOD.replace("    reason: each customer has a prompt of its own\n", ""), ["rule 1", '"reason" is missing']),
        (GOOD.replace("customer-*", "12"), ["rule 1", '"name"', "quotes"]),
        (GOOD.replace("customer-*", "{}"), ["rule 1", '"name"']),
        (GOOD.replace("customer-*", "*"), ["not valid YAML", "line 4"]),  # an alias, without quotes
        (GOOD.replace("2027-03-31", "2027-02-30"), ["rule 1", '"expires"', "2027-03-31"]),
        (GOOD.replace("2027-03-31", "never"), ["rule 1", '"expires"']),
        (GOOD.replace("2027-03-31", "2027-03-31 10:00:00"), ["rule 1", '"expires"']),
        (GOOD.replace("2027-03-31", "!!timestamp 2027-02-30"), ["rules"]),
        (GOOD + "    reason: again\n", ['"reason" is written twice', "line"]),
        ("rules: !!python/object:os.system {}", ["not valid YAML"]),
        ("? [a]\n: 1", ["not valid YAML"]),
        ("[" * 3000, ["rules"]),
    ],
)
def test_an_invalid_file_gets_an_error_with_rule_and_remedy(text: str, facts: list[str]) -> None:
    with pytest.raises(ExpectationsError) as caught:
        parse_expectations(text, source="promotion.yaml")
    for fact in ["promotion.yaml", *facts]:
        assert fact in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ExpectationsError, match=r"missing\.yaml.*--expect"):
        read_expectations(tmp_path / "missing.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ExpectationsError, match=r"bytes\.yaml.*UTF-8"):
        read_expectations(tmp_path / "bytes.yaml")
    (tmp_path / "good.yaml").write_text(GOOD)
    assert len(read_expectations(tmp_path / "good.yaml").rules) == 1


@given(st.text(max_size=60))
def test_any_text_is_rules_or_an_error_of_ours(text: str) -> None:
    try:
        parse_expectations(text, source="p.yaml")
    except ExpectationsError:
        return
