"""docs/guides/unit-tests.md: the program and its tests, run as a user would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.engine import NOT_INHERITED
from support.guides import commands, programs
from support.sandbox import Sandbox

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith((*NOT_INHERITED, "PYTEST"))}
SAYS_OF_MOCKS = """
import pulumi
import test_infrastructure
from pulumi_retrieval import cortex, trieve


@pulumi.runtime.test
def test_what_the_mock_does_not_give_is_none():
    pulumi.runtime.set_mocks(Plain(), project="customers", stack="test")
    dataset, tenant = trieve.Dataset("bare"), cortex.Tenant("bare")
    derived = [dataset.tracking_id, dataset.dataset_name, tenant.tenant_id, tenant.current_tenant_id, tenant.status]

    def check(values):
        assert values == [None] * 5

    return pulumi.Output.all(*derived).apply(check)


class Plain(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        raise AssertionError(args.token)


@pulumi.runtime.test
def test_nothing_is_checked():
    wrong = trieve.Dataset("wrong", server_configuration={"MAX_LIMT": 5, "TEMPERATURE": 9, "LLM_API_KEY": "sk-1"})

    def check(configuration):
        assert configuration == {"MAX_LIMT": 5, "TEMPERATURE": 9, "LLM_API_KEY": "sk-1"}

    return wrong.server_configuration.apply(check)
"""
ASKS = """
import infrastructure


def test_look_ups_ask():
    assert infrastructure.crowded(0) == []
"""


def run(folder: Path, *, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    return subprocess.run(
        command, cwd=folder, env={**ENVIRONMENT, **(environ or {})}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program, tests = programs("unit-tests.md", count=2)
    (tmp_path / "infrastructure.py").write_text(program)
    (tmp_path / "test_infrastructure.py").write_text(tests)
    return tmp_path


def test_the_tests_of_the_page_pass_without_a_connection(folder: Path) -> None:
    done = run(folder)
    assert (done.returncode, "4 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_tests_of_the_page_pass_inside_a_sandbox(folder: Path) -> None:
    in_sandbox, _ = commands("unit-tests.md", count=2)
    script = in_sandbox.replace("-- pytest", f"-- {sys.executable} -m pytest -p no:cacheprovider -p no:xdist")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e"],
        input=script,
        cwd=folder,
        env={**ENVIRONMENT, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, "4 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_tests_of_the_page_fail_when_the_program_changes(folder: Path) -> None:
    program = folder / "infrastructure.py"
    for old, new in (("You answer", "You reply"), ("> most", "< most"), ("usage.chunk_count", "-1")):
        assert old in program.read_text()
        program.write_text(program.read_text().replace(old, new))
    done = run(folder)
    assert (done.returncode, "3 failed, 1 passed" in done.stdout) == (1, True), done.stdout + done.stderr


def test_the_statements_of_the_page_about_mocks(folder: Path) -> None:
    (folder / "test_of_mocks.py").write_text(SAYS_OF_MOCKS)
    done = run(folder)
    assert (done.returncode, "6 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_look_ups_ask_the_service(folder: Path) -> None:
    (folder / "test_of_look_ups.py").write_text(ASKS)
    done = run(folder)
    assert done.returncode == 1
    assert "RunError: the Trieve API key is missing" in done.stdout
    with Sandbox() as sandbox:
        done = run(folder, environ=sandbox.environment)
        assert (done.returncode, "5 passed" in done.stdout) == (0, True), done.stdout + done.stderr
        assert [one["path"].partition("?")[0] for one in sandbox.requests()] == [
            f"/api/dataset/organization/{sandbox.organization_id}"
        ]
