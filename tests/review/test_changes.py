"""What a step changes, key by key."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.rejections import Row
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.review.changes import Change, change_of, drift_of, replacement_rows
from pulumi_retrieval.review.steps import Step, read_events
from pulumi_retrieval.services.registry import SERVICES
from review.events import DATASET, SECRET, TENANT, dataset, step

SMALL = "server_configuration.MAX_LIMIT"


@pytest.fixture
def datasets() -> Reconciler:
    return opened("trieve", "dataset", {"trieve:apiKey": "k", "trieve:organizationId": dataset()["organization_id"]})


@pytest.fixture
def tenants() -> Reconciler:
    return opened("cortex", "tenant", {"cortex:apiKey": "k"})


def opened(service: str, kind: str, raw: dict[str, Any]) -> Reconciler:
    run = Run(emit=lambda text: None)
    found: Reconciler = SERVICES[service].open(raw=raw, environ={}, run=run).resources[kind]
    return found


def read(line: bytes) -> Step:
    [found] = read_events([line])
    assert isinstance(found, Step)
    return found


def change(reconciler: Reconciler, old: dict[str, Any], new: dict[str, Any], *, kind: str = DATASET) -> Change:
    return change_of(read(step("update", kind=kind, old=old, new=new)), reconciler, drifted={})


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ({"MAX_LIMIT": 10.0}, {"MAX_LIMIT": 8.0}, [(SMALL, "10", "8")]),
        ({}, {"MAX_LIMIT": 8.0}, [(SMALL, "not set", "8")]),
        ({"MAX_LIMIT": 10.0}, {}, [(SMALL, "10", "no longer managed")]),
        ({"BM25_K": 1.2}, {"BM25_K": 1.2000000476837158, "MAX_LIMIT": 1.0}, [(SMALL, "not set", "1")]),
        ({"SYSTEM_PROMPT": "a"}, {"SYSTEM_PROMPT": "b"}, [("server_configuration.SYSTEM_PROMPT", '"a"', '"b"')]),
        (
            {"SYSTEM_PROMPT": "a"},
            {"SYSTEM_PROMPT": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
            [("server_configuration.SYSTEM_PROMPT", '"a"', "not known before the update")],
        ),
        ({}, {"LLM_API_KEY": SECRET}, [("server_configuration.LLM_API_KEY", "not set", "set")]),
        ({"LLM_API_KEY": SECRET}, {}, [("server_configuration.LLM_API_KEY", "set", "no longer managed")]),
        (
            {"LLM_API_KEY": SECRET},
            {"LLM_API_KEY": SECRET},
            [("server_configuration.LLM_API_KEY", "set", "set, maybe to another value")],
        ),
        ({"SYSTEM_PROMPT": "x" * 500}, {"SYSTEM_PROMPT": "y"}, None),
    ],
)
def test_rows_of_an_update(
    datasets: Reconciler, old: dict[str, Any], new: dict[str, Any], rows: list[tuple[str, str, str]] | None
) -> None:
    found = change(datasets, dataset(**old), dataset(**new))
    if rows is None:
        [row] = found.rows
        assert len(row.was) < 200
    else:
        assert [(row.path, row.was, row.now) for row in found.rows] == rows


def test_guards_are_changes(datasets: Reconciler) -> None:
    found = change(datasets, dataset(), {**dataset(), "force_destroy": True})
    assert found.rows == (Row("force_destroy", "not set", "true"),)


def test_a_new_tracking_id_is_a_rename(datasets: Reconciler) -> None:
    found = change(datasets, dataset(MAX_LIMIT=1), {**dataset(MAX_LIMIT=2), "tracking_id": "silver"})
    assert [row.now for row in found.renamed] == ['"silver"']
    assert [row.path for row in found.rows] == [SMALL]


def test_a_refusal_by_diff_is_a_rejection(datasets: Reconciler) -> None:
    old = {**dataset(), "observed_immutable": {"server_configuration.EMBEDDING_SIZE": 768}}
    found = change(datasets, old, dataset(EMBEDDING_SIZE=512.0))
    assert found.rejection is not None
    assert [(row.was, row.now) for row in found.rejection.rows] == [("768", "512")]
    assert "golden" in found.rejection.text


def test_an_immutable_value_that_nothing_puts_back(datasets: Reconciler) -> None:
    place = "server_configuration.DISTANCE_METRIC"
    seen = {"drifted": {place: "dot"}, "unrepaired": [place], "observed_immutable": {place: "cosine"}}
    found = change(datasets, {**dataset(DISTANCE_METRIC="cosine"), **seen}, dataset(DISTANCE_METRIC="cosine"))
    assert found.unrepaired == (Row(place, '"cosine"', '"dot"', "drift"),)
    assert not found.rows


def test_an_immutable_value_that_an_update_puts_back(datasets: Reconciler) -> None:
    place = "server_configuration.QDRANT_ONLY"
    seen = {"drifted": {place: True}, "observed_immutable": {place: False}}
    found = change(datasets, {**dataset(QDRANT_ONLY=False), **seen}, dataset(QDRANT_ONLY=False))
    assert found.overwritten == (Row(place, "true", "false", "drift"),)
    assert not found.rows


def test_what_a_refresh_found_and_the_update_overwrites(datasets: Reconciler) -> None:
    drift = drift_of(read(step("refresh", old=dataset(MAX_LIMIT=6), new=dataset(MAX_LIMIT=9), final=True)), datasets)
    assert drift == {("server_configuration", "MAX_LIMIT"): Row(SMALL, "6", "9", "drift")}
    update = read(step("update", old=dataset(MAX_LIMIT=9), new=dataset(MAX_LIMIT=6, BM25_K=1.5)))
    found = change_of(update, datasets, drifted=drift)
    assert found.overwritten == (Row(SMALL, "9", "6", "drift"),)
    assert [row.path for row in found.rows] == ["server_configuration.BM25_K"]


def test_a_drifted_secret_shows_no_value(datasets: Reconciler) -> None:
    refresh = step("refresh", old=dataset(LLM_API_KEY=SECRET), new=dataset(), final=True)
    [row] = drift_of(read(refresh), datasets).values()
    assert (row.was, row.now) == ("set", "not set")


def test_added_metadata_keys_are_told_one_by_one(tenants: Reconciler) -> None:
    topic = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
    base = {"tenant_id": "acme", "endpoint": "https://api.usecortex.ai cortex"}
    old = {**base, "tenant_metadata_schema": [topic]}
    new = {**base, "tenant_metadata_schema": [topic, {**topic, "key": "year"}]}
    found = replacement_rows(read(step("replace", "acme", kind=TENANT, old=old, new=new)), tenants)
    assert [(row.path, row.was) for row in found] == [('tenant_metadata_schema["year"]', "missing")]


def test_an_update_without_visible_changes_or_secrets_has_no_rows(datasets: Reconciler) -> None:
    assert change(datasets, dataset(), dataset()) == Change()
