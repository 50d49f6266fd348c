"""docs/guides/off-boarding.md, step by step."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from support.engine import Project
from support.guides import GUIDES, commands, programs, run_line
from support.hand import Hand
from support.sandbox import Sandbox

PAGE = "off-boarding.md"
DOCUMENTS = 40


@pytest.fixture
def hand(project: Project, sandbox: Sandbox) -> Hand:
    """The three datasets with which the guide begins, with documents in each."""
    hand = Hand(sandbox)
    project.program = programs(PAGE, count=3)[0]
    project.up().expect_success()
    for one in hand.datasets().values():
        sandbox.put_chunks(one["id"], DOCUMENTS)
    return hand


def retired_long_ago(resource: dict[str, Any]) -> None:
    if "retired_at" in resource.get("outputs", {}):
        resource["outputs"]["retired_at"] = "2020-01-31T12:00:00Z"


def test_retired_and_removed(project: Project, hand: Hand) -> None:
    begin, retire, remove = programs(PAGE, count=3)
    project.program = remove
    project.up().expect_failure(
        "dataset acme (", f"holds {DOCUMENTS} documents and is not deleted", "docs off-boarding"
    )
    project.program = retire
    project.up().expect_success()
    assert project.outputs()["acme_retired_at"].endswith("Z")
    project.up("--expect-no-changes", refresh=True).expect_success()
    project.program = begin
    project.up().expect_success()
    project.program = retire
    project.up().expect_success()
    project.program = remove
    project.up().expect_failure("is kept for 30 days: it can be deleted from")
    assert set(hand.datasets()) == {"acme", "globex", "initech"}
    project.edit_state(retired_long_ago)
    run = project.up().expect_success()
    assert (
        f"was deleted with {DOCUMENTS} documents: it was retired at 2020-01-31T12:00:00Z and kept for 30 days"
        in run.output
    )
    assert set(hand.datasets()) == {"globex", "initech"}


def test_confirmed_and_destroyed(project: Project, hand: Hand) -> None:
    [confirm, unset, destroy] = map(str.splitlines, commands(PAGE, count=3))
    project.program = programs(PAGE, count=3)[0].replace(', "globex"', "")
    for line in confirm:
        run = run_line(project, line).expect_success()
    assert f"was deleted with {DOCUMENTS} documents: trieve:confirmDeletes confirms globex=40" in run.output
    assert set(hand.datasets()) == {"acme", "initech"}
    for line in unset:
        run_line(project, line).expect_success()
    project.program = programs(PAGE, count=3)[0].replace('"acme", "globex", ', "")
    run_line(project, "pulumi config set trieve:confirmDeletes acme=40").expect_success()
    run_line(project, "pulumi up").expect_success()
    assert set(hand.datasets()) == {"initech"}
    project.destroy().expect_failure(f"holds {DOCUMENTS} documents and is not deleted")
    for line in destroy:
        run_line(project, line).expect_success()
    assert hand.datasets() == {}


def test_the_setting_in_the_file_of_the_stack(project: Project, hand: Hand) -> None:
    text = (GUIDES / PAGE).read_text().split("```yaml\n")[1].split("```")[0]
    confirmed = yaml.safe_load(text)["config"]
    assert confirmed == {"trieve:confirmDeletes": ["globex=40", "initech=12"]}
    file = project.folder / "Pulumi.dev.yaml"
    stack = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.write_text(yaml.safe_dump({**(stack or {}), "config": {**(stack or {}).get("config", {}), **confirmed}}))
    project.program = programs(PAGE, count=3)[0].replace(', "globex", "initech"', "")
    project.up("--continue-on-error").expect_failure("confirms initech=12, and it holds 40")
    assert set(hand.datasets()) == {"acme", "initech"}
