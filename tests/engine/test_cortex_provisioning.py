"""What the service of generation v2 does in its own time: waited for, given up, failed, and cut off in every phase.

The service's time passes when a test says so; nobody waits for a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.cortex import LONG_SECONDS, CortexHand
from support.cortex_changes import COUNT, PLACE, TOPIC
from support.engine import Project, Running
from support.processes import wait_until
from support.programs import declare, program
from support.sandbox import Sandbox

SCHEMA = "tenant_metadata_schema"
STATUS = "GET /databases/status?database=acme"
HANG = {"kind": "hang", "seconds": 60, "when": "after"}
MANY = 100


@pytest.fixture
def hand(project: Project, sandbox: Sandbox) -> CortexHand:
    project.environment["CORTEX_API_VERSION"] = "v2"
    return CortexHand(sandbox, version="v2")


def tenant(name: str = "acme", *schema: dict[str, Any], **more: Any) -> str:
    return declare("cortex.Tenant", name, **{"tenant_id": name, SCHEMA: list(schema or [TOPIC]), **more})


def waiting(hand: CortexHand, *, after: str, polls: int = 2) -> Callable[[], bool]:
    """Whether a run has sent a call of this method, and has then asked for the status a few times."""

    def is_so() -> bool:
        calls = hand.calls()
        sent = [index for index, call in enumerate(calls) if call.startswith(after)]
        return bool(sent) and calls[sent[-1] :].count(STATUS) >= polls

    return is_so


def when(running: Running, predicate: Callable[[], bool]) -> Running:
    wait_until(lambda: predicate() or running.over, seconds=60, what=f"what should come; so far:\n{running.output}")
    return running


def cut_off(project: Project, predicate: Callable[[], bool], command: str = "up") -> None:
    """Start a command and kill its provider when something is so."""
    running = project.start(command)
    assert running.kill_providers_when(predicate) == 1, running.output
    running.wait().expect_failure()


def status_of(project: Project) -> list[str]:
    return [one["outputs"]["status"] for one in project.resources()]


# Provisioning.


def test_provisioning_is_waited_for_and_waited_for_again_after_a_kill(project: Project, hand: CortexHand) -> None:
    hand.behave(provisioning_seconds=LONG_SECONDS)
    project.program = program(tenant())
    cut_off(project, waiting(hand, after="POST"))
    assert project.resources() == []
    assert list(hand.tenants()) == ["acme"]

    hand.forget_calls()
    running = when(project.start("up"), lambda: hand.calls().count(STATUS) >= 3)
    assert not running.over, running.output
    hand.pass_time()
    run = running.wait().expect_success()
    assert "tenant acme exists already and is adopted: id acme" in run.output
    assert status_of(project) == ["ready"]
    assert hand.writes() == []
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}


def test_provisioning_that_never_ends(project: Project, hand: CortexHand) -> None:
    hand.behave(provisioning_seconds=LONG_SECONDS)
    project.program = program(tenant(wait_seconds=1))
    project.up().expect_failure(
        "tenant acme exists and is not ready within 1 s. Last answer: being made, scheduler not ready, graph not "
        "ready, vector store not ready, request id ",
        "Run the same command again: it continues from there",
    )
    project.program = program(tenant(wait_seconds=0))
    assert "a later refresh shows whether it is ready" in project.up().expect_success().output
    assert status_of(project) == ["provisioning"]
    assert [call for call, _ in hand.writes()] == ["POST /databases"]
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    assert status_of(project) == ["provisioning"]
    # What is on its way holds no documents, so it can be taken down again.
    project.destroy().expect_success()
    assert list(hand.tenants()) == []


def test_provisioning_that_fails(project: Project, hand: CortexHand) -> None:
    hand.behave(fail_provisioning="^acme$")
    project.program = program(tenant())
    project.up().expect_failure(
        "tenant acme: the service failed to make it",
        "trying once more",
        "provision tenant acme: failed twice: ",
        "Run the same command again to try once more",
    )
    assert [call for call, _ in hand.writes()] == ["POST /databases"] * 2
    assert project.resources() == []
    hand.behave(fail_provisioning="")
    project.up().expect_success()
    assert (status_of(project), list(hand.tenants())) == (["ready"], ["acme"])


def test_provisioning_that_fails_with_wait_seconds_0(project: Project, hand: CortexHand) -> None:
    hand.behave(fail_provisioning="^acme$", provisioning_seconds=LONG_SECONDS)
    project.program = program(tenant(wait_seconds=0))
    project.up().expect_success()
    hand.pass_time()
    hand.behave(fail_provisioning="", provisioning_seconds=0)
    run = project.up("--refresh").expect_success()
    assert "provisioning of tenant acme failed" in run.output
    assert "the next `pulumi up` creates it again" in run.output
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    assert (status_of(project), list(hand.tenants())) == (["ready"], ["acme"])


def test_a_hundred_tenants_are_created_at_once_with_wait_seconds_0(project: Project, hand: CortexHand) -> None:
    hand.behave(provisioning_seconds=LONG_SECONDS)
    names = [f"tenant_{number}" for number in range(MANY)]
    project.program = program(*(tenant(name, wait_seconds=0) for name in names))
    assert project.up(checkpoints=False, diff=False).expect_success().summary == {"created": MANY + 1}
    assert status_of(project) == ["provisioning"] * MANY
    assert sorted(hand.tenants()) == sorted(names)
    assert [call for call, _ in hand.writes()] == ["POST /databases"] * MANY

    hand.pass_time()
    run = project.up(refresh=True, checkpoints=False, diff=False).expect_success()
    assert run.summary == {"unchanged": MANY + 1}
    assert status_of(project) == ["ready"] * MANY
    assert hand.writes() == []


# Deletion.


def test_deletion_is_waited_for_and_waited_for_again_after_a_kill(project: Project, hand: CortexHand) -> None:
    project.program = program(tenant())
    project.up().expect_success()
    hand.behave(deletion_seconds=LONG_SECONDS)
    cut_off(project, waiting(hand, after="DELETE"), "destroy")
    assert len(project.resources()) == 1
    hand.forget_calls()
    running = when(project.start("destroy"), lambda: hand.calls().count(STATUS) >= 3)
    assert not running.over, running.output
    hand.pass_time()
    running.wait().expect_success()
    assert (project.resources(), hand.writes()) == ([], [])


def test_deletion_that_never_ends(project: Project, hand: CortexHand) -> None:
    project.program = program(tenant(wait_seconds=1))
    project.up().expect_success()
    hand.behave(deletion_seconds=LONG_SECONDS)
    said = "deletion of tenant acme was started and did not end within 1 s. Last answer: "
    project.destroy().expect_failure(said, "request id ", "Run the same command again: it continues from there")
    project.destroy().expect_failure(said)
    assert [call for call, _ in hand.writes() if call.startswith("DELETE")] == ["DELETE /databases?database=acme"]
    # Created again before that: it waits for the id, and does not take what goes for what it wants.
    project.up("--refresh").expect_failure(said)
    hand.pass_time()
    project.up("--refresh").expect_success()
    assert (status_of(project), list(hand.tenants())) == (["ready"], ["acme"])


# Cut off in a write.


def test_killed_while_a_tenant_is_created(project: Project, sandbox: Sandbox, hand: CortexHand) -> None:
    hand.behave(provisioning_seconds=LONG_SECONDS)
    sandbox.faults([{"service": "cortex", "method": "POST", "path": "databases", "times": 1, "act": HANG}])
    project.program = program(tenant(wait_seconds=0, embeddings_dimension=768))
    cut_off(project, lambda: bool(hand.tenants()))
    sandbox.clear_faults()
    project.up().expect_success()
    assert status_of(project) == ["provisioning"]
    assert [call for call, _ in hand.writes()] == ["POST /databases"]
    hand.pass_time()
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}


def test_killed_while_a_field_is_added_and_while_a_tenant_is_renamed(
    project: Project, sandbox: Sandbox, hand: CortexHand
) -> None:
    project.program = program(tenant("acme", TOPIC))
    project.up().expect_success()
    hand.put_documents("acme", 7)
    hand.forget_calls()
    project.program = program(tenant("acme", TOPIC, COUNT, PLACE, tenant_id="apex"))
    sandbox.faults([{"service": "cortex", "method": "PATCH", "path": "metadata-schema", "times": 1, "act": HANG}])
    cut_off(project, lambda: len(hand.schema("acme")) == 3)
    sandbox.faults([{"service": "cortex", "method": "PATCH", "path": "databases/acme$", "times": 1, "act": HANG}])
    cut_off(project, lambda: "apex" in hand.tenants())
    sandbox.clear_faults()
    run = project.up().expect_success()
    assert "tenant acme was renamed to apex by an earlier run; continuing from there" in run.output
    assert [call for call, _ in hand.writes()] == ["PATCH /databases/acme/metadata-schema", "PATCH /databases/acme"]
    [one] = project.resources()
    assert (one["id"], one["outputs"]["current_tenant_id"]) == ("acme", "apex")
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    assert list(hand.tenants()) == ["apex"]


def test_a_refresh_after_a_rename_that_was_cut_off(project: Project, sandbox: Sandbox, hand: CortexHand) -> None:
    # A refresh knows the former id only. What has documents is then somebody's, until the program says whose.
    project.program = program(tenant("acme", TOPIC))
    project.up().expect_success()
    hand.put_documents("acme", 7)
    project.program = program(tenant("acme", TOPIC, tenant_id="apex"))
    sandbox.faults([{"service": "cortex", "method": "PATCH", "path": "databases/acme$", "times": 1, "act": HANG}])
    cut_off(project, lambda: "apex" in hand.tenants())
    sandbox.clear_faults()
    hand.forget_calls()
    project.up("--refresh").expect_failure("tenant apex exists already", "holds 7 documents", "adopt=True")
    project.program = program(tenant("acme", TOPIC, tenant_id="apex", adopt=True))
    project.up().expect_success()
    assert (list(hand.tenants()), hand.writes()) == (["apex"], [])


def test_killed_between_delete_and_create_of_a_replacement(
    project: Project, sandbox: Sandbox, hand: CortexHand
) -> None:
    more = {"on_immutable_change": "replace", "force_destroy": True}
    project.program = program(tenant("acme", TOPIC, **more))
    project.up().expect_success()
    hand.put_documents("acme", 7)
    hand.behave(deletion_seconds=LONG_SECONDS)
    hand.forget_calls()
    project.program = program(tenant("acme", {**TOPIC, "max_length": 100}, **more))
    cut_off(project, waiting(hand, after="DELETE"))
    hand.pass_time()
    hand.behave(deletion_seconds=0)
    sandbox.faults([{"service": "cortex", "method": "POST", "path": "databases$", "times": 1, "act": HANG}])
    cut_off(project, lambda: [field["max_length"] for one in hand.tenants() for field in hand.schema(one)] == [100])
    sandbox.clear_faults()
    project.up().expect_success()
    # The second run deletes what is gone already, which the service answers by 404.
    assert [call for call, _ in hand.writes()] == [*["DELETE /databases?database=acme"] * 2, "POST /databases"]
    assert [one["id"] for one in project.resources()] == ["acme"]
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    assert [field["max_length"] for field in hand.schema("acme")] == [100]
