"""A preview refuses a change of an immutable key by name and with remedies, and each remedy works."""

from __future__ import annotations

import shlex
from typing import Any

from support.engine import Project, Run
from support.programs import asked, dataset, declare, id_of, living, program, written
from support.sandbox import Sandbox

TOPIC = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
REGION = {"key": "region", "type": "string", "searchable": True, "filterable": False}
YEAR = {"key": "year", "type": "number", "searchable": False, "filterable": True}
EDITED = [{**TOPIC, "type": "number"}, {**YEAR, "searchable": True}]

TENANT_REFUSAL = """\
REFUSED, nothing was changed: 3 immutable keys of tenant acme_prod
  tenant_metadata_schema["topic"].type         was "string"    now "number"
  tenant_metadata_schema["region"]             now missing; was {"key": "region", "type": "string", "searchable": true, "filterable": false}
  tenant_metadata_schema["year"].searchable    was false    now true
  Cause: the program changed (the values last applied are shown as "was").
  Why:   Cortex fixes metadata keys when a tenant is created, and this API generation cannot delete a tenant.
  Do one:
    undo               put the "was" values back
    ship the rest      pulumi up --exclude '**:Tenant::acme'
    keep both          ResourceOptions(ignore_changes=["tenant_metadata_schema"])
    really change it   declare a second Tenant beside it, move the documents, then retire this one: pulumi-retrieval docs migrate-tenant
"""  # noqa: E501

CONFIG: dict[str, Any] = {"EMBEDDING_MODEL_NAME": "text-embedding-3-small", "EMBEDDING_SIZE": 1536, "MAX_LIMIT": 5}
SMALLER = {**CONFIG, "EMBEDDING_SIZE": 512}
DATASET_REFUSAL = """\
REFUSED, nothing was changed: 1 immutable key of dataset golden
  server_configuration.EMBEDDING_SIZE    was 1536    now 512
  Cause: the program changed (the values last applied are shown as "was").
"""
NOT_APPLIED = (
    'on_immutable_change="replace" is set, but force_destroy=True was not applied before: set it, run `pulumi up` once, '
    "then replace"
)


def tenant(*schema: dict[str, Any], **arguments: Any) -> str:
    arguments = {"tenant_id": "acme_prod", "tenant_metadata_schema": list(schema), **arguments}
    return declare("cortex.Tenant", "acme", **arguments)


def clean(run: Run) -> Run:
    """A screen on which nothing but the refusal is red."""
    assert "Traceback" not in run.output, run
    assert "KeyboardInterrupt" not in run.output, run
    return run


def way_out(run: Run, label: str) -> list[str]:
    """The command of a remedy, as a shell would take it, without `pulumi` and `up`."""
    [line] = [line.strip() for line in run.output.splitlines() if line.strip().startswith(f"{label}  ")]
    words = shlex.split(line.removeprefix(label))
    assert words[:2] == ["pulumi", "up"]
    return words[2:]


def test_metadata_keys_of_a_tenant(project: Project, sandbox: Sandbox) -> None:
    project.program = program(tenant(TOPIC, REGION, YEAR), dataset(config=CONFIG))
    project.up().expect_success()
    before = sandbox.state()["cortex"]
    asked(sandbox)

    project.program = program(tenant(*EDITED), dataset(config={**CONFIG, "MAX_LIMIT": 6}))
    run = clean(project.preview().expect_failure(TENANT_REFUSAL))
    assert run.output.count("REFUSED") == 1
    clean(project.preview(diff=False).expect_failure('tenant_metadata_schema["region"]'))
    project.up(preview=True).expect_failure(TENANT_REFUSAL)
    assert asked(sandbox) == []

    shipped = project.up(*way_out(run, "ship the rest")).expect_success()
    assert shipped.summary["updated"] == 1
    [only] = written(sandbox)
    assert only[:2] == ("PUT", "/api/dataset")
    assert sandbox.state()["cortex"] == before

    # Allowed to replace, the same tenant_id would stay taken, because nobody can delete a tenant.
    project.program = program(
        tenant(*EDITED, on_immutable_change="replace"), dataset(config={**CONFIG, "MAX_LIMIT": 6})
    )
    run = project.preview().expect_failure(
        "REFUSED, nothing was changed: 3 immutable keys of tenant acme_prod",
        'on_immutable_change="replace" is set, but this API generation cannot delete a tenant, so its tenant_id stays taken',
    )
    clean(run)
    assert asked(sandbox) == []
    assert project.resources()[0]["inputs"]["tenant_metadata_schema"] == [TOPIC, REGION, YEAR]

    # The other remedy that is a line to copy.
    project.program = program(
        declare(
            "cortex.Tenant",
            "acme",
            tenant_id="acme_prod",
            tenant_metadata_schema=EDITED,
            opts='ignore_changes=["tenant_metadata_schema"]',
        ),
        dataset(config={**CONFIG, "MAX_LIMIT": 6}),
    )
    assert project.up().expect_success().summary == {"unchanged": 3}
    assert asked(sandbox) == []


def test_embedding_size_of_a_dataset(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=CONFIG), dataset("other", tracking_id="other", config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    golden = id_of(project, "golden")
    sandbox.put_chunks(golden, 2)
    asked(sandbox)

    other = dataset("other", tracking_id="other", config={"MAX_LIMIT": 6})
    project.program = program(dataset(config=SMALLER), other)
    run = clean(project.preview().expect_failure(DATASET_REFUSAL, "documents that are in it become unreachable"))
    assert asked(sandbox) == []
    project.up(*way_out(run, "ship the rest")).expect_success()
    assert len(written(sandbox)) == 1

    # Replacing takes leave to destroy that was applied before, not one that comes with it.
    allowed = dataset(config=SMALLER, on_immutable_change="replace", force_destroy=True)
    project.program = program(allowed, other)
    clean(project.preview().expect_failure(DATASET_REFUSAL, NOT_APPLIED))
    project.program = program(dataset(config=CONFIG, force_destroy=True), other)
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 2}
    assert asked(sandbox) == []

    project.program = program(allowed, other)
    assert project.preview().expect_success().summary == {"to replace": 1, "unchanged": 2}
    assert project.up().expect_success().summary == {"replaced": 1, "unchanged": 2}
    deleted, created = written(sandbox)
    assert deleted[:2] == ("DELETE", f"/api/dataset/{golden}")
    assert created[:2] == ("POST", "/api/dataset")
    assert living(sandbox)["golden"] == id_of(project, "golden") != golden
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}

    # The option of the engine that says the same for other providers.
    opts = 'replace_on_changes=["server_configuration.EMBEDDING_SIZE"]'
    project.program = program(dataset(config=CONFIG, force_destroy=True, opts=opts), other)
    assert project.preview().expect_success().summary == {"to replace": 1, "unchanged": 2}
