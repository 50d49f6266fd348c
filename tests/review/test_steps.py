"""The events of a preview, as steps."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from pulumi_retrieval.core.rejections import RejectionKind
from pulumi_retrieval.core.values import UNKNOWN
from pulumi_retrieval.review.errors import NoVerdictError
from pulumi_retrieval.review.steps import Step, Summary, Trouble, Unchanged, Violation, read_events
from review.events import DATASET, SECRET, dataset, event, step, urn

UNKNOWN_NUMBER = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
UNKNOWN_LIST = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"


def one(line: bytes) -> Step:
    [found] = read_events([line])
    assert isinstance(found, Step)
    return found


def test_update_has_both_sides() -> None:
    found = one(step("update", old=dataset(MAX_LIMIT=5.0), new=dataset(MAX_LIMIT=6.0)))
    assert (found.op, found.urn, found.type, found.name, found.token) == (
        "update",
        urn("golden"),
        DATASET,
        "golden",
        "Dataset",
    )
    assert found.old is not None
    assert found.new is not None
    assert found.old.inputs["server_configuration"] == {"MAX_LIMIT": 5}
    assert found.new.inputs["server_configuration"] == {"MAX_LIMIT": 6}
    assert "__provider" not in found.new.inputs
    assert found.provider.endswith("::default::1")


def test_secrets_are_masked_and_unknown_values_are_unknown() -> None:
    new = dataset(LLM_API_KEY=SECRET, MAX_LIMIT=UNKNOWN_NUMBER, STOP_TOKENS=UNKNOWN_LIST)
    found = one(step("create", new=new))
    assert found.new is not None
    assert found.new.inputs["server_configuration"] == {
        "LLM_API_KEY": "[secret]",
        "MAX_LIMIT": UNKNOWN,
        "STOP_TOKENS": UNKNOWN,
    }


def test_mark_is_read_and_is_no_input() -> None:
    row = {
        "path": "server_configuration.EMBEDDING_SIZE",
        "was": "1536",
        "now": "512",
        "cause": "program",
        "observed": "",
    }
    rejections = [{"kind": "refused", "text": "REFUSED", "rows": [row]}]
    mark = {"name": "golden", "token": "Dataset", "rejections": rejections}
    found = one(step("update", old=dataset(), new={**dataset(), "__refused": mark}))
    assert found.rejected is not None
    [rejection] = found.rejected.rejections
    assert rejection.kind is RejectionKind.REFUSED
    assert rejection.rows[0].now == "512"
    assert found.new is not None
    assert "__refused" not in found.new.inputs


def test_events_of_unchanged_resources_are_not_parsed() -> None:
    broken = step("same", old=dataset(), new=dataset())[:-200]
    assert list(read_events([broken])) == [Unchanged(urn("golden"), by_default=True)]


@pytest.mark.parametrize("op", ["same", "read", "import"])
@pytest.mark.parametrize("name", ["n" * 500, 'with "quotes"', "with <signs>", "plain"])
def test_unchanged_resources_may_have_any_name(op: str, name: str) -> None:
    line = step(op, name, old=dataset(), new=dataset())
    assert list(read_events([line])) == [Unchanged(urn(name), by_default=True)]


def test_a_step_is_read_when_it_is_announced_and_a_refresh_when_it_has_ended() -> None:
    lines = [
        step("update", old=dataset(), new=dataset()),
        step("update", old=dataset(), new=dataset(), final=True),
        step("refresh", old=dataset(), new=dataset()),
        step("refresh", old=dataset(), new=None, final=True),
        step("same", old=dataset(), new=dataset(), final=True),
    ]
    found = [one.op for one in read_events(lines) if isinstance(one, Step)]
    assert found == ["update", "refresh"]
    assert len(list(read_events(lines))) == 2


def test_errors_policies_and_the_summary() -> None:
    said = {"urn": urn("golden"), "prefix": "error: ", "message": "it broke\n", "severity": "error"}
    rule = {
        "resourceUrn": urn("golden"),
        "message": "must be named so",
        "policyName": "names",
        "policyPackName": "house",
        "enforcementLevel": "mandatory",
    }
    lines = [
        b"Previewing update (dev)\n",
        event("diagnosticEvent", {**said, "severity": "warning"}),
        event("diagnosticEvent", {**said, "severity": "debug", "message": 'talks of "severity":"error"'}),
        event("diagnosticEvent", said),
        event("policyEvent", rule),
        event("summaryEvent", {"result": "failed", "resourceChanges": {"same": 3}}),
        event("cancelEvent", {}),
    ]
    assert list(read_events(lines)) == [
        Trouble(urn("golden"), "it broke"),
        Violation(urn("golden"), "house: names: must be named so", True),
        Summary("failed", {"same": 3}),
    ]


def test_another_order_of_fields_is_read_as_well() -> None:
    line = json.dumps({"summaryEvent": {"result": "succeeded", "resourceChanges": {}}, "sequence": 2}).encode()
    assert list(read_events([line])) == [Summary("succeeded", {})]


def test_an_event_that_is_cut_off_ends_the_review() -> None:
    with pytest.raises(NoVerdictError, match="cut off"):
        list(read_events([step("update", old=dataset(), new=dataset())[:-100]]))


def test_a_long_preview_is_not_kept_in_memory() -> None:
    same, update = step("same", old=dataset(), new=dataset()), step("update", old=dataset(MAX_LIMIT=5), new=dataset())
    padded = update.replace(b'"golden"', b'"' + b"x" * 5_000 + b'"')
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_events(line for _ in range(2_000) for line in (same, padded)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 4_000
    assert peak < 1_000_000, f"{peak} bytes for {2_000 * len(padded)} bytes of events"
