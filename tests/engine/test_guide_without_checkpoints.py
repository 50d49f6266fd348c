"""The commands of the guide to runs without checkpoints: a run is killed, and the next one puts everything right."""

from __future__ import annotations

import os
import shlex
import signal

from support.engine import Project
from support.guides import commands, run_line
from support.processes import wait_until
from support.programs import dataset, living, program
from support.sandbox import Sandbox

DATASETS = 12


def test_a_killed_run_and_the_next_one(project: Project, sandbox: Sandbox) -> None:
    run, after = commands("without-checkpoints.md", count=2)
    words = shlex.split(run)
    environment = dict(word.split("=", 1) for word in words[: words.index("pulumi")])
    assert words[words.index("pulumi") + 1 :] == ["up"]
    project.program = program(*(dataset(f"d{number}", tracking_id=f"d{number}") for number in range(DATASETS)))

    running = project.start("up", env=environment)
    wait_until(lambda: bool(living(sandbox)) or running.over, seconds=120, what="the first dataset")
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait().exit_code == -signal.SIGKILL
    assert project.resources() == [], "the state knows nothing of the run"

    for line in after.splitlines():
        run_line(project, line).expect_success()
    assert len(living(sandbox)) == DATASETS
    assert {one["id"] for one in project.resources()} == set(living(sandbox).values())
    project.preview("--expect-no-changes").expect_success()
    project.preview("--expect-no-changes", refresh=True).expect_success()
