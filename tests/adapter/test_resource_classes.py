"""What a program can read of a resource, and that it can be declared in a program's own unit tests."""

from __future__ import annotations

import subprocess
import sys

import pulumi
import pytest

from pulumi_retrieval import Provider, trieve
from pulumi_retrieval.core.fields import Mutability, field_specs, secret_paths
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.resource import RetrievalResource, warn_of_unknown_settings
from pulumi_retrieval.services.cortex import CortexService
from pulumi_retrieval.services.trieve import TrieveService
from support.models import MODELS

ORGANIZATION = "0f5e9a30-2a55-4c5c-8c5e-1f9d7b3c2a10"

MOCKS = """
import pulumi
from pulumi_retrieval import trieve

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, {**args.inputs, "endpoint": "here"}
    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Mocks())
"""

WITH_MOCKS = """

@pulumi.runtime.test
def test():
    dataset = trieve.Dataset("golden", dataset_name="Golden", server_configuration={"LLM_API_KEY": "a key"})
    read = pulumi.Output.all(dataset.id, dataset.dataset_name, dataset.endpoint, dataset.drifted, dataset.tracking_id)
    secret = pulumi.Output.from_input(dataset.server_configuration.is_secret())
    return pulumi.Output.all(read, secret).apply(print)

test()
"""

OF_ANOTHER_TEST = """

@pulumi.runtime.test
def test_one():
    trieve.Dataset("dataset", server_configuration={"MAX_LIMIT": 5})

@pulumi.runtime.test
def test_another():
    trieve.FleetConfiguration("fleet", configuration={"MAX_LIMIT": 6})

test_one()
test_another()
"""

ONE_OUTPUT = """
pulumi.log.warn = print

@pulumi.runtime.test
def test():
    configuration = pulumi.Output.from_input({"MAX_LIMIT": 5, "LLM_API_KEY": "a key", "RERANKER_API_KEY": "another"})
    dataset = trieve.Dataset("golden", server_configuration=configuration)
    return pulumi.Output.from_input(dataset.server_configuration.is_secret()).apply(print)

test()
"""


@pytest.mark.parametrize("resource", MODELS, ids=lambda resource: resource.__name__)
def test_every_secret_of_the_models_is_marked(resource: type[RetrievalResource]) -> None:
    assert set(resource.secrets) == {path for model in MODELS[resource] for path in secret_paths(model)}


@pytest.mark.parametrize("resource", MODELS, ids=lambda resource: resource.__name__)
def test_what_a_class_says_of_secret_outputs_and_replacements_its_definition_says_too(
    resource: type[RetrievalResource],
) -> None:
    services = (
        TrieveService(raw={"trieve:apiKey": "a key", "trieve:organizationId": ORGANIZATION}, environ={}, run=Run()),
        CortexService(raw={"cortex:apiKey": "a key"}, environ={}, run=Run()),
    )
    cycles = [cycle for service in services for cycle in service.resources.values()]
    (definition,) = [cycle.definition for cycle in cycles if cycle.definition.model in MODELS[resource]]
    assert tuple(resource.secret_outputs) == tuple(definition.secret_outputs)
    assert set(resource.secret_outputs) <= set(resource._outputs)
    assert resource.deletes_first is definition.deletes_first


@pytest.mark.parametrize("resource", MODELS, ids=lambda resource: resource.__name__)
def test_every_input_that_is_sent_is_an_output(resource: type[RetrievalResource]) -> None:
    told = {
        path[0]
        for model in MODELS[resource]
        for path, spec in field_specs(model).items()
        if spec.mutability not in (Mutability.GUARD, Mutability.CREATE_ONLY)
    }
    assert told | {"endpoint", "observed_immutable", "drifted", "created_at"} <= set(resource._outputs)
    assert len(set(resource._outputs)) == len(resource._outputs)


def test_a_subclass_of_a_program_can_be_read_as_well() -> None:
    class Mine(trieve.Dataset):
        """Adds nothing."""

    assert Mine._outputs == trieve.Dataset._outputs


def test_a_program_loads_nothing_that_only_providers_need() -> None:
    heavy = "{'pydantic', 'httpx', 'rich'} & sys.modules.keys()"
    text = f"import sys; from pulumi_retrieval import Provider, cortex, trieve; print({heavy})"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"


def test_a_provider_process_loads_nothing_that_shows_progress() -> None:
    loaded = "import pulumi.dynamic, pulumi_retrieval.providers.trieve, pulumi_retrieval.providers.cortex"
    services = "import pulumi_retrieval.services.trieve, pulumi_retrieval.services.cortex"
    text = f"import sys; {loaded}; {services}; print({{'rich', 'pulumi_retrieval.progress_bar'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"


def test_the_key_of_an_api_key_is_secret_also_where_a_program_passes_it() -> None:
    text = """
@pulumi.runtime.test
def test():
    key = trieve.ApiKey("ci", role=0, **{"api_key": "mine"})
    return pulumi.Output.from_input(key.api_key.is_secret()).apply(print)

test()
"""
    done = subprocess.run([sys.executable, "-c", MOCKS + text], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr


def test_a_program_can_be_tested_with_mocks() -> None:
    done = subprocess.run([sys.executable, "-c", MOCKS + WITH_MOCKS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[['golden', 'Golden', 'here', None, None], True]\n"


def test_unit_tests_with_mocks_do_not_share_declared_keys() -> None:
    done = subprocess.run([sys.executable, "-c", MOCKS + OF_ANOTHER_TEST], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_an_output_of_a_whole_object_becomes_secret_with_one_warning() -> None:
    done = subprocess.run([sys.executable, "-c", MOCKS + ONE_OUTPUT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Dataset golden: server_configuration is an Output of a whole object, so all of it becomes a secret. To fix: pass an "
        "object with Outputs inside",
        "True",
    ]


def test_an_unknown_setting_close_to_a_known_one_is_warned_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    warn_of_unknown_settings.cache_clear()
    names = ("trieve:baseUlr", "cortex:apikey", "trieve:baseUrl", "cortex:colour", "mine:apikey", "mine")
    for _ in range(2):
        warn_of_unknown_settings(names)
    assert warnings == [
        'unknown setting trieve:baseUlr, which has no effect; did you mean "trieve:baseUrl"?',
        'unknown setting cortex:apikey, which has no effect; did you mean "cortex:apiKey"?',
    ]


@pytest.mark.parametrize(
    ("name", "hint"), [("apikey", 'did you mean "apiKey"? '), ("baseURL", 'did you mean "baseUrl"? '), ("colour", "")]
)
def test_an_unknown_setting_of_a_provider_is_refused_with_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        Provider("eu", trieve={name: "x"})  # type: ignore[misc]
    assert str(raised.value).startswith(
        f"Provider: trieve has no setting '{name}'; {hint}known settings: apiKey, baseUrl, "
    )
