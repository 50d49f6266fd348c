"""The reference has every input and every output of every resource, look-up and setting, and is up to date.

The models, classes and functions are walked here anew; nothing is taken from the tool that writes the pages.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_origin

import pulumi
import pytest
from pydantic import BaseModel

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.core.fields import Default, Guard, Inputs, Source, item_model, submodel
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.resource import RetrievalResource
from pulumi_retrieval.services.cortex.connection import DEFAULT_BASE_URLS, CortexConnection
from pulumi_retrieval.services.cortex.inputs import (
    DatabaseTenantInputs,
    EmbeddingsDatabaseInputs,
    EmbeddingsTenantInputs,
    TenantInputs,
)
from pulumi_retrieval.services.registry import SERVICES
from pulumi_retrieval.services.trieve.configuration import ServerConfiguration
from pulumi_retrieval.services.trieve.connection import DEFAULT_BASE_URL, TrieveConnection
from pulumi_retrieval.services.trieve.inputs import (
    ApiKeyInputs,
    CrawlInputs,
    DatasetInputs,
    FleetConfigurationInputs,
    OrganizationInputs,
)
from support.guides import ROOT

REFERENCE = ROOT / "docs" / "reference"
MODULES = {"trieve": trieve, "cortex": cortex}
MODELS: dict[type[RetrievalResource], tuple[type[Inputs], ...]] = {
    trieve.Organization: (OrganizationInputs,),
    trieve.Dataset: (DatasetInputs,),
    trieve.FleetConfiguration: (FleetConfigurationInputs,),
    trieve.Crawl: (CrawlInputs,),
    trieve.ApiKey: (ApiKeyInputs,),
    cortex.Tenant: (TenantInputs, DatabaseTenantInputs),
    cortex.EmbeddingsTenant: (EmbeddingsTenantInputs, EmbeddingsDatabaseInputs),
}
ENTRY = re.compile(r"^### (.+?)\n\n(.*?)(?=\n##|\Z)", re.MULTILINE | re.DOTALL)
FACTS = re.compile(r"^- \*\*(\w+)\*\*: (.+)$", re.MULTILINE)


def page_of(resource: type[RetrievalResource]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", resource.__name__).lower()
    return (REFERENCE / f"{resource.__module__.split('.')[1]}-{words}.md").read_text()


def sections(page: str) -> list[tuple[str, str]]:
    """Heading and text of every section of a page, in their order."""
    return [(match[1], match[2]) for match in ENTRY.finditer(page)]


def names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield f"{prefix}{name}"
        inner, item = submodel(info.annotation), item_model(info.annotation)
        if inner is ServerConfiguration:
            continue
        if below := inner or item:
            yield from names(below, f"{prefix}{name}{'.' if inner else '[].'}")


RESOURCES = [
    getattr(module, name)
    for module in MODULES.values()
    for name in module.__all__
    if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), RetrievalResource)
]
each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda it: it.__name__)


def test_the_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reference", "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tools")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@each_resource
def test_every_input_of_a_resource_is_there(resource: type[RetrievalResource]) -> None:
    found = [heading.strip("`") for heading, _ in sections(page_of(resource))]
    assert sorted(found) == sorted(name for model in MODELS[resource] for name in names(model))
    arguments = set(inspect.signature(resource.__init__).parameters) - {"self", "resource_name", "opts", "unknown"}
    assert arguments - set(found) == set()


def test_every_configuration_key_is_there() -> None:
    page = (REFERENCE / "configuration-keys.md").read_text()
    found = {heading.strip("`") for heading, _ in sections(page)}
    assert found == {*names(ServerConfiguration), "PUBLIC_DATASET.extra_params.apiKey"}


PAGES = {**{it.__name__: page_of(it) for it in RESOURCES}, "keys": (REFERENCE / "configuration-keys.md").read_text()}


@pytest.mark.parametrize("name", PAGES)
def test_every_input_has_value_default_change_and_source(name: str) -> None:
    for heading, text in sections(PAGES[name]):
        said = dict(FACTS.findall(text))
        assert {"Value", "Default", "Change", "Source"} <= set(said), f"{heading}: {text}"
        assert text.partition("\n")[0].endswith("."), f"{heading} needs a description"
        assert "/services/" in said["Source"] or said["Source"] == "this package; never sent"


@each_resource
def test_every_output_of_a_resource_is_there(resource: type[RetrievalResource]) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page_of(resource).partition("## Outputs")[2], re.MULTILINE))
    hints = {**inspect.get_annotations(RetrievalResource, eval_str=True), **resource.__annotations__}
    wanted = {name for name, hint in hints.items() if get_origin(hint) is pulumi.Output}
    assert set(rows) == wanted | {"id"}
    assert [name for name, text in rows.items() if not re.match(r"\w.+\. `", text)] == []
    assert {name for name, text in rows.items() if text.endswith(", secret")} == set(resource.secret_outputs)


def lookups(module: ModuleType) -> dict[str, Any]:
    return {name: getattr(module, name) for name in module.__all__ if inspect.isfunction(getattr(module, name))}


@pytest.mark.parametrize("service", MODULES)
def test_every_look_up_is_there(service: str) -> None:
    page = (REFERENCE / f"{service}-look-ups.md").read_text()
    parts = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for name, function in lookups(MODULES[service]).items():
        if name.endswith("_output"):
            assert name.removesuffix("_output") in parts
            continue
        assert "/services/" in parts[name], f"{name} does not say which call it makes"
        assert set(inspect.signature(function).parameters) == set(re.findall(r"^\| `(\w+)` \|", parts[name], re.M))
    for name in MODULES[service].__all__:
        if dataclasses.is_dataclass(it := getattr(MODULES[service], name)):
            rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", parts[name], re.MULTILINE))
            assert set(rows) == {field.name for field in dataclasses.fields(it)}
            assert [field for field, text in rows.items() if not re.match(r"\w.+\. `", text)] == []


def test_every_setting_is_there() -> None:
    page = (REFERENCE / "settings.md").read_text()
    found = {name: text for heading, text in sections(page) for name in re.findall(r"`([\w:]+)`", heading)}
    assert set(found) == {f"{service}:{name}" for service, entry in SERVICES.items() for name in entry.settings}
    for service, entry in SERVICES.items():
        for setting in entry.declared:
            said = dict(FACTS.findall(found[f"{service}:{setting.name}"]))
            assert {"Value", "Default", "Change"} <= set(said)
            assert ("Secret" in said) == setting.secret
            assert "number" not in setting.type or setting.unit


CONNECTIONS = {"trieve": TrieveConnection, "cortex": CortexConnection}
VALUES = {
    "baseUrl": "https://example.com",
    "organizationId": "57d8e34b-a152-4e55-a5fa-64dc852419a6",
    "apiVersion": "v2",
}


@pytest.mark.parametrize("service", SERVICES)
def test_documented_settings_match_the_source(service: str) -> None:
    declared = SERVICES[service].declared
    environ = {it.environment: VALUES.get(it.name, "key") for it in declared if it.environment}
    read = CONNECTIONS[service].read({}, environ)
    told = {it.name: f"environment variable {it.environment}" for it in declared if it.environment}
    assert dict(read.sources) == told
    assert read.problems == ()
    bare = CONNECTIONS[service].read({}, {})
    words = {it.name: it.otherwise for it in declared}
    urls = [DEFAULT_BASE_URL] if service == "trieve" else DEFAULT_BASE_URLS.values()
    assert all(url in words["baseUrl"] for url in urls)
    assert bare.base_url in words["baseUrl"]
    assert {it.name: it.default for it in declared if it.default is not None} == {
        "timeout": bare.timeout,
        "maxRetries": bare.max_retries,
        "maxInFlight": bare.max_in_flight,
        "maxGone": bare.max_gone,
    }
    assert (bare.adopt, bare.requests_per_second, bare.former_base_urls) == (False, None, ())
    assert SERVICES[service].open(raw={}, environ={}, run=Run()).connection == bare


ALL = [*dict.fromkeys(model for group in MODELS.values() for model in group), ServerConfiguration]


@pytest.mark.parametrize("model", ALL, ids=lambda it: it.__name__)
def test_guards_say_their_default_and_everything_else_its_source(model: type[Inputs]) -> None:
    for name, info in model.model_fields.items():
        said = [
            *info.metadata,
            *(item for inner in typing.get_args(info.annotation) for item in typing.get_args(inner)),
        ]
        if any(isinstance(item, Guard) for item in said):
            assert info.default is not None or any(isinstance(item, Default) for item in said), name
        else:
            assert model.default_source is not None or any(isinstance(item, Source) for item in said), name
