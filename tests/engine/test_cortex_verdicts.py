"""Change → verdict for tenants of both generations: all rows on the real provider process, some on the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.cortex import LONG_SECONDS, CortexHand, HeldTenant
from support.cortex_changes import (
    CHANGES,
    COUNT,
    DEPARTMENT,
    ID,
    PAGE,
    PLACE,
    REGION,
    SCHEMA,
    TOPIC,
    YEAR,
    Change,
    page,
)
from support.engine import Project
from support.processes import wait_until
from support.programs import declare, program
from support.provider_process import ProviderProcess
from support.sandbox import Sandbox

ROWS = [
    pytest.param(version, change, id=f"{version}-{change.what}")
    for version, changes in CHANGES.items()
    for change in changes
]


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(data=tmp_path_factory.mktemp("sandbox"), organization=None) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def processes(shared_sandbox: Sandbox) -> Iterator[dict[str, ProviderProcess]]:
    """One process for each generation, for all rows: they do not mix, since each row has a tenant of its own."""
    environment = {**shared_sandbox.environment, "CORTEX_API_VERSION": "v2"}
    with (
        ProviderProcess(environment=shared_sandbox.environment) as first,
        ProviderProcess(environment=environment) as second,
    ):
        for process in (first, second):
            process.configure({})
        yield {"cortex": first, "v2": second}


@pytest.mark.parametrize(("version", "change"), ROWS)
def test_a_change_and_its_verdict(
    version: str, change: Change, shared_sandbox: Sandbox, processes: dict[str, ProviderProcess]
) -> None:
    hand = CortexHand(shared_sandbox, version=version)
    process = processes[version]
    tenant_id = f"t{CHANGES[version].index(change)}x"
    change = _renamed(change, tenant_id)
    tenant = HeldTenant(process, retain_on_delete=change.retain)
    assert tenant.up(change.before) == "create"
    held = hand.tenants()[tenant_id]
    hand.forget_calls()

    verdict, text = tenant.preview(change.after)
    assert verdict == change.verdict, text
    for line in change.says:
        assert " ".join(line.split()) in " ".join(text.split())
    assert hand.calls() == []  # a preview asks nobody
    if verdict in ("refused", "mistake"):
        assert hand.tenants()[tenant_id] == held
        return

    told = len(process.stderr)
    assert tenant.up(change.after) == verdict
    assert change.tells in process.stderr[told:]
    if not change.sends:
        assert hand.calls() == []
    assert hand.writes() == [(call, body) for call, body in change.sends]
    assert tenant.up(change.after) == "none"
    wanted = change.after.get("tenant_id", tenant_id)
    schema = change.after.get(SCHEMA) or []
    stored = {item.get("key") or item.get("name") for item in hand.schema(wanted)}
    assert stored == {item.get("key") or item.get("name") for item in schema}


KEEP = "retain_on_delete=True"


def tenant(name: str = "acme", *, opts: str = "", **arguments: Any) -> str:
    return declare("cortex.Tenant", name, opts=opts, **{"tenant_id": name, **arguments})


def test_the_first_generation_on_the_engine(project: Project, sandbox: Sandbox) -> None:
    hand = CortexHand(sandbox, version="cortex")
    schema = [DEPARTMENT, YEAR]
    both = {"tenant_metadata_schema": schema, "opts": KEEP}
    project.program = program(tenant(**both, note="first"), tenant("beta", **both, note="first"))
    project.up().expect_success()
    hand.forget_calls()

    # Two refused and one other change: nothing happens, and the refusal says how to ship the rest.
    retyped = [DEPARTMENT, {**YEAR, "type": "date"}]
    project.program = program(
        tenant(opts=KEEP, tenant_metadata_schema=[*retyped[::-1], REGION], note="first"),
        tenant("beta", opts=KEEP, tenant_metadata_schema=schema[::-1], note="second"),
    )
    for run in (project.preview(), project.up(preview=True)):
        run.expect_failure(
            "REFUSED, nothing was changed: 2 immutable keys of tenant acme",
            'tenant_metadata_schema["year"].type    was "number"    now "date"',
            'tenant_metadata_schema["region"]       was missing; now {"key": "region", "type": "string", ',
            "Why:   Cortex fixes metadata keys when a tenant is created, and this API generation cannot delete a tenant.",
            "pulumi-retrieval docs migrate-tenant",
        )
        assert "Traceback" not in run.output
    run = project.up("--exclude", "**:Tenant::acme").expect_success()
    assert "note is used only at creation; the change has no effect on tenant beta" in run.output
    assert run.summary == {"updated": 1, "unchanged": 2}
    assert hand.calls() == []

    # `ignore_changes` is the other remedy; a changed order is no change.
    ignored = f"{KEEP}, ignore_changes=['tenant_metadata_schema']"
    project.program = program(
        tenant(opts=ignored, tenant_metadata_schema=retyped, note="first"),
        tenant("beta", opts=KEEP, tenant_metadata_schema=schema, note="second"),
    )
    assert project.up().expect_success().summary == {"unchanged": 3}
    assert hand.calls() == []


def test_the_current_generation_on_the_engine(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    project.program = program(tenant(tenant_metadata_schema=[TOPIC, COUNT]))
    project.up().expect_success()
    hand.forget_calls()

    project.program = program(tenant(tenant_metadata_schema=[PLACE, COUNT]))
    project.preview().expect_failure(
        "REFUSED, nothing was changed: 2 immutable keys of tenant acme",
        'tenant_metadata_schema["topic"]    now missing; was {"name": "topic", "data_type": "VARCHAR"',
        'tenant_metadata_schema["place"]    was missing; now {"name": "place"',
        "replace it",
        "force_destroy=True first",
        "all its documents are lost",
    )
    project.program = program(tenant(tenant_metadata_schema=[PLACE, COUNT, TOPIC], tenant_id="apex"))
    run = project.preview().expect_success()
    assert run.summary == {"to update": 1, "unchanged": 1}
    assert re.search(r'~ tenant_id +: "acme" => "apex"', run.output)
    assert hand.calls() == []
    project.up().expect_success()
    sent = {
        "name": "place",
        "data_type": "VARCHAR",
        "max_length": 1024,
        "enable_match": False,
        "enable_dense_embedding": False,
        "enable_sparse_embedding": False,
    }
    assert hand.writes() == [
        ("PATCH /databases/acme/metadata-schema", {"add_fields": [sent]}),
        ("PATCH /databases/acme", {"new_name": "apex"}),
    ]
    assert list(hand.tenants()) == ["apex"]
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    assert project.preview("--expect-no-changes").expect_success().summary == {"unchanged": 2}


def test_a_replacement_on_the_engine_deletes_first(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    replace = {"on_immutable_change": "replace", "wait_seconds": 60}
    project.program = program(tenant(tenant_metadata_schema=[TOPIC], **replace))
    project.up().expect_success()
    hand.put_documents("acme", 1)
    smaller = {**TOPIC, "max_length": 100}
    project.program = program(tenant(tenant_metadata_schema=[smaller], **replace))
    project.up().expect_failure('on_immutable_change="replace" is set, but the tenant may hold documents')
    project.program = program(tenant(tenant_metadata_schema=[TOPIC], force_destroy=True, **replace))
    project.up().expect_success()
    project.program = program(tenant(tenant_metadata_schema=[smaller], force_destroy=True, **replace))
    assert project.preview().expect_success().summary == {"to replace": 1, "unchanged": 1}

    hand.behave(deletion_seconds=LONG_SECONDS)
    hand.forget_calls()
    running = project.start("up")
    wait_until(
        lambda: running.over or (len(hand.calls("GET")) > 3 and bool(hand.calls("DELETE"))),
        seconds=60,
        what="the wait between deletion and creation",
    )
    assert hand.calls("POST") == []
    hand.pass_time()
    assert running.wait().expect_success().summary == {"replaced": 1, "unchanged": 1}
    assert [call for call, _ in hand.writes()] == ["DELETE /databases?database=acme", "POST /databases"]
    assert [item["max_length"] for item in hand.schema("acme")] == [100]


def test_the_reference_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/support/cortex_changes.py"


def _renamed(change: Change, tenant_id: str) -> Change:
    """The row with another tenant, so that rows can share a service."""

    def other(text: str) -> str:
        return text.replace(ID, tenant_id).replace("apex", f"{tenant_id}apex")

    return Change(
        change.what,
        json.loads(other(json.dumps(change.before))),
        json.loads(other(json.dumps(change.after))),
        change.verdict,
        [other(line) for line in change.says],
        other(change.tells),
        json.loads(other(json.dumps([list(item) for item in change.sends]))),
        change.retain,
    )
