"""One object has one owner in a run, whichever providers, and so processes, the program uses."""

from __future__ import annotations

import pytest

from support.engine import Project
from support.hand import Hand
from support.programs import chunks, dataset, explicit_provider, id_of, living, program
from support.sandbox import Sandbox

DOCUMENTS = 40
THERE = explicit_provider("there")
ELSEWHERE = explicit_provider("elsewhere")


def through(provider: str, *more: str) -> str:
    return ", ".join([f"provider={provider}", *more])


def in_use(project: Project, sandbox: Sandbox, *, opts: str = "") -> str:
    """A dataset with 40 documents which may be deleted with them; its id."""
    project.program = program(THERE, dataset("b", tracking_id="B", force_destroy=True, opts=opts))
    project.up().expect_success()
    golden = id_of(project, "b")
    sandbox.put_chunks(golden, DOCUMENTS)
    sandbox.reset_requests()
    return golden


def deletes(sandbox: Sandbox) -> list[str]:
    return [one["path"] for one in sandbox.requests() if one["method"] == "DELETE"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("", through("there")), (through("there"), ""), (through("there"), through("there"))],
    ids=["default to explicit", "explicit to default", "explicit"],
)
def test_a_renamed_dataset_that_another_provider_adopts_is_not_deleted(
    project: Project, sandbox: Sandbox, before: str, after: str
) -> None:
    golden = in_use(project, sandbox, opts=before)
    renamed = dataset("b2", tracking_id="B", force_destroy=True, adopt=True, opts=after)
    project.program = program(THERE, renamed)
    run = project.up().expect_success()
    assert deletes(sandbox) == []
    assert (living(sandbox), chunks(sandbox)) == ({"B": golden}, {"B": DOCUMENTS})
    assert f"({golden}) is now held by another resource of the program" in run.output
    assert id_of(project, "b2") == golden
    assert [one["id"] for one in project.resources()] == [golden]
    project.preview("--expect-no-changes").expect_success()


@pytest.mark.parametrize("opts", ["", through("there")], ids=["same provider", "other provider"])
def test_a_rename_whose_create_may_not_adopt_deletes_nothing_with_continue_on_error(
    project: Project, sandbox: Sandbox, opts: str
) -> None:
    golden = in_use(project, sandbox)
    project.program = program(THERE, dataset("b2", tracking_id="B", force_destroy=True, opts=opts))
    project.up("--continue-on-error").expect_failure(golden, f"holds {DOCUMENTS} documents", "adopt=True")
    assert deletes(sandbox) == []
    assert (living(sandbox), chunks(sandbox)) == ({"B": golden}, {"B": DOCUMENTS})

    # The remedy that the text names works, and the dataset is in the state once.
    project.program = program(THERE, dataset("b2", tracking_id="B", force_destroy=True, adopt=True, opts=opts))
    project.up().expect_success()
    assert chunks(sandbox) == {"B": DOCUMENTS}
    assert [one["id"] for one in project.resources()] == [golden]


@pytest.mark.parametrize(
    ("first", "second"),
    [("", through("there")), (through("there"), through("elsewhere"))],
    ids=["default and explicit", "two explicit"],
)
@pytest.mark.parametrize("adopt", [False, True], ids=["create", "adopt"])
def test_two_resources_with_one_tracking_id_are_refused_in_preview(
    project: Project, sandbox: Sandbox, first: str, second: str, adopt: bool
) -> None:
    project.program = program(
        THERE,
        ELSEWHERE,
        dataset("one", tracking_id="same", adopt=adopt, opts=first),
        dataset("other", tracking_id="same", adopt=adopt, opts=second),
    )
    run = project.preview().expect_failure("tracking_id", '"same"')
    assert '"one"' in run.output
    assert '"other"' in run.output
    run = project.up().expect_failure("tracking_id", '"same"')
    assert len(living(sandbox)) <= 1


def test_absences_are_counted_once_for_all_providers_of_a_run(project: Project, sandbox: Sandbox) -> None:
    project.program = program(
        THERE,
        *(dataset(f"d{n}", tracking_id=f"d{n}", opts=through("there") if n % 2 else "") for n in range(8)),
    )
    project.up().expect_success()
    hand = Hand(sandbox)
    for one in hand.datasets().values():
        hand.delete(one["id"])
    project.up(refresh=True).expect_failure("trieve:maxGone (5)")
    assert living(sandbox) == {}  # and nothing was created again
