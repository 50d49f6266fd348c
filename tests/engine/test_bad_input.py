"""Bad input: each mistake has a clear message, all mistakes of a resource appear at once, and nothing is sent.

Pulumi shows one refused resource per run, so the table runs on the real provider process, and a few rows on the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_retrieval.providers import cortex, trieve
from pulumi_retrieval.providers.adapter import DECLARATION_KEY, RetrievalProvider
from support.engine import Project
from support.provider_process import ProviderProcess
from support.sandbox import Sandbox

DECLARATION = {"name": "thing", "token": "Thing", "candidate": "thing-0a1b2c3d4e", "retain_on_delete": False}
RESERVED = [
    "base_metadata",
    "chunk_content",
    "chunk_id",
    "chunk_uuid",
    "description",
    "document_metadata",
    "layout",
    "source_collaborator",
    "source_collection",
    "source_id",
    "source_last_updated_time",
    "source_owner",
    "source_title",
    "source_type",
    "source_upload_time",
    "source_url",
]


def key(name: str, **attributes: Any) -> dict[str, Any]:
    return {"key": name, "type": "string", "searchable": True, "filterable": False, **attributes}


def configuration(**keys: Any) -> dict[str, Any]:
    return {"server_configuration": keys}


def schema(*items: dict[str, Any]) -> dict[str, Any]:
    return {"tenant_id": "acme", "tenant_metadata_schema": list(items)}


Row = tuple[type[RetrievalProvider], dict[str, Any], str]
DATASET, TENANT, ORGANIZATION = trieve.DatasetProvider, cortex.TenantProvider, trieve.OrganizationProvider
TABLE: dict[str, Row] = {
    "unknown configuration key": (
        DATASET,
        configuration(LLM_DEFALT_MODEL="x"),
        'server_configuration.LLM_DEFALT_MODEL: there is no such key; did you mean "LLM_DEFAULT_MODEL"?',
    ),
    "unknown key in small letters": (DATASET, configuration(max_limit=5), 'did you mean "MAX_LIMIT"?'),
    "unknown argument": (DATASET, {"force_destory": True}, "force_destory: there is no such key"),
    "argument of former times": (DATASET, {"crawl_options": {}}, "crawl_options: there is no such key; the service no"),
    "unknown nested key": (
        DATASET,
        configuration(PUBLIC_DATASET={"enabled": True, "apikey": "x"}),
        'server_configuration.PUBLIC_DATASET.apikey: there is no such key; did you mean "api_key"?',
    ),
    "text for a number": (
        DATASET,
        configuration(MAX_LIMIT="many"),
        'server_configuration.MAX_LIMIT: must be a whole number; it is "many"',
    ),
    "fraction for a whole number": (DATASET, configuration(MAX_LIMIT=2.5), "must be a whole number; it is 2.5"),
    "number for a text": (DATASET, configuration(LLM_DEFAULT_MODEL=4), "must be a text; it is 4"),
    "number for a flag": (DATASET, configuration(FULLTEXT_ENABLED=1), "must be true or false; it is 1"),
    "text for a flag": (DATASET, {"force_destroy": "yes"}, 'force_destroy: must be true or false; it is "yes"'),
    "text for an object": (DATASET, {"server_configuration": "x"}, "server_configuration: must be an object"),
    "number for a secret": (DATASET, configuration(LLM_API_KEY=4711), "LLM_API_KEY: must be a text; it is [secret]"),
    "below the range": (DATASET, configuration(MAX_LIMIT=-1), "MAX_LIMIT: must be 0 or more; it is -1"),
    "above the range": (DATASET, configuration(TEMPERATURE=2.5), "TEMPERATURE: must be 2.0 or less; it is 2.5"),
    "beyond 2^53": (
        DATASET,
        configuration(MAX_LIMIT=2**60),
        "MAX_LIMIT: must not be above 9007199254740991 (2^53 - 1)",
    ),
    "beyond a 32-bit float": (DATASET, configuration(BM25_K=1e39), "server_configuration.BM25_K: must be"),
    "not one of the choices": (
        DATASET,
        configuration(DISTANCE_METRIC="cosin"),
        "server_configuration.DISTANCE_METRIC: must be one of 'cosine', 'euclidean', 'manhattan' or 'dot'",
    ),
    "empty text": (DATASET, configuration(RAG_PROMPT=""), "the service reads an empty text as its default"),
    "empty tracking_id": (DATASET, {"tracking_id": ""}, 'tracking_id: must not be empty; it is ""'),
    "tracking_id that no URL can hold": (DATASET, {"tracking_id": ".."}, "tracking_id: must not be"),
    "organization that is no id": (
        DATASET,
        {"organization_id": "acme"},
        "organization_id: must be an id of the service",
    ),
    "required key missing": (DATASET, configuration(PUBLIC_DATASET={}), "PUBLIC_DATASET.enabled: is required"),
    "clone of nothing": (DATASET, {"clone_from": {}}, "clone_from.dataset_id: is required"),
    "secrets beside another metric": (
        DATASET,
        configuration(DISTANCE_METRIC="dot", LLM_API_KEY="a-key"),
        "with a metric other than cosine server_configuration.LLM_API_KEY cannot be set",
    ),
    "organization without a name": (ORGANIZATION, {}, "name: is required where organization_id is not given"),
    "markup in a name": (ORGANIZATION, {"name": "<b>Acme</b>"}, 'name: must not hold "<" or ">"'),
    "empty name": (ORGANIZATION, {"name": ""}, "name: must not be empty"),
    "unknown partner key": (
        ORGANIZATION,
        {"name": "Acme", "partner_configuration": {"COMPANY_NAM": "x"}},
        'partner_configuration.COMPANY_NAM: there is no such key; did you mean "COMPANY_NAME"?',
    ),
    "duplicate metadata key": (
        TENANT,
        schema(key("a"), key("b"), key("a")),
        'tenant_metadata_schema: "a" is given 2 times; give it once',
    ),
    "unknown metadata type": (
        TENANT,
        schema(key("a", type="text")),
        "tenant_metadata_schema[0].type: must be one of 'string', 'number', 'boolean', 'date', 'object' or 'array'",
    ),
    "metadata key without a type": (TENANT, schema({"key": "a"}), "tenant_metadata_schema[0].type: is required"),
    "empty metadata key": (TENANT, schema(key("")), "tenant_metadata_schema[0].key: must not be empty"),
    "misspelt attribute": (
        TENANT,
        schema(key("a", serchable=True)),
        'tenant_metadata_schema[0].serchable: there is no such key; did you mean "searchable"?',
    ),
    "attributes of the other generation": (
        TENANT,
        schema({"name": "a", "data_type": "VARCHAR"}),
        'tenant_metadata_schema[0]: name, data_type belong to the API generation "v2"',
    ),
    "empty tenant_id": (TENANT, {"tenant_id": ""}, "tenant_id: must not be empty"),
    "spaces around a tenant_id": (TENANT, {"tenant_id": " acme"}, "tenant_id: must not begin or end with a space"),
    "object for a list": (
        TENANT,
        {"tenant_id": "a", "tenant_metadata_schema": {"key": "a"}},
        "tenant_metadata_schema: must be a list",
    ),
    **{
        f"reserved metadata key {name}": (
            TENANT,
            schema(key(name)),
            f'tenant_metadata_schema[0].key: "{name}" is reserved by the service; choose another name',
        )
        for name in RESERVED
    },
}
NO_SCHEME = {"TRIEVE_BASE_URL": "api.trieve.ai", "CORTEX_BASE_URL": "api.usecortex.ai"}
CONNECTIONS: dict[str, tuple[type[RetrievalProvider], dict[str, str], str]] = {
    "missing Trieve key": (
        DATASET,
        {"TRIEVE_ORGANIZATION_ID": "0c79f44f-953c-47db-99fc-5edc818bfc05"},
        "the Trieve API key is missing: pulumi config set --secret trieve:apiKey",
    ),
    "empty Trieve key": (DATASET, {"TRIEVE_API_KEY": ""}, "environment variable TRIEVE_API_KEY is empty"),
    "missing Cortex key": (
        TENANT,
        {},
        "the Cortex API key is missing or empty: pulumi config set --secret cortex:apiKey",
    ),
    "Trieve URL without scheme": (
        DATASET,
        {"TRIEVE_API_KEY": "a-key", **NO_SCHEME},
        "environment variable TRIEVE_BASE_URL must be a URL with a scheme, http or https, like "
        '"https://api.example.com"; it is "api.trieve.ai"',
    ),
    "Cortex URL without scheme": (
        TENANT,
        {"CORTEX_API_KEY": "a-key", **NO_SCHEME},
        "environment variable CORTEX_BASE_URL must be a URL with a scheme",
    ),
    "organization without the admin key": (ORGANIZATION, {"TRIEVE_API_KEY": "a-key"}, "needs trieve:adminKey"),
    "unknown generation": (
        TENANT,
        {"CORTEX_API_KEY": "a-key", "CORTEX_API_VERSION": "v3"},
        'environment variable CORTEX_API_VERSION must be "cortex"',
    ),
}


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def process(shared_sandbox: Sandbox) -> Iterator[ProviderProcess]:
    with ProviderProcess(environment=shared_sandbox.environment) as process:
        yield process


def failures(process: ProviderProcess, provider: type[RetrievalProvider], inputs: dict[str, Any]) -> list[str]:
    found = process.serve(provider()).check({}, {**inputs, DECLARATION_KEY: DECLARATION}).failures
    # Given a name, the engine would print the value of that input, secrets included.
    assert {place for place, _ in found} <= {""}
    return [text for _, text in found]


@pytest.mark.parametrize("row", TABLE)
def test_a_mistake_in_an_input_is_named(row: str, process: ProviderProcess, shared_sandbox: Sandbox) -> None:
    provider, inputs, wanted = TABLE[row]
    (text,) = failures(process, provider, inputs)
    assert wanted in text
    assert "\n" not in text
    assert shared_sandbox.requests() == []


@pytest.mark.parametrize("row", CONNECTIONS)
def test_a_mistake_in_the_connection_is_named(row: str) -> None:
    provider, environment, wanted = CONNECTIONS[row]
    inputs = {DATASET: {}, TENANT: {"tenant_id": "acme"}, ORGANIZATION: {"name": "Acme"}}[provider]
    with ProviderProcess(environment=environment) as process:
        text = "\n".join(failures(process, provider, inputs))
    assert wanted in text


def test_all_mistakes_of_a_resource_appear_at_once(process: ProviderProcess, shared_sandbox: Sandbox) -> None:
    together = (
        "unknown configuration key",
        "text for a number",
        "above the range",
        "not one of the choices",
        "empty text",
    )
    keys = {name: value for row in together for name, value in TABLE[row][1]["server_configuration"].items()}
    found = failures(process, DATASET, {**configuration(**keys), "tracking_id": "", "force_destory": True})
    assert len(found) == len(together) + 2
    for row in (*together, "empty tracking_id", "unknown argument"):
        assert any(TABLE[row][2] in text for text in found), row
    found = failures(process, TENANT, schema(*map(key, RESERVED), key("a", type="text"), key("a")))
    assert len(found) == len(RESERVED) + 2
    assert shared_sandbox.requests() == []


def test_the_engine_shows_all_mistakes_of_one_resource_on_a_clean_screen(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        trieve.Dataset(
            "golden",
            tracking_id="",
            force_destory=True,
            server_configuration={"LLM_DEFALT_MODEL": "x", "MAX_LIMIT": "many", "TEMPERATURE": 2.5, "LLM_API_KEY": 4711},
        )
    """
    for run in (project.preview(), project.up()):
        run.expect_failure(
            "tracking_id: must not be empty",
            "force_destory: there is no such key",
            'did you mean "LLM_DEFAULT_MODEL"?',
            'server_configuration.MAX_LIMIT: must be a whole number; it is "many"',
            "server_configuration.TEMPERATURE: must be 2.0 or less",
            "server_configuration.LLM_API_KEY: must be a text; it is [secret]",
        )
        assert "Traceback" not in run.output
        assert "KeyboardInterrupt" not in run.output
        assert "4711" not in run.output
    assert project.resources() == []
    assert sandbox.requests() == []


def test_the_engine_shows_mistakes_in_a_schema(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        from pulumi_retrieval import cortex

        cortex.Tenant(
            "acme",
            tenant_metadata_schema=[
                {"key": "source_id", "type": "string"},
                {"key": "a", "type": "text"},
                {"key": "b", "type": "date"},
                {"key": "b", "type": "date"},
            ],
        )
    """
    run = project.preview().expect_failure(
        '"source_id" is reserved by the service',
        "tenant_metadata_schema[1].type: must be one of",
        'tenant_metadata_schema: "b" is given 2 times',
    )
    assert "Traceback" not in run.output
    assert sandbox.requests() == []


def test_an_import_is_refused_with_what_works(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        trieve.Dataset("golden", tracking_id="golden", opts=pulumi.ResourceOptions(import_="an-id"))
    """
    run = project.up().expect_failure(
        "Dataset golden: the option import_ does not work for dynamic resources; to take an existing object under "
        "management, declare it and set adopt=True"
    )
    assert "Traceback" not in run.output
    assert sandbox.requests() == []


def test_a_secret_in_plain_configuration_draws_a_warning(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        key = pulumi.Config().require("llmKey")
        trieve.Dataset("golden", tracking_id="golden", server_configuration={"LLM_API_KEY": key})
    """
    warning = "server_configuration.LLM_API_KEY stands in plain text in the stack configuration, as test:llmKey"
    project.config("llmKey", "in-plain-text")
    run = project.preview()
    assert warning in run.expect_success().output
    assert "To fix: pulumi config set --secret test:llmKey" in run.output
    assert "in-plain-text" not in run.output
    project.config("llmKey", "in-plain-text", secret=True)
    assert warning not in project.preview().expect_success().output
