"""One plain preview shows every refusal and every mistake of a program, and all that would be shipped."""

from __future__ import annotations

import shlex
from typing import Any

from support.engine import Project, Run
from support.programs import asked, dataset, declare, program
from support.sandbox import Sandbox

TOPIC = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
NUMBER = {**TOPIC, "type": "number"}


def tenant(name: str, *schema: dict[str, Any], **arguments: Any) -> str:
    return declare("cortex.Tenant", name, tenant_id=name, tenant_metadata_schema=list(schema), **arguments)


def fleet(*, limit: int, retyped: tuple[str, ...] = (), more: str = "") -> str:
    tenants = [tenant(f"t{n}", NUMBER if f"t{n}" in retyped else TOPIC) for n in range(6)]
    datasets = [dataset(f"d{n}", tracking_id=f"d{n}", config={"MAX_LIMIT": limit}) for n in range(4)]
    return program(*tenants, *datasets, *([more] if more else ()))


def excluding(run: Run) -> list[str]:
    """The flags of the line that ships the rest."""
    [line] = [line.strip() for line in run.output.splitlines() if line.strip().startswith("pulumi up --exclude")]
    return shlex.split(line)[2:]


def no_marks(project: Project) -> None:
    assert "__refused" not in str(project.export())


def test_all_refusals_updates_and_deletes(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=5, more=dataset("leaving", tracking_id="leaving"))
    project.up().expect_success()
    asked(sandbox)
    project.program = fleet(limit=6, retyped=("t1", "t3", "t4"))
    plan = project.folder / "plan.json"
    run = project.preview("--save-plan", str(plan)).expect_failure(
        "REFUSED, nothing was changed: 1 immutable key of tenant t1",
        'tenant_metadata_schema["topic"].type    was "string"    now "number"',
        "The same of 2 more Tenant resources: t3, t4",
        "3 resources of this program rejected (3 refused); nothing was changed.",
    )
    assert "Traceback" not in run.output, run
    assert not plan.exists()
    assert (run.summary["to update"], run.summary["to delete"]) == (7, 1)
    assert run.output.count("error:") == 3
    assert asked(sandbox) == []
    no_marks(project)
    shipped = project.up(*excluding(run)).expect_success()
    assert shipped.summary == {"updated": 4, "deleted": 1, "unchanged": 4}
    no_marks(project)
