"""What stands in the state of every stack there is, and so can never change."""

from __future__ import annotations

import base64
import inspect
import os
import pickle
import subprocess
import sys

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.providers import cortex as cortex_providers
from pulumi_retrieval.providers import trieve as trieve_providers
from pulumi_retrieval.providers.adapter import RetrievalProvider
from pulumi_retrieval.resource import RetrievalResource

FOUR = "gASV"
"""How a pickle of protocol 4 begins in base64. A Python whose default is another writes other strings, and reads these."""

GOLDEN: dict[type[RetrievalResource], tuple[str, type[RetrievalProvider], str]] = {
    trieve.Organization: (
        "trieve:Organization",
        trieve_providers.OrganizationProvider,
        "gASVQQAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLnRyaWV2ZZSMFE9yZ2FuaXphdGlvblByb3ZpZGVylJOUKYGULg==",
    ),
    trieve.Dataset: (
        "trieve:Dataset",
        trieve_providers.DatasetProvider,
        "gASVPAAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLnRyaWV2ZZSMD0RhdGFzZXRQcm92aWRlcpSTlCmBlC4=",
    ),
    trieve.FleetConfiguration: (
        "trieve:FleetConfiguration",
        trieve_providers.FleetConfigurationProvider,
        "gASVRwAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLnRyaWV2ZZSMGkZsZWV0Q29uZmlndXJhdGlvblByb3ZpZGVylJOUKYGULg==",
    ),
    trieve.Crawl: (
        "trieve:Crawl",
        trieve_providers.CrawlProvider,
        "gASVOgAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLnRyaWV2ZZSMDUNyYXdsUHJvdmlkZXKUk5QpgZQu",
    ),
    trieve.ApiKey: (
        "trieve:ApiKey",
        trieve_providers.ApiKeyProvider,
        "gASVOwAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLnRyaWV2ZZSMDkFwaUtleVByb3ZpZGVylJOUKYGULg==",
    ),
    cortex.Tenant: (
        "cortex:Tenant",
        cortex_providers.TenantProvider,
        "gASVOwAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLmNvcnRleJSMDlRlbmFudFByb3ZpZGVylJOUKYGULg==",
    ),
    cortex.EmbeddingsTenant: (
        "cortex:EmbeddingsTenant",
        cortex_providers.EmbeddingsTenantProvider,
        "gASVRQAAAAAAAACMIXB1bHVtaV9yZXRyaWV2YWwucHJvdmlkZXJzLmNvcnRleJSMGEVtYmVkZGluZ3NUZW5hbnRQcm92aWRlcpSTlCmBlC4=",
    ),
}
resources = pytest.mark.parametrize("resource", GOLDEN, ids=lambda resource: resource.__name__)


@resources
def test_the_type_of_a_resource(resource: type[RetrievalResource]) -> None:
    # The base class of dynamic resources puts "pulumi-python:" in front.
    assert resource._resource_type_name == f"dynamic/{GOLDEN[resource][0]}"


@resources
def test_a_provider_is_stored_as_its_name_alone(resource: type[RetrievalResource]) -> None:
    _, provider, golden = GOLDEN[resource]
    assert provider().__dict__ == {}
    loaded = pickle.loads(base64.b64decode(golden))
    assert type(loaded) is provider
    stored = serialize_provider(provider())
    assert type(pickle.loads(base64.b64decode(stored))) is provider
    if stored.startswith(FOUR):
        assert stored == golden
    assert len(stored) < 130
    assert provider.serialize_as_secret_always is False


def test_what_is_stored_is_the_same_in_every_process() -> None:
    names = [f"{provider.__module__}:{provider.__name__}" for _, provider, _ in GOLDEN.values()]
    program = (
        "import importlib, sys\n"
        "from pulumi.dynamic.dynamic import serialize_provider\n"
        "for name in sys.argv[1:]:\n"
        "    module, _, kind = name.partition(':')\n"
        "    print(serialize_provider(getattr(importlib.import_module(module), kind)()))\n"
    )
    here = [serialize_provider(provider()) for _, provider, _ in GOLDEN.values()]
    for seed in ("0", "1234"):
        done = subprocess.run(
            [sys.executable, "-c", program, *names],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == here


def test_every_provider_and_every_resource_is_pinned() -> None:
    defined = {
        kind
        for module in (trieve_providers, cortex_providers)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, RetrievalProvider) and kind is not RetrievalProvider
    }
    assert {provider for _, provider, _ in GOLDEN.values()} == defined
    public = {
        kind
        for module in (trieve, cortex)
        for kind in (getattr(module, name) for name in module.__all__)
        if isinstance(kind, type) and issubclass(kind, RetrievalResource)
    }
    assert set(GOLDEN) == public
