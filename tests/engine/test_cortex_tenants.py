"""Tenants in programs: mistakes, embeddings, look-ups, letting go of what cannot be deleted, and taking over an account."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.cortex import LONG_SECONDS, CortexHand
from support.cortex_changes import COUNT, DEPARTMENT, PLACE, REGION, TOPIC, YEAR
from support.engine import Project, Run
from support.programs import declare, program
from support.sandbox import Sandbox

SCHEMA = "tenant_metadata_schema"
KEEP = "retain_on_delete=True"


def tenant(name: str = "acme", *schema: dict[str, Any], opts: str = "", **more: Any) -> str:
    arguments = {"tenant_id": name, **({SCHEMA: list(schema)} if schema else {}), **more}
    return declare("cortex.Tenant", name, opts=opts, **arguments)


def one_failure(run: Run) -> str:
    """What the screen says of the one resource that has problems, its lines joined."""
    assert run.exit_code != 0, str(run)
    assert "Traceback" not in run.output
    return " ".join(run.output.split())


# Mistakes.


def test_every_mistake_of_a_tenant_in_one_message(project: Project, sandbox: Sandbox) -> None:
    project.program = program(
        declare(
            "cortex.Tenant",
            "acme",
            tenant_metadata_schema=[
                {"key": "source_id", "type": "string"},
                {"key": "layout", "type": "text"},
                {"key": "twice", "type": "string"},
                {"key": "twice", "type": "number"},
                {"key": "flag", "type": "boolean", "searchable": "yes"},
                {"name": "topic", "data_type": "VARCHAR"},
                {"key": "sorted", "typ": "string"},
                {"key": "ValidFrom", "type": "date"},
            ],
            wait_seconds=60,
            notes="x",
        )
    )
    text = one_failure(project.preview())
    for part in (
        'tenant_metadata_schema[0].key: "source_id" is reserved by the service; choose another name, such as "doc_',
        'tenant_metadata_schema[1].key: "layout" is reserved',
        "tenant_metadata_schema[1].type: must be one of 'string', 'number', 'boolean', 'date', 'object' or 'array'",
        'tenant_metadata_schema: "twice" is given 2 times',
        "tenant_metadata_schema[4].searchable: must be true or false",
        'tenant_metadata_schema[5]: name, data_type belong to the API generation "v2", and cortex:apiVersion is "cortex"; '
        "write this item with key, type, searchable, filterable, or set cortex:apiVersion",
        "tenant_metadata_schema[6].type: is required",
        'tenant_metadata_schema[6].typ: there is no such key; did you mean "type"?',
        'wait_seconds: there is no such key; cortex:apiVersion is "cortex"',
        'notes: there is no such key; did you mean "note"?',
        # The service accepts this one, so it is advice.
        "warning: tenant acme_",
        'tenant_metadata_schema[7].key: "ValidFrom" is not snake_case, which the service recommends',
    ):
        assert part in text
    assert "tenant_metadata_schema[7].type" not in text

    project.environment["CORTEX_API_VERSION"] = "v2"
    project.program = program(
        tenant(
            "Acme Prod",
            {"name": "metadata", "data_type": "VARCHAR"},
            {"name": "topic", "data_type": "string"},
            {"name": "Topic", "data_type": "VARCHAR", "max_length": 70_000},
            {"name": "2nd", "data_type": "NUMBER"},
            {"name": "count", "data_type": "INT64", "max_length": 10, "enable_dense_embedding": True},
            {"key": "region", "type": "string"},
            *({"name": f"text_{n}", "data_type": "VARCHAR", "enable_dense_embedding": True} for n in range(6)),
            embeddings_dimension=0,
            note="x",
        )
    )
    text = one_failure(project.preview())
    for part in (
        "tenant_id: must be made of lowercase letters, digits, - and _",
        'tenant_metadata_schema[0].name: "metadata" is reserved',
        'tenant_metadata_schema[1].data_type: must be written "VARCHAR"',
        'tenant_metadata_schema: "topic" is given 2 times (names are compared without regard to case)',
        "tenant_metadata_schema[2].max_length: must be 65535 or less",
        "tenant_metadata_schema[3].name: must be a letter and then letters, digits and _",
        "tenant_metadata_schema[3].data_type: must be one of",
        "tenant_metadata_schema[4].enable_dense_embedding: only VARCHAR fields can be embedded",
        "tenant_metadata_schema[4].max_length: only VARCHAR fields have a length",
        'tenant_metadata_schema[5]: key, type belong to the API generation "cortex", and cortex:apiVersion is "v2"',
        "tenant_metadata_schema: 7 embeddings (dense and sparse count separately); a database has 6 at most",
        "embeddings_dimension: must be 1 or more",
        'note: there is no such key; it belongs to the API generation "cortex"',
    ):
        assert part in text
    assert sandbox.requests() == []


# Embeddings, and look-ups.

LOOK_UPS = """
acme = {tenant}
vectors = cortex.EmbeddingsTenant("vectors", tenant_id="vectors"{more})
pulumi.export("default", acme.default_sub_tenant_id)
pulumi.export("vectors_default", vectors.default_sub_tenant_id)
pulumi.export("teams", cortex.list_sub_tenants_output(tenant_id=acme.current_tenant_id))
stats = cortex.get_tenant_stats_output(tenant_id=acme.current_tenant_id)
pulumi.export("objects", stats.apply(lambda one: one.object_count))
pulumi.export("schema", cortex.get_metadata_schema_output(tenant_id=acme.current_tenant_id))
"""


def look_ups(acme: str, *, more: str = "", then: str = "") -> str:
    return program(LOOK_UPS.format(tenant=acme, more=more), then)


def test_look_ups_and_embeddings_of_the_first_generation(project: Project, sandbox: Sandbox) -> None:
    hand = CortexHand(sandbox, version="cortex")
    keep = ", opts=pulumi.ResourceOptions(retain_on_delete=True)"
    project.program = look_ups(tenant("acme", DEPARTMENT, YEAR, opts=KEEP), more=keep)
    project.up(preview=True).expect_success()
    told = [
        {"key": "department", "searchable": True, "filterable": True},
        {"key": "year", "searchable": False, "filterable": True},
    ]
    expected = {"default": "default", "vectors_default": "vectors", "teams": ["default"], "objects": 0, "schema": told}
    assert project.outputs() == expected
    assert hand.tenants()["vectors"]["kind"] == "embeddings"
    hand.put_documents("acme", 4, sub_tenant_id="dept_legal")
    hand.put_documents("acme", 2)

    # At the next run they are what they are by then, also in a preview.
    one = 'pulumi.export("legal", cortex.get_tenant_stats(tenant_id="acme", sub_tenant_id="dept_legal").object_count)'
    now = 'pulumi.export("now", [cortex.list_sub_tenants(tenant_id="acme"), cortex.get_metadata_schema(tenant_id="acme")])'
    project.program = look_ups(tenant("acme", DEPARTMENT, YEAR, opts=KEEP), more=keep, then=f"{one}\n{now}")
    assert "dept_legal" in project.preview().expect_success().output
    assert project.up().expect_success().summary == {"unchanged": 3}
    teams = ["default", "dept_legal"]
    assert project.outputs() == {**expected, "teams": teams, "objects": 2, "legal": 4, "now": [teams, told]}

    project.program = program("cortex.list_tenants()")
    project.preview().expect_failure(
        'the API generation "cortex" has no call that lists tenants; see cortex:apiVersion'
    )
    project.program = program('cortex.get_tenant_stats(tenant_id="nobody")')
    project.preview().expect_failure("could not count tenant nobody: HTTP 404: Tenant nobody does not exist")
    renamed = keep.replace("opts", "tenant_id='other', opts").replace(", tenant_id", ", adopt=True, tenant_id")
    project.program = program(f'cortex.EmbeddingsTenant("vectors"{renamed})')
    project.preview().expect_failure(
        'tenant_id    was "vectors"    now "other"', "1 immutable key of embeddings tenant vectors"
    )
    project.program = program('cortex.EmbeddingsTenant("vectors", tenant_metadata_schema=[])')
    project.preview().expect_failure("a tenant for embeddings has no metadata schema; use Tenant")


def test_look_ups_and_embeddings_of_the_current_generation(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    listed = 'pulumi.export("all", sorted(cortex.list_tenants().tenant_ids))'
    dimension = ", embeddings_dimension=768"
    project.program = look_ups(tenant("acme", TOPIC), more=dimension, then=listed)
    project.up(preview=True).expect_success()
    schema = [{**TOPIC, "enable_match": False, "enable_sparse_embedding": False}]
    expected = {"teams": [], "objects": 0, "schema": schema, "all": []}
    assert project.outputs() == expected  # what the service does not tell is absent
    vectors = hand.tenants()["vectors"]
    assert (vectors["is_embeddings_tenant"], vectors["embeddings_dimension"]) == (True, 768)
    hand.put_documents("acme", 4, collection="dept_legal")

    # Look-ups by `current_tenant_id` follow a rename, in its preview too.
    project.program = look_ups(tenant("acme", TOPIC, tenant_id="apex"), more=dimension, then=listed)
    assert project.up(preview=True).expect_success().summary["updated"] == 1
    assert project.outputs() == {**expected, "teams": ["dept_legal"], "objects": 4, "all": ["acme", "vectors"]}
    project.program = look_ups(tenant("acme", TOPIC, tenant_id="apex"), more=", embeddings_dimension=1536", then=listed)
    project.preview().expect_failure("embeddings_dimension    was 768    now 1536")
    project.program = look_ups(tenant("acme", TOPIC, tenant_id="apex"), more=dimension, then=listed)
    assert project.up("--refresh").expect_success().summary == {"unchanged": 3}

    project.destroy().expect_failure("tenant apex holds 4 documents and is not deleted", "force_destroy=True")
    assert sorted(hand.tenants()) == ["apex"]
    project.program = look_ups(tenant("acme", TOPIC, tenant_id="apex", force_destroy=True)).replace("vectors", "bare")
    project.up("--target", "**:Tenant::acme").expect_success()
    project.destroy().expect_success()
    assert hand.tenants() == {}


# What the first generation cannot delete.


def test_removing_a_tenant_that_cannot_be_deleted(project: Project, sandbox: Sandbox) -> None:
    hand = CortexHand(sandbox, version="cortex")
    project.program = program(tenant("acme", DEPARTMENT))
    project.up().expect_success()
    before = hand.tenants()
    project.destroy().expect_failure(
        "tenant acme was not deleted: this API generation has no call that deletes a tenant.",
        "ResourceOptions(retain_on_delete=True), run `pulumi up` once, then remove or destroy it; the tenant stays in the "
        "service",
        "pulumi state delete URN",
    )
    project.program = program(tenant("acme", DEPARTMENT, opts=KEEP))
    project.up().expect_success()
    # Another schema under another id replaces it in the program; the former one stays in the service.
    replaced = {"opts": KEEP, "on_immutable_change": "replace"}
    project.program = program(tenant("acme", DEPARTMENT, REGION, **replaced))
    project.preview().expect_failure(
        "to replace it, choose another tenant_id and set ResourceOptions(retain_on_delete=True)"
    )
    project.program = program(tenant("acme", DEPARTMENT, REGION, tenant_id="acme_2", **replaced))
    assert project.up(preview=True).expect_success().summary == {"replaced": 1, "unchanged": 1}
    assert [one["id"] for one in project.resources()] == ["acme_2"]
    assert hand.tenants()["acme"] == before["acme"]
    assert [key["key"] for key in hand.schema("acme_2")] == ["department", "region"]

    project.destroy().expect_success()
    assert (project.resources(), sorted(hand.tenants())) == ([], ["acme", "acme_2"])


# Taking over an account.


def run_import(sandbox: Sandbox, folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pulumi_retrieval.cli", "import", "--tenants", "--out", str(folder)],
        env={**os.environ, **sandbox.environment, "CORTEX_API_VERSION": version},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_tenant_of_an_account_is_adopted(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    hand = CortexHand(sandbox, version="v2")
    hand.make("used", [TOPIC, COUNT])
    hand.make("bare", [], embeddings_dimension=768)
    hand.make("new", [PLACE])
    hand.put_documents("used", 5)
    hand.behave(fail_provisioning="failed")
    hand.make("failed")
    hand.behave(fail_provisioning="", provisioning_seconds=LONG_SECONDS)
    hand.make("slow", [COUNT])
    before = hand.tenants()
    folder = tmp_path / "imported"
    refused = run_import(sandbox, folder, "cortex")
    assert refused.returncode == 2
    assert 'the API generation "cortex" has no call that lists tenants; see cortex:apiVersion' in refused.stderr
    assert not folder.exists()
    done = run_import(sandbox, folder, "v2")
    assert (done.returncode, "tenant failed is left out" in done.stderr) == (0, True), done.stderr
    assert "wrote a program for 4 tenants" in done.stdout

    hand.pass_time()
    hand.forget_calls()
    project.program = (folder / "__main__.py").read_text()
    shutil.copy(folder / "tenants.json", project.folder)
    project.config("cortex:apiVersion", "v2")
    project.up().expect_failure("tenant used exists already", "holds 5 documents")
    project.config("cortex:adopt", "true")
    project.up().expect_success()
    project.pulumi("config", "rm", "cortex:adopt").expect_success()
    assert project.preview("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 5}
    assert hand.writes() == []
    assert hand.tenants() == before
