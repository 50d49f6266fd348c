"""A change of the program becomes one call that holds what changed, or none."""

from __future__ import annotations

import json
from typing import Any

from support.engine import Project
from support.hand import Hand
from support.programs import asked, dataset, id_of, program, written
from support.sandbox import Sandbox

START: dict[str, Any] = {
    "LLM_DEFAULT_MODEL": "gpt-4o",
    "MAX_LIMIT": 500,
    "RAG_PROMPT": "Answer:",
    "SYSTEM_PROMPT": "You are kind.",
    "N_RETRIEVALS_TO_INCLUDE": 5,
    "TEMPERATURE": 0.5,
    "FULLTEXT_ENABLED": True,
    "SEMANTIC_ENABLED": True,
    "BM25_K": 1.2,
    "BM25_B": 0.5,
    "MAX_TOKENS": 100,
    "USE_MESSAGE_TO_QUERY_PROMPT": False,
}
TEN: dict[str, Any] = {
    "BM25_B": 0.6,
    "BM25_K": 1.3,
    "FULLTEXT_ENABLED": False,
    "MAX_LIMIT": 50,
    "MAX_TOKENS": 200,
    "N_RETRIEVALS_TO_INCLUDE": 6,
    "RAG_PROMPT": "Say:",
    "SEMANTIC_ENABLED": False,
    "SYSTEM_PROMPT": "You are brief.",
    "TEMPERATURE": 1,
}


def test_an_update_sends_one_key_ten_keys_or_none_for_a_removed_key(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=START))
    project.up().expect_success()
    golden = id_of(project, "golden")

    asked(sandbox)
    project.program = program(dataset(config={**START, "LLM_DEFAULT_MODEL": "gpt-4o-mini"}))
    run = project.up(preview=True).expect_success()
    assert '"gpt-4o" => "gpt-4o-mini"' in run.output
    [only] = written(sandbox)
    assert only[2] == f'{{"dataset_id":"{golden}","server_configuration":{{"LLM_DEFAULT_MODEL":"gpt-4o-mini"}}}}'

    changed = {**START, "LLM_DEFAULT_MODEL": "gpt-4o-mini", **TEN}
    project.program = program(dataset(config=changed))
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    [only] = written(sandbox)
    assert only[2] == json.dumps({"dataset_id": golden, "server_configuration": TEN}, separators=(",", ":"))

    less = {key: value for key, value in changed.items() if key != "RAG_PROMPT"}
    project.program = program(dataset(config=less))
    assert "- RAG_PROMPT" in project.preview().expect_success().output
    run = project.up().expect_success()
    assert run.summary == {"updated": 1, "unchanged": 1}
    assert run.output.count("server_configuration.RAG_PROMPT is no longer managed; its value stays in the service") == 1
    assert asked(sandbox) == []

    somebody = Hand(sandbox)
    assert somebody.values("RAG_PROMPT") == ["Say:"]
    somebody.change(golden, RAG_PROMPT="Whatever:")
    run = project.preview("--expect-no-changes", refresh=True).expect_success()
    assert "RAG_PROMPT" not in run.output
    # Managed again: compared with what is there.
    asked(sandbox)
    project.program = program(dataset(config=changed))
    project.up().expect_success()
    [only] = written(sandbox)
    assert json.loads(only[2])["server_configuration"] == {"RAG_PROMPT": "Say:"}


def test_names_are_updated_and_a_removed_configuration_is_kept(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(dataset_name="Golden", config={"MAX_LIMIT": 5, "STOP_TOKENS": ["END"]}))
    project.up().expect_success()
    golden = id_of(project, "golden")
    asked(sandbox)
    project.program = program(
        dataset(dataset_name="Gold", tracking_id="gold", config={"MAX_LIMIT": 5, "STOP_TOKENS": ["END"]})
    )
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    [only] = written(sandbox)
    assert json.loads(only[2]) == {
        "dataset_id": golden,
        "dataset_name": "Gold",
        "new_tracking_id": "gold",
        "server_configuration": {"STOP_TOKENS": ["END"]},
    }
    # Nothing is managed any more: a step, no call.
    project.program = program(dataset(dataset_name="Gold", tracking_id="gold"))
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    assert asked(sandbox) == []
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}
    assert Hand(sandbox).values("MAX_LIMIT") == [5]
