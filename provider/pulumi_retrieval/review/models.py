"""Finds the input model of a stored resource, which defines what its values mean."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from ..core.definition import Definition
from ..core.records import ENDPOINT
from ..services.cortex.inputs import (
    DatabaseTenantInputs,
    EmbeddingsDatabaseInputs,
    EmbeddingsTenantInputs,
    TenantInputs,
)
from ..services.trieve import ApiKeyInputs, CrawlInputs, DatasetInputs, FleetConfigurationInputs, OrganizationInputs
from ..services.trieve.api_key import ApiKeyDefinition
from ..services.trieve.crawl import CrawlDefinition
from .states import Resource

_DYNAMIC = "pulumi-python:dynamic/"
MODELS: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "trieve:Organization": {"": OrganizationInputs},
    "trieve:Dataset": {"": DatasetInputs},
    "trieve:FleetConfiguration": {"": FleetConfigurationInputs},
    "trieve:Crawl": {"": CrawlInputs},
    "trieve:ApiKey": {"": ApiKeyInputs},
    "cortex:Tenant": {"cortex": TenantInputs, "v2": DatabaseTenantInputs},
    "cortex:EmbeddingsTenant": {"cortex": EmbeddingsTenantInputs, "v2": EmbeddingsDatabaseInputs},
}
"""Type → generation of the API (empty where the service has only one) → model."""


def loses_nothing_by_replacement(resource: Resource) -> bool:
    """Whether a replacement of the resource loses no data, so that its immutable inputs may differ like any other."""
    definitions: Mapping[str, type[Definition]] = {"trieve:Crawl": CrawlDefinition, "trieve:ApiKey": ApiKeyDefinition}
    found = definitions.get(resource.type.removeprefix(_DYNAMIC))
    return found is not None and found.replaces_freely


def generation_of(resource: Resource) -> str:
    """The API generation that a resource was created with; empty where its service has only one."""
    return endpoint_of(resource).partition(" ")[2]


def endpoint_of(resource: Resource) -> str:
    """The endpoint of a resource as stored in the state; empty where it is unknown."""
    endpoint = resource.inputs.get(ENDPOINT) or resource.outputs.get(ENDPOINT)
    return endpoint if isinstance(endpoint, str) else ""


def model_of(resource: Resource) -> type[BaseModel] | None:
    """The input model of a resource; None for other packages, components and unknown API generations."""
    models = MODELS.get(resource.type.removeprefix(_DYNAMIC), {}) if resource.type.startswith(_DYNAMIC) else {}
    return models.get(generation_of(resource))
