"""Secrets of the program: what is held back, what is masked, and what the redactor learns."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.secrecy import held_back, marked_keyed, masked, secret_inputs, texts
from pulumi_retrieval.core.values import Path, dotted

from .models import Thing


def found(inputs: dict[str, Any], *marked: Path, before: tuple[str, ...] = ()) -> list[str]:
    return secret_inputs(Thing, inputs, marked, before=before)


def test_immutable_inputs_that_the_program_marks() -> None:
    inputs = {"owner": "o-1", "settings": {"limit": 5, "size": 3}}
    assert found(inputs) == []
    assert found(inputs, ("owner",)) == ["owner"]
    assert found(inputs, ("settings", "limit")) == []  # updatable: stored at its own place only
    assert found(inputs, ("settings", "size")) == ["settings.size"]
    assert found(inputs, ("settings",), ("owner",)) == ["owner", "settings.size"]  # one Output of an object
    assert found({}, ("owner",)) == []


def test_a_value_stays_secret_until_the_program_passes_it_in_plain_text() -> None:
    assert found({}, before=("owner",)) == ["owner"]
    assert found({"owner": "o-1"}, before=("owner",)) == []
    assert found({"owner": "o-1"}, ("owner",), before=("owner", "settings.size")) == ["owner", "settings.size"]


def test_keys_of_list_items_are_shown_as_names() -> None:
    items = {"schema_items": [{"key": "a"}]}
    place = ("schema_items", "0", "key")
    assert found(items, place) == []
    assert [dotted(spec.path) for spec in marked_keyed(Thing, [place, ("owner",)])] == ["schema_items"]


def test_holding_back_and_masking() -> None:
    observed = {"owner": "o-1", "settings.size": 3}
    assert held_back(observed, ["owner"]) == {"settings.size": 3}
    assert masked(observed, ["owner"]) == {"owner": "[secret]", "settings.size": 3}


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"a": {"b": "x", "c": ["y", 1, None]}}, (), ["x", "y"]),
        ({"a": {"b": "x", "c": ["y", {"d": "z"}]}}, ("a", "c", "1"), ["z"]),
        ({"a": ["x", "y"]}, ("a", "1"), ["y"]),
        ({"a": ["x"]}, ("a", "5"), []),
        ({"a": "x"}, ("a", "b"), []),
        ({"a": None}, ("a",), []),
        ({}, ("a",), []),
    ],
)
def test_texts(value: Any, path: Path, expected: list[str]) -> None:
    assert list(texts(value, path)) == expected
