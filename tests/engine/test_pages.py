"""Commands of pages that need a project and nothing else: the quickstart, rehearsals, and a preview inside a sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from test_examples import random_on_path

from support.engine import Project
from support.guides import GUIDES, ROOT, blocks, commands, programs

REHEARSALS = {
    "multi_tenant": commands("../../examples/multi_tenant/README.md", count=1),
    "clone_dataset": commands("../../examples/clone_dataset/README.md", count=1),
    "promotion": commands("../../examples/promotion/README.md", count=1),
    "cortex_tenants": commands("../../examples/cortex_tenants/README.md", count=1),
}


def test_the_quickstart(bare_project: Project) -> None:
    terminal, *rest = commands("quickstart.md", count=4)
    create, preview, destroy = (terminal + script for script in rest)
    (bare_project.program,) = programs("quickstart.md", count=1)
    assert "+ 3 created" in bare_project.shell(create).expect_success().output
    assert (bare_project.folder / ".pulumi" / "stacks").is_dir()
    again = terminal + create.splitlines()[-1]
    assert "3 unchanged" in bare_project.shell(again).expect_success().output

    assert '"MAX_LIMIT": 500' in bare_project.program
    bare_project.program = bare_project.program.replace('"MAX_LIMIT": 500', '"MAX_LIMIT": 600')
    updated = bare_project.shell(again).expect_success().output
    assert "~ 1 updated" in updated

    bare_project.program = bare_project.program.replace('"EMBEDDING_SIZE": 1536', '"EMBEDDING_SIZE": 3072')
    refused = bare_project.shell(preview).expect_failure()
    (shown,) = [block.text for block in blocks(GUIDES / "quickstart.md") if block.language == "text"]
    assert [line for line in map(str.strip, shown.splitlines()) if line not in refused.output] == []
    bare_project.program = bare_project.program.replace("3072", "1536")
    bare_project.shell(destroy).expect_success()


def test_a_rehearsal(bare_project: Project) -> None:
    (rehearse,) = commands("day-two.md", count=1)
    bare_project.program = 'from pulumi_retrieval import trieve; trieve.Dataset("golden")'
    bare_project.shell(rehearse).expect_success()
    elsewhere = "pulumi config set trieve:baseUrl https://trieve.example.com\n" + rehearse.splitlines()[-1]
    bare_project.shell(elsewhere).expect_failure("this command runs inside the sandbox")


def test_the_program_is_previewed_inside_a_sandbox(bare_project: Project) -> None:
    _, preview = commands("unit-tests.md", count=2)
    infrastructure, _ = programs("unit-tests.md", count=2)
    bare_project.program = f"{infrastructure}\n\ndatasets(['acme'])\n"
    bare_project.pulumi("stack", "init", "rehearsal").expect_success()
    bare_project.shell(preview).expect_success()


@pytest.mark.parametrize("name", REHEARSALS)
def test_an_example_is_rehearsed(name: str, bare_project: Project, tmp_path: Path) -> None:
    folder = ROOT / "examples" / name
    here = (bare_project.folder / "Pulumi.yaml").read_text().partition("\n")
    shutil.copytree(folder, bare_project.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pyc*"))
    own_name = (folder / "Pulumi.yaml").read_text().partition("\n")[0]
    assert own_name.startswith("name: ")
    (bare_project.folder / "Pulumi.yaml").write_text(f"{own_name}\n{here[2]}")  # on this machine's virtualenv
    if "pulumi_random" in (folder / "__main__.py").read_text():
        random_on_path(bare_project, tmp_path)
    (rehearse,) = REHEARSALS[name]
    assert "created" in bare_project.shell(rehearse).expect_success().output
