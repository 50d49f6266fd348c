"""A model with every class of field that the planner knows, and values that suit it."""

from __future__ import annotations

import importlib
import pkgutil
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel, Field

from pulumi_retrieval import services
from pulumi_retrieval.core.fields import (
    F32,
    Atomic,
    ByKey,
    CreateOnly,
    Guard,
    Immutable,
    Inputs,
    Integer,
    Keyed,
    NoneMeansAll,
    Unit,
    WriteOnly,
    item_model,
    submodel,
)
from pulumi_retrieval.core.values import UNKNOWN


class Item(Inputs):
    """One item of a keyed list."""

    key: str
    """Its identity."""
    type: str | None = None
    """What it holds."""
    flag: bool | None = None
    """Whether."""


class Pair(Inputs):
    """An object that is sent whole."""

    left: Annotated[Integer | None, Unit("apples")] = None
    """One side."""
    right: str | None = None
    """The other side."""


class Origin(Inputs):
    """Where a thing comes from."""

    source: str
    """Id of another thing."""


class Settings(Inputs):
    """What a thing is set to; walked into."""

    model: str | None = None
    """Which model."""
    limit: Annotated[Integer | None, Field(ge=0), Unit("documents")] = None
    """How many."""
    ratio: Annotated[float | None, F32(), Field(ge=-1000, le=1000), Unit("fraction")] = None
    """How much; the service stores 32 bits."""
    size: Annotated[Integer | None, Immutable("stored vectors would not fit"), Unit("dimensions")] = None
    """How large vectors are."""
    metric: Annotated[str | None, Immutable("the index is built for one", repairable=True)] = None
    """How vectors are compared."""
    key: Annotated[str | None, WriteOnly(secret=True)] = None
    """A secret."""
    pair: Annotated[Pair | None, Atomic()] = None
    """An object that the service replaces whole."""
    words: list[str] | None = None
    """An ordered list."""


class Thing(Inputs):
    """A thing with every class of field."""

    name: str | None = None
    """A name for people."""
    owner: Annotated[str | None, Immutable("a thing cannot move")] = None
    """Who owns it."""
    settings: Settings | None = None
    """What it is set to."""
    labels: Annotated[dict[str, Any] | None, ByKey(secret=("token",))] = None
    """Free words, managed one by one."""
    schema_items: Annotated[list[Item] | None, Immutable("columns are fixed"), Keyed("key")] = None
    """Columns that never change."""
    more_items: Annotated[list[Item] | None, Immutable("columns stay"), Keyed("key", additive=True)] = None
    """Columns to which the service can add."""
    members: Annotated[list[Item] | None, Keyed("key")] = None
    """Members in no order."""
    origin: Annotated[Origin | None, CreateOnly()] = None
    """Used once."""
    note: Annotated[str | None, CreateOnly()] = None
    """Used once."""
    force_destroy: Annotated[bool | None, Guard()] = None
    """Leave to delete."""
    allow_rename: Annotated[bool | None, Guard()] = None
    """Leave to take a name that is not known yet."""
    on_immutable_change: Annotated[Literal["refuse", "replace"] | None, Guard()] = None
    """What a change of an immutable key does."""


class Ticket(Inputs):
    """What a service can only replace."""

    name: Annotated[str, Immutable("a ticket is printed")]
    """Whose it is."""
    window: Annotated[str | None, Immutable("a ticket is printed"), NoneMeansAll()] = None
    """When it holds; without it, always."""
    trigger: Annotated[str | None, Guard(replaces=True)] = None
    """A new value asks for a new ticket."""


# Few different values, so that two draws are often equal and often differ in one key only.
words = st.sampled_from(["a", "b", "c"])
integers = st.sampled_from([0, 1, 1536, 2**53 - 1])
numbers = st.floats(width=32, min_value=-1000, max_value=1000) | st.sampled_from([0.1, 0.7])


def inputs_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs of a model as a program may give them, all known; of the right types, not always valid."""
    fields = {name: _field(info.annotation, info.metadata) for name, info in model.model_fields.items()}
    return st.fixed_dictionaries({}, optional=fields)


def _field(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    keyed = next((m for m in metadata if isinstance(m, Keyed)), None)
    items = item_model(annotation)
    if keyed is not None and items is not None:
        item = inputs_of(items)
        return st.lists(st.builds(lambda it, name: {**it, keyed.key: name}, item, words), max_size=3).map(
            lambda listed: list({it[keyed.key]: it for it in listed}.values())
        )
    return _type(annotation)


def _type(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, UnionType):
        return st.one_of(*(_type(inner) for inner in arguments if inner is not NoneType))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(_type(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(words | st.sampled_from(["a.b", "token"]), _type(arguments[1]), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return inputs_of(annotation)
    simple = {bool: st.booleans(), int: integers, float: numbers, str: words}
    return simple.get(annotation, words | integers)


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON, integers and floats of any size, and values that are not known yet, nested anywhere."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from([10**400, -(10**400), 2**53, 2**53 + 1])
        | st.floats()
        | st.text(max_size=5)
        | st.just(UNKNOWN)
    )
    names = words | st.sampled_from(["key", "type", "left"]) | st.text(max_size=3)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


def wild(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that hold any JSON under the names of a model and of the models in it, and under other names."""
    below = {
        name for info in model.model_fields.values() if (m := submodel(info.annotation)) for name in m.model_fields
    }
    level = st.dictionaries(st.sampled_from(sorted({*below, "zzz"})), json_values(), max_size=4)
    return st.dictionaries(st.sampled_from(sorted({*model.model_fields, "zzz"})), level | json_values(), max_size=5)


def real_models() -> list[type[BaseModel]]:
    """The input model of every resource of every service."""
    found: dict[str, type[BaseModel]] = {}
    for module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if (
                isinstance(value, type)
                and issubclass(value, Inputs)
                and name.endswith("Inputs")
                and value is not Inputs
            ):
                found[f"{value.__module__}.{name}"] = value
    return [found[name] for name in sorted(found)]
