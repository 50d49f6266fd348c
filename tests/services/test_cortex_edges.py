"""Corners of the Cortex life cycles that a service shows rarely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_world import CheckFailed, Resource, World

from pulumi_retrieval.core.errors import (
    AdoptionError,
    ConfigurationError,
    GuardError,
    NoAnswerError,
    ServiceError,
    UnclearWriteError,
    WaitError,
)

FIELD = {"name": "topic", "data_type": "VARCHAR"}
YEAR = {"name": "year", "data_type": "INT64"}
KEY = {"key": "topic", "type": "string"}


def envelope(data: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "error": None, "meta": {"request_id": "r-1"}}


def refused(status: int, code: str, message: str = "no") -> dict[str, Any]:
    body = {"success": False, "data": None, "error": {"code": code, "message": message}, "meta": {}}
    return {"kind": "answer", "status": status, "body": body}


MISSING = refused(404, "DATABASE_NOT_FOUND")
NOT_READY = refused(422, "TENANT_INFRA_NOT_READY")


@pytest.fixture
def g1(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, version="cortex")
    yield world
    world.close()


@pytest.fixture
def v2(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, version="v2")
    yield world
    world.close()


# The first generation.


@pytest.mark.parametrize("schema", [None, {"properties": []}])
def test_every_form_of_a_missing_schema_in_an_answer_is_understood(g1: World, schema: Any) -> None:
    tenant = Resource(g1)
    tenant.up({"tenant_id": "a"})
    told = {"tenant_id": "a", "sub_tenant_ids": ["default"], "count": 1, "tenant_schema": schema}
    g1.answer("GET", "sub_tenant_ids", 200, told, times=9)
    assert tenant.refresh() == "same"


def test_a_service_that_does_not_tell_schemas(g1: World) -> None:
    told = {"tenant_id": "a", "sub_tenant_ids": ["default"], "count": 1}
    tenant = Resource(g1)
    g1.fault({"method": "GET", "path": "ids", "skip": 1, "act": {"kind": "answer", "status": 200, "body": told}})
    tenant.up({"tenant_id": "a", "tenant_metadata_schema": [KEY]})
    assert tenant.refresh() == "same"
    g1.answer("GET", "ids", 200, told, times=9)
    g1.new_service()
    with pytest.raises(AdoptionError, match="does not tell its tenant_metadata_schema"):
        Resource(g1).up({"tenant_id": "a", "tenant_metadata_schema": [KEY]})


def test_a_create_that_cannot_be_read_back(g1: World) -> None:
    missing = {"detail": {"success": False, "message": "no", "error_code": "TENANT_NOT_FOUND"}}
    g1.answer("GET", "ids", 404, missing, times=99)
    with pytest.raises(WaitError, match=r"was created and cannot be read back within 10 s"):
        Resource(g1).up({"tenant_id": "a"})
    g1.fault()
    g1.new_service()
    Resource(g1).up({"tenant_id": "a"})
    assert list(g1.state()["tenants"]) == ["a"]


def test_a_success_of_another_shape_is_shown(v2: World) -> None:
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a"})
    v2.answer("GET", "databases", 200, {"healthy": True}, times=9)
    with pytest.raises(ServiceError, match=r'the answer is not the documented one .*: \{"healthy": ?true\}'):
        tenant.refresh()


def test_many_sub_tenants_are_a_sign_of_use(g1: World) -> None:
    Resource(g1).up({"tenant_id": "a"})
    for number in range(21):
        g1.put_documents("a", 0, sub_tenant_id=f"user_{number}")
    g1.new_service()
    with pytest.raises(AdoptionError, match="holds 1 document"):
        Resource(g1).up({"tenant_id": "a"})


def test_a_create_while_the_service_goes_down(g1: World) -> None:
    drop = {"kind": "drop", "when": "after"}
    g1.fault({"method": "POST", "act": drop}, {"method": "GET", "skip": 2, "act": {"kind": "answer", "status": 503}})
    with pytest.raises(UnclearWriteError, match=r"could not create tenant a: .*looking for it failed.*HTTP 503"):
        Resource(g1).up({"tenant_id": "a"})
    g1.fault()
    g1.new_service()
    Resource(g1).up({"tenant_id": "a"})
    assert list(g1.state()["tenants"]) == ["a"]


def test_a_connection_to_a_closed_port_fails(g1: World) -> None:
    class Refuses:
        def handle_request(self, request: Any) -> Any:
            import httpx

            raise httpx.ConnectError("refused", request=request)

        def close(self) -> None: ...

    g1.transport.handle_request = Refuses().handle_request  # type: ignore[method-assign]
    with pytest.raises(NoAnswerError, match=r"no connection to .*Is the service running"):
        Resource(g1).up({"tenant_id": "a"})


@pytest.mark.parametrize("call", ["delete", "add_fields", "rename", "list_all"])
def test_calls_that_the_first_generation_does_not_have(g1: World, call: str) -> None:
    dialect = g1.service._dialect
    arguments: dict[str, tuple[Any, ...]] = {"delete": ("a",), "add_fields": ("a", []), "rename": ("a", "b")}
    with pytest.raises(ConfigurationError, match="has no call that"):
        getattr(dialect, call)(*arguments.get(call, ()))


def test_a_schema_that_is_not_known_yet(g1: World) -> None:
    from pulumi_retrieval.core.values import UNKNOWN

    step, inputs = Resource(g1).preview(
        {"tenant_id": UNKNOWN, "tenant_metadata_schema": [{"key": UNKNOWN, "type": "string"}, UNKNOWN]}
    )
    assert step == "create"
    assert inputs["tenant_metadata_schema"][0]["searchable"] is False


# v2.


def test_an_older_service_without_a_verdict(v2: World) -> None:
    """Ready means that all the single flags are set."""
    infra: dict[str, Any] = {"scheduler_status": True, "graph_status": True}
    ready = envelope({"database": "a", "infra": {**infra, "vectorstore_status": [True, True]}})
    half = {"knowledge": True, "memories": False}
    waiting = envelope({"database": "a", "infra": {**infra, "vectorstore_status": half}})
    tenant = Resource(v2)
    v2.fault(
        {"path": "status", "times": 1, "act": MISSING},
        {"path": "status", "times": 3, "act": {"kind": "answer", "status": 200, "body": waiting}},
        {"path": "status", "act": {"kind": "answer", "status": 200, "body": ready}},
    )
    tenant.up({"tenant_id": "a"})
    assert tenant.outputs["status"] == "ready"


def test_deprecated_names_are_understood(v2: World) -> None:
    v2.answer("GET", "databases$", 200, envelope({"tenant_ids": ["a"], "failed_tenant_ids": [{"tenant_id": "b"}]}))
    listed = v2.service.list_tenants()
    assert (listed.tenant_ids, dict(listed.failed)) == (("a",), {"b": ""})
    v2.answer("GET", "collections", 200, envelope({"sub_tenant_ids": ["c"]}))
    assert v2.service.list_sub_tenants("a") == ["c"]


def test_a_schema_is_refused_while_provisioning(v2: World) -> None:
    v2.behave(provisioning_seconds=30)
    v2.fault({"path": "metadata-schema", "act": NOT_READY})
    tenant = Resource(v2)
    program = {"tenant_id": "a", "tenant_metadata_schema": [FIELD], "wait_seconds": 0}
    tenant.up(program)
    assert tenant.outputs["status"] == "provisioning"
    assert tenant.up(program) == "same"
    assert tenant.refresh() == "same"
    v2.new_service()
    with pytest.raises(WaitError, match="still being provisioned"):
        tenant.up({**program, "tenant_metadata_schema": [FIELD, YEAR]})
    v2.fault()
    v2.sleep(31)
    assert tenant.refresh() == "changed"
    assert tenant.up({**program, "tenant_metadata_schema": [FIELD, YEAR]}) == "update"


def test_a_rename_that_queues_its_connectors(v2: World) -> None:
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a"})
    renamed = envelope({"database": "b", "old_database": "a", "connector_reassignment": "failed"})
    v2.answer("PATCH", "databases/a$", 200, renamed)
    with pytest.raises(ServiceError, match="could not read back tenant b after an update: it is gone"):
        tenant.up({"tenant_id": "b"})
    assert "reassignment of its connectors: failed" in v2.said


def test_the_dimension_of_an_adopted_tenant_is_not_compared(v2: World) -> None:
    Resource(v2).up({"tenant_id": "a"})
    v2.new_service()
    Resource(v2).up({"tenant_id": "a", "embeddings_dimension": 768})
    assert "assumed to be true" in v2.said


def test_retaining_needs_another_id(v2: World) -> None:
    tenant = Resource(v2, retain_on_delete=True)
    tenant.up({"tenant_id": "a", "tenant_metadata_schema": [FIELD], "force_destroy": True})
    program = {"tenant_id": "a", "tenant_metadata_schema": [YEAR], "on_immutable_change": "replace"}
    with pytest.raises(CheckFailed, match="retain_on_delete keeps the old tenant"):
        tenant.preview(program)
    assert tenant.up({**program, "tenant_id": "b"}) == "replace"
    assert list(v2.state()["databases"]) == ["a", "b"]


def test_a_ready_tenant_that_cannot_be_counted_is_not_deleted(v2: World) -> None:
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a"})
    v2.put_documents("a", 3)
    v2.fault({"path": "stats", "act": NOT_READY})
    with pytest.raises(GuardError, match="cannot be counted now"):
        tenant.destroy()
    v2.fault()
    tenant.up({"tenant_id": "a", "force_destroy": True})
    tenant.destroy()


def test_a_failed_tenant_can_be_deleted(v2: World) -> None:
    v2.behave(fail_provisioning="a", provisioning_seconds=30)
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a", "wait_seconds": 0})
    v2.sleep(31)
    tenant.destroy()
    assert v2.service.list_tenants().failed == {}


def test_a_create_that_fails_and_leaves_a_failed_tenant(v2: World) -> None:
    """The answer is 500, the database is in the list of failed ones: to create it again is the remedy."""
    v2.behave(fail_provisioning="a")
    act = {"kind": "drop", "when": "after"}
    v2.fault({"method": "POST", "times": 1, "act": act})
    with pytest.raises(ServiceError, match="failed twice"):
        Resource(v2).up({"tenant_id": "a"})
    v2.behave(fail_provisioning="")
    Resource(v2).up({"tenant_id": "a"})


def test_a_deletion_that_no_call_shows(v2: World) -> None:
    """Some documents say that a database is deregistered at once: its id is taken, and nothing is there."""
    taken = refused(409, "DATABASE_ALREADY_EXISTS", "exists")
    v2.fault({"method": "POST", "times": 4, "act": taken}, {"method": "POST", "path": "nothing", "act": taken})
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a"})
    assert v2.slept > 1
    assert tenant.refresh() == "same"


def test_an_id_that_is_taken_for_ever(v2: World) -> None:
    v2.fault({"method": "POST", "act": refused(409, "DATABASE_ALREADY_EXISTS", "exists")})
    with pytest.raises(ServiceError, match="another account"):
        Resource(v2).up({"tenant_id": "a", "wait_seconds": 5})


def test_somebody_creates_it_between_look_and_create(v2: World) -> None:
    other = Resource(v2, name="other")
    other.up({"tenant_id": "a", "tenant_metadata_schema": [FIELD]})
    v2.new_service()
    v2.fault({"path": "status", "times": 1, "act": MISSING})
    with pytest.raises(AdoptionError, match="immutable keys differ"):
        Resource(v2).up({"tenant_id": "a", "tenant_metadata_schema": [YEAR]})


def test_gone_while_it_is_written(v2: World) -> None:
    tenant = Resource(v2)
    tenant.up({"tenant_id": "a"})
    v2.vanish("a")
    with pytest.raises(ServiceError, match="could not update tenant a: it is gone"):
        tenant.up({"tenant_id": "b"})


def test_one_404_of_the_statistics_does_not_mean_an_empty_tenant(g1: World) -> None:
    Resource(g1).up({"tenant_id": "a"})
    g1.put_documents("a", 40)
    g1.new_service()
    missing = {"detail": {"success": False, "message": "no", "error_code": "TENANT_NOT_FOUND"}}
    g1.answer("GET", "/tenant/stats", 404, missing)
    with pytest.raises(AdoptionError, match="holds 40 documents"):
        Resource(g1, name="mine").up({"tenant_id": "a"})
