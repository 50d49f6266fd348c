"""A dynamic resource that does nothing, pickled by reference like those of this package: the least that an engine costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class FloorProvider(ResourceProvider):
    """A provider that does nothing. The methods that it does not override do nothing in the SDK."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(str(props["dataset_name"]), props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_news)


class Floor(Resource, module="bench", name="Floor"):
    """A resource with the inputs of a dataset."""

    def __init__(self, name: str, inputs: Mapping[str, Any]) -> None:
        super().__init__(FloorProvider(), name, dict(inputs), pulumi.ResourceOptions())
