"""Answers of Cortex that do not say what they should, in both generations of its API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.belief import Lies, believed
from support.cortex import CortexHand
from support.engine import Project
from support.lying_proxy import HTML, PAGE, LyingProxy, edited, told
from support.programs import declare, id_of, program
from support.sandbox import Sandbox

CREATE = {"cortex": "/user/create_tenant", "v2": "/databases$"}
KEY = {"key": "department", "type": "string", "searchable": True, "filterable": True}
FIELD = {"name": "topic", "data_type": "VARCHAR", "max_length": 100}
SUB_TENANTS = "/tenant/sub_tenant_ids"
SCHEMA, STATUS, LIST = "/databases/acme/metadata-schema$", "/databases/status", "/databases$"
WAIT_SECONDS = 5
"""How long anybody waits for what never comes."""
WEB_PAGE = told(PAGE, content_type=HTML, carried_out=False)
NOT_FOUND = {
    "success": False,
    "data": None,
    "error": {"code": "DATABASE_NOT_FOUND", "message": "Database acme not found"},
}
ABSENT = told(NOT_FOUND, status=404)


def acme(version: str) -> str:
    if version == "cortex":
        return declare(
            "cortex.Tenant", "acme", tenant_id="acme", tenant_metadata_schema=[KEY], opts="retain_on_delete=True"
        )
    return declare("cortex.Tenant", "acme", tenant_id="acme", tenant_metadata_schema=[FIELD], wait_seconds=WAIT_SECONDS)


def start(project: Project, sandbox: Sandbox, version: str) -> CortexHand:
    project.config("cortex:apiVersion", version)
    project.program = program(acme(version))
    return CortexHand(sandbox, version=version)


def data(value: Any) -> dict[str, Any]:
    """An answer of v2 with this payload."""
    return {"success": True, "data": value, "error": None, "meta": {"request_id": "r", "api_version": "2"}}


def about_somebody_else(answer: Any) -> Any:
    """The same answer with another tenant's id wherever there is one."""
    if isinstance(answer, dict):
        names = ("tenant_id", "database")
        return {k: "somebody-else" if k in names else about_somebody_else(v) for k, v in answer.items()}
    return answer


@pytest.mark.parametrize("version", ["cortex", "v2"])
@pytest.mark.parametrize(
    "change",
    [lambda answer: {}, lambda answer: data({}), about_somebody_else],
    ids=["nothing", "no data", "somebody else"],
)
def test_a_create_answer_without_tenant_creates_and_stores_one_tenant(
    project: Project, sandbox: Sandbox, proxy: LyingProxy, version: str, change: Callable[[Any], Any]
) -> None:
    hand = start(project, sandbox, version)
    proxy.lie("POST", CREATE[version], edited(change))
    project.up().expect_only_our_failures()
    assert "somebody-else" not in str(project.export())
    if version == "v2":  # the first generation may append something to the id; this one never gives another
        assert proxy.count("GET", "somebody-else") == 0
    proxy.tell_the_truth()
    project.up().expect_success()
    assert list(hand.tenants()) == ["acme"]
    assert [one["id"] for one in project.resources()] == ["acme"]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


def test_a_delete_that_is_never_carried_out_fails(project: Project, sandbox: Sandbox, proxy: LyingProxy) -> None:
    hand = start(project, sandbox, "v2")
    project.up().expect_success()
    scheduled = data({"database": "acme", "status": "deletion_scheduled"})
    for lie in (WEB_PAGE, *(told(body, carried_out=False) for body in ({}, data({}), "junk", scheduled))):
        proxy.lie("DELETE", "/databases", lie)
        project.destroy().expect_failure("tenant acme").expect_only_our_failures()
        assert list(hand.tenants()) == ["acme"]
        assert id_of(project, "acme") == "acme"
        proxy.tell_the_truth()
    project.destroy().expect_success()
    assert hand.tenants() == {}


G1_LIES: dict[str, Lies] = {
    "nothing": {SUB_TENANTS: told({})},
    "list": {SUB_TENANTS: told([])},
    "junk": {SUB_TENANTS: told("junk")},
    "no list": {SUB_TENANTS: told({"tenant_id": "acme", "sub_tenant_ids": {}})},
    "no texts": {
        SUB_TENANTS: told({"tenant_id": "acme", "sub_tenant_ids": [{"id": "default"}], "tenant_schema": None})
    },
    "wrong schema": {SUB_TENANTS: told({"tenant_id": "acme", "sub_tenant_ids": ["default"], "tenant_schema": "junk"})},
    "no success": {SUB_TENANTS: told({"success": False, "message": "try later"})},
    "somebody else": {SUB_TENANTS: edited(about_somebody_else)},
    "html": {SUB_TENANTS: WEB_PAGE},
}
V2_LIES: dict[str, Lies] = {
    "schema: nothing": {SCHEMA: told({})},
    "schema: no data": {SCHEMA: told(data({}))},
    "schema: no list": {SCHEMA: told(data({"database": "acme", "fields": {}}))},
    "schema: no names": {SCHEMA: told(data({"database": "acme", "fields": [{"x": 1}]}))},
    "schema: nested": {SCHEMA: told(data({"database": "acme", "fields": [[]]}))},
    "schema: somebody else": {SCHEMA: edited(about_somebody_else)},
    "schema: html": {SCHEMA: WEB_PAGE},
    "status: nothing": {SCHEMA: ABSENT, STATUS: told({})},
    "status: no infra": {SCHEMA: ABSENT, STATUS: told(data({"database": "acme", "infra": []}))},
    "status: somebody else": {SCHEMA: ABSENT, STATUS: edited(about_somebody_else)},
    "status: html": {SCHEMA: ABSENT, STATUS: WEB_PAGE},
    "list: nothing": {SCHEMA: ABSENT, STATUS: ABSENT, LIST: told({})},
    "list: no list": {SCHEMA: ABSENT, STATUS: ABSENT, LIST: told(data({"databases": {}}))},
    "list: no texts": {SCHEMA: ABSENT, STATUS: ABSENT, LIST: told(data({"databases": [{"name": "acme"}]}))},
    "list: html": {SCHEMA: ABSENT, STATUS: ABSENT, LIST: WEB_PAGE},
    "list: names it": {SCHEMA: ABSENT, STATUS: ABSENT},
}


@pytest.mark.parametrize(("version", "lies"), [("cortex", G1_LIES), ("v2", V2_LIES)], ids=["cortex", "v2"])
def test_a_refresh_with_false_absences_keeps_tenants_in_the_state(
    project: Project, sandbox: Sandbox, proxy: LyingProxy, version: str, lies: dict[str, Lies]
) -> None:
    start(project, sandbox, version)
    project.up().expect_success()
    assert believed(project, proxy, lies, noun="tenant") == {}
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}
