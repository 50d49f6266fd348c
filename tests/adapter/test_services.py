"""One entry makes a service known everywhere."""

from __future__ import annotations

import pytest

from pulumi_retrieval.core.run import Run
from pulumi_retrieval.provider import CortexSettings, TrieveSettings
from pulumi_retrieval.services.registry import SERVICES, settings_with_namespace

TYPED = {"trieve": TrieveSettings, "cortex": CortexSettings}


@pytest.mark.parametrize("name", SERVICES)
def test_the_typed_settings_of_a_provider_are_those_of_the_service(name: str) -> None:
    assert set(TYPED[name].__annotations__) == set(SERVICES[name].settings)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_opens_without_a_connection_and_names_its_problems(name: str) -> None:
    opened = SERVICES[name].open(raw={}, environ={}, run=Run())
    assert opened.connection.problems
    assert opened.resources
    assert opened.describe().startswith(f"{name}: ")


def test_keys_are_settings() -> None:
    assert set(settings_with_namespace(credentials=True)) < set(settings_with_namespace())
    assert "trieve:adminKey" in settings_with_namespace(credentials=True)
