"""The programs of the README and of the reference, and the refusal that the README shows."""

from __future__ import annotations

import os
import re
from pathlib import Path

from support.engine import Project
from support.guides import GUIDES, programs
from support.sandbox import Sandbox

README = "../../README.md"
CONNECTIONS = "../reference/connections.md"
TENANT = "../reference/tenant.md"
LOOK_UPS = "../reference/look-ups.md"
LAST_LINE = "pulumi up --exclude '**:Tenant::acme'"


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_first_program_and_its_refusal(project: Project, sandbox: Sandbox) -> None:
    (project.program,) = programs(README, count=1)
    project.config("llmApiKey", "sk-canary-of-the-readme", secret=True)
    project.secrets.add("sk-canary-of-the-readme")
    project.up().expect_success()
    assert [one["name"] for one in sandbox.state()["trieve"]["datasets"]] == ["Golden corpus", "customer-7"]
    project.up("--expect-no-changes", refresh=True).expect_success()

    edited = project.program.replace('key="valid_from", type="date"', 'key="valid_from", type="string"')
    assert edited != project.program
    project.program = edited
    (shown,) = re.findall(r"^```text\n(error: .*?)^```$", (GUIDES / README).read_text(), re.MULTILINE | re.DOTALL)
    assert lines(shown)[-1] == LAST_LINE
    assert "\n".join(lines(shown)) in "\n".join(lines(project.preview().expect_failure().output))


def test_a_second_account(project: Project, sandbox: Sandbox) -> None:
    (program,) = programs(CONNECTIONS, count=1)
    project.program = program.replace("https://trieve.eu.example.com", sandbox.base_url)
    assert project.program != program
    project.config("euKey", sandbox.environment["TRIEVE_API_KEY"], secret=True)
    project.config("euOrganization", sandbox.organization_id)
    for name in ("TRIEVE_API_KEY", "TRIEVE_ADMIN_KEY", "TRIEVE_ORGANIZATION_ID"):
        del project.environment[name]
    project.up().expect_success()
    assert [one["name"] for one in sandbox.state()["trieve"]["datasets"]] == ["customer-8"]


def test_a_tenant(project: Project, sandbox: Sandbox) -> None:
    (project.program,) = programs(TENANT, count=1)
    project.up().expect_success()
    project.up("--expect-no-changes", refresh=True).expect_success()


def test_look_ups_that_depend_on_resources_of_the_program(project: Project, sandbox: Sandbox) -> None:
    ordered, _ = programs(LOOK_UPS, count=2)
    project.config("organization", sandbox.organization_id)
    project.program = ordered
    project.preview().expect_success()
    assert "/api/dataset/organization/" not in str(sandbox.requests())
    project.up().expect_success()
    assert project.outputs()["datasets"] == 3


def test_get_reads_identifying_and_immutable_values(project: Project, sandbox: Sandbox) -> None:
    _, reads = programs(LOOK_UPS, count=2)
    project.program = """
        import pulumi
        from pulumi_retrieval import cortex, trieve

        golden = trieve.Dataset("golden", tracking_id="golden", server_configuration={"MAX_LIMIT": 50})
        department = cortex.MetadataKey(key="department", type="string", filterable=True)
        retain = pulumi.ResourceOptions(retain_on_delete=True)
        cortex.Tenant("acme", tenant_id="acme_prod", tenant_metadata_schema=[department], opts=retain)
        pulumi.export("id", golden.id)
    """
    project.up().expect_success()
    dataset_id = project.outputs()["id"]
    reader = Project(
        project.folder.parent / "reader",
        engine=Path(project.environment["PATH"].partition(os.pathsep)[0]),
        program=reads,
        env=sandbox.environment,
        secrets=project.secrets,
    )
    reader.config("golden", dataset_id)
    reader.up().expect_success()
    assert reader.outputs() == {
        "golden": "golden",
        "model": "jina-base-en",
        "limit": 50,
        "schema": [{"key": "department", "searchable": False, "filterable": True}],
        "none": {"configuration": None, "schema": None},
    }
    reader.destroy().expect_success()
    assert [one["id"] for one in sandbox.state()["trieve"]["datasets"]] == [dataset_id]
