"""Several writers of one dataset. The service answers 200 to all of them and keeps the last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

DATASETS = 12
STACK = """
    from pulumi_retrieval import trieve

    trieve.Dataset(
        "shared", tracking_id="shared", dataset_name="Shared", adopt=True, server_configuration={{"{key}": {value}}}
    )
"""
KEYS = ("MAX_LIMIT", "N_RETRIEVALS_TO_INCLUDE")


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


@pytest.fixture
def stacks(project: Project, tmp_path: Path, engine: Path, sandbox: Sandbox) -> Iterator[list[Project]]:
    """Two stacks with states of their own."""
    other = Project(tmp_path / "other", engine=engine, env=sandbox.environment, secrets=project.secrets)
    yield [project, other]
    other.close()


def test_lost_updates_of_two_stacks_are_reported_or_found_by_a_refresh(stacks: list[Project], hand: Hand) -> None:
    for stack, key in zip(stacks, KEYS, strict=True):
        stack.program = STACK.format(key=key, value=10)
        stack.up().expect_success()
    (dataset,) = hand.datasets()
    assert dataset == "shared"

    # Each reads before the other writes.
    hand.sandbox.switches(lost_updates=2)
    for stack, key in zip(stacks, KEYS, strict=True):
        stack.program = STACK.format(key=key, value=20)
    running = [stack.start("up") for stack in stacks]
    runs = [one.wait() for one in running]
    hand.sandbox.clear_switches()

    held = hand.datasets()["shared"]["server_configuration"]
    (lost,) = (index for index, key in enumerate(KEYS) if held[key] == 10)
    loser, key = stacks[lost], KEYS[lost]
    if runs[lost].exit_code != 0:
        runs[lost].expect_failure(f"did not store server_configuration.{key}", "somebody else may be writing")
    preview = loser.preview("--expect-no-changes", refresh=True).expect_failure()
    assert f"{key}: 10 => 20" in preview.output
    loser.up(refresh=True).expect_success()
    for stack in stacks:
        stack.up("--expect-no-changes", refresh=True).expect_success()
    held = hand.datasets()["shared"]["server_configuration"]
    assert [held[key] for key in KEYS] == [20, 20]


def test_concurrent_updates_in_one_process_are_not_lost(project: Project, hand: Hand) -> None:
    program = """
        from pulumi_retrieval import trieve

        for number in range({count}):
            trieve.Dataset(f"d{{number}}", tracking_id=f"d{{number}}", server_configuration={{"MAX_LIMIT": {value}}})
        trieve.FleetConfiguration("temperature", configuration={{"TEMPERATURE": {value} / 100}})
        trieve.FleetConfiguration("retrievals", configuration={{"N_RETRIEVALS_TO_INCLUDE": {value}}})
        """
    project.program = program.format(count=DATASETS, value=10)
    project.up().expect_success()

    # A dataset's update writes back everything it has read; the fleets' calls must not fall in between.
    hand.sandbox.switches(lost_updates=True)
    project.program = program.format(count=DATASETS, value=20)
    project.up().expect_success()
    for key, value in (("MAX_LIMIT", 20), ("TEMPERATURE", 0.2), ("N_RETRIEVALS_TO_INCLUDE", 20)):
        assert hand.values(key) == [value] * DATASETS
    hand.sandbox.clear_switches()
    project.preview("--expect-no-changes", refresh=True).expect_success()
