"""Checking inputs: every mistake at once, in words of people, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pulumi_retrieval.core.fields import Inputs, WriteOnly
from pulumi_retrieval.core.validation import LISTED_NAMES, check_inputs, nearest, where
from pulumi_retrieval.core.values import UNKNOWN

from .models import Settings, Thing, json_values

CANARY = "sk-canary-0123456789"


class Row(Inputs):
    """A row."""

    key: Annotated[str, Field(min_length=1, max_length=4, pattern="^[a-z]{1,3}$")]
    """Its key."""
    flag: bool = False
    """Whether."""


class Vault(Inputs):
    """Holds a secret and other things."""

    key: Annotated[str | None, WriteOnly(secret=True), Field(max_length=5)] = None
    """The secret."""
    MAX_LIMIT: Annotated[int | None, Field(gt=0, lt=10)] = None
    """A limit."""


class Form(Inputs):
    """A form with every kind of rule."""

    unknown_hints: ClassVar[Mapping[str, str]] = {"name": 'did you mean "title"?'}

    title: str
    """Required."""
    number: Annotated[int | None, Field(ge=1, le=9)] = None
    """A whole number."""
    share: Annotated[float | None, Field(ge=0, le=1)] = None
    """A number."""
    mode: Literal["on", "off"] | None = None
    """One of two."""
    either: int | str | None = None
    """A number or a text."""
    either_row: Row | list[Row] | None = None
    """A row or several."""
    rows: Annotated[list[Row] | None, Field(min_length=1, max_length=2)] = None
    """Rows."""
    counts: dict[str, int] | None = None
    """Counts."""
    vault: Vault | None = None
    """A vault."""
    one: str | None = None
    """Only without two."""
    two: str | None = None
    """Only without one."""

    @field_validator("rows")
    @classmethod
    def _unique(cls, rows: list[Row] | None) -> list[Row] | None:
        if rows and len({row.key for row in rows}) < len(rows):
            raise ValueError('keys must be unique, {"like": "this"}')
        return rows

    @model_validator(mode="after")
    def _not_both(self) -> Form:
        if (self.one is None) == (self.two is None) and self.one is not None:
            raise ValueError("one and two exclude each other")
        return self


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({"title": "t"}, []),
    "null means not set": ({"title": "t", "number": None, "vault": {"key": None}}, []),
    "missing": ({}, ["title: is required"]),
    "required and null": ({"title": None}, ["title: is required"]),
    "a float that is whole": ({"title": "t", "number": 3.0, "share": 1.0, "rows": [{"key": "a"}]}, []),
    "not whole": ({"title": "t", "number": 0.5}, ["number: must be a whole number; it is 0.5"]),
    "true is no number": ({"title": "t", "number": True}, ["number: must be a whole number; it is true"]),
    "text is no number": ({"title": "t", "share": "1"}, ['share: must be a number; it is "1"']),
    "not finite": ({"title": "t", "share": float("nan")}, ["share: must be a finite number; it is nan"]),
    "a number is no text": ({"title": 7.0}, ["title: must be a text; it is 7"]),
    "too small": ({"title": "t", "number": 0}, ["number: must be 1 or more; it is 0"]),
    "too large": ({"title": "t", "number": 10}, ["number: must be 9 or less; it is 10"]),
    "more than": ({"title": "t", "vault": {"MAX_LIMIT": 0}}, ["vault.MAX_LIMIT: must be more than 0; it is 0"]),
    "less than": ({"title": "t", "vault": {"MAX_LIMIT": 10}}, ["vault.MAX_LIMIT: must be less than 10; it is 10"]),
    "one of": ({"title": "t", "mode": "of"}, ["mode: must be one of 'on' or 'off'; it is \"of\""]),
    "neither of a union": (
        {"title": "t", "either": 1.5},
        ["either: must be a whole number or must be a text; it is 1.5"],
    ),
    "inside a union": (
        {"title": "t", "either_row": [{"key": ""}]},
        [
            "either_row: must be an object; it is a list of 1",
            'either_row[0].key: must not be empty; it is ""',
        ],
    ),
    "missing inside a union": (
        {"title": "t", "either_row": {}},
        ["either_row.key: is required", "either_row: must be a list; it is an object"],
    ),
    "an unknown key inside a union": (
        {"title": "t", "either_row": [{"key": "a", "zzz": 1}]},
        ["either_row: must be an object; it is a list of 1", "either_row[0].zzz: there is no such key"],
    ),
    "an item of a list": (
        {"title": "t", "rows": [{"key": "a"}, {"key": 1, "flag": 0}]},
        ["rows[1].key: must be a text; it is 1", "rows[1].flag: must be true or false; it is 0"],
    ),
    "an item is no object": ({"title": "t", "rows": ["a"]}, ['rows[0]: must be an object; it is "a"']),
    "an item lacks a key": ({"title": "t", "rows": [{}]}, ["rows[0].key: is required"]),
    "too long a text": (
        {"title": "t", "rows": [{"key": "abcde"}]},
        ['rows[0].key: must have 4 characters or fewer; it is "abcde"'],
    ),
    "a pattern with braces": (
        {"title": "t", "rows": [{"key": "A"}]},
        ['rows[0].key: must match ^[a-z]{1,3}$; it is "A"'],
    ),
    "a rule of its own, with braces": (
        {"title": "t", "rows": [{"key": "a"}, {"key": "a"}]},
        ['rows: keys must be unique, {"like": "this"}'],
    ),
    "a rule of the whole": ({"title": "t", "one": "1", "two": "2"}, ["one and two exclude each other"]),
    "an object, not a list": ({"title": "t", "rows": {"key": "a"}}, ["rows: must be a list; it is an object"]),
    "a list, not an object": ({"title": "t", "counts": []}, ["counts: must be an object; it is a list of 0"]),
    "a value of a dict": ({"title": "t", "counts": {"a.b": "x"}}, ['counts.a.b: must be a whole number; it is "x"']),
    "an unknown key, near one": ({"title": "t", "numbr": 1}, ['numbr: there is no such key; did you mean "number"?']),
    "an unknown key that people look for": (
        {"title": "t", "name": 1},
        ['name: there is no such key; did you mean "title"?'],
    ),
    "an unknown key, case": (
        {"title": "t", "vault": {"max_limit": 1}},
        ['vault.max_limit: there is no such key; did you mean "MAX_LIMIT"?'],
    ),
    "an unknown key in an item": (
        {"title": "t", "rows": [{"key": "a", "zzz": 1}]},
        ["rows[0].zzz: there is no such key; known are: key, flag"],
    ),
    "a long value": (
        {"title": "t", "mode": "x" * 100},
        [f"mode: must be one of 'on' or 'off'; it is \"{'x' * 59}… (102 characters)"],
    ),
    "a secret of the wrong type": (
        {"title": "t", "vault": {"key": 12345}},
        ["vault.key: must be a text; it is [secret]"],
    ),
    "a secret too long": (
        {"title": "t", "vault": {"key": CANARY}},
        ["vault.key: must have 5 characters or fewer; it is [secret]"],
    ),
    "a secret where its object belongs": (
        {"title": "t", "vault": CANARY},
        ["vault: must be an object; it is [secret]"],
    ),
}


@pytest.mark.parametrize(("values", "texts"), MISTAKES.values(), ids=MISTAKES.keys())
def test_the_text_of_a_mistake(values: dict[str, Any], texts: list[str]) -> None:
    assert check_inputs(Form, values) == texts


class Picky(Inputs):
    """Objects to everything, in two ways."""

    way: str
    """Which way."""

    @model_validator(mode="after")
    def _object(self) -> Picky:
        if self.way == "custom":
            raise PydanticCustomError("picky", "must be otherwise, {braces}")
        raise ValueError("must be otherwise, {braces}")


@pytest.mark.parametrize("way", ["custom", "value"])
def test_a_rule_on_the_whole_model_has_no_path(way: str) -> None:
    assert check_inputs(Picky, {"way": way}) == ["must be otherwise, {braces}"]


def test_all_mistakes_at_once() -> None:
    values = {"number": 0, "mode": "x", "rows": [{"key": 1}], "vault": {"zzz": 1, "key": 1}, "other": 1}
    assert [text.partition(":")[0] for text in check_inputs(Form, values)] == [
        "title",
        "number",
        "mode",
        "rows[0].key",
        "vault.key",
        "vault.zzz",
        "other",
    ]


UNKNOWNS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "required": ({"title": UNKNOWN}, []),
    "of any type": ({"title": "t", "number": UNKNOWN, "rows": UNKNOWN, "vault": UNKNOWN, "either": UNKNOWN}, []),
    "in a union": ({"title": "t", "either_row": {"key": UNKNOWN}}, []),
    "beside a mistake": ({"title": UNKNOWN, "number": 0}, ["number: must be 1 or more; it is 0"]),
    "the only item": ({"title": "t", "rows": [UNKNOWN]}, []),
    "an item before a wrong one": (
        {"title": "t", "rows": [UNKNOWN, {"key": 1}]},
        ["rows[1].key: must be a text; it is 1"],
    ),
    "an attribute of an item": ({"title": "t", "rows": [{"key": UNKNOWN}, {"key": "a"}]}, []),
    "a value of a dict": (
        {"title": "t", "counts": {"a": UNKNOWN, "b": "x"}},
        ['counts.b: must be a whole number; it is "x"'],
    ),
    "one of two that exclude each other": ({"title": "t", "one": "1", "two": UNKNOWN}, []),
    "under an unknown name": (
        {"title": "t", "zzz": UNKNOWN},
        ["zzz: there is no such key; known are: " + ", ".join(Form.model_fields)],
    ),
    "inside something of the wrong type": (
        {"title": "t", "rows": {"a": UNKNOWN}},
        ["rows: must be a list; it is an object"],
    ),
}


@pytest.mark.parametrize(("values", "texts"), UNKNOWNS.values(), ids=UNKNOWNS.keys())
def test_an_unknown_value_is_not_validated(values: dict[str, Any], texts: list[str]) -> None:
    assert check_inputs(Form, values) == texts


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("modl", 'did you mean "model"?'),
        ("LIMIT", "known are: " + ", ".join(Settings.model_fields)),
        ("zzz", "known are: " + ", ".join(Settings.model_fields)),
    ],
)
def test_the_nearest_name(name: str, hint: str) -> None:
    assert nearest(name, Settings.model_fields) == hint


def test_many_names_are_not_listed() -> None:
    names = [f"name_{index}" for index in range(LISTED_NAMES + 1)]
    assert nearest("zzz", names) == ""
    assert all(name in nearest("zzz", names[1:]) for name in names[1:])
    assert nearest("max_limit", ["MAX_LIMIT"]) == 'did you mean "MAX_LIMIT"?'


def test_paths_in_the_notation_of_messages() -> None:
    assert where(("tenant_metadata_schema", 2, "type")) == "tenant_metadata_schema[2].type"
    assert where(()) == ""


@given(place=st.sampled_from(["settings", "key", "pair"]), value=json_values(), wrap=st.booleans())
def test_a_value_in_a_secret_field_is_never_shown(place: str, value: Any, wrap: bool) -> None:
    hidden = [CANARY, value] if wrap else CANARY
    inputs: dict[str, Any] = (
        {"settings": hidden} if place == "settings" else {"settings": {"key": hidden, "model": value}}
    )
    assert CANARY not in "\n".join(check_inputs(Thing, inputs))
