"""Metadata schemas: what each generation allows, sends and tells; and the input models as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_retrieval.core.descriptions import descriptions
from pulumi_retrieval.core.fields import Mutability, field_specs
from pulumi_retrieval.core.plan import plan, same
from pulumi_retrieval.core.validation import check_inputs
from pulumi_retrieval.services.cortex import (
    DatabaseTenantInputs,
    EmbeddingsDatabaseInputs,
    EmbeddingsTenantInputs,
    TenantInputs,
)
from pulumi_retrieval.services.cortex.answers import ToldField, ToldKey
from pulumi_retrieval.services.cortex.schema import PLACE, RESERVED_FIELDS, RESERVED_KEYS, FieldRules, KeyRules

MODELS = [TenantInputs, DatabaseTenantInputs, EmbeddingsTenantInputs, EmbeddingsDatabaseInputs]
TYPES = ["string", "number", "boolean", "date", "object", "array"]
DATA_TYPES = ["BOOL", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE", "VARCHAR", "JSON"]

names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
flags = st.one_of(st.booleans(), st.none())
keys = st.lists(
    st.fixed_dictionaries(
        {"key": names.filter(lambda name: name not in RESERVED_KEYS), "type": st.sampled_from(TYPES)},
        optional={"searchable": flags, "filterable": flags},
    ),
    max_size=8,
    unique_by=lambda item: str(item["key"]),
)
fields = st.lists(
    st.fixed_dictionaries(
        {"name": names.filter(lambda name: name not in RESERVED_FIELDS), "data_type": st.sampled_from(DATA_TYPES)},
        optional={"enable_match": flags},
    ),
    max_size=8,
    unique_by=lambda item: str(item["name"]).lower(),
)


@pytest.mark.parametrize("model", MODELS)
def test_every_input_is_described_and_classed(model: Any) -> None:
    for path, spec in field_specs(model).items():
        assert path in descriptions(model), path
        if spec.mutability is Mutability.IMMUTABLE:
            assert spec.why, path
        if path[-1].endswith("seconds"):
            assert spec.unit == "seconds", path


@settings(deadline=None)
@given(keys)
def test_valid_keys_pass_and_fill_is_stable(items: list[dict[str, Any]]) -> None:
    rules = KeyRules()
    filled = [rules.fill(item) for item in items]
    assert [rules.fill(item) for item in filled] == filled
    assert check_inputs(TenantInputs, {"tenant_id": "a", PLACE: filled}) == []
    assert rules.mistakes(filled) == []
    assert all(set(rules.sent(item)) == {"key", "type", "searchable", "filterable"} for item in filled)


@settings(deadline=None)
@given(keys, st.randoms())
def test_what_the_service_tells_of_keys_is_the_same(items: list[dict[str, Any]], random: Any) -> None:
    rules, spec = KeyRules(), field_specs(TenantInputs)[(PLACE,)]
    filled = [rules.fill(item) for item in items]
    told = [
        rules.told(
            ToldKey(field_name=item["key"], index_searchable=item["searchable"], index_filterable=item["filterable"])
        )
        for item in filled
    ]
    random.shuffle(told)
    assert same(spec, filled, told, partial=True)


@settings(deadline=None)
@given(fields, st.randoms())
def test_what_the_service_tells_of_fields_is_the_same(items: list[dict[str, Any]], random: Any) -> None:
    rules, spec = FieldRules(), field_specs(DatabaseTenantInputs)[(PLACE,)]
    filled = [rules.fill(item) for item in items]
    assert check_inputs(DatabaseTenantInputs, {"tenant_id": "a", PLACE: filled}) == []
    assert rules.mistakes(filled) == []
    told = [rules.told(ToldField(**{k: v for k, v in rules.sent(item).items() if v is not False})) for item in filled]
    random.shuffle(told)
    assert same(spec, filled, told)


@settings(deadline=None)
@given(fields, fields)
def test_a_patch_is_exactly_what_is_new(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    rules = FieldRules()
    old, new = [rules.fill(item) for item in before], [rules.fill(item) for item in after]
    change = plan(DatabaseTenantInputs, {"tenant_id": "a", PLACE: old}, {"tenant_id": "a", PLACE: new})
    added = change.patch.get((PLACE,))
    by_name = {item["name"]: item for item in new}
    kept = all(by_name.get(item["name"]) == item for item in old)
    if not kept:
        assert change.refusals
        assert added is None
    else:
        assert not change.refusals
        known = {item["name"] for item in old}
        assert (added or []) == [item for item in new if item["name"] not in known]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({"field_name": "a"}, {"key": "a", "searchable": False, "filterable": False}),
        ({"field_name": "a", "index_searchable": None}, {"key": "a", "searchable": False, "filterable": False}),
        ({"field_name": "a", "index_filterable": True}, {"key": "a", "searchable": False, "filterable": True}),
    ],
)
def test_keys_as_told(told: dict[str, Any], meant: Any) -> None:
    assert KeyRules().told(ToldKey(**told)) == meant


@pytest.mark.parametrize(
    ("told", "kind", "match"),
    [
        ({"name": "a", "data_type": "string"}, "VARCHAR", False),
        ({"name": "a", "data_type": "integer", "filterable": True}, "INT64", True),
        ({"name": "a", "data_type": "bool", "enable_match": True}, "BOOL", True),
        ({"name": "a"}, "VARCHAR", False),
    ],
)
def test_fields_as_told(told: dict[str, Any], kind: str, match: bool) -> None:
    field = FieldRules().told(ToldField(**told))
    assert (field["data_type"], field["enable_match"]) == (kind, match)
    assert field.get("max_length") == (1024 if kind == "VARCHAR" else None)


def test_advice() -> None:
    keys = KeyRules().advice([{"key": f"k_{number}"} for number in range(16)])
    assert keys == ["tenant_metadata_schema: 16 keys; the service's documents speak of up to 15"]


def test_limits_are_not_reached_too_early() -> None:
    lanes = [{"name": f"e{n}", "data_type": "VARCHAR", "enable_dense_embedding": True} for n in range(6)]
    more = [{"name": f"f{n}", "data_type": "BOOL"} for n in range(26)]
    assert FieldRules().mistakes([*lanes, *more]) == []
    assert len(FieldRules().mistakes([*lanes, *more, {"name": "x", "data_type": "BOOL"}])) == 1


@pytest.mark.parametrize("tenant_id", [" a", "a ", "a\n", "a\tb"])
def test_ids_with_odd_edges(tenant_id: str) -> None:
    assert "must not begin or end with a space" in check_inputs(TenantInputs, {"tenant_id": tenant_id})[0]
