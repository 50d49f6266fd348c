"""docs/reference/sandbox.md: its examples are run, and its table names every control route."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_retrieval.sandbox import control
from pulumi_retrieval.sandbox.cortex import control_routes
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store
from support.cortex import CortexHand
from support.engine import Project
from support.guides import GUIDES, commands
from support.hand import Hand
from support.sandbox import Sandbox

PAGE = (GUIDES / "../reference/sandbox.md").read_text()
EXAMPLES = commands("../reference/sandbox.md", count=11)
ROUTES = set(re.findall(r"^\| `([A-Z]+)` \| `(/[\w/]+)` \|", PAGE, re.MULTILINE))
PROGRAM = """
import pulumi
from pulumi_retrieval import cortex, trieve

golden = trieve.Dataset("golden", tracking_id="golden", server_configuration={"MAX_LIMIT": 500})
department = cortex.MetadataKey(key="department", type="string", searchable=True, filterable=True)
retain = pulumi.ResourceOptions(retain_on_delete=True)
cortex.Tenant("acme", tenant_id="acme", tenant_metadata_schema=[department], opts=retain)
"""

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the page's examples call curl")


def shell(script: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        ["sh", "-e"], input=script, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


@needs_curl
def test_the_examples_in_their_order(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    _, _, drift, schema, asked, documents, faults, switches, settings, databases, vanish = EXAMPLES
    project.program = PROGRAM
    project.up().expect_success()
    hand, first, second = Hand(sandbox), CortexHand(sandbox, version="cortex"), CortexHand(sandbox, version="v2")
    dataset = hand.datasets()["golden"]
    second.make("acme", [{"name": "region", "data_type": "VARCHAR"}])
    environment = {**project.environment, "DATASET": dataset["id"]}

    shell(drift, environment, tmp_path)
    run = project.preview(refresh=True).expect_success()
    assert "MAX_LIMIT" in run.output
    hand.forget_calls()
    project.up(refresh=True).expect_success()
    assert hand.writes() == [("PUT", "/api/dataset")]
    assert hand.datasets()["golden"]["server_configuration"]["MAX_LIMIT"] == 500

    shell(schema, environment, tmp_path)
    assert "somebody else" in project.preview(refresh=True).expect_success().output
    assert '"max_in_flight":0' in shell(asked, environment, tmp_path)
    shell(documents, environment, tmp_path)
    after = hand.datasets()["golden"]
    assert (after["chunk_count"], after["created_at"] < dataset["created_at"]) == (40, True)
    assert sandbox.state()["cortex"]["tenants"]["acme"]["sub_tenants"]["sales"] == 5
    assert '"fired":0' in shell(faults, environment, tmp_path)
    assert '"redis_down":true' in shell(switches, environment, tmp_path)
    assert sandbox.fault_report() == []
    assert '"provisioning_seconds":90' in shell(settings, environment, tmp_path)
    shell(databases, environment, tmp_path)
    shell(vanish, environment, tmp_path)
    assert (first.tenants(), second.tenants()) == ({}, {})


def test_a_sandbox_for_a_command(bare_project: Project) -> None:
    bare_project.program = 'from pulumi_retrieval import trieve; trieve.Dataset("golden")'
    assert "+ 2 created" in bare_project.shell(EXAMPLES[0]).expect_success().output


def test_a_sandbox_without_a_command(project: Project, tmp_path: Path) -> None:
    start = f'{EXAMPLES[1]}\necho "$TRIEVE_BASE_URL $TRIEVE_ORGANIZATION_ID"\n'
    start = start.replace("sandbox --data", "sandbox --max-seconds 60 --data")
    environment = {name: value for name, value in project.environment.items() if not name.startswith("TRIEVE")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    url, organization = shell(start + "kill $!", environment, tmp_path).split()
    assert url.startswith("http://127.0.0.1:")
    assert organization in (tmp_path / ".sandbox" / "env").read_text()
    assert (tmp_path / ".sandbox").stat().st_mode & 0o777 == 0o700


def test_the_table_names_every_control_route(tmp_path: Path) -> None:
    general = set(re.findall(r'case "([A-Z]+)", "(/\w+)"', inspect.getsource(control)))
    datasets = {("POST", f"/trieve/datasets/ID/{act}") for act in ("chunks", "age")}
    store = Store(tmp_path)
    cortex = {
        (method, route.path.removeprefix("/_sandbox").replace("{id:path}", "ID"))
        for route in control_routes(store, CortexSettings(api_key=""))
        for method in route.methods - {"HEAD"}
    }
    store.close()
    assert len(general) == 9
    assert general | datasets | cortex == ROUTES
