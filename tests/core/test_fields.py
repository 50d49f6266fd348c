"""What the annotations of input models say, and what every input model must say."""

from __future__ import annotations

import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError

from pulumi_retrieval.core.descriptions import descriptions
from pulumi_retrieval.core.fields import (
    F32,
    CreateOnly,
    FieldSpec,
    Immutable,
    Inputs,
    Integer,
    Keyed,
    Mutability,
    WriteOnly,
    field_specs,
    flatten,
    item_model,
    secret_paths,
    spec_at,
    submodel,
)
from pulumi_retrieval.core.values import UNKNOWN, Path, dotted

from .models import Item, Pair, Settings, Thing, real_models

SPECS = {
    ("name",): FieldSpec(("name",)),
    ("owner",): FieldSpec(("owner",), Mutability.IMMUTABLE, why="a thing cannot move"),
    ("settings", "limit"): FieldSpec(("settings", "limit"), unit="documents"),
    ("settings", "ratio"): FieldSpec(("settings", "ratio"), unit="fraction", f32=True),
    ("settings", "metric"): FieldSpec(
        ("settings", "metric"),
        Mutability.IMMUTABLE,
        why="the index is built for one",
        repairable=True,
    ),
    ("settings", "key"): FieldSpec(("settings", "key"), Mutability.WRITE_ONLY, secret=True),
    ("settings", "pair"): FieldSpec(("settings", "pair")),
    ("members",): FieldSpec(("members",), keyed=Keyed("key"), attributes=("key", "type", "flag")),
    ("origin",): FieldSpec(("origin",), Mutability.CREATE_ONLY),
    ("force_destroy",): FieldSpec(("force_destroy",), Mutability.GUARD),
    ("allow_rename",): FieldSpec(("allow_rename",), Mutability.GUARD),
}


@pytest.mark.parametrize(("path", "spec"), SPECS.items(), ids=[dotted(path) for path in SPECS])
def test_a_field_is_what_its_annotations_say(path: Path, spec: FieldSpec) -> None:
    assert field_specs(Thing)[path] == spec


def test_models_are_walked_into_unless_they_are_one_value() -> None:
    paths = field_specs(Thing).keys()
    assert ("settings", "pair") in paths
    assert ("origin",) in paths
    assert not {("settings",), ("settings", "pair", "left"), ("origin", "source")} & paths


class Inside(Inputs):
    """Annotations inside an optional type."""

    fixed: Annotated[str, Immutable("it is")] | None = None
    """Fixed."""
    rounded: Annotated[float, F32()] | None = None
    """Rounded."""


def test_annotations_inside_an_optional_type_count() -> None:
    assert field_specs(Inside)[("fixed",)].mutability is Mutability.IMMUTABLE
    assert field_specs(Inside)[("rounded",)].f32


class Open(Inputs, extra="allow"):
    """Accepts keys that it does not know."""

    known: str | None = None
    """Known."""


class Opener(Inputs):
    """Holds an open model."""

    inner: Open | None = None
    """Open."""


def test_an_open_model_takes_keys_that_it_lacks_as_updatable_ones() -> None:
    assert flatten(Opener, {"inner": {"known": "a", "other": 1, "no": None}, "zzz": 1}) == {
        ("inner", "known"): "a",
        ("inner", "other"): 1,
    }
    assert spec_at(Opener, ("inner", "other")).mutability is Mutability.UPDATABLE


def test_keys_of_free_form_objects() -> None:
    assert flatten(Thing, {"labels": {"x": 1, "a.b": 2, "none": None}}) == {("labels", "x"): 1, ("labels", "a.b"): 2}
    assert flatten(Thing, {"labels": UNKNOWN}) == {("labels",): UNKNOWN}
    assert spec_at(Thing, ("labels", "x")).mutability is Mutability.UPDATABLE
    assert spec_at(Thing, ("labels", "token")).mutability is Mutability.WRITE_ONLY
    assert spec_at(Thing, ("labels", "token")).secret


@pytest.mark.parametrize("path", [("zzz",), ("settings", "zzz"), ("zzz", "x")])
def test_a_path_that_no_field_has(path: Path) -> None:
    with pytest.raises(KeyError):
        spec_at(Thing, path)


def test_an_object_that_is_not_known_hides_each_of_its_fields() -> None:
    flat = flatten(Thing, {"settings": UNKNOWN, "name": None})
    assert flat.keys() == {path for path in field_specs(Thing) if path[0] == "settings"}
    assert set(map(id, flat.values())) == {id(UNKNOWN)}


def test_secrets_of_a_model() -> None:
    assert set(secret_paths(Thing)) == {("settings", "key"), ("labels", "token")}


@pytest.mark.parametrize(
    ("annotation", "model"),
    [
        (Pair, Pair),
        (Pair | None, Pair),
        (Annotated[Pair | None, CreateOnly()], Pair),
        (Annotated[Pair, CreateOnly()] | None, Pair),
        (Pair | Item, None),
        (str, None),
        (list[Pair], None),
        (dict[str, Any], None),
    ],
)
def test_the_model_in_an_annotation(annotation: Any, model: type[BaseModel] | None) -> None:
    assert submodel(annotation) is model


@pytest.mark.parametrize(
    ("annotation", "model"), [(list[Item], Item), (list[Item | None] | None, Item), (list[str], None), (Item, None)]
)
def test_the_model_of_the_items_of_a_list(annotation: Any, model: type[BaseModel] | None) -> None:
    assert item_model(annotation) is model


class Whole(Inputs):
    """A whole number."""

    number: Integer
    """The number."""


@pytest.mark.parametrize("value", [0, -1, 1536.0, 2**53 - 1, float(2**53 - 1)])
def test_whole_numbers(value: float) -> None:
    number = Whole.model_validate({"number": value}).number
    assert type(number) is int
    assert number == value


@pytest.mark.parametrize(
    "value", [2**53, float(2**53), -(2**53), 1e300, 0.5, True, "1", None, float("nan"), float("inf")]
)
def test_values_that_are_not_whole_numbers(value: Any) -> None:
    with pytest.raises(ValidationError):
        Whole.model_validate({"number": value})


# What every input model must say.


def fields_of(model: type[BaseModel]) -> list[tuple[str, Path, FieldSpec, Any]]:
    """Every leaf of a model with its annotation; the fields of items and of atomic objects as well."""
    found: list[tuple[str, Path, FieldSpec, Any]] = []

    def walk(here: type[BaseModel], prefix: Path) -> None:
        specs = field_specs(here)
        for name, info in here.model_fields.items():
            inner = submodel(info.annotation) or item_model(info.annotation)
            if (name,) in specs:
                found.append((here.__name__, (*prefix, name), specs[(name,)], info))
            if inner is not None:
                walk(inner, (*prefix, name))

    walk(model, ())
    return found


EVERY_FIELD = [
    pytest.param(spec, info, id=f"{model.__name__}.{dotted(path)}")
    for model in [Thing, *real_models()]
    for _, path, spec, info in fields_of(model)
]


def test_what_stands_below_a_field_describes_it() -> None:
    found = descriptions(Thing)
    assert found[("name",)] == "A name for people."
    assert found[("settings", "ratio")] == "How much; the service stores 32 bits."
    assert found.keys() >= field_specs(Thing).keys()
    assert descriptions(Rounded)[("name",)] == found[("name",)]


class Rounded(Thing):
    """Inherits what its base says."""


def is_a_number(annotation: Any) -> bool:
    return bool(re.search(r"\b(int|float)\b", str(annotation)))


@pytest.mark.parametrize(("spec", "info"), [p for p in EVERY_FIELD if is_a_number(p.values[1].annotation)])  # type: ignore[attr-defined]
def test_every_number_has_a_unit(spec: FieldSpec, info: Any) -> None:
    inner = submodel(info.annotation) or item_model(info.annotation)
    assert inner or spec.unit, "a number needs a Unit; one that counts nothing says so with Unit('none: why')"


@pytest.mark.parametrize(("spec", "info"), EVERY_FIELD)
def test_every_secret_is_marked(spec: FieldSpec, info: Any) -> None:
    if re.search(r"api_?key|password|secret$|token$", spec.path[-1], re.IGNORECASE):
        assert spec.secret, "a field whose name promises a secret is WriteOnly(secret=True)"
    if spec.secret:
        assert spec.mutability is Mutability.WRITE_ONLY


@pytest.mark.parametrize(("spec", "info"), EVERY_FIELD)
def test_every_immutable_key_has_a_reason(spec: FieldSpec, info: Any) -> None:
    assert bool(spec.why) is (spec.mutability is Mutability.IMMUTABLE)
    assert not spec.why.endswith("."), "a clause, not a sentence"


@pytest.mark.parametrize(("spec", "info"), EVERY_FIELD)
def test_every_field_is_of_one_class(spec: FieldSpec, info: Any) -> None:
    classes = [mark for mark in info.metadata if isinstance(mark, (Immutable, CreateOnly, WriteOnly))]
    assert len(classes) <= 1


@pytest.mark.parametrize("model", [Thing, Settings, *real_models()], ids=lambda model: model.__name__)
def test_every_model_is_strict_and_frozen(model: type[BaseModel]) -> None:
    assert model.model_config.get("strict")
    assert model.model_config.get("frozen")
    assert model.model_config.get("allow_inf_nan") is False
    assert (model.__doc__ or "").strip()
