"""A thousand datasets in one program."""

from __future__ import annotations

from support.engine import Project
from support.sandbox import Sandbox

COUNT = 1000
PROGRAM = f"""
    from pulumi_retrieval import trieve

    for number in range({COUNT}):
        trieve.Dataset(
            f"customer-{{number}}",
            server_configuration={{"LLM_DEFAULT_MODEL": "gpt-4o", "MAX_LIMIT": number, "BM25_K": 1.2}},
        )
"""


def test_a_thousand_datasets_are_created_refreshed_and_deleted(project: Project, sandbox: Sandbox) -> None:
    project.program = PROGRAM
    limits = {"checkpoints": False, "diff": False, "seconds": 300}
    assert project.up(**limits).expect_success().summary == {"created": COUNT + 1}
    calls = sandbox.requests()
    assert [call["method"] for call in calls] == ["POST"] * COUNT
    assert len({one["tracking_id"] for one in sandbox.state()["trieve"]["datasets"]}) == COUNT

    sandbox.reset_requests()
    assert project.up(**limits).expect_success().summary == {"unchanged": COUNT + 1}
    assert sandbox.requests() == []

    assert project.refresh(**limits).expect_success().summary == {"unchanged": COUNT + 1}
    assert [call["method"] for call in sandbox.requests()] == ["GET"] * COUNT

    project.destroy(**limits).expect_success()
    assert sandbox.state()["trieve"]["datasets"] == []
    assert sandbox.log()["max_in_flight"] <= 4
