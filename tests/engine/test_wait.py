"""``wait`` and ``secrets`` on a real stack: a program that waits for nothing, and the commands that come behind its `pulumi up`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.canaries import CANARIES, assert_absent
from support.cortex import LONG_SECONDS, CortexHand
from support.engine import STACK, Project, Run, Running
from support.hand import Hand
from support.processes import wait_until
from support.sandbox import Sandbox
from support.terminal import on_a_terminal

CHUNKS, CLONES, TENANTS = 40, 12, 8
PROGRAM = """
    import os

    import pulumi
    from pulumi_retrieval import Provider, cortex, trieve

    for number in range({clones}):
        trieve.Dataset(
            f"customer-{{number}}",
            clone_from=trieve.CloneFrom(dataset_id="{source}"),
            server_configuration={{"LLM_API_KEY": pulumi.Output.secret(os.environ["CANARY"])}},
            secrets_version="2026-11",
        )
    trieve.ApiKey("search", role=0, rotate_trigger="2026-11")

    account = Provider(
        "account",
        cortex={{
            "baseUrl": os.environ["CORTEX_BASE_URL"],
            "apiKey": pulumi.Output.secret(os.environ["CORTEX_API_KEY"]),
            "apiVersion": "v2",
        }},
    )
    for number in range({tenants}):
        cortex.Tenant(f"t{{number}}", tenant_id=f"t{{number}}", wait_seconds=0, opts=pulumi.ResourceOptions(provider=account))
"""
MAIN = (sys.executable, "-m", "pulumi_retrieval.cli")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """The copy of chunks is what a test says: there is no clone worker."""
    with Sandbox("--no-clone-worker", data=tmp_path / "sandbox") as sandbox:
        yield sandbox


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


@pytest.fixture
def cortex(sandbox: Sandbox) -> CortexHand:
    return CortexHand(sandbox, version="v2")


@pytest.fixture
def stack(project: Project, hand: Hand, cortex: CortexHand) -> Project:
    """A stack after `pulumi up`, whose clones have no chunks and whose tenants are not ready."""
    source = hand.make("golden")
    hand.sandbox.put_chunks(source, CHUNKS)
    cortex.behave(provisioning_seconds=LONG_SECONDS)
    project.environment["CANARY"] = CANARIES.llm_api_key
    project.program = PROGRAM.format(source=source, clones=CLONES, tenants=TENANTS)
    project.up().expect_success()
    hand.forget_calls()
    return project


def start(project: Project, *arguments: str) -> Running:
    return project.start_other(*MAIN, *arguments, "--stack", STACK)


def run(project: Project, *arguments: str) -> Run:
    done = start(project, *arguments).wait()
    assert "Traceback" not in done.output, done.output
    return done


def written(project: Project, name: str) -> dict[str, Any]:
    text = (project.folder / name).read_text()
    assert_absent({name: text}, of=project.secrets)
    found: dict[str, Any] = json.loads(text)
    return found


def made(hand: Hand) -> list[dict[str, Any]]:
    """The datasets of the program."""
    return [one for name, one in hand.datasets().items() if name.startswith("customer-")]


def fill(hand: Hand) -> None:
    """Let every clone have its chunks."""
    for one in made(hand):
        hand.sandbox.put_chunks(one["id"], CHUNKS)


DATASETS, TENANT_LIST, STATUS = "GET datasets", "GET /databases", "GET /databases/status"


def asked(sandbox: Sandbox) -> Counter[str]:
    """How often each call was made."""
    listed = f"/api/dataset/organization/{sandbox.organization_id}"
    paths = [
        (one["method"], one["path"].partition("?")[0].removeprefix("/cortex").replace(listed, "datasets"))
        for one in sandbox.requests()
    ]
    return Counter(f"{method} {path}" for method, path in paths)


def test_it_waits_for_everything_by_one_list_for_each_service(
    stack: Project, hand: Hand, cortex: CortexHand, sandbox: Sandbox
) -> None:
    before = stack.stored()
    waiting = start(stack, "wait", "--timeout", "2m", "--json", "waited.json")
    wait_until(lambda: asked(sandbox)[STATUS] >= 2 or waiting.over, seconds=60, what="two rounds")
    assert not waiting.over, waiting.output
    fill(hand)
    cortex.pass_time()
    done = waiting.wait().expect_success()
    calls = asked(sandbox)
    rounds = calls.pop(DATASETS), calls.pop(TENANT_LIST)
    assert max(rounds) - min(rounds) <= 1  # what is decided in one round is asked no more in the next
    statuses = calls.pop(STATUS)
    assert TENANTS < statuses <= TENANTS + max(rounds)
    assert +calls == {}
    lines = done.output.splitlines()
    assert lines[0] == f"wait: {STACK}: {CLONES} clones and {TENANTS} tenants, for 2 min at most"
    assert f"{STACK}  complete: {CLONES} clones and {TENANTS} tenants complete, 0 left, after" in done.output
    assert stack.stored() == before

    found = written(stack, "waited.json")
    assert (found["stack"], found["result"], found["exit_code"]) == (STACK, "complete", 0)
    assert Counter((one["kind"], one["outcome"]) for one in found["objects"]) == {
        ("clone", "complete"): CLONES,
        ("provisioning", "complete"): TENANTS,
    }
    one = next(one for one in found["objects"] if one["name"] == "customer-0")
    assert (one["type"], one["chunks"], one["source_chunks"]) == ("Dataset", CHUNKS, CHUNKS)

    # A refresh takes what the services say into the state, and the tenants need no question any more.
    stack.refresh().expect_success()
    hand.forget_calls()
    again = run(stack, "wait").expect_success()
    assert f"complete: {CLONES} clones complete, 0 left" in again.output
    assert asked(sandbox) == {DATASETS: 1}


def test_what_is_not_ready_in_time(stack: Project, sandbox: Sandbox) -> None:
    done = run(stack, "wait", "--timeout", "0s", "--json", "waited.json")
    assert done.exit_code == 4, done.output
    assert asked(sandbox) == {DATASETS: 1, TENANT_LIST: 1, STATUS: 1}
    assert f"not complete in time: nothing complete, {CLONES + TENANTS} left" in done.output
    assert f"pending  Dataset customer-0: 0 of {CHUNKS} chunks; it has no chunk yet" in done.output
    assert "run it again to wait on" in done.output
    assert written(stack, "waited.json")["result"] == "timeout"


def test_what_failed_and_what_is_gone(stack: Project, hand: Hand, cortex: CortexHand) -> None:
    fill(hand)
    hand.delete(made(hand)[0]["id"])
    cortex.vanish("t1")
    cortex.pass_time()
    done = run(stack, "wait", "--timeout", "2m", "--json", "-")
    assert done.exit_code == 3, done.output
    text = done.output[done.output.index("{") :]
    found = Counter((one["kind"], one["outcome"]) for one in json.loads(text)["objects"])
    assert found[("clone", "gone")] == found[("provisioning", "gone")] == 1


def test_a_bar_on_a_terminal_and_json_in_a_pipe(stack: Project, hand: Hand, cortex: CortexHand) -> None:
    fill(hand)
    cortex.pass_time()
    command = (*MAIN, "wait", "--stack", STACK, "--json", "-")
    done = on_a_terminal(*command, pipe_output=True, env=stack.environment, cwd=stack.folder)
    assert_absent({"the screen": done.screen, "the pipe": done.output}, of=stack.secrets)
    assert done.returncode == 0, done.screen
    assert json.loads(done.output)["result"] == "complete"
    assert f"waiting for {STACK}" in done.screen
    assert f"{CLONES + TENANTS}/{CLONES + TENANTS}" in done.screen


def test_an_old_clone_is_left_out(stack: Project, sandbox: Sandbox) -> None:
    done = run(stack, "wait", "--since", "0s", "--timeout", "0s")
    assert done.exit_code == 4, done.output
    assert asked(sandbox) == {TENANT_LIST: 1, STATUS: 1}
    assert f"note: {CLONES} clones were begun longer ago than --since says and not waited for (customer-" in done.output


def test_a_stack_that_is_elsewhere_is_not_asked(stack: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "other") as other:
        stack.environment |= {"TRIEVE_BASE_URL": other.base_url, "TRIEVE_API_KEY": other.environment["TRIEVE_API_KEY"]}
        stack.secrets |= {value for name, value in other.environment.items() if name.endswith("_KEY")}
        done = run(stack, "wait", "--timeout", "0s")
        assert done.exit_code == 1, done.output
        assert "and the connection now points at" in done.output
        assert other.requests() == sandbox.requests() == []


def test_a_service_that_is_away(stack: Project, sandbox: Sandbox) -> None:
    with sandbox.away():
        done = run(stack, "wait", "--timeout", "0s")
    assert done.exit_code == 1, done.output


def test_ages_of_secrets(stack: Project, sandbox: Sandbox) -> None:
    done = run(stack, "secrets", "--older-than", "90d", "--json", "ages.json").expect_success()
    assert sandbox.requests() == []
    assert f"{STACK}  {CLONES + 1} resources with secrets, 0 older than 90 d or of unknown age" in done.output
    found = written(stack, "ages.json")["resources"]
    assert Counter(one["type"] for one in found) == {"Dataset": CLONES, "ApiKey": 1}
    assert {one["trigger"] for one in found} == {"2026-11"}
    assert all(one["applied_at"] and one["age_seconds"] >= 0 and not one["older"] for one in found)
    assert run(stack, "secrets", "--older-than", "0s").exit_code == 4
    assert json.loads(run(stack, "secrets", "--json", "-").expect_success().output)["older_than_seconds"] is None


def test_a_stack_that_is_not_there(project: Project) -> None:
    for command in ("wait", "secrets"):
        done = project.start_other(*MAIN, command, "--stack", "nowhere").wait()
        assert done.exit_code == 1
        assert done.output.startswith(f"{command}: `pulumi ")
        assert "Traceback" not in done.output
