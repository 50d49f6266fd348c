"""JSON values: what is equal, what is unknown, what a number is."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import assume, given

from pulumi_retrieval.core.values import (
    UNKNOWN,
    Unknown,
    contains_unknown,
    dotted,
    equal,
    get_path,
    is_number,
    nest,
    normalise,
    to_f32,
)

from .models import json_values

HUGE = 10**310
"""More than any float holds."""

EQUAL = [
    (1536, 1536.0),
    (0, -0.0),
    (2**53 - 1, float(2**53 - 1)),
    ("a", "a"),
    (None, None),
    (True, True),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
    ({"a": None}, {}),
    ({"a": {"b": None}}, {"a": {}}),
    ([1, 2], (1.0, 2)),
    ([], []),
]
DIFFERENT = [
    (1, True),
    (0, False),
    ("1", 1),
    (1, None),
    ("", None),
    (False, None),
    ([], None),
    ({}, None),
    ([1, 2], [2, 1]),
    ([1], [1, 1]),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    ({"a": {}}, {}),
    (2**53, 2**53 + 1),
    (0.1, 0.1 + 1e-12),
    (UNKNOWN, UNKNOWN),
    (UNKNOWN, None),
    ({"a": UNKNOWN}, {"a": UNKNOWN}),
]


def repr_short(value: Any) -> str:
    return repr(value)[:20]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal(left: Any, right: Any) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different(left: Any, right: Any) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (0.7, 0.699999988079071, True),
        ([0.7], [0.699999988079071], True),
        ({"a": 0.7}, {"a": 0.699999988079071}, True),
        (0.7, 0.70001, False),
        (HUGE, HUGE + 1, True),
        (HUGE, -HUGE, False),
        (1e39, 1e40, True),
    ],
    ids=repr_short,
)
def test_numbers_of_32_bits(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right, f32=True) is same
    assert not equal(left, right)


@given(json_values())
def test_values_without_unknowns_and_nan_are_equal_to_themselves(value: Any) -> None:
    assume("nan" not in repr(value))
    assert equal(value, value) is not contains_unknown(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1536.0, "1536"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (True, "True"),
        (1e300, "1e+300"),
        (float(2**53), "9007199254740992.0"),
        (math.inf, "inf"),
        ({"a": [1.0, (2.0,)], "b": None}, "{'a': [1, [2]], 'b': None}"),
        ([UNKNOWN, 1.0], "[UNKNOWN, 1]"),
    ],
)
def test_whole_floats_become_integers(value: Any, expected: str) -> None:
    assert repr(normalise(value)) == expected


@given(json_values())
def test_normalising_twice_changes_nothing_more(value: Any) -> None:
    assert repr(normalise(normalise(value))) == repr(normalise(value))


@pytest.mark.parametrize("value", [True, "1", None, [1], UNKNOWN])
def test_values_that_are_not_numbers(value: Any) -> None:
    assert not is_number(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(HUGE, math.inf), (-HUGE, -math.inf), (1e39, math.inf), (0.5, 0.5)], ids=repr_short
)
def test_32_bits_never_overflow(value: float, expected: float) -> None:
    assert to_f32(value) == expected


def test_there_is_one_unknown() -> None:
    assert Unknown() is UNKNOWN
    assert copy.copy(UNKNOWN) is UNKNOWN
    assert copy.deepcopy({"a": [UNKNOWN]})["a"][0] is UNKNOWN
    assert repr(UNKNOWN) == "UNKNOWN"


def test_unknowns_are_found_anywhere() -> None:
    for value in (UNKNOWN, [1, UNKNOWN], {"d": "x", "b": [1, {"c": UNKNOWN}]}):
        assert contains_unknown(value)
    assert not contains_unknown({"d": "x", "b": [1, {"c": None}]})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a", "b"), 1),
        (("a", "z"), None),
        (("a", "b", "c"), None),
        (("u", "b", "c"), UNKNOWN),
        (("l", "0"), None),
        ((), {"a": {"b": 1}, "u": UNKNOWN, "l": [1]}),
    ],
)
def test_values_by_path(path: tuple[str, ...], expected: Any) -> None:
    found = get_path({"a": {"b": 1}, "u": UNKNOWN, "l": [1]}, path)
    assert found is UNKNOWN if expected is UNKNOWN else found == expected


def test_paths_as_people_write_them() -> None:
    assert dotted(("server_configuration", "MAX_LIMIT")) == "server_configuration.MAX_LIMIT"
    assert nest({("a", "b"): 1, ("a", "c.d"): 2, ("e",): 3}) == {"a": {"b": 1, "c.d": 2}, "e": 3}
