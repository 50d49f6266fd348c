"""Derived natural keys."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.naming import derive_key

PARTS = ("acme-org", "infra", "prod", "trieve:Dataset", "customer-7")


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("customer-7", "customer-7"),
        ("Customer 7", "customer-7"),
        ("customer__7", "customer-7"),
        ("a-very-long-name-indeed", "a-very-long-na"),
        ("thirteen-char-name", "thirteen-char"),
        ("7", "r-7"),
        ("7-is-the-number-of", "r-7-is-the-num"),
        ("--", "r"),
        ("", "r"),
        ("Ünïcode", "n-code"),
    ],
)
def test_the_readable_part(name: str, readable: str) -> None:
    key = derive_key(PARTS, name=name)
    assert re.fullmatch(re.escape(readable) + "-[0-9a-f]{10}", key)


def test_a_key_is_the_same_on_every_machine() -> None:
    assert derive_key(PARTS, name="customer-7") == "customer-7-" + derive_key(PARTS, name="x")[2:]
    assert derive_key(("a", "b"), name="x") == "x-f04cdced97"


def test_every_part_counts_and_where_it_stands() -> None:
    keys = {
        derive_key(parts, name="x")
        for parts in [("a", "b"), ("b", "a"), ("ab",), ("a", "", "b"), ("a", "b", ""), ("a", "B"), ("a", "b", "c")]
    }
    assert len(keys) == 7


@given(parts=st.lists(st.text(max_size=9), max_size=4), name=st.text(max_size=60), separator=st.sampled_from("-_"))
def test_the_alphabet_and_the_length(parts: list[str], name: str, separator: str) -> None:
    key = derive_key(parts, name=name, separator=separator)
    assert len(key) <= 25
    assert re.fullmatch(rf"[a-z][a-z0-9]*({separator}[a-z0-9]+)+", key)


@pytest.mark.parametrize("length", [13, 25, 63])
def test_a_length_of_the_service(length: int) -> None:
    assert len(derive_key(PARTS, name="x" * 99, length=length)) == length
