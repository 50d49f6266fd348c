"""A resource is removed from the program, and the run that notices is one that refreshes first."""

from __future__ import annotations

import pytest

from support.engine import Project
from support.programs import dataset, declare, living, program
from support.sandbox import Sandbox


@pytest.mark.parametrize("preview", [False, True], ids=["up", "up after its preview"])
def test_a_removed_resource_is_deleted(project: Project, sandbox: Sandbox, preview: bool) -> None:
    tenant = declare("cortex.Tenant", "memory", tenant_id="memory")
    project.environment["CORTEX_API_VERSION"] = "v2"
    project.program = program(dataset("kept", tracking_id="kept"), dataset("gone", tracking_id="gone"), tenant)
    project.up().expect_success()
    project.program = program(dataset("kept", tracking_id="kept"))
    run = project.up(refresh=True, preview=preview).expect_success()
    assert "is left alone" not in run.output
    assert set(living(sandbox)) == {"kept"}
    assert [name for name, one in sandbox.state()["cortex"]["databases"].items() if one["gone_at"] is None] == []
    assert len(project.resources()) == 1
