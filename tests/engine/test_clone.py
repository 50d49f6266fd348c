"""Clones: what a run waits for, what it says when nothing comes, and that there is never a second one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

CHUNKS = 500
SLOW = 250
"""Chunks a second."""
CUSTOMERS = 20
CLONE = ("POST", "/api/dataset/clone")
PROGRAM = """
    from pulumi_retrieval import trieve

    trieve.Dataset(
        "customer",
        tracking_id="customer",
        clone_from=trieve.CloneFrom(dataset_id="{source}", copy_chunks=True, wait_seconds={seconds}),
        server_configuration={{"SYSTEM_PROMPT": "You answer for customer 7.", "LLM_API_KEY": "{key}"}},
    )
"""
KEY = "sk-of-customer-7-0123456789"


@pytest.fixture
def options() -> list[str]:
    """How the sandbox is started."""
    return ["--clone-chunks-per-second", str(SLOW)]


@pytest.fixture
def sandbox(tmp_path: Path, options: list[str]) -> Iterator[Sandbox]:
    with Sandbox(*options, data=tmp_path / "sandbox") as sandbox:
        yield sandbox


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


@pytest.fixture
def source(hand: Hand) -> str:
    """The id of a dataset with chunks and a configuration of its own."""
    golden = hand.make("golden", MAX_LIMIT=77, SYSTEM_PROMPT="You are golden.")
    hand.sandbox.put_chunks(golden, CHUNKS)
    return golden


def program(source: str, *, seconds: int) -> str:
    return PROGRAM.format(source=source, seconds=seconds, key=KEY)


def test_a_clone_waits_for_its_chunks_and_stores_its_source(project: Project, hand: Hand, source: str) -> None:
    project.secrets.add(KEY)
    project.program = program(source, seconds=120)
    project.up().expect_success()
    clone = hand.datasets()["customer"]
    assert clone["chunk_count"] == CHUNKS
    configuration = clone["server_configuration"]
    assert (configuration["MAX_LIMIT"], configuration["SYSTEM_PROMPT"]) == (77, "You answer for customer 7.")
    assert configuration["LLM_API_KEY"]  # the clone does not carry it over; it is masked
    assert hand.calls("PUT") == [("PUT", "/api/dataset")]
    (stored,) = project.resources()
    told = stored["outputs"]["cloned_from"]
    assert (told["dataset_id"], told["source_chunks"], told["chunks"]) == (source, CHUNKS, CHUNKS)

    # Its origin is history: it may change or go, and nothing happens.
    hand.forget_calls()
    assert project.up("--expect-no-changes").expect_success().summary == {"unchanged": 2}
    project.program = program("00000000-0000-4000-8000-000000000000", seconds=0)
    run = project.up().expect_success()
    assert "is used only at creation" in run.output
    assert hand.calls() == []
    assert project.up("--expect-no-changes").expect_success().summary == {"unchanged": 2}


def test_a_clone_whose_provider_is_killed_during_the_wait_is_not_created_twice(
    project: Project, hand: Hand, source: str
) -> None:
    project.secrets.add(KEY)
    project.program = program(source, seconds=120)
    running = project.start("up")
    assert running.kill_providers_when(lambda: hand.datasets().get("customer", {}).get("chunk_count", 0) > 0) == 1
    running.wait().expect_failure()
    assert project.resources() == []

    run = project.up().expect_success()
    assert "dataset customer exists already and is adopted" in run.output
    assert sorted(hand.datasets()) == ["customer", "golden"]
    assert hand.datasets()["customer"]["chunk_count"] == CHUNKS
    (stored,) = project.resources()
    assert stored["outputs"]["cloned_from"]["chunks"] == CHUNKS
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 2}


@pytest.mark.parametrize("options", [["--no-clone-worker"]])
def test_the_error_about_an_empty_clone_names_possible_causes(project: Project, hand: Hand, source: str) -> None:
    project.secrets.add(KEY)
    project.program = program(source, seconds=1)
    project.up().expect_failure(
        f"holds 0 of its {CHUNKS} chunks",
        "this installation may not run the clone worker",
        "run `pulumi up` again to go on waiting, or set wait_seconds=0",
    )
    project.program = program(source, seconds=0)
    project.up().expect_success()
    assert sorted(hand.datasets()) == ["customer", "golden"]


@pytest.mark.parametrize("options", [[]])
def test_a_deleted_source_is_created_again_and_its_clones_are_unchanged(project: Project, hand: Hand) -> None:
    project.program = f"""
        from pulumi_retrieval import trieve

        golden = trieve.Dataset("golden", tracking_id="golden", server_configuration={{"MAX_LIMIT": 77}})
        for number in range({CUSTOMERS}):
            trieve.Dataset(
                f"customer-{{number}}",
                tracking_id=f"customer-{{number}}",
                clone_from=trieve.CloneFrom(dataset_id=golden.id, copy_chunks=False),
                server_configuration={{"SYSTEM_PROMPT": f"You answer for customer {{number}}."}},
            )
        """
    project.up().expect_success()
    before = hand.datasets()
    hand.delete(before["golden"]["id"])

    run = project.preview(refresh=True).expect_success()
    assert (run.summary["to create"], run.summary["to update"]) == (1, CUSTOMERS)
    hand.forget_calls()
    run = project.up(refresh=True).expect_success()
    assert (run.summary["created"], run.summary["updated"]) == (1, CUSTOMERS)
    assert hand.writes() == [("POST", "/api/dataset")]
    after = hand.datasets()
    assert after.pop("golden")["id"] != before.pop("golden")["id"]
    assert after == before
    hand.forget_calls()
    assert project.up("--expect-no-changes").expect_success().summary == {"unchanged": CUSTOMERS + 2}
    assert hand.calls() == []

    # Where it is replaced on purpose, the engine takes none of the clones along.
    (urn,) = [one["urn"] for one in project.resources() if one["urn"].endswith("::golden")]
    run = project.preview("--replace", urn).expect_success()
    assert (run.summary["to replace"], run.summary["to update"]) == (1, CUSTOMERS)
