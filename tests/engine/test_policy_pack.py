"""The policy pack of the promotion example runs in previews and in updates, and stops what it forbids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Run
from support.pipeline import Pipeline, pipeline

PACK = ("--policy-pack", "policy")


@pytest.fixture
def shipping(tmp_path: Path, engine: Path) -> Iterator[Pipeline]:
    with pipeline(tmp_path, engine=engine) as found:
        yield found


def preview(shipping: Pipeline, stack: str) -> Run:
    return shipping.project.preview("--stack", stack, *PACK, env=shipping.keys[stack])


def test_the_policy_pack_requires_guards_in_production(shipping: Pipeline) -> None:
    preview(shipping, "production").expect_success()
    shipping.replace("customer.py", "tracking_id=", "force_destroy=True,\n            tracking_id=")

    preview(shipping, "staging").expect_success()
    run = preview(shipping, "production").expect_failure("guards-stay-on", "force_destroy=True in production")
    assert run.output.count("[mandatory]") == 3
    assert all(f"trieve:Dataset: {name}" in run.output for name in shipping.customers())

    # The same where nobody looked at a preview: nothing that violates it is created.
    up = shipping.project.up("--stack", "production", *PACK, env=shipping.keys["production"])
    up.expect_failure("guards-stay-on")
    assert shipping.hand("production").datasets() == {}


def test_a_pack_that_cannot_run_stops_the_preview(shipping: Pipeline) -> None:
    shipping.write("policy/__main__.py", "raise RuntimeError('this pack is broken')\n")
    run = preview(shipping, "staging").expect_failure("this pack is broken")
    assert "to create" not in run.output
