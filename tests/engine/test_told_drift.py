"""Drift of every class fails a run that was to find nothing, and stops no ordinary one; a new name is told."""

from __future__ import annotations

from typing import Any

import pytest

from support.cortex import CortexHand
from support.engine import Project, Run
from support.hand import Hand
from support.programs import asked, dataset, declare, id_of, program, written
from support.sandbox import Sandbox

DRIFT_FOUND = 7
"""Exit code of a run that was to find no changes, and found some."""
TOPIC: dict[str, Any] = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
FIELD: dict[str, Any] = {"name": "topic", "data_type": "VARCHAR", "max_length": 1024, "enable_match": True}


def gates(project: Project) -> list[Run]:
    """The two commands that look for drift."""
    return [
        project.preview("--expect-no-changes", refresh=True),
        project.refresh("--preview-only", "--expect-no-changes"),
    ]


def tenant(*schema: dict[str, Any], **arguments: Any) -> str:
    return declare("cortex.Tenant", "acme", tenant_id="acme-prod", tenant_metadata_schema=list(schema), **arguments)


def change_schema(sandbox: Sandbox, *schema: dict[str, Any]) -> None:
    """Do what no call of the service does."""
    kind, name = ("tenants", "tenant_metadata_schema") if "key" in schema[0] else ("databases", "fields")
    answer = sandbox.trieve.put(f"/_sandbox/cortex/{kind}/acme-prod/schema", json={name: list(schema)})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("key", "was", "now"), [("MAX_LIMIT", 5, 7), ("EMBEDDING_SIZE", 1536, 512)])
def test_managed_keys_are_restored_by_up_refresh(
    project: Project, sandbox: Sandbox, key: str, was: int, now: int
) -> None:
    project.program = program(dataset(config={key: was}))
    project.up().expect_success()
    Hand(sandbox).change(id_of(project, "golden"), **{key: now})
    assert [run.exit_code for run in gates(project)] == [DRIFT_FOUND, DRIFT_FOUND]
    project.up(refresh=True).expect_success()
    assert [run.exit_code for run in gates(project)] == [0, 0]


def test_an_immutable_dataset_key_that_no_call_can_restore(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config={"DISTANCE_METRIC": "dot"}))
    project.up().expect_success()
    Hand(sandbox).change(id_of(project, "golden"), MAX_LIMIT=7)  # which resets the metric
    for run in gates(project):
        assert run.exit_code == DRIFT_FOUND, run
        assert run.output.count('server_configuration.DISTANCE_METRIC (was "dot", now "cosine")') == 1
    assert project.up(refresh=True).expect_success().summary == {"updated": 1, "unchanged": 1}
    assert project.up().expect_success().summary == {"unchanged": 2}


GENERATIONS = {
    "cortex": (TOPIC, {**TOPIC, "filterable": False}, "filterable"),
    "v2": (FIELD, {**FIELD, "enable_match": False}, "enable_match"),
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_drifted_tenant_schema_is_one_step_for_each_refresh(
    project: Project, sandbox: Sandbox, generation: str
) -> None:
    project.environment["CORTEX_API_VERSION"] = generation
    applied, changed, attribute = GENERATIONS[generation]
    project.program = program(tenant(applied), dataset(config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    change_schema(sandbox, changed)
    told = f'somebody else changed tenant_metadata_schema["topic"].{attribute} (was true, now false)'
    for run in gates(project):
        assert run.exit_code == DRIFT_FOUND, run
        assert run.output.count(told) == 1, run

    # Nobody is stopped, nothing is sent, and the step is taken once for each refresh that finds it.
    asked(sandbox)
    for _ in range(2):
        run = project.up(refresh=True).expect_success()
        assert run.summary == {"updated": 1, "unchanged": 2}
        assert told in run.output
        assert project.up().expect_success().summary == {"unchanged": 3}
    assert written(sandbox) == []
    assert [run.exit_code for run in gates(project)] == [DRIFT_FOUND, DRIFT_FOUND], "it is still there"

    # The program takes what is there.
    project.program = program(tenant(changed), dataset(config={"MAX_LIMIT": 5}))
    project.up(refresh=True).expect_success()
    assert [run.exit_code for run in gates(project)] == [0, 0]
    assert written(sandbox) == []


def test_a_refresh_that_stored_the_drift(project: Project, sandbox: Sandbox) -> None:
    project.program = program(tenant(TOPIC))
    project.environment["CORTEX_API_VERSION"] = "cortex"
    project.up().expect_success()
    change_schema(sandbox, {**TOPIC, "filterable": False})
    project.refresh().expect_success()
    assert project.preview("--expect-no-changes").exit_code != 0
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    assert project.up().expect_success().summary == {"unchanged": 2}


def test_a_tracking_id_that_somebody_else_changed(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    project.program = program(tenant(FIELD), dataset(config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    golden = id_of(project, "golden")
    Hand(sandbox).call("PUT", "/api/dataset", {"dataset_id": golden, "new_tracking_id": "theirs"})
    for run in gates(project):
        assert run.exit_code == DRIFT_FOUND, run
    run = project.up(refresh=True).expect_success()
    told = 'its tracking_id changes from "theirs" to "golden"; the application finds it under the new name at once'
    assert run.output.count(told) == 1
    assert [run.exit_code for run in gates(project)] == [0, 0]


def test_a_tenant_that_somebody_else_renamed(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    project.program = program(tenant(FIELD))
    project.up().expect_success()
    CortexHand(sandbox, version="v2").rename("acme-prod", "theirs")
    assert [run.exit_code for run in gates(project)] == [DRIFT_FOUND, DRIFT_FOUND]


# A name that the program changes.


def test_a_new_name_draws_a_warning(project: Project, sandbox: Sandbox) -> None:
    def declared(name: str) -> str:
        return program(
            dataset(tracking_id=name, config={"MAX_LIMIT": 5}),
            declare("cortex.Tenant", "acme", tenant_id=name, tenant_metadata_schema=[FIELD]),
        )

    project.environment["CORTEX_API_VERSION"] = "v2"
    project.program = declared("old")
    project.up().expect_success()
    project.program = declared("new")
    for run in (project.preview(), project.up()):
        run.expect_success()
        for what, key in (("dataset", "tracking_id"), ("tenant", "tenant_id")):
            told = f'warning: {what} old: its {key} changes from "old" to "new"; the application finds it under the new name'
            assert run.output.count(told) == 1, run
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}


def test_a_name_that_becomes_unknown_is_refused(project: Project, sandbox: Sandbox) -> None:
    def declared(**arguments: Any) -> str:
        return program(
            'source = trieve.Organization("source", name="Source")',
            "golden = " + dataset(tracking_id="old", config={"MAX_LIMIT": 5}, **arguments).replace("'old'", "NAME"),
        )

    project.program = (
        declared().replace("NAME", "'old'").replace('source = trieve.Organization("source", name="Source")', "")
    )
    project.up().expect_success()
    asked(sandbox)
    project.program = declared().replace("NAME", "source.id")
    project.preview().expect_failure(
        "REFUSED, nothing was changed: 1 name of dataset old\n",
        'tracking_id    was "old"    now not known before the update',
        "allow_rename=True on this resource",
        "pulumi up --exclude '**:Dataset::golden'",
    )
    assert written(sandbox) == []
    project.program = declared(allow_rename=True).replace("NAME", "source.id")
    project.preview().expect_success()
    run = project.up().expect_success()
    assert 'its tracking_id changes from "old" to' in run.output
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}
