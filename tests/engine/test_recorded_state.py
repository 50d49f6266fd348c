"""A stack that an older version left behind is one that this version has nothing to do to."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.engine import Project
from support.recorded_state import DATA, NAME, SECRET, configure, restored
from support.sandbox import Sandbox


@pytest.mark.parametrize("version", sorted(path.stem.removeprefix("state-") for path in DATA.glob("state-*.json")))
def test_a_preview_of_a_recorded_state_is_empty(version: str, tmp_path: Path, engine: Path, sandbox: Sandbox) -> None:
    program = (DATA / f"state-{version}.py").read_text()
    project = Project(
        tmp_path / "main", engine=engine, env=sandbox.environment, program=program, name=NAME, secrets=[SECRET]
    )
    configure(project)
    # Secrets stand in the file in plain text, so they do in what is typed, and nowhere after it.
    project.pulumi("stack", "import", stdin=restored(version, project, sandbox)).expect_success()
    before = project.stored()
    assert len(before) == 4

    run = project.preview("--expect-no-changes").expect_success()
    assert run.summary == {"unchanged": 5}
    assert project.up().expect_success().summary == {"unchanged": 5}
    assert project.stored() == before
    assert sandbox.requests() == []
