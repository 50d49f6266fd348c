"""The provider processes of one engine operation share what they know, and those of two operations do not."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from support.engine import Project
from support.programs import dataset, id_of, living, program
from support.sandbox import Sandbox

PROVIDERS = """
import os
from pulumi_retrieval import Provider

connection = {"baseUrl": "TRIEVE_BASE_URL", "apiKey": "TRIEVE_API_KEY", "organizationId": "TRIEVE_ORGANIZATION_ID"}
connection = {setting: os.environ[name] for setting, name in connection.items()}
eu = Provider("eu", trieve=connection)
us = Provider("us", trieve=connection)
"""
THREE = program(
    PROVIDERS,
    dataset("a", tracking_id="a"),
    dataset("b", tracking_id="b", opts="provider=eu"),
    dataset("c", tracking_id="c", opts="provider=us"),
)


def files(project: Project) -> set[Path]:
    """The files of facts that there are."""
    folder = project.runtime_folder / "pulumi-retrieval" / "runs"
    assert [one.name for one in folder.iterdir() if ".sqlite" not in one.name] == []
    return set(folder.glob("*.sqlite"))


def claimed(file: Path) -> set[str]:
    """The natural keys that the processes of one run claimed."""
    facts = sqlite3.connect(file)
    try:
        return {json.loads(key)[-1] for (key,) in facts.execute("SELECT key FROM facts WHERE kind = 'claim'")}
    finally:
        facts.close()


def test_all_provider_processes_of_an_operation_share_one_file_and_the_next_has_another(project: Project) -> None:
    project.program = THREE
    project.up().expect_success()
    [first] = files(project)
    assert claimed(first) == {"a", "b", "c"}

    project.up().expect_success()
    [second] = files(project)
    assert second != first, "what is left of an engine that ended is removed"
    assert claimed(second) == {"a", "b", "c"}

    project.up(preview=True).expect_success()
    of_preview, of_update = files(project)
    assert claimed(of_preview) == claimed(of_update) == {"a", "b", "c"}

    project.up(refresh=True).expect_success()
    [third] = files(project)
    assert claimed(third) == {"a", "b", "c"}

    folder = project.runtime_folder / "pulumi-retrieval"
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))} == {0}


def wrapped(engine: Path, folder: Path, *, call: str) -> str:
    """A PATH on which `pulumi` is a script that calls the real one."""
    folder.mkdir()
    script = folder / "pulumi"
    script.write_text(f'#!/bin/sh\n{call} "{engine}/pulumi" "$@"\n')
    script.chmod(0o755)
    return f"{folder}{os.pathsep}"


@pytest.mark.parametrize("call", ["", "exec", 'sh -c \'"$0" "$@"; exit $?\''], ids=["called", "exec", "two shells"])
def test_processes_started_through_a_script_share_the_same_file(
    project: Project, engine: Path, tmp_path: Path, call: str
) -> None:
    project.program = THREE
    project.environment["PATH"] = wrapped(engine, tmp_path / "wrapped", call=call) + project.environment["PATH"]
    for _ in range(2):
        project.up().expect_success()
        [file] = files(project)
        assert claimed(file) == {"a", "b", "c"}


def test_what_is_adopted_through_one_provider_is_not_deleted_through_another(
    project: Project, sandbox: Sandbox
) -> None:
    project.program = program(PROVIDERS, dataset("old", opts="provider=eu"))
    project.up().expect_success()
    held = id_of(project, "old")
    project.program = program(PROVIDERS, dataset("new", adopt=True, opts="provider=us"))
    run = project.up().expect_success()
    assert "is now held by another resource of the program and is left alone" in run.output
    assert living(sandbox) == {"golden": held}
    assert id_of(project, "new") == held
    project.up().expect_success()
    project.destroy().expect_success()
    assert living(sandbox) == {}, "the next run knows nothing of it"


def test_one_key_declared_through_two_providers_is_refused(project: Project, sandbox: Sandbox) -> None:
    project.program = program(PROVIDERS, dataset("a"), dataset("b", opts="provider=eu"))
    project.preview().expect_failure("is declared by two resources of this program")
    assert living(sandbox) == {}
