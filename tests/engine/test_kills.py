"""Runs without checkpoints are killed: the next one ends with one object for each resource (`tools/fire/kills.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from fire.kill_case import Case, draw, play
from fire.kills import rows_in, table
from pulumi_retrieval.providers.checkpoints import UNSURE
from support.engine import Project
from support.programs import Code, dataset, declare, program

RESOURCES = 36
WITHOUT_CHECKPOINTS = {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_EXPERIMENTAL": "true"}
SAID = "this run writes no checkpoints (PULUMI_SKIP_CHECKPOINTS)"


def case(number: int, *, verb: str, victim: str, moment: float, generation: str = "v2", after: str = "same") -> Case:
    return Case(
        seed=0,
        number=number,
        resources=RESOURCES,
        verb=verb,
        victim=victim,
        checkpoints=False,
        generation=generation,
        moment=moment,
        jitter=0.0,
        after=after,
    )


@pytest.mark.parametrize(
    "killed",
    [
        case(1, verb="up", victim="engine", moment=0.8),
        case(2, verb="up", victim="provider", moment=0.4, generation="cortex"),
        case(3, verb="update", victim="engine", moment=0.5),
    ],
    ids=lambda killed: f"{killed.victim} of {killed.verb}",
)
def test_the_run_after_a_kill_puts_everything_right(killed: Case, tmp_path: Path, engine: Path) -> None:
    row = play(killed, tmp_path, engine=engine)
    assert row["failures"] == []
    assert row["killed"]
    assert sum(row["unrecorded"].values()) > 0 or killed.victim != "engine"
    assert table([row]).endswith("1 runs, 1 kills, 0 failures.")


def test_a_case_is_the_same_whenever_it_is_drawn(tmp_path: Path) -> None:
    def drawn(seed: int) -> list[Case]:
        weights = {"engine": 2, "provider": 1}
        return [
            draw(seed, number, resources=60, checkpoints=False, victims=weights, verbs={"up": 1})
            for number in range(20)
        ]

    assert drawn(1) == drawn(1) != drawn(2)
    assert {one.victim for one in drawn(1)} == {"engine", "provider"}
    assert rows_in(tmp_path / "none.jsonl") == []


def test_a_run_says_what_a_kill_may_leave(project: Project) -> None:
    crawled = {"site_url": "https://docs.example.test", "interval": "daily", "limit": 100}
    project.program = program(
        "docs = " + dataset("docs", tracking_id="docs"),
        declare("trieve.ApiKey", "search", name="search", role=0),
        declare("trieve.Organization", "company", name="Company"),
        declare("trieve.Organization", "acme", organization_id=project.environment["TRIEVE_ORGANIZATION_ID"]),
        declare("trieve.Crawl", "site", dataset_id=Code("docs.id"), crawl_options=crawled),
    )
    said = project.preview(env=WITHOUT_CHECKPOINTS).expect_success().output
    assert SAID in said
    for named in ("API keys search: ", "organizations company: ", "crawls site: "):
        assert named in said
    assert SAID not in project.preview().expect_success().output
    # A run without a preview says it when the first one of each kind is about to be created.
    said = project.up(env=WITHOUT_CHECKPOINTS).expect_success().output
    for kind in UNSURE.values():
        assert kind.why in said.replace("\n", " ")
    assert SAID not in project.preview(env=WITHOUT_CHECKPOINTS).expect_success().output
