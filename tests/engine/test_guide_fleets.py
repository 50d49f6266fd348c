"""docs/guides/fleets.md, step by step, with the requests that its table names."""

from __future__ import annotations

import json
import shlex
from collections import Counter

import pytest

from support.engine import Project, Run
from support.guides import commands, programs
from support.hand import Hand
from support.sandbox import Sandbox

PAGE = "fleets.md"
CUSTOMERS, CHUNKS = 20, 40
FLEET, WRITE, ADD = "POST update_dataset_configs", "PUT dataset", "POST dataset"
LIST, LOOK = "GET organization", "GET one"


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def run(project: Project, command: str) -> Run:
    """Run a command of the page with the connection of the project."""
    return project.start_other(*shlex.split(command)).wait().expect_success()


def asked(hand: Hand) -> Counter[str]:
    """How often each call was made since it was last asked."""
    found: Counter[str] = Counter()
    for method, path in hand.calls():
        parts = path.removeprefix("/api/").split("/")
        name = "one" if method == "GET" and len(parts) == 2 else parts[1] if len(parts) > 1 else parts[0]
        found[f"{method} {name}"] += 1
    hand.forget_calls()
    return found


def test_one_fleet_configuration_and_equal_settings(project: Project, hand: Hand) -> None:
    fleet = programs(PAGE, count=4)[0]
    project.program = fleet
    project.up().expect_success()
    assert asked(hand) == {ADD: CUSTOMERS, FLEET: 1}
    project.program = fleet.replace('"MAX_LIMIT": 100', '"MAX_LIMIT": 200')
    project.up().expect_success()
    assert asked(hand) == {FLEET: 1}
    assert hand.values("MAX_LIMIT") == [200] * CUSTOMERS
    project.refresh().expect_success()
    assert asked(hand) == {LOOK: 2 * CUSTOMERS, LIST: 1}
    project.up("--expect-no-changes").expect_success()
    assert asked(hand) == {}

    each = fleet.replace('=f"customer-{number}")', '=f"customer-{number}", server_configuration={"MAX_LIMIT": 200})')
    each = each[: each.index("trieve.FleetConfiguration")]
    project.program = each
    project.up().expect_success()
    asked(hand)
    project.program = each.replace('"MAX_LIMIT": 200', '"MAX_LIMIT": 300')
    project.up().expect_success()
    assert asked(hand) == {LOOK: 2 * CUSTOMERS, WRITE: CUSTOMERS}
    project.refresh().expect_success()
    assert asked(hand) == {LOOK: CUSTOMERS}


def test_a_customer_in_another_organization_and_the_ages_of_secrets(project: Project, hand: Hand) -> None:
    _, before, both, after = programs(PAGE, count=4)
    wait, secrets = commands(PAGE, count=2)
    other = hand.sandbox.trieve.post("/api/organization", json={"name": "Other"}).json()["id"]
    project.config("organization", other)
    project.program = before
    project.up().expect_success()
    hand.sandbox.put_chunks(hand.datasets()["acme"]["id"], CHUNKS)
    project.program = before.replace('tracking_id="acme"', f'tracking_id="acme", organization_id="{other}"')
    project.preview().expect_failure("organization_id", "REFUSED")

    project.program = both
    project.up().expect_success()
    assert "complete: 1 clone complete, 0 left" in run(project, wait).output
    state = hand.sandbox.state()["trieve"]["datasets"]
    assert {one["organization_id"]: (one["tracking_id"], one["chunk_count"]) for one in state} == {
        hand.organization_id: ("acme", CHUNKS),
        other: ("acme", CHUNKS),
    }

    project.program = after
    project.up(env={"TRIEVE_CONFIRM_DELETES": json.dumps([f"acme={CHUNKS}"])}).expect_success()
    (left,) = hand.sandbox.state()["trieve"]["datasets"]
    assert (left["organization_id"], left["chunk_count"]) == (other, CHUNKS)
    project.up("--expect-no-changes").expect_success()

    assert "no resource holds secrets" in run(project, secrets).output
    assert json.loads((project.folder / "ages.json").read_text())["resources"] == []
