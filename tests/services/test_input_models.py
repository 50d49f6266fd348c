"""What every input model promises, for every field of every one of them."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_retrieval.core.descriptions import descriptions
from pulumi_retrieval.core.fields import (
    Atomic,
    ByKey,
    CreateOnly,
    Guard,
    Immutable,
    Inputs,
    Keyed,
    Unit,
    WriteOnly,
    field_specs,
    item_model,
    secret_paths,
    submodel,
)
from pulumi_retrieval.core.validation import check_inputs
from pulumi_retrieval.services import cortex, trieve  # noqa: F401, their models register themselves as subclasses

CLASSES = (Immutable, CreateOnly, WriteOnly, Guard)
SOUNDS_SECRET = re.compile(r"(api_?key|secret|password|credential|token)s?$", re.IGNORECASE)
NO_SECRETS = {
    "STOP_TOKENS": "texts that end an answer",
    "MAX_TOKENS": "a number",
}
"""Fields that sound like a secret and are none."""
WITHOUT_UNIT: dict[str, str] = {}
"""Numbers without a unit, each with its reason."""


def models(base: type[Inputs] = Inputs) -> Iterator[type[Inputs]]:
    for model in base.__subclasses__():
        if model.__module__.startswith("pulumi_retrieval."):
            yield model
        yield from models(model)


ALL = sorted(set(models()), key=lambda model: (model.__module__, model.__name__))
FIELDS = [(model, name, info) for model in ALL for name, info in model.model_fields.items()]
each_field = pytest.mark.parametrize(
    ("model", "name", "info"), FIELDS, ids=[f"{model.__name__}.{name}" for model, name, _ in FIELDS]
)


def required(model: type[BaseModel]) -> set[str]:
    return {name for name, info in model.model_fields.items() if info.is_required()}


def said(info: FieldInfo) -> list[Any]:
    """Everything that the annotations of a field say, also inside Optional and of the items of a list."""
    found, todo = list(info.metadata), [info.annotation]
    while todo:
        annotation = todo.pop()
        arguments = list(typing.get_args(annotation))
        if typing.get_origin(annotation) is Annotated:
            found += arguments[1:]
            arguments = arguments[:1]
        todo += arguments if typing.get_origin(annotation) is not typing.Literal else []
    return found


def plain_types(annotation: Any) -> set[Any]:
    """The types at the bottom of an annotation."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return plain_types(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return {item for argument in arguments for item in plain_types(argument)} - {type(None)}
    return {annotation}


def test_the_models_are_found() -> None:
    assert {"DatasetInputs", "ServerConfiguration", "TenantInputs", "MetadataField"} <= {m.__name__ for m in ALL}


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_every_model_is_described_strict_and_frozen(model: type[BaseModel]) -> None:
    if not model.__name__.startswith("_"):
        assert model.__doc__
    assert model.model_config.get("strict") is True
    assert model.model_config.get("frozen") is True


@each_field
def test_every_field_is_described(model: type[BaseModel], name: str, info: FieldInfo) -> None:
    description = descriptions(model).get((name,))
    assert description, f"{model.__name__}.{name} needs a docstring"
    assert description.endswith(".")


@each_field
def test_every_number_has_a_unit(model: type[BaseModel], name: str, info: FieldInfo) -> None:
    if plain_types(info.annotation) & {int, float} and f"{model.__name__}.{name}" not in WITHOUT_UNIT:
        assert any(isinstance(item, Unit) for item in said(info)), f"{model.__name__}.{name} needs a Unit"


@each_field
def test_every_secret_is_write_only(model: type[BaseModel], name: str, info: FieldInfo) -> None:
    marks = [item for item in said(info) if isinstance(item, WriteOnly)]
    if SOUNDS_SECRET.search(name) and name not in NO_SECRETS:
        assert marks
        assert all(mark.secret for mark in marks)
    for mark in (item for item in said(info) if isinstance(item, ByKey)):
        assert mark.secret, "free-form objects may hold keys; name those that are secrets"


@each_field
def test_every_field_has_one_class(model: type[BaseModel], name: str, info: FieldInfo) -> None:
    assert len([item for item in said(info) if isinstance(item, CLASSES)]) <= 1
    # An object is walked into, or is one value, or is a list whose items have an identity: nothing is left to chance.
    for mark in (item for item in said(info) if isinstance(item, Immutable)):
        assert mark.why
    if item_model(info.annotation) is not None:
        assert any(isinstance(item, Keyed) for item in said(info)), "items need an identity"


@each_field
def test_no_immutable_field_is_inside_a_value_compared_as_a_whole(
    model: type[BaseModel], name: str, info: FieldInfo
) -> None:
    inner = submodel(info.annotation)
    if inner is not None and any(isinstance(item, Atomic) for item in said(info)):
        assert secret_paths(inner) == []
        assert not [spec for spec in field_specs(inner).values() if spec.why]


def test_the_exceptions_are_still_needed() -> None:
    names = {name for _, name, _ in FIELDS}
    assert names >= NO_SECRETS.keys()
    assert {f"{model.__name__}.{name}" for model, name, _ in FIELDS} >= WITHOUT_UNIT.keys()


@pytest.mark.parametrize("model", [model for model in ALL if "organization_id" in required(model)])
def test_the_error_about_a_missing_organization_names_the_setting(model: type[BaseModel]) -> None:
    assert "organization_id: is required; or set it for all: set trieve:organizationId to ID" in check_inputs(model, {})
