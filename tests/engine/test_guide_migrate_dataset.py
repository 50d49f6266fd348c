"""docs/guides/migrate-dataset.md, step by step."""

from __future__ import annotations

from support.engine import Project
from support.guides import programs
from support.hand import Hand
from support.sandbox import Sandbox

DOCUMENTS = 40


def test_the_steps_of_the_guide(project: Project, sandbox: Sandbox) -> None:
    begin, beside, swap, back, leave, end = programs("migrate-dataset.md", count=6)
    hand = Hand(sandbox)

    def ids() -> dict[str, str]:
        return {tracking_id: one["id"] for tracking_id, one in hand.datasets().items()}

    project.program = begin
    project.up().expect_success()
    old = ids()["handbook"]
    sandbox.put_chunks(old, DOCUMENTS)
    project.program = begin.replace("3-small", "3-large").replace("1536", "3072")
    project.preview().expect_failure("REFUSED, nothing was changed", "pulumi-retrieval docs migrate-dataset")

    project.program = beside
    hand.forget_calls()
    project.up().expect_success()
    assert hand.writes() == [("POST", "/api/dataset")]
    new = ids()["handbook-next"]
    sandbox.put_chunks(new, DOCUMENTS)
    project.up().expect_success()
    assert project.outputs()["documents"] == {"old": DOCUMENTS, "new": DOCUMENTS}

    project.program = swap
    hand.forget_calls()
    project.up().expect_success()
    assert hand.writes() == [("PUT", "/api/dataset")] * 2
    assert ids() == {"handbook": new, "handbook-before": old}

    project.program = back
    project.up().expect_success()
    assert ids() == {"handbook": old, "handbook-next": new}

    # In the wrong order the second one finds the name taken; nothing is lost, and the right order finishes the swap.
    project.program = back.replace('"handbook"', '"handbook-before"').replace('"handbook-next"', '"handbook"')
    project.up().expect_failure("a dataset with the same tracking_id already exists")
    assert ids() == {"handbook": old, "handbook-next": new}
    project.program = swap
    project.up().expect_success()
    assert ids() == {"handbook": new, "handbook-before": old}

    project.program = end
    project.up().expect_failure(f"holds {DOCUMENTS} documents and is not deleted", "force_destroy=True")
    assert ids() == {"handbook": new, "handbook-before": old}
    project.program = leave
    hand.forget_calls()
    project.up().expect_success()
    assert hand.writes() == []
    project.program = end
    project.up().expect_success()
    assert ids() == {"handbook": new}
    assert hand.datasets()["handbook"]["chunk_count"] == DOCUMENTS
    project.up("--expect-no-changes", refresh=True).expect_success()
