"""A stack that became too large is split: customers move to another stack, and nothing happens in the services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.pipeline import Pipeline, pipeline

NEW = "production-2"


@pytest.fixture
def company(tmp_path: Path, engine: Path) -> Iterator[Pipeline]:
    with pipeline(tmp_path, engine=engine) as found:
        yield found


def urns(company: Pipeline, customer: str) -> list[str]:
    """The resources of one customer, the component first."""
    found = company.project.pulumi("stack", "--stack", "production", "--show-urns").expect_success().output
    shown = [line.rpartition("URN: ")[2].strip() for line in found.splitlines() if "URN: " in line]
    return [urn for urn in shown if urn.endswith(f"::{customer}")]


def test_customers_move_to_a_stack_with_the_same_suffix(company: Pipeline) -> None:
    project, keys = company.project, company.keys["production"]
    project.up("--stack", "production", env=keys).expect_success()
    before = company.sandboxes["production"].state()
    company.hand("production").forget_calls()

    project.pulumi("stack", "init", NEW, "--copy-config-from", "production").expect_success()
    moved = urns(company, "northwind")
    assert len(moved) == 3
    command = ("state", "move", "--source", "production", "--dest", NEW, *moved, "--yes")
    project.pulumi(*command).expect_success()

    # Each of the two has a data file of its own from now on.
    customers = company.customers()
    company.set_customers({name: about for name, about in customers.items() if name != "northwind"})
    company.write("second.json", '{"northwind": ' + json.dumps(customers["northwind"]) + "}\n")
    company.configure(NEW, "customers", "second.json")
    for stack, unchanged in (("production", 7), (NEW, 4)):
        run = project.up("--stack", stack, env=keys).expect_success()
        assert run.summary == {"unchanged": unchanged}, run
        project.preview("--expect-no-changes", "--stack", stack, refresh=True, env=keys).expect_success()
    assert company.hand("production").writes() == []
    assert company.sandboxes["production"].state() == before
