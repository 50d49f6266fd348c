"""The typed arguments that programs see are the twins of the input models."""

from __future__ import annotations

import inspect
import types
import typing
from typing import Annotated, Any

import pulumi
import pytest
import typing_extensions
from pydantic import BaseModel

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.core.fields import Atomic, submodel
from pulumi_retrieval.cortex import args as cortex_args
from pulumi_retrieval.resource import RetrievalResource
from pulumi_retrieval.services import cortex as cortex_service
from pulumi_retrieval.services import trieve as trieve_service
from pulumi_retrieval.services.cortex import inputs as cortex_inputs
from pulumi_retrieval.services.trieve import configuration as trieve_configuration
from pulumi_retrieval.services.trieve import inputs as trieve_inputs
from pulumi_retrieval.trieve import args as trieve_args
from support.models import MODELS as INPUTS

MODELS: dict[str, type[BaseModel]] = {
    name: item
    for module in (trieve_configuration, trieve_inputs, cortex_inputs)
    for name, item in vars(module).items()
    if isinstance(item, type) and issubclass(item, BaseModel) and item.__module__ == module.__name__
}
TWINS = [
    (item, MODELS[name])
    for module in (trieve_args, cortex_args)
    for name, item in vars(module).items()
    if typing_extensions.is_typeddict(item)
]
RESOURCES: list[type[RetrievalResource]] = [
    item
    for module in (trieve, cortex)
    for item in vars(module).values()
    if isinstance(item, type) and issubclass(item, RetrievalResource)
]
OF_INPUT = {"Output": pulumi.Output, "T": typing.TypeVar("T")}
"""Names inside `pulumi.Input` that only Pulumi's own modules know."""
MADE_BY_US = {"organization_id", "dataset_name", "name", "tracking_id", "tenant_id", "configuration"}
"""Required inputs that a program may leave out where we fill them."""


def choices(annotation: Any) -> set[Any]:
    """The literals anywhere in an annotation."""
    if typing.get_origin(annotation) is typing.Literal:
        return set(typing.get_args(annotation))
    if typing.get_origin(annotation) is Annotated:
        return choices(typing.get_args(annotation)[0])
    return {item for argument in typing.get_args(annotation) for item in choices(argument)}


def shapes(annotation: Any) -> set[str]:
    """What a value may be, as far as both sides can say it."""
    names = {int: "int", float: "float", bool: "bool", str: "str"}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return {"str"}
    if origin in (Annotated, typing_extensions.NotRequired):
        return shapes(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return {item for argument in arguments for item in shapes(argument)} - {"output", "nothing"}
    if origin in (list, tuple) or (origin is not None and origin.__name__ == "Sequence"):
        return {"list"}
    if origin is dict or (origin is not None and origin.__name__ == "Mapping"):
        return {"object"}
    if annotation in names:
        return {names[annotation]}
    if origin in (pulumi.Output,) or (origin is not None and origin.__name__ in ("Output", "Awaitable")):
        return {"output"}
    if annotation is type(None):
        return {"nothing"}
    return {"object"}


def required(twin: Any) -> set[str]:
    """The keys that must be given; `__required_keys__` does not see NotRequired where annotations are texts."""
    hints = typing_extensions.get_type_hints(twin, localns=OF_INPUT, include_extras=True)
    may_miss = {name for name, hint in hints.items() if typing.get_origin(hint) is typing_extensions.NotRequired}
    return set(hints) - may_miss if twin.__total__ else set()


def test_every_resource_has_its_models() -> None:
    assert set(RESOURCES) == INPUTS.keys()


@pytest.mark.parametrize(("twin", "model"), TWINS, ids=[twin.__name__ for twin, _ in TWINS])
def test_twins(twin: Any, model: type[BaseModel]) -> None:
    hints = typing_extensions.get_type_hints(twin, localns=OF_INPUT)
    assert list(hints) == list(model.model_fields), "the same keys in the same order"
    assert required(twin) == {name for name, info in model.model_fields.items() if info.is_required()}
    for name, info in model.model_fields.items():
        assert choices(hints[name]) == choices(info.annotation), name
        assert shapes(hints[name]) == shapes(info.annotation), name


def test_every_nested_model_has_a_twin() -> None:
    twins = {model for _, model in TWINS}
    for resource in RESOURCES:
        todo = list(INPUTS[resource])
        while todo:
            for info in todo.pop().model_fields.values():
                inner = submodel(info.annotation)
                if inner is not None:
                    assert inner in twins
                    todo += [] if any(isinstance(item, Atomic) for item in info.metadata) else [inner]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.__name__)
def test_a_resource_takes_what_its_models_say(resource: type[RetrievalResource]) -> None:
    parameters = dict(inspect.signature(resource.__init__).parameters)
    for name in ("self", "resource_name", "opts"):
        assert parameters.pop(name)
    # What it does not know is taken only to say so.
    parameters = {k: v for k, v in parameters.items() if v.kind is not inspect.Parameter.VAR_KEYWORD}
    fields = {name: info for model in INPUTS[resource] for name, info in model.model_fields.items()}
    assert parameters.keys() == fields.keys()
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in parameters.values())
    for name, info in fields.items():
        optional = parameters[name].default is None
        assert optional or info.is_required(), name
        assert not optional or not info.is_required() or name in MADE_BY_US, name
        assert f":param {name}:" in (resource.__doc__ or ""), f"{name} is not described"


def test_every_service_shows_its_models() -> None:
    for models in INPUTS.values():
        for model in models:
            service = trieve_service if model.__module__.startswith(trieve_service.__name__) else cortex_service
            assert getattr(service, model.__name__) is model
            assert model.__name__ in service.__all__
