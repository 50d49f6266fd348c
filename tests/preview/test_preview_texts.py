"""Rejections of many resources read as groups, with one line that ships the rest."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.rejections import Rejected, Rejection, RejectionKind, Row, invalid, refused
from pulumi_retrieval.preview.texts import MOST_EXCLUDED, MOST_FULL, MOST_NAMES, group_texts, grouped, summary

TYPE = Row('schema["plan"].type', '"string"', '"number"')


def retyped(name: str, row: Row = TYPE) -> Rejected:
    text = f"REFUSED, nothing was changed: 1 immutable key of tenant {name}\n  Do one:\n    undo"
    return Rejected(name, "Tenant", (refused(text, (row,)),))


def test_the_same_refusal_of_many_is_one_text() -> None:
    texts = group_texts([(retyped(f"t{n}"), n) for n in range(3)])
    assert [resource for _, resource in texts] == [0]
    assert "of tenant t0" in texts[0][0]
    assert "The same of 2 more Tenant resources: t1, t2" in texts[0][0]


def test_a_large_group_names_the_first_ones() -> None:
    ((text, _),) = group_texts([(retyped(f"t{n}"), None) for n in range(800)])
    assert f"t{MOST_NAMES} and {799 - MOST_NAMES} more" in text
    assert len(text) < 1000


def test_groups_beyond_the_first_are_one_line_each() -> None:
    found = [(retyped(f"t{n}", Row(f"key{n}", "1", "2")), None) for n in range(MOST_FULL + 3)]
    texts = [text for text, _ in group_texts(found)]
    assert [text.count("\n") > 0 for text in texts] == [True] * MOST_FULL + [False] * 3
    assert "key7" in texts[-1]
    assert "was 1    now 2" in texts[-1]


def test_groups_tell_types_values_and_kinds_apart() -> None:
    alike, other = retyped("a"), retyped("b", Row(TYPE.path, TYPE.was, '"date"'))
    mistake = Rejected("c", "Dataset", (invalid("tracking_id: must not be empty"),))
    assert [group.names for group in grouped([(one, None) for one in (alike, other, mistake, retyped("d"))])] == [
        ("a", "d"),
        ("b",),
        ("c",),
    ]


def test_the_line_that_ships_the_rest() -> None:
    text = summary([retyped("a b"), Rejected("c", "Dataset", (invalid("x"), invalid("y")))], indivisible=False)
    assert "2 resources of this program rejected (1 refused, 2 invalid)" in text
    assert shlex.split(text.rpartition("\n")[2]) == [
        *("pulumi", "up"),
        *("--exclude", "**:Tenant::a b"),
        *("--exclude", "**:Dataset::c"),
    ]


def test_dependents_of_a_new_resource_are_excluded_as_well() -> None:
    text = summary([Rejected("c", "Dataset", (invalid("x"),))], indivisible=False, new=True)
    assert shlex.split(text.rpartition("\n")[2])[2:] == ["--exclude", "**:Dataset::c", "--exclude-dependents"]


def test_summary_without_a_command_where_nothing_can_be_excluded() -> None:
    moved = Rejected("a", "Tenant", (Rejection(RejectionKind.MOVED, "it lives elsewhere"),))
    assert "--exclude" not in summary([moved, retyped("b")], indivisible=False)
    assert "--exclude" not in summary([retyped("b")], indivisible=True)
    assert "--exclude" not in summary([retyped(f"t{n}") for n in range(MOST_EXCLUDED + 1)], indivisible=False)


texts = st.text(max_size=20)
rows = st.builds(Row, texts, texts, texts, texts, texts)
rejections = st.builds(Rejection, st.sampled_from(RejectionKind), texts, st.lists(rows, max_size=3).map(tuple))
rejected = st.builds(Rejected, texts, texts, st.lists(rejections, min_size=1, max_size=3).map(tuple))


@given(rejected)
def test_a_mark_survives_the_wire(one: Rejected) -> None:
    assert Rejected.from_json(one.to_json()) == one


@given(st.lists(rejected, min_size=1, max_size=20))
def test_every_rejection_is_in_one_group(found: list[Rejected]) -> None:
    groups = grouped([(one, None) for one in found])
    assert sum(len(group.names) for group in groups) == sum(len(one.rejections) for one in found)
    assert len(group_texts([(one, None) for one in found])) == len(groups)
