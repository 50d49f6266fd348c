"""Inputs as people and attackers write them: mostly of the right types, with texts and numbers that break things."""

from __future__ import annotations

import os
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from pulumi_retrieval.core.fields import item_model
from pulumi_retrieval.services.trieve.json_shapes import ListOf, Object, Scalar, Shape, Tagged, TextOr
from pulumi_retrieval.services.trieve.page_settings import page

EXAMPLES = int(os.environ.get("PULUMI_RETRIEVAL_EXAMPLES", "40"))
"""Generated programs of each class; thousands find more, and take minutes."""
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example asks a server: shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)

RECORDS = (
    "endpoint",
    "observed_immutable",
    "drifted",
    "secret_inputs",
    "unverified",
    "forgettable",
    "current_tenant_id",
)
"""Names of what this package stores of a resource beside its inputs."""

PLAIN = ["a", "b", "doc_kind", "gpt-4o", "https://example.test/v1", "north wind", "Größe", "日本", "😀", "true", "1536"]
ODD = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfff",
    "x" * 5000,
    "é" * 2000,
    " a",
    "a\r\nb",
    "\t",
    "\x7f\x85",
    "&amp;&#0;&nbsp;",
    "<b>",
    ".",
    "..",
    "a/b?c#d%2F",
    "default",
    "Acme",
    "_a",
    "chunk_id",
    "Description",
    "null",
    "{}",
    "'; --",
    "6f8e3c1a-2b4d-4e6f-8a9b-0c1d2e3f4a5b",
    "\u202e\ufeff\u2028",
]
texts = st.one_of(
    *[st.sampled_from(PLAIN)] * 12, st.sampled_from(ODD), st.text(st.characters(codec="utf-8"), max_size=8)
)
names = st.one_of(*[st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)] * 10, texts)
wholes = st.one_of(
    *[st.integers(0, 2000)] * 6,
    st.sampled_from([-1, 0, 2**31 - 1, 2**31, 65535, 65536, 16777217, 2**53 - 1, 2**53, 2**63, 10**400]),
)
reals = st.one_of(
    *[st.sampled_from([0, 0.1, 0.5, 1, 1.2, -1.5, 2, 256])] * 6,
    st.sampled_from([-0.0, 1e-45, 16777217, 3.4028234663852886e38, 3.5e38, 1e39, 1e300, float("nan"), float("inf")]),
    st.floats(),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | wholes | reals | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def program(
    model: type[BaseModel], *, without: tuple[str, ...] = (), **given: Any
) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs of a model as a program may give them, a few fields at a time.

    :param without: fields that are left out.
    :param given: strategies for some fields, which are always there.
    """
    kept = {
        name: given[name] if name in given else _value(info.annotation)
        for name, info in model.model_fields.items()
        if name not in without
    }
    needed = {name for name, info in model.model_fields.items() if name in kept and info.is_required()} | given.keys()
    return _some(kept, needed)


def _some(fields: dict[str, Any], needed: Any) -> st.SearchStrategy[dict[str, Any]]:
    optional = sorted(fields.keys() - set(needed))
    few = st.lists(st.sampled_from(optional), max_size=5, unique=True) if optional else st.just([])
    return few.flatmap(
        lambda chosen: st.fixed_dictionaries({name: fields[name] for name in [*sorted(needed), *chosen]})
    )


def _value(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(arguments[0])
    if origin in (Union, UnionType):
        return st.one_of(*(_value(inner) for inner in arguments if inner is not NoneType))
    if origin is Literal:
        return st.one_of(*[st.sampled_from(arguments)] * 8, texts)
    if origin is list:
        item = item_model(annotation)
        return st.lists(program(item) if item else texts, max_size=4)
    if origin is dict:
        return st.dictionaries(texts, _value(arguments[1]), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return program(annotation)
    return {bool: st.booleans(), int: wholes, float: reals, str: texts}.get(annotation, json_values)


def shaped(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a free-form object that is read strictly, now and then of another shape."""
    return st.one_of(*[_fitting(shape)] * 20, json_values)


def _fitting(shape: Shape) -> st.SearchStrategy[Any]:
    if isinstance(shape, ListOf):
        return st.lists(shaped(shape.item), max_size=2)
    if isinstance(shape, Object):
        members = {name: shaped(member) for name, member in shape.members.items()}
        return _some(members, shape.required) | (_some({**members, "another": texts}, shape.required))
    if isinstance(shape, TextOr):
        return texts | shaped(shape.other)
    if isinstance(shape, Tagged):
        return st.sampled_from(sorted(shape.kinds)).flatmap(
            lambda kind: _fitting(shape.kinds[kind]).map(lambda rest: {"type": kind, **rest})
        )
    if isinstance(shape, Scalar):
        if "one of" in shape.rule:
            return st.sampled_from(["light", "dark", "grey"])
        if "uuid" in shape.rule:
            return st.uuids().map(str)
        simple = {"a text": texts, "true or false": st.booleans()}
        return simple.get(shape.rule, wholes if "whole" in shape.rule else reals)
    return json_values


page_settings = shaped(page())
