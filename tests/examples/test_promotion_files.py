"""The workflows of the promotion example: valid by their published schemas, and made of nothing but scripts that are tested."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROMOTION = Path(__file__).resolve().parents[2] / "examples" / "promotion"
GITHUB = [PROMOTION / "github" / "workflow.yml", PROMOTION / "github" / "stack.yml"]
GITLAB = PROMOTION / "gitlab" / ".gitlab-ci.yml"
OPERATOR = PROMOTION / "operator" / "stack.yaml"
SCRIPTS = sorted((PROMOTION / "ci").glob("*.sh"))
COMMAND = re.compile(r'ci/(?P<script>[a-z]+\.sh)( "\$STACK")?')
NO_STEPS = {"release.sh"}
"""Scripts that take another one's place in a workflow of one's own."""
SERVER_GROUP = re.compile(r"(review|apply)-(\$\{\{ inputs\.stack \}\}|\$STACK)")

# What the operator's definition of a Stack (pulumi.com/v1, version 2.9) knows of the fields used here: a type, or the fields
# below it. A value of "map" has the same fields for every key.
STACK_FIELDS: dict[str, Any] = {
    "stack": str,
    "projectRepo": str,
    "branch": str,
    "repoDir": str,
    "useLocalStackOnly": bool,
    "refresh": bool,
    "continueResyncOnCommitMatch": bool,
    "retryMaxBackoffDurationSeconds": int,
    "resyncFrequencySeconds": int,
    "destroyOnFinalize": bool,
    "envRefs": {"map": {"type": str, "secret": {"name": str, "key": str}, "literal": {"value": str}}},
    "workspaceTemplate": {"spec": {"image": str}},
}


def valid(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Validate by a schema that comes with the validator."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def loaded(path: Path) -> dict[str, Any]:
    """A YAML file. The key `on` of a workflow is no truth value."""
    text = re.sub(r"^on:", '"on":', path.read_text(), flags=re.MULTILINE)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def github_steps() -> Iterator[dict[str, Any]]:
    for path in GITHUB:
        for job in loaded(path)["jobs"].values():
            yield from job.get("steps", [])


def gitlab_jobs() -> dict[str, dict[str, Any]]:
    """The jobs and what they extend; not the settings of the whole file."""
    return {name: job for name, job in loaded(GITLAB).items() if isinstance(job, dict) and "script" in job}


def commands() -> list[str]:
    """Every command of every workflow."""
    return [step["run"] for step in github_steps() if "run" in step] + [
        line for job in gitlab_jobs().values() for line in job["script"]
    ]


def unknown(value: Any, fields: Any, path: str = "spec") -> list[str]:
    """What a Stack has that the operator does not know, or knows as something else."""
    if not isinstance(fields, dict):
        return [] if type(value) is fields else [f"{path} is {value!r}"]
    if "map" in fields:
        return [found for key, one in value.items() for found in unknown(one, fields["map"], f"{path}.{key}")]
    return [
        found
        for key, one in value.items()
        for found in (unknown(one, fields[key], f"{path}.{key}") if key in fields else [f"{path}.{key} is unknown"])
    ]


def test_the_workflows_of_github_are_valid() -> None:
    done = valid("github-workflows", *GITHUB)
    assert done.returncode == 0, done.stdout


def test_the_pipeline_of_gitlab_is_valid() -> None:
    done = valid("gitlab-ci", GITLAB)
    assert done.returncode == 0, done.stdout


def test_the_validators_reject_a_broken_workflow(tmp_path: Path) -> None:
    workflow, pipeline = tmp_path / "workflow.yml", tmp_path / ".gitlab-ci.yml"
    workflow.write_text(GITHUB[1].read_text().replace("timeout-minutes: 60", "timeout-minute: 60"))
    pipeline.write_text(GITLAB.read_text().replace("action: verify", "action: verfy"))
    assert valid("github-workflows", workflow).returncode == 1
    assert valid("gitlab-ci", pipeline).returncode == 1


def test_every_command_of_a_workflow_is_a_script() -> None:
    found = [COMMAND.fullmatch(command) for command in commands()]
    assert all(found), [command for command, match in zip(commands(), found, strict=True) if not match]
    assert {match["script"] for match in found if match} == {script.name for script in SCRIPTS} - NO_STEPS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_stops_at_the_first_failure_and_says_how_it_is_called(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert any(line.startswith(f"#   ci/{script.name}") for line in lines)
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script], timeout=10).returncode == 0


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.name != "install.sh"], ids=lambda path: path.name)
def test_a_script_without_a_stack_does_nothing(script: Path, tmp_path: Path) -> None:
    shutil.copytree(PROMOTION / "ci", tmp_path / "ci")
    done = subprocess.run([tmp_path / "ci" / script.name], capture_output=True, text=True, timeout=10)
    assert done.returncode != 0
    assert f"usage: ci/{script.name} STACK" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ci"]


def test_one_job_at_a_time_reviews_and_one_applies_on_each_server() -> None:
    groups = [job["concurrency"]["group"] for job in loaded(GITHUB[1])["jobs"].values()]
    groups += [job["resource_group"] for job in gitlab_jobs().values() if "resource_group" in job]
    assert all(SERVER_GROUP.fullmatch(group) for group in groups), groups
    extending = [job for job in loaded(GITLAB).values() if isinstance(job, dict) and "stage" in job]
    assert all("extends" in job or "resource_group" in job for job in extending)


def test_the_apply_job_on_github_checks_out_the_reviewed_commit() -> None:
    """A job that applies takes the verdict of the job before it, and an approval decides about its environment."""
    apply = loaded(GITHUB[1])["jobs"]["apply"]
    assert apply["needs"] == "review"
    assert "outputs.code == '4'" in apply["environment"]
    [step] = [step for step in apply["steps"] if step.get("run", "").startswith("ci/apply.sh")]
    assert "outputs.code == '4'" in step["env"]["APPROVED"]


def test_the_apply_job_on_gitlab_needs_the_review_job() -> None:
    pipeline = loaded(GITLAB)
    for stack in ("staging", "production"):
        for name in (f"apply-{stack}", f"approve-{stack}"):
            assert pipeline[name]["needs"] == [f"review-{stack}"], name
        assert "APPROVED" not in pipeline[f"apply-{stack}"]["variables"]
        assert pipeline[f"approve-{stack}"]["extends"] == ".approved"
    assert pipeline[".approved"]["when"] == "manual"
    assert pipeline[".approved"]["variables"] == {"APPROVED": "yes"}
    assert pipeline[".automatic"]["allow_failure"] == {"exit_codes": 4}
    assert "APPROVED" not in str(pipeline[".automatic"])


def test_every_field_of_the_operator_stack_is_in_its_schema() -> None:
    stack = loaded(OPERATOR)
    assert (stack["apiVersion"], stack["kind"]) == ("pulumi.com/v1", "Stack")
    assert unknown(stack["spec"], STACK_FIELDS) == []
    assert unknown({**stack["spec"], "refresh": "no", "retries": 1}, STACK_FIELDS) == [
        "spec.refresh is 'no'",
        "spec.retries is unknown",
    ]


def test_the_operator_follows_the_release_branch_and_deletes_nothing() -> None:
    spec = loaded(OPERATOR)["spec"]
    assert spec["branch"] == "refs/heads/release/production"
    assert 'refs/heads/release/$stack"' in (PROMOTION / "ci" / "release.sh").read_text()
    assert spec["destroyOnFinalize"] is False
    assert {ref["type"] for ref in spec["envRefs"].values()} == {"Secret", "Literal"}
    keys = [name for name, ref in spec["envRefs"].items() if ref["type"] == "Literal"]
    assert not [name for name in keys if name.endswith(("_KEY", "_PASSPHRASE", "_TOKEN"))]
