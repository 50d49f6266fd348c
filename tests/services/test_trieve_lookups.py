"""Look-ups: what is in force, managed or not, without anything secret."""

from __future__ import annotations

import json

import pytest

from pulumi_retrieval.core.errors import ConfigurationError, ObjectMissing, ServiceError
from support.trieve import Tenancy


@pytest.fixture
def golden(trieve: Tenancy) -> str:
    made = trieve.make_by_hand("golden", MAX_LIMIT=500)
    page = {"enabled": True, "api_key": "canary-page", "extra_params": {"apiKey": "canary-extra", "placeholder": "Ask"}}
    trieve.by_hand(made, {"LLM_API_KEY": "canary-llm", "PUBLIC_DATASET": page})
    trieve.sandbox.put_chunks(made, 7)
    return made


def test_a_dataset_by_id_and_by_tracking_id(trieve: Tenancy, golden: str) -> None:
    lookups = trieve.service().lookups
    found = lookups.dataset(dataset_id=golden)
    assert lookups.dataset(tracking_id="golden") == found
    assert (found["id"], found["tracking_id"], found["organization_id"]) == (golden, "golden", trieve.organization_id)
    assert found["server_configuration"]["MAX_LIMIT"] == 500
    assert found["server_configuration"]["SYSTEM_PROMPT"] == "You are a helpful assistant"
    assert found["server_configuration"]["PUBLIC_DATASET"]["extra_params"]["placeholder"] == "Ask"
    assert "canary" not in json.dumps(found)


def test_all_datasets(trieve: Tenancy, golden: str) -> None:
    trieve.make_by_hand("silver")
    found = trieve.service().lookups.datasets()
    assert [(item["tracking_id"], item["chunk_count"]) for item in found] == [("silver", 0), ("golden", 7)]


def test_usage(trieve: Tenancy, golden: str) -> None:
    assert trieve.service().lookups.dataset_usage(dataset_id=golden) == {"id": golden, "chunk_count": 7}


def test_an_organization(trieve: Tenancy) -> None:
    found = trieve.service().lookups.organization()
    assert (found["id"], found["name"]) == (trieve.organization_id, "Acme")
    assert "plan" not in found


def test_the_error_about_a_missing_object_names_a_remedy(trieve: Tenancy) -> None:
    """trieve.md 0.8: an unknown tracking id is answered 500 `Not Found`."""
    lookups = trieve.service().lookups
    with pytest.raises(ObjectMissing, match=r"no dataset of organization .* has this tracking id.*list_datasets"):
        lookups.dataset(tracking_id="nobody")
    with pytest.raises(ObjectMissing, match=r"HTTP 404: Not Found: Could not find dataset"):
        lookups.dataset(dataset_id="00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("path", ["^/api/dataset/tracking_id/", "^/api/dataset/[0-9a-f-]{36}$", "^/api/dataset/usage/"])
def test_a_false_absence_is_not_accepted(trieve: Tenancy, golden: str, path: str) -> None:
    """trieve-observed.md 2.3."""
    trieve.sandbox.faults([{"path": path, "times": 1, "act": {"kind": "false_absence"}}])
    lookups = trieve.service().lookups
    assert lookups.dataset(tracking_id="golden")["id"] == golden
    assert lookups.dataset_usage(dataset_id=golden)["chunk_count"] == 7


def test_a_dataset_of_another_organization_is_not_returned(trieve: Tenancy) -> None:
    """trieve-observed.md 2.8: the service shows any dataset to any key."""
    other, _ = trieve.organization("Other")
    theirs = trieve.admin("POST", "/api/dataset", {"dataset_name": "theirs"}, organization=other)["id"]
    with pytest.raises(ServiceError, match=r"it belongs to organization .*, not to"):
        trieve.service().lookups.dataset(dataset_id=theirs)
    with pytest.raises(ServiceError, match=r"it belongs to organization .*, not to"):
        trieve.service().lookups.dataset_usage(dataset_id=theirs)


def test_look_ups_that_cannot_be_asked(trieve: Tenancy) -> None:
    lookups = trieve.service().lookups
    for wrong in ({}, {"dataset_id": trieve.organization_id, "tracking_id": "golden"}):
        with pytest.raises(ConfigurationError, match="either dataset_id or tracking_id"):
            lookups.dataset(**wrong)
    with pytest.raises(ConfigurationError, match="dataset_id must be a uuid"):
        lookups.dataset(dataset_id="golden")
    with pytest.raises(ConfigurationError, match="organization_id is missing"):
        trieve.service(admin=True, key=False).lookups.datasets()
    assert trieve.calls() == []
