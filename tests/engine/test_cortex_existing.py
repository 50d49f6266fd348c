"""A tenant that is there before the program: never adopted with another schema, never made twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.cortex import CortexHand
from support.cortex_changes import COUNT, DEPARTMENT, PLACE, REGION, TOPIC, YEAR
from support.engine import Project
from support.programs import declare, program
from support.sandbox import Sandbox

KEEP = "retain_on_delete=True"
SCHEMA = "tenant_metadata_schema"


def tenant(name: str, *schema: dict[str, Any], opts: str = "", **more: Any) -> str:
    arguments = {"tenant_id": name, **({SCHEMA: list(schema)} if schema else {}), **more}
    return declare("cortex.Tenant", name, opts=opts, **arguments)


def held(project: Project) -> list[str]:
    return sorted(one["id"] for one in project.resources())


@pytest.mark.parametrize("answers", ["success", "conflict"])
def test_existing_tenants_of_the_first_generation_are_adopted_or_refused(
    answers: str, project: Project, sandbox: Sandbox
) -> None:
    hand = CortexHand(sandbox, version="cortex")
    hand.behave(existing_answers=answers)
    for name in ("equal", "unnamed", "trusted", "another", "wished", "lacking", "flags", "used", "wanted"):
        hand.make(name, [DEPARTMENT, YEAR])
    for name in ("used", "wanted"):
        hand.put_documents(name, 3, sub_tenant_id="dept_legal")
    before = hand.tenants()
    hand.forget_calls()
    project.program = program(
        tenant("equal", YEAR, DEPARTMENT, opts=KEEP),
        tenant("unnamed"),
        tenant("trusted", adopt=True, opts=KEEP),
        tenant("another", REGION),
        tenant("wished", REGION, adopt=True),
        tenant("lacking", DEPARTMENT, YEAR, REGION, adopt=True),
        tenant("flags", DEPARTMENT, {**YEAR, "searchable": True}, adopt=True),
        tenant("used", DEPARTMENT, YEAR),
        tenant("wanted", DEPARTMENT, YEAR, adopt=True, opts=KEEP),
    )
    run = project.up("--continue-on-error").expect_failure(
        'tenant_metadata_schema["region"] is missing in the service',
        'tenant_metadata_schema["department"] is {"key": "department", "searchable": true, "filterable": true} in the '
        "service and missing in the program",
        'tenant_metadata_schema["year"].searchable is false in the service and true in the program',
        "it differs in tenant_metadata_schema",  # the program has none
        "tenant used exists already",
        "holds 3 documents",
        "set adopt=True on the resource, or for one run: pulumi config set cortex:adopt true",
    )
    refused = set(re.findall(r"tenant (\w+) exists already: id", run.output))
    assert refused == {"unnamed", "another", "wished", "lacking", "flags", "used"}
    assert held(project) == ["equal", "trusted", "wanted"]
    assert hand.tenants() == before
    assert hand.writes() == []  # one look tells all of it

    assert project.destroy(diff=False).expect_success().summary == {"deleted": 4}
    assert hand.tenants() == before


@pytest.mark.parametrize("answers", ["success", "conflict"])
def test_an_existing_tenant_that_the_first_read_does_not_show(answers: str, project: Project, sandbox: Sandbox) -> None:
    # Somebody creates it between the look and the creation, or the service was wrong for a moment.
    hand = CortexHand(sandbox, version="cortex")
    hand.behave(existing_answers=answers)
    for name in ("equal", "another"):
        hand.make(name, [DEPARTMENT])
    before = hand.tenants()
    missing = {"detail": {"success": False, "message": "Tenant does not exist", "error_code": "TENANT_NOT_FOUND"}}
    # Both calls that show a tenant are blind once.
    act = {"kind": "answer", "status": 404, "body": missing}
    once = {"service": "cortex", "method": "GET", "times": 1, "act": act}
    blind = [{**once, "path": path} for path in ("sub_tenant_ids", "tenant/stats")]

    sandbox.faults(blind)
    project.program = program(tenant("another", DEPARTMENT, {**YEAR, "searchable": True}))
    hand.forget_calls()
    found = "the service answered as if tenant another were created, but it holds something else: "
    project.up().expect_failure(
        found if answers == "success" else "tenant another exists already",
        'tenant_metadata_schema["year"] is missing in the service',
    )
    assert [call for call, _ in hand.writes()] == ["POST /user/create_tenant?tenant_id=another"]
    assert (held(project), hand.tenants()) == ([], before)
    # The next run looks, and does not even ask for it.
    project.up().expect_failure("tenant another exists already", 'schema["year"] is missing in the service')
    assert hand.writes() == []

    sandbox.faults(blind)
    project.program = program(tenant("equal", DEPARTMENT, opts=KEEP))
    project.up().expect_success()
    assert (held(project), hand.tenants()) == (["equal"], before)


def test_existing_databases_of_v2_are_adopted_or_refused(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    for name in (
        "equal",
        "unnamed",
        "trusted",
        "another",
        "wished",
        "smaller",
        "lacking",
        "completed",
        "used",
        "wanted",
    ):
        hand.make(name, [TOPIC, COUNT])
    for name in ("used", "wanted"):
        hand.put_documents(name, 3)
    before = hand.tenants()
    hand.forget_calls()
    project.program = program(
        tenant("equal", COUNT, TOPIC),
        tenant("unnamed"),
        tenant("trusted", adopt=True),
        tenant("another", TOPIC, {**COUNT, "data_type": "INT32"}),
        tenant("wished", {**TOPIC, "max_length": 100}, COUNT, adopt=True),
        tenant("smaller", TOPIC, adopt=True),
        tenant("lacking", TOPIC, COUNT, PLACE),
        tenant("completed", TOPIC, COUNT, PLACE, adopt=True),
        tenant("used", TOPIC, COUNT),
        tenant("wanted", TOPIC, COUNT, adopt=True, embeddings_dimension=1536),
    )
    run = project.up("--continue-on-error").expect_failure(
        'tenant_metadata_schema["count"].data_type is "INT64" in the service and "INT32" in the program',
        'tenant_metadata_schema["topic"].max_length is 200 in the service and 100 in the program',
        "it differs in tenant_metadata_schema",
        "holds 3 documents",
        "the service does not tell its embeddings_dimension, so what the program says is assumed to be true",
    )
    refused = set(re.findall(r"tenant (\w+) exists already: id", run.output))
    assert refused == {"unnamed", "another", "wished", "smaller", "lacking", "used"}
    assert held(project) == ["completed", "equal", "trusted", "wanted"]
    [(call, body)] = hand.writes()
    assert (call, [field["name"] for field in body["add_fields"]]) == (
        "PATCH /databases/completed/metadata-schema",
        ["place"],
    )
    after = hand.tenants()
    assert [field["name"] for field in after["completed"].pop("fields")] == ["topic", "count", "place"]
    before["completed"].pop("fields")
    assert after == before


def test_an_existing_database_that_the_first_read_does_not_show(project: Project, sandbox: Sandbox) -> None:
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    hand.make("another", [COUNT])
    before = hand.tenants()
    error = {"code": "DATABASE_NOT_FOUND", "message": "Database another not found"}
    missing = {"success": False, "data": None, "error": error, "meta": {"request_id": "r-1"}}
    act = {"kind": "answer", "status": 404, "body": missing}
    sandbox.faults([{"service": "cortex", "method": "GET", "path": "databases/status", "times": 1, "act": act}])
    project.program = program(tenant("another", {**COUNT, "enable_match": False}))
    hand.forget_calls()
    project.up().expect_failure(
        "tenant another exists already",
        'tenant_metadata_schema["count"].enable_match is true in the service and false in the program',
    )
    assert [call for call, _ in hand.writes()] == ["POST /databases"]
    assert (held(project), hand.tenants()) == ([], before)
