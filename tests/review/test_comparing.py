"""Which differences of two stacks were to be expected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from pulumi_retrieval.core.fields import Mutability, field_specs
from pulumi_retrieval.core.values import dotted
from pulumi_retrieval.review.compare_text import lines, to_json
from pulumi_retrieval.review.comparing import compare
from pulumi_retrieval.review.differences import Comparison, Verdict
from pulumi_retrieval.review.expectations import Judged
from pulumi_retrieval.review.matching import Role
from pulumi_retrieval.review.models import MODELS as STORED_MODELS
from pulumi_retrieval.review.models import model_of
from pulumi_retrieval.services.trieve import ApiKeyInputs, CrawlInputs, DatasetInputs
from support.models import MODELS
from support.states import DATASET, Stack, secret

CANARY = Role.parse("canary=customer-*")
EMBEDDING = {"server_configuration.EMBEDDING_SIZE": 768, "server_configuration.DISTANCE_METRIC": "cosine"}
FIELD = {"name": "plan", "data_type": "VARCHAR", "max_length": 100}


def found(left: Stack, right: Stack, *roles: Role) -> dict[str, tuple[str, str, str]]:
    """Path → verdict and both values."""
    differences = compare(left.state, right.state, roles=roles).differences
    assert len({one.path for one in differences}) == len(differences)
    return {one.path: (one.verdict.name, one.left, one.right) for one in differences}


def shown(comparison: Comparison) -> str:
    """Everything that is shown of a comparison."""
    judged = Judged(comparison)
    return json.dumps(to_json(judged), ensure_ascii=False) + "\n".join(line.text for line in lines(judged))


def datasets(left: dict[str, Any], right: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """What differs of two datasets, without ids and endpoints."""
    differences = found(Stack("a").dataset(**left), Stack("b").dataset(**right))
    for path in ("endpoint", "organization_id", "tracking_id"):
        assert differences.pop(path)[0] == "EXPECTED"
    return differences


def tenants(left: dict[str, Any], right: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    differences = found(Stack("a").tenant(**left), Stack("b").tenant(**right))
    return {path: value for path, value in differences.items() if path not in ("endpoint", "tenant_id")}


def config(**keys: Any) -> dict[str, Any]:
    return {"server_configuration": keys}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # what may differ
        ({"adopt": True}, {}, {"adopt": ("EXPECTED", "true", "not set")}),
        ({}, {"on_immutable_change": "replace"}, {"on_immutable_change": ("EXPECTED", "not set", '"replace"')}),
        ({}, config(LOCKED=True), {"server_configuration.LOCKED": ("EXPECTED", "not set", "true")}),
        ({"clone_from": {"dataset_id": "x"}}, {}, {"clone_from": ("EXPECTED", '{"dataset_id": "x"}', "not set")}),
        (config(LLM_API_KEY=secret()), {}, {"server_configuration.LLM_API_KEY": ("EXPECTED", "set", "not set")}),
        (config(LLM_API_KEY=secret()), config(LLM_API_KEY=secret("another")), {}),
        (config(LLM_API_KEY=secret()), config(LLM_API_KEY="plain"), {}),
        # what may not
        (config(MAX_LIMIT=10), config(MAX_LIMIT=10.0), {}),
        (config(MAX_LIMIT=10), config(MAX_LIMIT=8), {"server_configuration.MAX_LIMIT": ("UNEXPECTED", "10", "8")}),
        (config(MAX_LIMIT=10), {}, {"server_configuration.MAX_LIMIT": ("UNEXPECTED", "10", "not set")}),
        (config(NEW=[1]), config(NEW=[2]), {"server_configuration.NEW": ("UNEXPECTED", "[1]", "[2]")}),
        (config(BM25_B=0.1), config(BM25_B=0.10000000149011612), {}),
        ({"dataset_name": "x"}, {"dataset_name": "y"}, {"dataset_name": ("UNEXPECTED", '"x"', '"y"')}),
        # what never may
        ({}, {"force_destroy": True}, {"force_destroy": ("NEVER", "false", "true")}),
        ({"force_destroy": False}, {}, {}),
        (
            config(EMBEDDING_MODEL_NAME="one"),
            config(EMBEDDING_MODEL_NAME="two"),
            {"server_configuration.EMBEDDING_MODEL_NAME": ("NEVER", '"one"', '"two"')},
        ),
        # what the service holds counts where no program says anything, and where somebody changed it
        (config(EMBEDDING_SIZE=768), {"observed": EMBEDDING}, {}),
        (
            config(EMBEDDING_SIZE=1536),
            {"observed": EMBEDDING},
            {"server_configuration.EMBEDDING_SIZE": ("NEVER", "1536", "768")},
        ),
        (config(EMBEDDING_SIZE=768), {}, {"server_configuration.EMBEDDING_SIZE": ("NEVER", "768", "not set")}),
        ({"observed": EMBEDDING}, {}, {}),
        (
            {"observed": EMBEDDING},
            {"observed": {**EMBEDDING, "server_configuration.DISTANCE_METRIC": "dot"}},
            {"server_configuration.DISTANCE_METRIC": ("NEVER", '"cosine"', '"dot"')},
        ),
        (
            {**config(EMBEDDING_SIZE=768), "observed": EMBEDDING},
            {**config(EMBEDDING_SIZE=768), "observed": {"server_configuration.EMBEDDING_SIZE": 1024}},
            {"server_configuration.EMBEDDING_SIZE": ("NEVER", "768", "1024")},
        ),
    ],
)
def test_datasets(left: dict[str, Any], right: dict[str, Any], expected: dict[str, Any]) -> None:
    assert datasets(left, right) == expected
    swapped = {path: (verdict, now, was) for path, (verdict, was, now) in expected.items()}
    assert datasets(right, left) == swapped


def schema(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"tenant_metadata_schema": list(fields)}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"wait_seconds": 0}, {}, {"wait_seconds": ("EXPECTED", "0", "600")}),
        ({"force_destroy": True}, {}, {"force_destroy": ("NEVER", "true", "false")}),
        ({"embeddings_dimension": 8}, {"embeddings_dimension": 9}, {"embeddings_dimension": ("NEVER", "8", "9")}),
        (schema(FIELD, {**FIELD, "name": "b"}), schema({**FIELD, "name": "b"}, FIELD), {}),
        (schema(), {}, {}),
        (
            schema(FIELD),
            schema({**FIELD, "max_length": 50}),
            {'tenant_metadata_schema["plan"].max_length': ("NEVER", "100", "50")},
        ),
        (schema(FIELD), {"observed": schema({"name": "plan", "data_type": "VARCHAR"})}, {}),
    ],
)
def test_tenants(left: dict[str, Any], right: dict[str, Any], expected: dict[str, Any]) -> None:
    assert tenants(left, right) == expected


def test_a_field_that_only_one_schema_has() -> None:
    [(path, (verdict, _, right))] = tenants(schema(FIELD), schema(FIELD, {**FIELD, "name": "extra"})).items()
    assert (path, verdict) == ('tenant_metadata_schema["extra"]', "NEVER")
    assert "VARCHAR" in right


def test_another_api_generation_is_the_only_difference_reported() -> None:
    differences = found(Stack("a").tenant(generation="cortex", note="x"), Stack("b").tenant(generation="v2"))
    assert differences == {"apiVersion": ("NEVER", '"cortex"', '"v2"')}


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
def test_protections_of_the_engine_are_guards(option: str) -> None:
    differences = found(Stack("a").add(DATASET, "docs", **{option: True}), Stack("b").add(DATASET, "docs"))
    assert differences == {option: ("EXPECTED", "true", "false")}


def test_a_resource_that_only_one_stack_has() -> None:
    left, right = Stack("a").dataset("one").add("x:y:Z", "two"), Stack("b").dataset("three")
    comparison = compare(left.state, right.state)
    said = {(one.name, one.left, one.right, one.verdict, bool(one.urn)) for one in comparison.differences}
    assert said == {
        ("one", "there", "missing", Verdict.UNEXPECTED, False),
        ("two", "there", "missing", Verdict.UNEXPECTED, False),
        ("three", "missing", "there", Verdict.UNEXPECTED, True),
    }


def test_values_of_other_packages_are_not_compared() -> None:
    left = Stack("a").add("random:index/randomPet:RandomPet", "pet", inputs={"length": 1})
    right = Stack("b").add("random:index/randomPet:RandomPet", "pet", inputs={"length": 2})
    assert found(left, right) == {}


def test_names_of_customers_and_of_roles_are_expected() -> None:
    prompt = "You answer {} of Acme."
    left = Stack("staging").component("canary").dataset("canary-docs", **config(SYSTEM_PROMPT=prompt.format("canary")))
    right = Stack("production").component("customer-7")
    right.dataset("customer-7-docs", dataset_name="Seven & Sons", **config(SYSTEM_PROMPT=prompt.format("customer-7")))
    differences = found(left, right, CANARY)
    assert differences["dataset_name"] == ("EXPECTED", '"documents"', '"Seven & Sons"')
    assert differences["server_configuration.SYSTEM_PROMPT"][0] == "EXPECTED"


def test_a_role_excuses_no_other_text() -> None:
    left = Stack("staging").component("canary").dataset("canary-docs", **config(SYSTEM_PROMPT="Be brief."))
    right = Stack("production").component("customer-7").dataset("customer-7-docs", **config(SYSTEM_PROMPT="Be long."))
    assert found(left, right, CANARY)["server_configuration.SYSTEM_PROMPT"][0] == "UNEXPECTED"


def test_a_role_excuses_no_embedding_key() -> None:
    key = "EMBEDDING_BASE_URL"
    left = Stack("staging").dataset(**config(**{key: "https://embed.staging.example.test"}))
    right = Stack("production").dataset(**config(**{key: "https://embed.production.example.test"}))
    assert found(left, right, Role.parse("staging=production"))[f"server_configuration.{key}"][0] == "NEVER"


def test_texts_that_are_cut_are_shown_where_they_differ() -> None:
    start = "a" * 500
    differences = datasets(config(RAG_PROMPT=f"{start} left"), config(RAG_PROMPT=f"{start} right"))
    _, left, right = differences["server_configuration.RAG_PROMPT"]
    assert ("left" in left, "right" in right, len(left) < 200) == (True, True, True)


def test_what_a_customer_crawls_may_be_expected() -> None:
    """A crawl is replaced at any time, so that a change of its immutable options loses nothing."""

    def crawl(stack: str, customer: str, **more: Any) -> Stack:
        options = {"site_url": f"https://{customer}.example.test", **more}
        inputs = {"endpoint": "https://example.test", "crawl_options": options}
        return (
            Stack(stack)
            .component(customer)
            .add("pulumi-python:dynamic/trieve:Crawl", f"{customer}-site", inputs=inputs)
        )

    assert found(crawl("a", "canary"), crawl("b", "customer-1"), CANARY)["crawl_options"][0] == "EXPECTED"
    assert found(crawl("a", "canary"), crawl("b", "customer-1", limit=1), CANARY)["crawl_options"][0] == "UNEXPECTED"


# Secrets


def test_two_secrets_are_listed_as_not_compared() -> None:
    same = config(EMBEDDING_BASE_URL=secret("one"), LLM_BASE_URL=secret("one"))
    comparison = compare(Stack("a").dataset(**same).state, Stack("b").dataset(**same).state)
    assert {one.key for one in comparison.not_compared} == {
        "server_configuration.EMBEDDING_BASE_URL",
        "server_configuration.LLM_BASE_URL",
    }
    assert comparison.unexpected == []


def test_an_immutable_key_that_is_a_secret_in_one_stack_only_is_reported_and_not_shown() -> None:
    plain = "https://user:hush-hush@embed.example.test"
    left, right = Stack("a").dataset(**config(EMBEDDING_BASE_URL=secret())), Stack("b")
    comparison = compare(left.state, right.dataset(**config(EMBEDDING_BASE_URL=plain)).state)
    assert [(one.key, one.verdict) for one in comparison.unexpected] == [
        ("server_configuration.EMBEDDING_BASE_URL", Verdict.NEVER)
    ]
    assert "hush-hush" not in shown(comparison)


def test_what_the_service_holds_is_compared_where_the_input_is_a_secret() -> None:
    left = Stack("a").dataset(server_configuration=secret(), observed=EMBEDDING)
    right = Stack("b").dataset(
        server_configuration=secret(), observed={**EMBEDDING, "server_configuration.EMBEDDING_SIZE": 1536}
    )
    assert found(left, right)["server_configuration.EMBEDDING_SIZE"] == ("NEVER", "768", "1536")


def test_an_object_that_is_a_secret_as_a_whole() -> None:
    left = Stack("a").dataset(server_configuration=secret())
    right = Stack("b").dataset(**config(MAX_LIMIT=1, LLM_API_KEY=secret()))
    comparison = compare(left.state, right.state)
    assert comparison.unexpected == []
    assert "server_configuration.MAX_LIMIT" in {one.key for one in comparison.not_compared}


canary_texts = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=12).map(
    "canary-".__add__
)
keys = st.sampled_from(
    ["LLM_BASE_URL", "LLM_API_KEY", "EMBEDDING_BASE_URL", "STOP_TOKENS", "TOOL_CONFIGURATION", "PUBLIC_DATASET", "NEW"]
)


def around(value: Any) -> st.SearchStrategy[Any]:
    """A value somewhere inside others."""
    inner = st.just(value)
    return st.one_of(
        inner,
        inner.map(lambda one: [one, "x"]),
        inner.map(lambda one: {"query_tool_options": {"tool_description": one}}),
        inner.map(lambda one: {"extra_params": {"apiKey": one, "title": [one]}}),
        inner.map(lambda one: [{"deep": [one]}]),
    )


@given(st.data(), canary_texts, keys)
def test_a_value_that_is_secret_in_one_stack_is_masked_in_both(data: st.DataObject, canary: str, key: str) -> None:
    hidden_shape = data.draw(around(secret()))
    plain_shape = json.loads(json.dumps(hidden_shape).replace(json.dumps(secret()), json.dumps(canary)))
    left, right = (
        Stack("a").dataset(**config(**{key: hidden_shape})),
        Stack("b").dataset(**config(**{key: plain_shape})),
    )
    for one, other in ((left, right), (right, left)):
        assert canary not in shown(compare(one.state, other.state))


@given(st.data(), canary_texts, keys)
def test_no_ciphertext_and_no_plaintext_of_a_secret_is_shown(data: st.DataObject, canary: str, key: str) -> None:
    with_plain = {**secret(canary), "plaintext": json.dumps(canary)}
    left = Stack("a").dataset(**config(**{key: data.draw(around(with_plain))}))
    right = Stack("b").dataset(**config(**{key: data.draw(around(with_plain) | st.none() | st.just("x"))}))
    for one, other in ((left, right), (right, left)):
        assert canary not in shown(compare(one.state, other.state))


# Laws

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "b"]) | st.just(secret())
configurations = st.dictionaries(
    st.sampled_from(["MAX_LIMIT", "EMBEDDING_SIZE", "LLM_API_KEY", "LOCKED", "DISTANCE_METRIC", "NEW"]), scalars
)
inputs = st.fixed_dictionaries(
    {},
    optional={
        "server_configuration": configurations | st.just(secret()),
        "force_destroy": st.booleans() | st.none(),
        "dataset_name": st.sampled_from(["a", "b"]),
        "observed": st.dictionaries(
            st.sampled_from([*EMBEDDING, "organization_id", "unknown", "server_configuration"]), st.integers(0, 3)
        ),
    },
)


@given(inputs)
def test_a_stack_is_equal_to_itself(values: dict[str, Any]) -> None:
    state = Stack("a").dataset(**values).component("x").dataset("y", **values).state
    assert compare(state, state).differences == ()


@given(inputs, inputs)
def test_the_order_of_the_stacks_changes_no_verdict(left: dict[str, Any], right: dict[str, Any]) -> None:
    one, other = Stack("a").dataset(**left), Stack("b").dataset(**right)
    there, back = found(one, other), found(other, one)
    assert there == {path: (verdict, now, was) for path, (verdict, was, now) in back.items()}


# The input models


def test_model_of_finds_every_input_model() -> None:
    types = {f"pulumi-python:dynamic/{name}" for name in STORED_MODELS}
    assert types == {f"pulumi-python:{kind._resource_type_name}" for kind in MODELS}
    models = set()
    for type_ in types:
        for generation in ("", " cortex", " v2"):
            stack = Stack("a").add(type_, "x", inputs={"endpoint": f"https://example.test{generation}"})
            models.add(model_of(stack.state.resources[0]))
    assert models - {None} == {model for generations in MODELS.values() for model in generations}


def all_models() -> list[type[BaseModel]]:
    return [model for generations in MODELS.values() for model in generations]


def test_is_id_recognises_ids_by_name() -> None:
    """Immutable inputs that are expected to differ because their names end in _id: no other may slip in."""
    names = {
        path[0]
        for model in all_models()
        for path, _ in field_specs(model).items()
        if len(path) == 1 and path[0].endswith("_id")
    }
    assert names == {"organization_id", "tracking_id", "dataset_id", "tenant_id"}


def test_force_destroy_and_immutable_inputs_are_never_expected_to_differ() -> None:
    """Pinned, because an annotation that goes missing would let such a difference pass."""
    immutable = {
        dotted(path)
        for model in all_models()
        if model not in (ApiKeyInputs, CrawlInputs)  # replaced freely
        for path, spec in field_specs(model).items()
        if spec.mutability is Mutability.IMMUTABLE and not path[0].endswith("_id")
    }
    assert immutable - {key for key in immutable if key.startswith("configuration.")} == {
        "server_configuration.EMBEDDING_BASE_URL",
        "server_configuration.EMBEDDING_MODEL_NAME",
        "server_configuration.EMBEDDING_SIZE",
        "server_configuration.DISTANCE_METRIC",
        "server_configuration.QDRANT_ONLY",
        "tenant_metadata_schema",
        "embeddings_dimension",
    }
    assert all("force_destroy" in model.model_fields for model in (DatasetInputs, *MODELS_WITH_DOCUMENTS))


MODELS_WITH_DOCUMENTS = [model for model in all_models() if "tenant_id" in model.model_fields]
