"""STOP_TOKENS: the server forgets them with every update and never tells them, so what a run prints has to be true."""

from __future__ import annotations

from typing import Any

import pytest

from support.engine import Project, Run
from support.hand import Hand
from support.lying_proxy import Held, LyingProxy, cut
from support.processes import wait_until
from support.programs import dataset, program
from support.sandbox import Sandbox

UPDATE = ("PUT", "^/api/dataset$")
TOKENS = ["END", "STOP"]


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def declared(**configuration: Any) -> str:
    return program(dataset(config=configuration))


def said(run: Run) -> list[str]:
    """What a run says of the tokens being erased."""
    return [line for line in run.output.splitlines() if "STOP_TOKENS" in line and "erase" in line]


def released(project: Project, hand: Hand) -> Run:
    """Tokens that were set and managed, and are not managed any more; gives the run that let them go."""
    project.program = declared(STOP_TOKENS=TOKENS, MAX_LIMIT=5)
    assert said(project.up().expect_success()) == []
    assert hand.values("STOP_TOKENS") == [TOKENS]
    project.program = declared(MAX_LIMIT=5)
    return project.up().expect_success()


def test_each_warning_about_stop_tokens_matches_the_service(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    run = released(project, hand)
    assert any("next update" in line and "dataset golden" in line for line in said(run)), str(run)
    assert "its value stays in the service" not in "".join(
        line for line in run.output.splitlines() if "STOP_TOKENS" in line
    )
    assert hand.values("STOP_TOKENS") == [TOKENS]

    project.program = declared(MAX_LIMIT=6)
    run = project.up().expect_success()
    assert any("warning" in line and "this update" in line for line in said(run)), str(run)
    assert hand.values("STOP_TOKENS") == [None]

    project.program = declared(MAX_LIMIT=7)
    assert said(project.up().expect_success()) == []
    assert said(project.up(refresh=True).expect_success()) == []


def test_the_warning_comes_before_the_update_is_sent(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    released(project, hand)
    project.program = declared(MAX_LIMIT=6)
    proxy.lie(*UPDATE, cut(carried_out=False))
    run = project.up().expect_failure("dataset golden")
    assert any("warning" in line for line in said(run)), str(run)
    assert hand.values("STOP_TOKENS") == [TOKENS]

    # It was not carried out, so they are still there to be erased.
    proxy.tell_the_truth()
    assert any("warning" in line for line in said(project.up().expect_success()))
    assert hand.values("STOP_TOKENS") == [None]


def test_the_warning_is_printed_before_the_update_is_answered(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    released(project, hand)
    project.program = declared(MAX_LIMIT=6)
    held = Held(carried_out=False)
    proxy.lie(*UPDATE, held, times=1)
    running = project.start("up")
    wait_until(lambda: held.reached or running.over, seconds=60, what="the update")
    wait_until(lambda: "STOP_TOKENS" in running.output, seconds=10, what=f"the warning:\n{running.output}")
    assert hand.values("STOP_TOKENS") == [TOKENS]
    held.let_go()
    running.wait().expect_success()


def test_managed_stop_tokens_survive_every_update_without_a_warning(project: Project, hand: Hand) -> None:
    for limit in (5, 6):
        project.program = declared(STOP_TOKENS=TOKENS, MAX_LIMIT=limit)
        assert said(project.up().expect_success()) == []
        assert hand.values("STOP_TOKENS") == [TOKENS]
