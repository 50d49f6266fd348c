"""What a state says after its secrets are gone, and when its digest moves."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.review.states import (
    SIGNATURE,
    ExportError,
    Resource,
    State,
    digest,
    is_secret,
    masked,
    parse_export,
    urn_parts,
)

DATASET = "pulumi-python:dynamic/trieve:Dataset"
COMPONENT = "acme:index:Customer"


def secret(ciphertext: str) -> dict[str, str]:
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ciphertext}


def entry(name: str = "docs", **fields: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::test::{COMPONENT}${DATASET}::{name}",
        "type": DATASET,
        "custom": True,
        "id": f"id-of-{name}",
        "inputs": {"__provider": "pickle", "dataset_name": name, "server_configuration": {"LLM_API_KEY": secret("a")}},
        "outputs": {"dataset_name": name},
        "parent": f"urn:pulumi:dev::test::{COMPONENT}::canary",
        "modified": "2026-01-01T00:00:00Z",
        "sourcePosition": "project:///__main__.py#7",
        **fields,
    }


def component() -> dict[str, Any]:
    root = "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev"
    return {"urn": f"urn:pulumi:dev::test::{COMPONENT}::canary", "type": COMPONENT, "parent": root}


def export(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {"version": "v3.1.0"}, "resources": list(resources), **deployment}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
secrets = st.builds(secret, st.text())
values = st.recursive(
    json_values | secrets,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_masking_is_idempotent(value: Any) -> None:
    assert masked(masked(value)) == masked(value)


@given(values, st.text(alphabet="xyz", min_size=8))
def test_no_ciphertext_survives_masking(value: Any, ciphertext: str) -> None:
    held = {"here": value, "there": [secret(ciphertext)]}
    assert ciphertext not in json.dumps(masked(held)["there"])
    assert is_secret(masked(held)["there"][0])


@given(json_values)
def test_masking_keeps_values_without_secrets(value: Any) -> None:
    assert masked(value) == value


@given(values)
def test_parse_export_equals_masking_the_parsed_json(value: Any) -> None:
    held = export(component(), entry(inputs={"x": value}))
    assert digest(parse_export(json.dumps(held))) == digest(held)
    ours = State.from_export(parse_export(json.dumps(held)), stack="dev")
    assert ours == State.from_export(json.loads(json.dumps(held)), stack="dev")


@given(st.text(), st.text())
def test_the_digest_is_equal_whatever_the_ciphertexts_are(one: str, other: str) -> None:
    left, right = (export(entry(inputs={"key": secret(text)})) for text in (one, other))
    assert digest(left) == digest(right)


@pytest.mark.parametrize(
    "field",
    [
        {"sourcePosition": "project:///__main__.py#8"},
        {"stackTrace": [{"sourcePosition": "elsewhere"}]},
        {"dependencies": ["urn:pulumi:dev::test::x:y:Z::other"]},
        {"propertyDependencies": {"dataset_name": []}},
    ],
)
def test_the_digest_does_not_move_with_the_text_of_the_program(field: dict[str, Any]) -> None:
    assert digest(export(entry(**field))) == digest(export(entry()))


def test_the_digest_does_not_move_with_the_order_of_resources_or_the_manifest() -> None:
    one, other = export(entry("a"), entry("b")), export(entry("b"), entry("a"), manifest={"time": "later"})
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another"},
        {"inputs": {"dataset_name": "another"}},
        {"outputs": {"dataset_name": "docs", "drifted": {"EMBEDDING_SIZE": 1}}},
        {"modified": "2026-01-01T00:00:01Z"},
        {"delete": True},
        {"protect": True},
        {"retainOnDelete": True},
        {"taint": True},
        {"urn": f"urn:pulumi:dev::test::{DATASET}::docs"},
        {"inputs": {"key": "set"}},
    ],
)
def test_the_digest_moves_with_every_change(change: dict[str, Any]) -> None:
    assert digest(export(entry(**change))) != digest(export(entry()))


def test_the_digest_moves_with_a_resource_more_and_with_a_pending_operation() -> None:
    alone = digest(export(entry()))
    pending = export(entry(), pending_operations=[{"resource": entry("b"), "type": "creating"}])
    assert len({alone, digest(export(entry(), entry("b"))), digest(pending), digest(export())}) == 4


def test_a_state_has_neither_the_stack_nor_providers() -> None:
    root = {"urn": "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev", "type": "pulumi:pulumi:Stack"}
    provider = {
        "urn": "urn:pulumi:dev::test::pulumi:providers:pulumi-python::default",
        "type": "pulumi:providers:pulumi-python",
    }
    state = State.from_export(export(root, provider, component(), entry()), stack="acme/test/dev")
    assert [one.name for one in state.resources] == ["canary", "docs"]
    assert (state.stack, state.engine) == ("acme/test/dev", "v3.1.0")
    docs = state.resources[1]
    assert (docs.token, docs.types, docs.type) == ("Dataset", (COMPONENT,), DATASET)
    assert state.lineage(docs) == ((COMPONENT, "canary"),)
    assert "__provider" not in docs.inputs


def test_a_name_may_hold_the_separator_of_urns() -> None:
    assert urn_parts("urn:pulumi:dev::test::a:b:C$d:e:F::one::two") == (["a:b:C", "d:e:F"], "one::two")


def test_an_empty_stack_is_a_state() -> None:
    for empty in ({"version": 3, "deployment": {}}, {"deployment": {"resources": None}}):
        assert State.from_export(empty, stack="dev").resources == ()


def test_reading_leaves_the_export_as_it_is() -> None:
    held = export(component(), entry())
    before = deepcopy(held)
    State.from_export(held, stack="dev")
    digest(held)
    assert held == before


@pytest.mark.parametrize("bad", ["", "{", "[]", "{}", '{"deployment": []}', '{"deployment": {"resources": [{}]}}'])
def test_an_invalid_export_is_an_export_error(bad: str) -> None:
    with pytest.raises(ExportError, match="pulumi stack export"):
        parse_export(bad)


def test_an_invalid_urn_is_an_export_error() -> None:
    with pytest.raises(ExportError, match=r"nonsense.*URN"):
        Resource.from_export({"urn": "nonsense", "type": DATASET})
