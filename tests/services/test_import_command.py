"""``pulumi-retrieval import`` as a person starts it: what it needs, what it says, what it writes.

Taking over what it wrote is tested on the engine: ``tests/engine/test_import.py``, ``test_cortex_tenants.py``.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.cortex import CortexHand
from support.engine import NOT_INHERITED
from support.sandbox import Sandbox

ELSEWHERE = "11111111-2222-4333-8444-555555555555"
TRIEVE_HELP = (
    "import: the Trieve API key is missing: export TRIEVE_API_KEY and TRIEVE_ORGANIZATION_ID, or TRIEVE_ADMIN_KEY for a "
    "server of your own; an import reads the environment and no stack configuration\n"
)
CORTEX_HELP = (
    "import: the Cortex API key is missing: export CORTEX_API_KEY, and CORTEX_API_VERSION=v2; an import reads the "
    "environment and no stack configuration\n"
)


def run_import(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    command = [sys.executable, "-m", "pulumi_retrieval.cli", "import", *arguments]
    return subprocess.run(command, env={**inherited, **environ}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("environ", [{}, {"TRIEVE_API_KEY": " "}, {"CORTEX_API_KEY": "of-another-service"}])
def test_without_a_key_for_trieve_it_says_what_to_export(environ: dict[str, str], tmp_path: Path) -> None:
    done = run_import("--organization", ELSEWHERE, "--out", str(tmp_path / "imported"), **environ)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", TRIEVE_HELP)
    assert not (tmp_path / "imported").exists()


def test_a_key_of_another_organization(tmp_path: Path) -> None:
    its_own = "57d8e34b-a152-4e55-a5fa-64dc852419a6"
    environ = {"TRIEVE_API_KEY": "tr-" + "x" * 32, "TRIEVE_ORGANIZATION_ID": its_own}
    done = run_import("--organization", ELSEWHERE, "--out", str(tmp_path / "imported"), **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"import: TRIEVE_API_KEY belongs to organization {its_own} (TRIEVE_ORGANIZATION_ID), but organization "
        f"{ELSEWHERE} is to be imported: export its key and its id, or TRIEVE_ADMIN_KEY\n"
    )


@pytest.mark.parametrize("environ", [{}, {"CORTEX_API_KEY": ""}])
def test_without_a_key_for_cortex_it_says_what_to_export(environ: dict[str, str], tmp_path: Path) -> None:
    done = run_import("--tenants", "--out", str(tmp_path / "imported"), CORTEX_API_VERSION="v2", **environ)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", CORTEX_HELP)
    assert not (tmp_path / "imported").exists()


def test_the_last_line_can_be_pasted(shared_sandbox: Sandbox, tmp_path: Path) -> None:
    organizations = shared_sandbox.state()["trieve"]["organizations"]
    folder = tmp_path / "what was there"
    done = run_import("--organization", organizations[0]["id"], "--out", str(folder), **shared_sandbox.environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "to adopt all of them, with the same connection in the environment:",
        f"  cd {shlex.quote(str(folder))} && pulumi stack init main && pulumi config set trieve:adopt true && pulumi up && "
        "pulumi config rm trieve:adopt",
    ]


def test_an_account_without_tenants_gets_no_program(other_sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "imported"
    environ = {**other_sandbox.environment, "CORTEX_API_VERSION": "v2"}
    done = run_import("--tenants", "--out", str(folder), **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"import: {other_sandbox.environment['CORTEX_BASE_URL']} lists no tenants for this key, so nothing was written; is "
        "CORTEX_API_KEY the key of the right account?\n"
    )
    assert not folder.exists()
    CortexHand(other_sandbox, version="v2").make("acme")
    done = run_import("--tenants", "--out", str(folder), **environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"wrote a program for 1 tenants to {folder}",
        "to adopt all of them, with the same connection in the environment:",
        f"  cd {folder} && pulumi stack init main && pulumi config set cortex:apiVersion v2 && "
        "pulumi config set cortex:adopt true && pulumi up && pulumi config rm cortex:adopt",
    ]
