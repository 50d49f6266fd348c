"""A few generated inputs of each subject, and that a wrong one is found; `make fire` plays 10,000 of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from fire import fuzz, grammar
from support.sandbox import Sandbox

SEED = 11
EXAMPLES = 25


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_no_program_and_no_state_breaks_check_or_diff() -> None:
    with fuzz.Connections() as cycles:
        assert len(cycles) == 9, "every resource of both services, on both generations"
        found = [fuzz.examine(n, fuzz.inputs_property(c), examples=EXAMPLES, seed=SEED) for n, c in cycles.items()]
    assert [text for texts in found for text in texts] == []


@pytest.mark.parametrize("name", grammar.parsers())
def test_no_answer_breaks_a_parser(name: str) -> None:
    assert fuzz.examine(name, fuzz.answers_property(name), examples=EXAMPLES, seed=SEED) == []


def test_most_parsers_have_recorded_answers_to_start_from() -> None:
    without = [name for name in grammar.parsers() if not grammar.sound(name)]
    assert len(without) * 4 < len(grammar.parsers()), without


def test_no_request_breaks_the_sandbox(sandbox: Sandbox) -> None:
    assert fuzz.examine("sandbox", fuzz.sandbox_property(sandbox), examples=100, seed=SEED) == []


def test_a_failure_is_found_and_can_be_played_again() -> None:
    def never_long(data: st.DataObject) -> None:
        assert len(data.draw(st.lists(st.integers()))) < 5

    (text,) = fuzz.examine("lists", never_long, examples=200, seed=SEED)
    assert text.startswith(f"lists, seed {SEED}: ")
    assert fuzz.examine("lists", never_long, examples=200, seed=SEED)[0].partition(":")[0] == text.partition(":")[0]


def test_a_body_changes_at_one_place() -> None:
    body = {"a": [1, {"b": 2}], "c": None}
    assert set(grammar.places(body)) == {(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c",)}
    assert grammar.with_change(body, ("a", 1, "b"), "replace", []) == {"a": [1, {"b": []}], "c": None}
    assert grammar.with_change(body, ("a", 0), "remove", 0) == {"a": [{"b": 2}], "c": None}
    assert grammar.with_change(body, ("c",), "double", 0) == {**body, "c": [None, None]}
