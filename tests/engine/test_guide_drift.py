"""docs/guides/drift.md, command by command."""

from __future__ import annotations

import subprocess

from support.engine import Project
from support.guides import commands, run_line
from support.hand import Hand
from support.programs import dataset, id_of, program
from support.sandbox import Sandbox


def test_drift_is_seen_and_put_right(project: Project, sandbox: Sandbox) -> None:
    see, put_right = (block.splitlines() for block in commands("drift.md", count=2))
    project.program = program(dataset(config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    assert run_line(project, see[0]).expect_success().summary == {"unchanged": 2}
    hand = Hand(sandbox)
    hand.change(id_of(project, "golden"), MAX_LIMIT=9)
    assert run_line(project, see[0]).expect_failure("server_configuration").exit_code == 7
    review = subprocess.run(
        see[1].split(),
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert review.returncode == 4, review.stdout + review.stderr
    assert "drift to be overwritten" in review.stdout
    assert "MAX_LIMIT" in review.stdout
    for line in put_right:
        run_line(project, line).expect_success()
    assert run_line(project, see[0]).expect_success().summary == {"unchanged": 2}
    assert hand.values("MAX_LIMIT") == [5]
