"""What a state has to wait for, and how old its secrets are: tables over the exports of a stack."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from typing import Any

import pytest

from pulumi_retrieval.review.awaited import Kind, awaited
from pulumi_retrieval.review.durations import duration, told
from pulumi_retrieval.review.secret_ages import secret_ages
from pulumi_retrieval.review.secrets_command import SecretsCode, code_of, lines, to_json
from pulumi_retrieval.review.states import State, parse_export, secret_marker

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=timezone.utc)
DAY = 86_400.0
ORIGIN = {"dataset_id": "golden", "at": "2026-11-26T11:00:00Z", "source_chunks": 500}


def state(*resources: dict[str, Any]) -> State:
    listed = [
        {
            "urn": f"urn:pulumi:dev::p::pulumi-python:dynamic/{one['type']}::{one['name']}",
            "id": f"id-of-{one['name']}",
            "inputs": {},
            "outputs": {},
            **one,
            "type": f"pulumi-python:dynamic/{one['type']}",
        }
        for one in resources
    ]
    return State.from_export({"version": 3, "deployment": {"resources": listed}}, stack="dev")


def dataset(name: str = "docs", **more: Any) -> dict[str, Any]:
    return {"type": "trieve:Dataset", "name": name, **more}


def clone(**origin: Any) -> dict[str, Any]:
    return dataset(outputs={"cloned_from": {**ORIGIN, **origin}})


def tenant(token: str = "Tenant", **outputs: Any) -> dict[str, Any]:
    return {"type": f"cortex:{token}", "name": "acme", "outputs": outputs}


@pytest.mark.parametrize(
    ("resource", "kind", "wanted"),
    [
        (clone(), Kind.CLONE, 500),
        (clone(source_chunks=500.0), Kind.CLONE, 500),
        (clone(at=None), Kind.CLONE, 500),
        (tenant(status="provisioning"), Kind.PROVISIONING, 0),
        (tenant(status="failed"), Kind.PROVISIONING, 0),
        (tenant("EmbeddingsTenant", status="provisioning"), Kind.PROVISIONING, 0),
    ],
)
def test_what_is_waited_for(resource: dict[str, Any], kind: Kind, wanted: int) -> None:
    (found,) = awaited(state(resource).resources, since=DAY, now=NOW).awaited
    assert (found.kind, found.wanted) == (kind, wanted)


@pytest.mark.parametrize(
    "resource",
    [
        dataset(),
        clone(chunks=500),
        clone(source_chunks=0),
        dataset(outputs={"cloned_from": {"dataset_id": "golden", "at": "2026-11-26T11:00:00Z"}}),
        dataset(outputs={"cloned_from": secret_marker()}),
        {**clone(), "delete": True},
        {**clone(), "id": ""},
        tenant(status="ready"),
        tenant(),
        {**clone(), "type": "trieve:Crawl"},
        {"type": "other:Tenant", "name": "x", "outputs": {"status": "provisioning"}},
    ],
)
def test_what_is_not_waited_for(resource: dict[str, Any]) -> None:
    found = awaited(state(resource).resources, since=DAY, now=NOW)
    assert (found.awaited, found.notes) == ((), ())


def test_a_clone_that_was_begun_long_ago_is_named_and_left_out() -> None:
    old = clone(at="2026-11-20T11:00:00Z")
    found = awaited(state(old, tenant(status="provisioning")).resources, since=DAY, now=NOW)
    assert [one.kind for one in found.awaited] == [Kind.PROVISIONING]
    (note,) = found.notes
    assert note.startswith("1 clone was begun longer ago than --since says and not waited for (docs): ")
    assert len(awaited(state(old).resources, since=7 * DAY, now=NOW).awaited) == 1


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("30m", 1800), ("1.5h", 5400), ("90d", 90 * DAY), (" 2h ", 7200)]
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "-1s", "1w", "1h30m", "nan", "1e9s", "٣m"])
def test_no_lengths_of_time(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 90s"):
        duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0 s"), (95, "95 s"), (120, "2 min"), (7_199, "119 min"), (45 * 3600, "45 h"), (90 * DAY, "90 d")],
)
def test_lengths_of_time_for_people(seconds: float, text: str) -> None:
    assert told(seconds) == text


# Ages of secrets.

WITH_KEY = {"server_configuration": {"LLM_API_KEY": secret_marker()}}
FRESH = dataset(
    "fresh", inputs={**WITH_KEY, "secrets_version": "7"}, outputs={"secrets_applied_at": "2026-11-25T12:00:00Z"}
)
OLD = dataset("old", inputs=WITH_KEY, outputs={"secrets_applied_at": "2026-05-01T00:00:00Z"})
UNKNOWN = dataset("unknown", inputs=WITH_KEY)
PUBLIC = dataset("public", inputs={"server_configuration": {"PUBLIC_DATASET": {"api_key": secret_marker()}}})
KEY = {
    "type": "trieve:ApiKey",
    "name": "search",
    "inputs": {"rotate_trigger": "2026-08", "expires_at": "2027-01-01T00:00:00Z"},
    "outputs": {"created_at": "2026-08-01T12:00:00Z"},
}


def test_ages_of_secrets_oldest_first() -> None:
    without = dataset("none", inputs={"server_configuration": {"MAX_LIMIT": 5}})
    found = secret_ages(state(FRESH, OLD, UNKNOWN, PUBLIC, KEY, without, tenant()).resources, now=NOW)
    assert [one.resource.name for one in found] == ["public", "unknown", "old", "search", "fresh"]
    assert [one.trigger for one in found] == ["", "", "", "2026-08", "7"]
    assert [None if one.age is None else round(one.age / DAY, 1) for one in found] == [None, None, 209.5, 117.0, 1.0]


@pytest.mark.parametrize(
    ("resources", "than", "code"),
    [
        ([], 0.0, SecretsCode.FRESH),
        ([FRESH, OLD], None, SecretsCode.FRESH),
        ([FRESH], 90 * DAY, SecretsCode.FRESH),
        ([FRESH, OLD], 90 * DAY, SecretsCode.OLD),
        ([UNKNOWN], 90 * DAY, SecretsCode.OLD),
        ([FRESH, KEY], 90 * DAY, SecretsCode.OLD),
        ([FRESH, KEY], 120 * DAY, SecretsCode.FRESH),
    ],
)
def test_exit_codes_of_ages(resources: list[dict[str, Any]], than: float | None, code: SecretsCode) -> None:
    assert code_of(secret_ages(state(*resources).resources, now=NOW), older_than=than) is code


def test_a_list_for_people_and_one_for_tools() -> None:
    ages = secret_ages(state(FRESH, KEY, UNKNOWN).resources, now=NOW)
    assert lines(ages, stack="dev", older_than=90 * DAY) == [
        "dev  3 resources with secrets, 2 older than 90 d or of unknown age",
        "    age      applied at            type     name     trigger",
        "    unknown  unknown               Dataset  unknown",
        "    117 d    2026-08-01T12:00:00Z  ApiKey   search   2026-08 (expires 2027-01-01T00:00:00Z)",
        "    24 h     2026-11-25T12:00:00Z  Dataset  fresh    7",
    ]
    told_to_tools = to_json(ages, stack="dev", older_than=90 * DAY)
    assert [one["older"] for one in told_to_tools["resources"]] == [True, True, False]
    assert told_to_tools["resources"][1] == {
        "urn": "urn:pulumi:dev::p::pulumi-python:dynamic/trieve:ApiKey::search",
        "name": "search",
        "type": "ApiKey",
        "applied_at": "2026-08-01T12:00:00Z",
        "age_seconds": int(117 * DAY),
        "trigger": "2026-08",
        "expires_at": "2027-01-01T00:00:00Z",
        "older": True,
    }
    assert lines([], stack="dev", older_than=None) == ["dev  no resource holds secrets"]


def test_a_secret_trigger_is_not_shown() -> None:
    hidden = {**KEY, "inputs": {"rotate_trigger": secret_marker()}}
    (found,) = secret_ages(state(hidden).resources, now=NOW)
    assert found.trigger == "[secret]"


def test_an_export_with_plain_secrets_shows_none() -> None:
    text = (
        '{"version": 3, "deployment": {"resources": [{"urn": "urn:pulumi:dev::p::pulumi-python:dynamic/trieve:ApiKey::k", '
        '"type": "pulumi-python:dynamic/trieve:ApiKey", "id": "1", "inputs": {}, "outputs": {"created_at": '
        '"2026-11-26T11:00:00Z", "api_key": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", '
        '"plaintext": "\\"tr-canary\\""}}}]}}'
    )
    ages = secret_ages(State.from_export(parse_export(text), stack="dev").resources, now=NOW)
    assert len(ages) == 1
    assert "tr-canary" not in repr(ages) + str(to_json(ages, stack="dev", older_than=None))
