"""The main job: the quickstart creates everything, says unchanged without a call, and goes away again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import NOT_INHERITED, RUN_SECONDS, STACK, Project
from support.programs import asked, id_of, living, written
from support.sandbox import Sandbox

TOP = Path(__file__).parents[2]
PROGRAM = TOP / "examples" / "quickstart" / "__main__.py"


@pytest.fixture
def quickstart(tmp_path: Path, engine: Path, sandbox: Sandbox) -> Iterator[Project]:
    """The quickstart as it is, with the configuration of its own stack."""
    keys = [value for name, value in sandbox.environment.items() if name.endswith("_KEY")]
    project = Project(
        tmp_path / "quickstart",
        engine=engine,
        name="pulumi-retrieval-quickstart",
        program=PROGRAM.read_text(),
        env=sandbox.environment,
        secrets=keys,
    )
    settings = (TOP / f"Pulumi.{STACK}.yaml").read_text().partition("config:")
    with (project.folder / f"Pulumi.{STACK}.yaml").open("a") as file:
        file.write("".join(settings[1:]))
    yield project
    project.close()


def test_up_twice_then_destroy_then_up_again(quickstart: Project, sandbox: Sandbox) -> None:
    before = sandbox.state()
    assert quickstart.up().expect_success().summary == {"created": 5}
    made = sandbox.state()
    assert [one["name"] for one in made["trieve"]["organizations"]][-1] == "Acme (dev)"
    assert sorted(living(sandbox)) == ["contracts-dev", "support-dev"]
    schema = made["cortex"]["tenants"]["acme_dev"]["tenant_metadata_schema"]
    assert [item["type"] for item in schema] == ["string", "number", "boolean", "date"]
    outputs = quickstart.outputs()
    assert outputs["support_dataset"] == living(sandbox)["support-dev"]
    assert (outputs["tenant"], outputs["default_sub_tenant"]) == ("acme_dev", "default")

    asked(sandbox)
    assert quickstart.up().expect_success().summary == {"unchanged": 5}
    assert quickstart.preview().expect_success().summary == {"unchanged": 5}
    assert asked(sandbox) == []

    run = quickstart.destroy(diff=False).expect_success()
    [retained] = [line for line in run.output.splitlines() if "deleted" in line and "[retain]" in line]
    assert "cortex:Tenant knowledge" in retained
    left = sandbox.state()
    assert left["trieve"] == {**before["trieve"], "deleted_datasets": left["trieve"]["deleted_datasets"]}
    assert list(left["cortex"]["tenants"]) == ["acme_dev"]

    run = quickstart.up().expect_success()
    assert "tenant acme_dev exists already and is adopted: id acme_dev, 0 documents" in run.output
    assert run.summary == {"created": 5}
    assert sorted(living(sandbox)) == ["contracts-dev", "support-dev"]
    assert list(sandbox.state()["cortex"]["tenants"]) == ["acme_dev"]


def test_documents_are_not_destroyed_by_accident(quickstart: Project, sandbox: Sandbox) -> None:
    quickstart.up().expect_success()
    dataset_id = id_of(quickstart, "support")
    sandbox.put_chunks(dataset_id, 3)
    quickstart.destroy(diff=False).expect_failure(
        f"dataset support-dev ({dataset_id}) holds 3 documents and is not deleted.",
        "set force_destroy=True on it, run `pulumi up` once, then remove, replace or destroy it",
        "ResourceOptions(retain_on_delete=True)",
    )
    assert living(sandbox)["support-dev"] == dataset_id
    assert "Acme (dev)" in [one["name"] for one in sandbox.state()["trieve"]["organizations"]]

    quickstart.program = quickstart.program.replace("tracking_id=", "force_destroy=True,\n    tracking_id=")
    asked(sandbox)
    quickstart.up().expect_success()
    assert not [path for _, path, raw in written(sandbox) if dataset_id in path + raw]
    quickstart.destroy().expect_success()
    assert living(sandbox) == {}


def test_make_up(tmp_path: Path, engine: Path) -> None:
    """What `make up` and its siblings run, in a copy of the checkout."""
    for name in ("tools", "examples"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in TOP.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    cache = {name: value for name, value in os.environ.items() if name == "PULUMI_RETRIEVAL_CACHE"}

    def quickstart(*command: str) -> str:
        done = subprocess.run(
            [tmp_path / "tools" / "quickstart", *command, "--color", "never"],
            env={**environment, **cache},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    assert "+ 5 created" in quickstart("up", "--yes")
    assert "5 unchanged" in quickstart("up", "--yes")
    assert "5 unchanged" in quickstart("preview")
    gone = quickstart("destroy", "--yes")
    assert "- 5 deleted" in gone
    assert gone.splitlines()[-1].startswith("Tenants stay: ")
    assert "Tenants stay: " in quickstart("destroy", "--yes")
