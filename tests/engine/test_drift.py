"""What somebody else changed is shown key by key, and put back by the smallest call there is."""

from __future__ import annotations

import json
from typing import Any

from support.engine import Project
from support.hand import Hand
from support.programs import asked, dataset, id_of, program, written
from support.sandbox import Sandbox

DRIFT_FOUND = 7
"""Exit code of a preview that was to find no changes, and found some."""

MANAGED = {"LLM_DEFAULT_MODEL": "gpt-4o", "MAX_LIMIT": 500, "RAG_PROMPT": "Answer:"}
FORGOTTEN = {"STOP_TOKENS": ["END"], "LLM_API_VERSION": "2024-10-21"}
"""What an update of the service forgets unless it is sent again."""


def put(dataset_id: str, **configuration: Any) -> tuple[str, str, str]:
    """A partial update, byte for byte."""
    body = {"dataset_id": dataset_id, "server_configuration": configuration}
    return "PUT", "/api/dataset", json.dumps(body, separators=(",", ":"))


def everything(somebody: Hand, ids: dict[str, str]) -> dict[str, Any]:
    """All that the service tells of each dataset, but for the time of its last update."""
    told = {name: somebody.call("GET", f"/api/dataset/{dataset_id}") for name, dataset_id in ids.items()}
    return {name: {key: value for key, value in one.items() if key != "updated_at"} for name, one in told.items()}


def test_drift_becomes_the_smallest_update(project: Project, sandbox: Sandbox) -> None:
    project.program = program(
        dataset("plain", tracking_id="plain", config=MANAGED),
        dataset("full", tracking_id="full", config={**MANAGED, **FORGOTTEN}),
        dataset("theirs", tracking_id="theirs", config=MANAGED),
        dataset("calm", tracking_id="calm", config=MANAGED),
    )
    project.up().expect_success()
    ids = {name: id_of(project, name) for name in ("plain", "full", "theirs", "calm")}
    somebody = Hand(sandbox)
    # What nobody manages, set by somebody else: it shall survive, and no screen shall mention it.
    somebody.change(ids["plain"], SYSTEM_PROMPT="not ours", MAX_TOKENS=77)
    somebody.change(ids["theirs"], LLM_API_VERSION="2023-05-15")
    somebody.change(ids["calm"], SYSTEM_PROMPT="not ours")
    before = everything(somebody, ids)
    somebody.change(ids["plain"], MAX_LIMIT=7)
    somebody.change(ids["full"], MAX_LIMIT=7, **FORGOTTEN)
    somebody.change(ids["theirs"], RAG_PROMPT="Guess:", LLM_API_VERSION="2023-05-15")
    asked(sandbox)

    run = project.preview("--expect-no-changes", refresh=True)
    assert run.exit_code == DRIFT_FOUND
    assert "MAX_LIMIT        : 500 => 7" in run.output
    assert "MAX_LIMIT        : 7 => 500" in run.output
    assert '"Answer:" => "Guess:"' in run.output
    assert '"Guess:" => "Answer:"' in run.output
    assert "SYSTEM_PROMPT" not in run.output
    assert run.summary == {"to update": 3, "unchanged": 2}
    assert written(sandbox) == []

    assert project.up(refresh=True).expect_success().summary == {"updated": 3, "unchanged": 2}
    assert sorted(written(sandbox)) == sorted(
        [
            put(ids["plain"], MAX_LIMIT=500),
            put(ids["full"], MAX_LIMIT=500, **FORGOTTEN),
            put(ids["theirs"], RAG_PROMPT="Answer:", LLM_API_VERSION="2023-05-15"),
        ]
    )
    # What the service itself does at the first update of a dataset; the others were updated before.
    before["full"]["server_configuration"]["PUBLIC_DATASET"]["extra_params"] = {"heroPattern": {}}
    assert everything(somebody, ids) == before
    asked(sandbox)

    assert project.up().expect_success().summary == {"unchanged": 5}
    assert asked(sandbox) == []
    project.preview("--expect-no-changes", refresh=True).expect_success()
    assert written(sandbox) == []


def test_a_key_changed_by_the_program_and_in_the_service(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=MANAGED))
    project.up().expect_success()
    golden = id_of(project, "golden")
    Hand(sandbox).change(golden, MAX_LIMIT=7)
    asked(sandbox)
    # The program says what somebody else has set already: nothing to send.
    project.program = program(dataset(config={**MANAGED, "MAX_LIMIT": 7}))
    project.up(refresh=True).expect_success()
    assert written(sandbox) == []
    # Without a refresh nobody looks: what the program changes is sent, and nothing else.
    Hand(sandbox).change(golden, MAX_LIMIT=8)
    asked(sandbox)
    project.program = program(dataset(config={**MANAGED, "MAX_LIMIT": 7, "RAG_PROMPT": "Say:"}))
    run = project.up().expect_success()
    assert written(sandbox) == [put(golden, RAG_PROMPT="Say:")]
    assert (
        "somebody else is writing to it: server_configuration.MAX_LIMIT is 8 now, and the program says 7" in run.output
    )
    assert project.preview().expect_success().summary == {"to update": 1, "unchanged": 1}
