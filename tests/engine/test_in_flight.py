"""A Trieve server hangs for good at eleven requests at once, so there are never more than four, whoever sends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Project
from support.processes import wait_until
from support.sandbox import Sandbox

ACCOUNTS = 3
EACH = 14

PROGRAM = f"""
    import os

    import pulumi
    from pulumi_retrieval import Provider, trieve

    for account in range({ACCOUNTS}):
        provider = Provider(
            f"account{{account}}",
            trieve={{
                "baseUrl": os.environ["TRIEVE_BASE_URL"],
                "apiKey": os.environ["TRIEVE_API_KEY"],
                "organizationId": os.environ["TRIEVE_ORGANIZATION_ID"],
            }},
        )
        for number in range({EACH}):
            trieve.Dataset(f"d{{account}}-{{number}}", opts=pulumi.ResourceOptions(provider=provider))
"""


@pytest.fixture
def slow_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that takes its time and hangs where the real server does."""
    with Sandbox("--latency-ms", "40", "--hang-at", "11", data=tmp_path / "slow") as sandbox:
        yield sandbox


def test_three_provider_processes_never_have_more_than_four_requests_in_flight(
    tmp_path: Path, engine: Path, slow_sandbox: Sandbox
) -> None:
    keys = [value for name, value in slow_sandbox.environment.items() if name.endswith("_KEY")]
    project = Project(
        tmp_path / "main", engine=engine, env=slow_sandbox.environment, secrets=keys, program=PROGRAM, name="flight"
    )
    running = project.start("up", "--parallel", "40")
    everybody = "the provider processes of all accounts"
    wait_until(lambda: len(running.provider_pids()) == ACCOUNTS, seconds=60, what=everybody)
    running.wait().expect_success()
    log = slow_sandbox.log()
    assert len([call for call in log["requests"] if call["method"] == "POST"]) == ACCOUNTS * EACH
    assert log["max_in_flight"] == 4

    slow_sandbox.reset_requests()
    project.refresh("--parallel", "40").expect_success()
    log = slow_sandbox.log()
    assert len(log["requests"]) == ACCOUNTS * EACH
    assert log["max_in_flight"] == 4
    project.destroy("--parallel", "40").expect_success()
    assert slow_sandbox.log()["max_in_flight"] == 4
    assert not slow_sandbox.state()["trieve"]["datasets"]


def test_three_stacks_with_different_tmpdir_share_four_slots(
    tmp_path: Path, engine: Path, slow_sandbox: Sandbox
) -> None:
    program = "from pulumi_retrieval import trieve\nfor number in range(20): trieve.Dataset(f'd{number}')"
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    base = slow_sandbox.base_url
    spelled = {"one": base, "two": f"{base}/".replace("http:", "HTTP:"), "three": base}
    projects = []
    for name, url in spelled.items():
        temporary = tmp_path / f"tmp-{name}"
        temporary.mkdir()
        env = {**slow_sandbox.environment, "TRIEVE_BASE_URL": url, "TMPDIR": str(temporary)}
        env["XDG_RUNTIME_DIR"] = str(runtime)
        projects.append(Project(tmp_path / name, engine=engine, env=env, program=program, name=name))
    running = [project.start("up", "--parallel", "40") for project in projects]
    for one in running:
        one.wait().expect_success()
    log = slow_sandbox.log()
    assert len(slow_sandbox.state()["trieve"]["datasets"]) == 60
    assert log["max_in_flight"] <= 4
    assert log["in_flight"] == 0
    assert len(list(runtime.glob("pulumi-retrieval/slots/*"))) == 1, "one place for one service"
