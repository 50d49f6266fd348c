"""What a program can read of a resource, and that it can be declared in a program's own unit tests."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any, get_origin

import pulumi
import pytest

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.resource import RetrievalResource, doubt_settings, readable

CLASSES: list[Any] = [
    trieve.Crawl,
    trieve.Dataset,
    trieve.FleetConfiguration,
    trieve.Organization,
    cortex.EmbeddingsTenant,
    cortex.Tenant,
]

WITH_MOCKS = """
import pulumi
from pulumi_retrieval import trieve

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, {**args.inputs, "endpoint": "here"}
    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Mocks())

@pulumi.runtime.test
def test():
    dataset = trieve.Dataset("golden", dataset_name="Golden", server_configuration={"LLM_API_KEY": "a key"})
    read = pulumi.Output.all(dataset.id, dataset.dataset_name, dataset.endpoint, dataset.drifted, dataset.tracking_id)
    secret = pulumi.Output.from_input(dataset.server_configuration.is_secret())
    return pulumi.Output.all(read, secret).apply(print)

test()
"""


@pytest.mark.parametrize("kind", CLASSES)
def test_every_declared_output_is_there(kind: type[RetrievalResource]) -> None:
    hints = {**inspect.get_annotations(RetrievalResource, eval_str=True), **inspect.get_annotations(kind)}
    declared = {name for name, hint in hints.items() if get_origin(hint) is pulumi.Output}
    assert {"endpoint", "created_at"} < declared
    assert declared <= set(readable(tuple(kind.models), tuple(kind.facts)))


def test_a_program_can_be_tested_with_mocks() -> None:
    done = subprocess.run([sys.executable, "-c", WITH_MOCKS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[['golden', 'Golden', 'here', None, None], True]\n"


def test_a_setting_that_is_nearly_one_of_ours_is_doubted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    doubt_settings.cache_clear()
    names = ("trieve:baseUlr", "cortex:apikey", "trieve:baseUrl", "cortex:colour", "mine:apikey", "mine")
    for _ in range(2):
        doubt_settings(names)
    assert warnings == [
        'nobody reads the setting trieve:baseUlr; did you mean "trieve:baseUrl"?',
        'nobody reads the setting cortex:apikey; did you mean "cortex:apiKey"?',
    ]
