"""Kills at a request: the proxy holds exactly that one, and a series ends where a run ends before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fire import kill_steps, steps
from fire.bench import Bench
from fire.hold import SIDES, Hold, Side
from fire.kill_case import Case
from fire.matrix import PASSED, UNMET
from fire.proxy import FaultProxy
from fire.stories import CREATE, READ, UPDATE
from support.sandbox import Sandbox


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("cortex") as bench:
        yield bench


@pytest.mark.parametrize("side", SIDES)
def test_a_held_request_waits_and_is_lost_on_its_side_of_the_commit(side: Side) -> None:
    with Sandbox() as sandbox, FaultProxy(sandbox.base_url) as proxy, httpx.Client(trust_env=False) as client:
        hold = Hold(2, side)
        proxy.arm(hold.fault)
        url = proxy.instead_of(sandbox.base_url)
        key = {"Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"]}
        assert client.get(f"{url}/api/auth/me", headers=key).status_code < 500
        assert not hold.reached.is_set()
        lost: list[Exception] = []

        def create() -> None:
            try:
                client.post(f"{url}/api/organization", json={"name": "held"}, headers=key)
            except httpx.TransportError as error:
                lost.append(error)

        caller = threading.Thread(target=create)
        caller.start()
        assert hold.reached.wait(10)
        assert hold.request == "POST /api/organization"
        made = [one["name"] for one in sandbox.state()["trieve"]["organizations"]]
        assert ("held" in made) == (side == "after")
        hold.lose()
        caller.join()
        assert len(lost) == 1
        assert [one["name"] for one in sandbox.state()["trieve"]["organizations"]] == made


def test_a_held_request_can_go_on_as_if_nothing_had_happened() -> None:
    with Sandbox() as sandbox, FaultProxy(sandbox.base_url) as proxy, httpx.Client(trust_env=False) as client:
        hold = Hold(1, "after")
        proxy.arm(hold.fault)

        def release() -> None:
            if hold.reached.wait(10):
                hold.go_on()

        threading.Thread(target=release, daemon=True).start()
        key = {"Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"]}
        url = f"{proxy.instead_of(sandbox.base_url)}/api/organization"
        assert client.post(url, json={"name": "held"}, headers=key).json()["name"] == "held"
        assert sum(one["name"] == "held" for one in sandbox.state()["trieve"]["organizations"]) == 1


@pytest.mark.parametrize(
    ("resource", "operation", "request_number"),
    [("trieve.Dataset", CREATE, 2), ("trieve.Dataset", UPDATE, 3), ("trieve.Organization", CREATE, 1)],
)
@pytest.mark.parametrize("side", SIDES)
def test_the_next_run_puts_right_what_a_killed_provider_left(
    bench: Bench, resource: str, operation: str, request_number: int, side: Side
) -> None:
    row = steps.KillTrial(bench, steps.Step(resource, operation, request_number, side, "up")).run()
    assert (row.outcome, row.problems) == (PASSED, ())
    assert row.said.startswith("killed at ")


def test_an_operation_that_ends_before_the_request_is_no_kill(bench: Bench) -> None:
    row = steps.KillTrial(bench, steps.Step("cortex.Tenant, first generation", READ, 50, "before", "up")).run()
    assert (row.outcome, row.said) == (UNMET, "read")


def test_a_series_ends_where_its_run_ends_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    played: list[int] = []

    def play(case: Case, folder: Path, *, engine: Path) -> dict[str, Any]:
        played.append(case.request)
        reached = case.request <= 4
        return {"failures": [], "reached": reached, "killed": reached, "checkpoints": case.checkpoints}

    monkeypatch.setattr(kill_steps, "play", play)
    series = kill_steps.Series("up", "engine", "after", None)
    rows: dict[str, dict[str, Any]] = {}
    kill_steps.run([series], {}, lambda row: rows.update({row["key"]: row}), engine=tmp_path, workers=1)
    assert played == list(range(1, 5 + kill_steps.MOST_MISSES))
    kill_steps.run([series], rows, lambda row: None, engine=tmp_path, workers=1)
    assert len(played) == 4 + kill_steps.MOST_MISSES
    assert series.case(1).checkpoints
    assert not series.case(2).checkpoints


def test_every_victim_is_killed_in_every_run_with_and_without_checkpoints() -> None:
    met = {
        (one.victim, one.verb, one.case(number).checkpoints)
        for one in kill_steps.every_series()
        for number in range(1, 9)
    }
    for verb in ("up", "update", "refresh", "destroy"):
        for victim in ("engine", "provider", "sandbox", "interrupt", "interrupt twice"):
            assert {(victim, verb, True), (victim, verb, False)} <= met


def test_the_table_counts_kills_and_names_failures() -> None:
    row = {"key": "a", "victim": "engine", "verb": "up", "killed": True, "checkpoints": False, "failures": []}
    missed = {**row, "key": "b", "killed": False}
    failed = {**row, "key": "c", "failures": ["two objects"], "unrecorded": {"Dataset": 2}, "keys_left": 1}
    assert kill_steps.table([row, missed, failed])[1:] == [
        ["engine", "up", "2", "2", "2", "1", "1"],
        ["all", "", "2", "2", "2", "1", "1"],
    ]
    assert kill_steps.failures([row, missed, failed]) == ["c: two objects"]
