"""Taking over what exists, at scale; it is also the drill for lost state."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from support.engine import STACK, Project
from support.hand import Hand
from support.sandbox import Sandbox

MANY = 300
ODD = ("kunde::ü/ä ?#%", "x" * 300, "'\"{}", "made-0-2")
"""Tracking ids as people choose them."""
OLD_HOURS = 100.0


def fill(hand: Hand) -> None:
    """An organization as it grows in years: defaults, settings, documents, odd names, one name twice, no tracking id."""
    ids = hand.make_many(MANY - 4 - len(ODD))
    for tracking_id in ODD:
        hand.make(tracking_id)
    for number, dataset in enumerate(ids[:20]):
        hand.change(dataset, MAX_LIMIT=number + 1, BM25_K=1.2, SYSTEM_PROMPT=f"Be number {number}: <b>ü</b>")
        hand.sandbox.put_chunks(dataset, 5)
        hand.sandbox.age(dataset, OLD_HOURS)
    hand.make("large", EMBEDDING_MODEL_NAME="text-embedding-3-large", DISTANCE_METRIC="dot", STOP_TOKENS=["x"])
    public = {"enabled": True, "extra_params": {"brandName": "Acme", "apiKey": "tr-public-0123456789"}}
    hand.change(hand.make("page", name="made-0"), PUBLIC_DATASET=public, LLM_API_KEY="sk-of-the-page-0123456789")
    for number in range(2):
        hand.sandbox.age(hand.make(None, name="made-0"), OLD_HOURS + number)


def run_import(sandbox: Sandbox, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pulumi_retrieval.cli", "import", "--organization", sandbox.organization_id]
    return subprocess.run(
        [*command, "--out", str(folder), *options],
        env={**os.environ, **sandbox.environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def take_over(project: Project, hand: Hand, *, writes: int) -> None:
    """One `up` with `adopt`, and a preview without it that finds nothing."""
    hand.forget_calls()
    project.config("trieve:adopt", "true")
    run = project.up(checkpoints=False, diff=False).expect_success()
    project.pulumi("config", "rm", "trieve:adopt").expect_success()
    assert run.summary == {"created": MANY + 2}
    assert len(hand.calls("PUT", "DELETE")) == writes
    hand.forget_calls()
    project.preview("--expect-no-changes", refresh=True, diff=False).expect_success()
    assert hand.writes() == []
    assert len(hand.datasets()) == MANY


def test_three_hundred_datasets_are_imported_and_again_after_the_state_is_lost(
    project: Project, sandbox: Sandbox, tmp_path: Path
) -> None:
    hand = Hand(sandbox)
    fill(hand)
    before = {one["id"]: one for one in sandbox.state()["trieve"]["datasets"]}
    folder = tmp_path / "imported"
    done = run_import(sandbox, folder)
    assert (done.returncode, done.stderr.count("has no tracking id")) == (0, 2), done.stderr
    assert f"wrote a program for {MANY} datasets" in done.stdout
    for text in (done.stdout, done.stderr, *(path.read_text() for path in folder.iterdir())):
        assert "0123456789" not in text
        assert not any(key in text for name, key in sandbox.environment.items() if name.endswith("_KEY"))
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text())["runtime"] == "python"
    again = run_import(sandbox, folder)
    assert (again.returncode, "nothing is overwritten" in again.stderr) == (2, True)

    project.program = (folder / "__main__.py").read_text()
    shutil.copy(folder / "organization.json", project.folder)
    take_over(project, hand, writes=2)  # those two get a tracking id
    after = {one["id"]: one for one in sandbox.state()["trieve"]["datasets"]}
    # Nobody else was written to; an update alone makes the service write out a configuration anew.
    named = [key for key, one in before.items() if one["tracking_id"]]
    assert len(named) == MANY - 2
    assert [after[key] for key in named] == [before[key] for key in named]

    # The drill: the state is lost, the program is not.
    shutil.rmtree(project.state_folder / ".pulumi")
    (project.folder / f"Pulumi.{STACK}.yaml").unlink()
    project.pulumi("stack", "init", STACK).expect_success()
    take_over(project, hand, writes=0)
