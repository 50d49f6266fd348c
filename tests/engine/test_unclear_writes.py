"""Writes whose answer says nothing, and answers that say the wrong thing."""

from __future__ import annotations

from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.processes import wait_until
from support.sandbox import Sandbox

LATER = 9.0
"""Seconds until the service carries out what it answered with 408: longer than anybody looks for it."""
MANY = 50


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def carried_out_later(method: str, path: str, times: int) -> dict[str, Any]:
    act = {"kind": "timeout", "carried_out": "after", "delay": LATER}
    return {"service": "trieve", "method": method, "path": path, "times": times, "act": act}


def test_a_create_a_rename_and_a_delete_that_are_carried_out_later_converge(project: Project, hand: Hand) -> None:
    program = """
        from pulumi_retrieval import trieve

        for tracking_id, name in {datasets}.items():
            trieve.Dataset(tracking_id, tracking_id=tracking_id, dataset_name=name)
        """
    project.program = program.format(datasets={"kept": "Kept", "renamed": "Old name", "removed": "Removed"})
    project.up().expect_success()
    before = hand.datasets()

    hand.sandbox.faults(
        [
            carried_out_later("POST", "^/api/dataset$", 2),
            carried_out_later("PUT", "^/api/dataset$", 2),
            carried_out_later("DELETE", "^/api/dataset/", 3),
        ]
    )
    project.program = program.format(datasets={"kept": "Kept", "renamed": "New name", "created": "Created"})
    run = project.up("--continue-on-error").expect_failure(
        "it does not exist yet, and the create may still be carried out",
        "run `pulumi up --refresh`",
        "HTTP 408",
    )
    assert run.output.count("HTTP 408") >= 3
    hand.sandbox.clear_faults()
    wanted = {"kept", "renamed", "created"}
    wait_until(lambda: set(hand.datasets()) == wanted, seconds=60, what="the service to carry out what it was told")

    project.up().expect_success()
    after = hand.datasets()
    assert {key: one["name"] for key, one in after.items()} == {
        "kept": "Kept",
        "renamed": "New name",
        "created": "Created",
    }
    assert [after[key]["id"] for key in ("kept", "renamed")] == [before[key]["id"] for key in ("kept", "renamed")]
    assert len(hand.call("GET", f"/api/dataset/organization/{hand.organization_id}")) == len(wanted)
    assert {one["id"] for one in project.resources()} == {one["id"] for one in after.values()}
    project.up("--expect-no-changes", refresh=True).expect_success()


def test_a_refresh_with_only_false_absences_keeps_the_state(project: Project, hand: Hand) -> None:
    project.program = f"""
        from pulumi_retrieval import trieve

        for number in range({MANY}):
            trieve.Dataset(f"d{{number}}", tracking_id=f"d{{number}}")
        """
    project.up(checkpoints=False).expect_success()
    before = {one["urn"]: one["id"] for one in project.resources()}
    rule = {"service": "trieve", "method": "GET", "path": "^/api/dataset/[0-9a-f]{8}-", "every": 3}
    hand.sandbox.faults([{**rule, "act": {"kind": "false_absence", "table": "datasets"}}])
    project.refresh().expect_success()
    (report,) = hand.sandbox.fault_report()
    assert report["fired"] >= MANY // 3
    assert {one["urn"]: one["id"] for one in project.resources()} == before
    hand.sandbox.clear_faults()
    project.up("--expect-no-changes").expect_success()
