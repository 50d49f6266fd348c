"""A part of the matrix, drawn with a seed, and that the matrix can fail.

`make fire` plays all of it; `docs/promises.md` has the figures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fire import faults, running
from fire.bench import Bench
from fire.faults import FAULTS
from fire.held import Failed
from fire.matrix import ALWAYS, FAILED, ONCE, ONCE_WRITE, PASSED, UNMET, Cell, FaultTrial, Row, cells
from fire.stories import CREATE, GUARDED_DELETE, STORIES

SEED = 7
SHARE = 5
"""Cells of each resource."""


@pytest.fixture(scope="module", params=["cortex", "v2"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(request.param) as bench:
        yield bench


def some(version: str) -> list[Cell]:
    """A few cells of each resource; slow ones wait for timeouts and are left to `make fire`."""
    chosen: list[Cell] = []
    for story in STORIES.values():
        if story.version == version:
            quick = [one for one in cells() if one.resource == story.name and not FAULTS[one.fault].slow]
            chosen += random.Random(f"{SEED} {story.name}").sample(quick, SHARE)
    return chosen


def test_a_part_of_the_matrix(bench: Bench) -> None:
    rows = [FaultTrial(bench, cell).run() for cell in some(bench.version)]
    assert [f"{row.key}: {row.problems}" for row in running.unexplained(rows)] == []
    assert sum(row.outcome == PASSED for row in rows) * 2 > len(rows), "most of them meet their fault"


def test_every_operation_meets_every_fault() -> None:
    known = cells()
    assert len({cell.key for cell in known}) == len({cell.number for cell in known}) == len(known)
    met = {(cell.resource, cell.operation, cell.fault) for cell in known}
    assert met == {
        (s.name, operation, fault) for s in STORIES.values() for operation in s.operations for fault in FAULTS
    }


def test_an_organization_whose_create_told_a_false_id_is_not_stored_under_it(bench: Bench) -> None:
    if bench.version != "cortex":
        pytest.skip("the object is one of Trieve")
    row = FaultTrial(bench, Cell("trieve.Organization", CREATE, "other id", ONCE_WRITE)).run()
    assert (row.outcome, row.problems) == (PASSED, ())
    assert row.said.startswith("could not update organization")


# The matrix can fail.


def test_an_object_that_is_made_twice_is_seen(bench: Bench) -> None:
    if bench.version != "cortex":
        pytest.skip("the object is one of Trieve")
    trial = FaultTrial(bench, Cell("trieve.Organization", CREATE, "500", ONCE))
    honest = trial.story.objects
    trial.story = type(trial.story)()
    trial.story.objects = lambda cast: [*honest(cast), "another one"]  # type: ignore[method-assign]
    assert trial.run().outcome == FAILED


def test_a_secret_in_a_text_is_seen(bench: Bench) -> None:
    trial = FaultTrial(bench, Cell("cortex.Tenant, v2" if bench.version == "v2" else "clone", CREATE, "400", ALWAYS))
    trial.held.said.append(f"the key is {bench.secrets[-1]}")
    row = trial.run()
    assert row.outcome == FAILED
    assert "a secret" in row.problems[0]
    assert bench.secrets[-1] not in str(row)


def test_a_guard_that_lets_documents_go_is_seen(bench: Bench) -> None:
    if bench.version != "v2":
        pytest.skip("the object is one of the second generation")
    trial = FaultTrial(bench, Cell("cortex.Tenant, v2", GUARDED_DELETE, "409", ONCE))
    trial.story = type(trial.story)()
    trial.story.fill = lambda cast, object_id: None  # type: ignore[method-assign]
    assert "guard" in trial.run().problems[0]


def test_a_failure_that_is_not_ours_is_seen() -> None:
    ours = "Traceback\npulumi_retrieval.core.errors.RetrievalError: could not read dataset golden: HTTP 500"
    assert Failed(ours, False).unlike_ours("golden") == ""
    assert Failed(ours, False).unlike_ours("silver") == "does not name the object"
    assert Failed("ValueError: golden", False).unlike_ours("golden") == "no error of ours"
    assert Failed(ours + " this is a defect of pulumi-retrieval", False).unlike_ours("golden") == "a defect"
    assert Failed('  File "a"\n' * 9 + ours, False).unlike_ours("golden") == "a traceback"


def test_a_fault_that_does_not_fit_is_no_pass(bench: Bench) -> None:
    resource = "cortex.EmbeddingsTenant, v2" if bench.version == "v2" else "trieve.FleetConfiguration"
    trial = FaultTrial(bench, Cell(resource, CREATE, "stale read", ONCE))
    assert trial.run().outcome in (UNMET, PASSED)
    row = Row("a / b / c / d", UNMET, "", 0)
    assert running.table([row, replace(row, outcome=PASSED)])[-1] == ["all", "2", "1", "0", "0", "1"]


def test_changed_answers_have_other_types_and_ids() -> None:
    told = {"id": "6f8e3c1a-2b4d-4e6f-8a9b-0c1d2e3f4a5b", "n": 1, "ok": True, "x": None, "list": [{"id": "a"}]}
    assert faults.wrong_types(told) == {"id": 7, "n": "seven", "ok": "true", "x": {}, "list": [{"id": 7}]}
    assert faults.other_ids(told)["id"] == "6f8e3c1a-2b4d-4e6f-8a9b-0c1d2e3f4a5a"
    assert faults.without_ids(told) == {"n": 1, "ok": True, "x": None, "list": [{}]}
