"""`Tenant` and `EmbeddingsTenant` on generation v2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_world import CheckFailed, Resource, World

from pulumi_retrieval.core.errors import (
    AdoptionError,
    GuardError,
    ObjectExists,
    PermissionDenied,
    RefusedError,
    ServiceError,
    WaitError,
)

TOPIC = {
    "name": "topic",
    "data_type": "VARCHAR",
    "max_length": 200,
    "enable_match": True,
    "enable_dense_embedding": True,
    "enable_sparse_embedding": False,
}
YEAR = {"name": "year", "data_type": "INT64", "enable_match": True}
REGION = {"name": "region", "data_type": "VARCHAR"}
SCHEMA = [TOPIC, YEAR]
PROGRAM: dict[str, Any] = {"tenant_id": "acme-prod", "tenant_metadata_schema": SCHEMA}

STATUS = "GET /databases/status?database=acme-prod"
READ_SCHEMA = "GET /databases/acme-prod/metadata-schema"
PATCH_SCHEMA = "PATCH /databases/acme-prod/metadata-schema"
STATS = "GET /databases/stats?database=acme-prod"
DELETE = "DELETE /databases?database=acme-prod"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, version="v2")
    yield world
    world.close()


@pytest.fixture
def tenant(world: World) -> Resource:
    return Resource(world)


def databases(world: World) -> dict[str, Any]:
    return dict(world.state()["databases"])


def with_schema(*fields: dict[str, Any]) -> dict[str, Any]:
    return {**PROGRAM, "tenant_metadata_schema": list(fields)}


# Create and the calls that are made.


def test_create(world: World, tenant: Resource) -> None:
    assert tenant.up(PROGRAM) == "create"
    assert world.calls() == [STATUS, "POST /databases", STATUS, READ_SCHEMA]
    assert tenant.id == "acme-prod"
    assert tenant.outputs["status"] == "ready"
    assert databases(world)["acme-prod"]["embeddings_dimension"] == 1536
    assert tenant.up(PROGRAM) == "same"
    assert world.calls() == []


def test_refresh_of_a_ready_tenant_is_one_call(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.calls()
    assert tenant.refresh() == "same"
    assert world.calls() == [READ_SCHEMA]
    assert tenant.up(PROGRAM) == "same"


def test_the_dimension_is_remembered(world: World, tenant: Resource) -> None:
    tenant.up({"tenant_id": "acme-prod"})
    tenant.refresh()
    assert tenant.up({"tenant_id": "acme-prod", "embeddings_dimension": 1536}) == "update"
    tenant.refresh()
    assert tenant.up({"tenant_id": "acme-prod"}) == "update"
    with pytest.raises(Exception, match="REFUSED"):
        tenant.preview({"tenant_id": "acme-prod", "embeddings_dimension": 768})


# Provisioning.


def test_provisioning_is_waited_for(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=30)
    tenant.up(PROGRAM)
    assert 30 <= world.slept < 40
    assert tenant.outputs["status"] == "ready"


def test_a_wait_of_0_leaves_it_provisioning(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=30)
    program = {**PROGRAM, "wait_seconds": 0}
    tenant.up(program)
    assert world.slept == 0
    assert tenant.outputs["status"] == "provisioning"
    assert tenant.up(program) == "same"
    assert tenant.refresh() == "same"
    world.sleep(31)
    assert tenant.refresh() == "changed"
    assert tenant.outputs["status"] == "ready"
    assert tenant.up(program) == "same"


def test_hundreds_of_tenants_are_created_with_wait_seconds_0(world: World) -> None:
    world.behave(provisioning_seconds=300)
    for number in range(50):
        Resource(world, name=f"t{number}").up({"tenant_id": f"t{number}", "wait_seconds": 0})
    assert world.slept == 0


def test_provisioning_that_never_ends(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=1e9)
    with pytest.raises(WaitError, match=r"not ready within 600 s.*scheduler not ready.*request id"):
        tenant.up(PROGRAM)
    world.behave(provisioning_seconds=0)
    world.new_service()
    world.vanish("acme-prod")
    tenant.up(PROGRAM)


def test_the_next_run_goes_on_waiting(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=700)
    with pytest.raises(WaitError):
        tenant.up(PROGRAM)
    world.new_service()
    world.calls()
    tenant.up(PROGRAM)
    assert tenant.outputs["status"] == "ready"
    assert not [call for call in world.calls() if call.startswith("POST")]
    assert len(databases(world)) == 1


def test_failed_provisioning_is_tried_once_more(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=30, fail_provisioning="acme")
    with pytest.raises(ServiceError, match="failed twice: Provisioning failed"):
        tenant.up(PROGRAM)
    assert world.calls().count("POST /databases") == 2
    world.behave(fail_provisioning="")
    world.new_service()
    tenant.up(PROGRAM)
    assert tenant.outputs["status"] == "ready"


def test_failed_provisioning_that_works_the_second_time(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=30, fail_provisioning="acme")
    world.later(10, lambda: world.behave(fail_provisioning=""))
    tenant.up(PROGRAM)
    assert world.calls().count("POST /databases") == 2
    assert tenant.outputs["status"] == "ready"
    assert list(databases(world)) == ["acme-prod"]


def test_failure_without_waiting_is_seen_by_refresh_and_mended_by_up(world: World, tenant: Resource) -> None:
    world.behave(provisioning_seconds=30, fail_provisioning="acme")
    program = {**PROGRAM, "wait_seconds": 0}
    tenant.up(program)
    world.sleep(31)
    world.behave(fail_provisioning="")
    assert tenant.refresh() == "gone"
    assert "provisioning of tenant acme-prod failed" in world.said
    world.new_service()
    assert tenant.up(program) == "create"
    world.sleep(31)
    tenant.refresh()
    assert tenant.outputs["status"] == "ready"


@pytest.mark.parametrize("stats", ["not_ready", "zero"])
def test_killed_while_provisioning(world: World, stats: str) -> None:
    world.behave(provisioning_seconds=30, stats_before_ready=stats)
    Resource(world).up({**PROGRAM, "wait_seconds": 0})
    world.new_service()
    again = Resource(world)
    again.up(PROGRAM)
    assert again.outputs["status"] == "ready"
    assert len(databases(world)) == 1


def test_killed_while_provisioning_another_schema(world: World) -> None:
    world.behave(provisioning_seconds=30)
    Resource(world).up({**with_schema(YEAR), "wait_seconds": 0})
    world.new_service()
    with pytest.raises(AdoptionError):
        Resource(world).up({**with_schema(TOPIC), "wait_seconds": 0})


# A change and its verdict.

CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", PROGRAM, "same"),
    ("order", with_schema(YEAR, TOPIC), "same"),
    ("defaults written out", with_schema(TOPIC, {**YEAR, "enable_dense_embedding": False}), "same"),
    ("field added", with_schema(TOPIC, YEAR, REGION), "update"),
    ("field removed", with_schema(TOPIC), '["year"]    now missing'),
    ("field renamed", with_schema(TOPIC, {**YEAR, "name": "since"}), '["since"]    was missing'),
    ("field retyped", with_schema(TOPIC, {**YEAR, "data_type": "INT32"}), 'was "INT64"    now "INT32"'),
    ("field resized", with_schema({**TOPIC, "max_length": 201}, YEAR), "max_length    was 200    now 201"),
    ("match flipped", with_schema(TOPIC, {**YEAR, "enable_match": False}), "enable_match    was true    now false"),
    ("dense flipped", with_schema({**TOPIC, "enable_dense_embedding": False}, YEAR), "enable_dense_embedding    was"),
    ("sparse flipped", with_schema({**TOPIC, "enable_sparse_embedding": True}, YEAR), "enable_sparse_embedding    was"),
    ("added and removed", with_schema(TOPIC, REGION), '["year"]    now missing'),
    (
        "added with embeddings",
        with_schema(TOPIC, YEAR, {**REGION, "enable_dense_embedding": True}),
        '["region"].enable_dense_embedding: a field that is added',
    ),
    ("id changed", {**PROGRAM, "tenant_id": "other"}, "update"),
    ("dimension changed", {**PROGRAM, "embeddings_dimension": 3072}, "embeddings_dimension"),
    ("guard changed", {**PROGRAM, "force_destroy": True}, "update"),
]


@pytest.mark.parametrize(("change", "program", "verdict"), CHANGES, ids=[c[0] for c in CHANGES])
def test_change_and_verdict(world: World, tenant: Resource, change: str, program: dict[str, Any], verdict: str) -> None:
    tenant.up(PROGRAM)
    world.calls()
    if verdict in ("same", "update"):
        assert tenant.up(program) == verdict
        assert tenant.up(program) == "same"
        assert tenant.refresh() == "same"
        return
    with pytest.raises((CheckFailed, RefusedError)) as refusal:
        tenant.preview(program)
    assert " ".join(verdict.split()) in " ".join(str(refusal.value).split())
    assert world.calls() == []


def test_only_new_fields_are_sent(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.requests()
    tenant.up(with_schema(REGION, TOPIC, YEAR))
    sent = world.requests()
    assert [request["method"] for request in sent if request["method"] != "GET"] == ["PATCH"]
    assert [r["body"] for r in sent if r["method"] == "PATCH"] == [
        {
            "add_fields": [
                {
                    "name": "region",
                    "data_type": "VARCHAR",
                    "max_length": 1024,
                    "enable_match": False,
                    "enable_dense_embedding": False,
                    "enable_sparse_embedding": False,
                }
            ]
        }
    ]


def test_a_refusal_says_that_a_replacement_needs_force_destroy(tenant: Resource) -> None:
    tenant.up(PROGRAM)
    with pytest.raises(CheckFailed) as refusal:
        tenant.preview(with_schema(TOPIC))
    assert "apply force_destroy=True first" in str(refusal.value)
    with pytest.raises(CheckFailed, match=r'"replace" is set, but .*set force_destroy=True'):
        tenant.preview({**with_schema(TOPIC), "on_immutable_change": "replace", "force_destroy": True})


def test_replacement_deletes_first_and_waits(world: World, tenant: Resource) -> None:
    world.behave(deletion_seconds=60, provisioning_seconds=30)
    tenant.up({**PROGRAM, "force_destroy": True})
    world.put_documents("acme-prod", 5)
    world.calls()
    world.new_service()
    program = {**with_schema(TOPIC), "force_destroy": True, "on_immutable_change": "replace"}
    assert tenant.up(program) == "replace"
    calls = world.calls()
    assert calls.index(DELETE) < calls.index("POST /databases")
    assert calls.count("POST /databases") == 1
    assert [field["name"] for field in databases(world)["acme-prod"]["fields"]] == ["topic"]


def test_a_create_waits_for_a_deletion_that_runs(world: World, tenant: Resource) -> None:
    world.behave(deletion_seconds=60)
    program = {**PROGRAM, "force_destroy": True, "wait_seconds": 0}
    tenant.up(program)
    tenant.destroy()
    world.new_service()
    with pytest.raises(ObjectExists, match="being deleted"):
        tenant.up(program)
    tenant.up(PROGRAM)
    assert world.slept >= 50
    assert tenant.refresh() == "same"


# Renaming.


def test_rename_in_place(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.put_documents("acme-prod", 5)
    world.calls()
    assert tenant.up({**PROGRAM, "tenant_id": "acme-live"}) == "update"
    sent = [call for call in world.calls() if not call.startswith("GET")]
    assert sent == ["PATCH /databases/acme-prod"]
    assert list(databases(world)) == ["acme-live"]
    assert tenant.outputs["current_tenant_id"] == "acme-live"
    assert tenant.refresh() == "same"
    assert tenant.up({**PROGRAM, "tenant_id": "acme-live"}) == "same"
    with pytest.raises(GuardError):
        tenant.destroy()


def test_rename_and_addition_together(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    program = {**with_schema(TOPIC, YEAR, REGION), "tenant_id": "acme-live"}
    tenant.up(program)
    assert [field["name"] for field in databases(world)["acme-live"]["fields"]] == ["topic", "year", "region"]
    assert tenant.up(program) == "same"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["acme-prod$", "metadata-schema"])
def test_an_unclear_change_is_settled(world: World, tenant: Resource, when: str, path: str) -> None:
    tenant.up(PROGRAM)
    world.drop("PATCH", path, when=when)
    program = {**with_schema(TOPIC, YEAR, REGION), "tenant_id": "acme-live"}
    tenant.up(program)
    assert tenant.refresh() == "same"
    assert tenant.up(program) == "same"
    assert list(databases(world)) == ["acme-live"]


@pytest.mark.parametrize("done", ["rename", "addition and rename"])
def test_killed_after_a_rename(world: World, tenant: Resource, done: str) -> None:
    """The state still has the old id; the next update finds that it was done."""
    tenant.up(PROGRAM)
    id_before, outputs_before, inputs_before = tenant.id, tenant.outputs, tenant.inputs
    program = {**with_schema(TOPIC, YEAR, REGION), "tenant_id": "acme-live"}
    tenant.up({**PROGRAM, "tenant_id": "acme-live"} if done == "rename" else program)
    tenant.id, tenant.outputs, tenant.inputs = id_before, outputs_before, inputs_before
    world.new_service()
    tenant.up(program)
    assert "was renamed to acme-live by an earlier run" in world.said
    assert list(databases(world)) == ["acme-live"]
    assert tenant.refresh() == "same"


def test_a_taken_name(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    Resource(world, name="other").up({"tenant_id": "acme-live"})
    world.new_service()
    with pytest.raises(ObjectExists, match="a tenant acme-live exists already"):
        tenant.up({**PROGRAM, "tenant_id": "acme-live"})
    assert tenant.refresh() == "same"


# Drift.


def test_a_field_added_by_somebody_else(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    stored = databases(world)["acme-prod"]["fields"]
    added = {**stored[1], "name": "extra"}
    world.change_schema("acme-prod", [*stored, added])
    assert tenant.refresh() == "changed"
    assert tenant.up(PROGRAM) == "update"
    assert tenant.up(PROGRAM) == "same"
    assert "somebody else changed tenant_metadata_schema" in world.said
    accepted = with_schema(TOPIC, YEAR, {**YEAR, "name": "extra"})
    assert tenant.preview(accepted)[0] == "update"
    more = with_schema(TOPIC, YEAR, {**YEAR, "name": "extra"}, REGION)
    world.calls()
    assert tenant.up(more) == "update"
    assert PATCH_SCHEMA in world.calls()
    assert tenant.refresh() == "same"
    assert tenant.up(more) == "same"


def test_a_field_added_by_somebody_else_meanwhile(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    stored = databases(world)["acme-prod"]["fields"]
    world.change_schema("acme-prod", [*stored, {"name": "region", "data_type": "INT8", "enable_match": False}])
    with pytest.raises(ServiceError, match="with other attributes was added by somebody else"):
        tenant.up(with_schema(TOPIC, YEAR, REGION))


def test_a_field_that_is_not_taken(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.answer("PATCH", "metadata-schema", 200, {"database": "acme-prod", "added_fields": []})
    with pytest.raises(ServiceError, match=r'did not store tenant_metadata_schema\["region"\]'):
        tenant.up(with_schema(TOPIC, YEAR, REGION))


# Tenants that exist already.


def test_adoption(world: World) -> None:
    Resource(world).up(PROGRAM)
    world.new_service()
    Resource(world).up(PROGRAM)
    world.put_documents("acme-prod", 2)
    world.new_service()
    with pytest.raises(AdoptionError, match="holds 2 documents"):
        Resource(world).up(PROGRAM)
    with pytest.raises(AdoptionError, match="immutable keys differ"):
        Resource(world).up({**with_schema(TOPIC), "adopt": True})
    world.calls()
    adopted = Resource(world)
    program = {**with_schema(TOPIC, YEAR, REGION), "adopt": True}
    adopted.up(program)
    assert PATCH_SCHEMA in world.calls(), "what can be added is added"
    assert adopted.up(program) == "same"


def test_an_empty_tenant_without_a_field_needs_adopt(world: World) -> None:
    Resource(world).up(PROGRAM)
    world.new_service()
    with pytest.raises(AdoptionError, match="it differs in tenant_metadata_schema"):
        Resource(world).up(with_schema(TOPIC, YEAR, REGION))


@pytest.mark.parametrize("act", ["before", "after"])
def test_an_unclear_create_is_settled(world: World, tenant: Resource, act: str) -> None:
    world.drop("POST", "databases", when=act)
    tenant.up(PROGRAM)
    assert list(databases(world)) == ["acme-prod"]
    assert tenant.refresh() == "same"


def test_the_plan_limit(world: World, tenant: Resource) -> None:
    world.behave(max_databases=0)
    with pytest.raises(PermissionDenied, match=r"Plan limit reached.*plan allows no more"):
        tenant.up(PROGRAM)


# Delete.


def test_delete_waits_until_it_is_gone(world: World, tenant: Resource) -> None:
    world.behave(deletion_seconds=60)
    tenant.up(PROGRAM)
    world.calls()
    tenant.destroy()
    assert 60 <= world.slept < 70
    calls = world.calls()
    assert calls[:2] == [STATS, DELETE]
    assert set(calls[2:]) == {STATUS}


def test_the_guard(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.put_documents("acme-prod", 3, memories=True)
    with pytest.raises(GuardError, match=r"holds 3 documents and is not deleted[\s\S]*set force_destroy=True on it"):
        tenant.destroy()
    tenant.up({**PROGRAM, "force_destroy": True})
    tenant.destroy()


def test_delete_that_never_ends_and_is_gone_on_with(world: World, tenant: Resource) -> None:
    world.behave(deletion_seconds=1000)
    tenant.up(PROGRAM)
    with pytest.raises(WaitError, match=r"deletion of tenant acme-prod was started and did not end within 600 s"):
        tenant.destroy()
    world.new_service()
    tenant.destroy()
    assert world.slept >= 1000


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_delete_is_settled(world: World, tenant: Resource, when: str) -> None:
    tenant.up(PROGRAM)
    world.drop("DELETE", "databases", when=when)
    tenant.destroy()
    world.calls()
    assert world.service.list_tenants().tenant_ids == ()


def test_delete_of_what_is_gone(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.vanish("acme-prod")
    tenant.destroy()


def test_a_false_404_does_not_forget_on_delete(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    missing = {"success": False, "data": None, "error": {"code": "DATABASE_NOT_FOUND", "message": "no"}, "meta": {}}
    world.answer("GET", "schema|status", 404, missing, times=99)
    with pytest.raises(ServiceError, match="still knows it"):
        tenant.refresh()
    world.fault({"path": "database=|schema", "act": {"kind": "answer", "status": 404, "body": missing}})
    with pytest.raises(ServiceError, match="still knows it"):
        tenant.destroy()
    world.answer("GET", "schema|status", 404, missing, times=2)
    assert tenant.refresh() == "same"


def test_a_tenant_deleted_by_somebody_else_is_removed_from_the_state(world: World, tenant: Resource) -> None:
    world.behave(deletion_seconds=60)
    tenant.up(PROGRAM)
    other = Resource(world, id=tenant.id, inputs=tenant.inputs, outputs={**tenant.outputs, "wait_seconds": 0})
    other.destroy()
    assert tenant.refresh() == "gone"


@pytest.mark.parametrize(("wait", "denials"), [(600, 2), (0, 1)])
def test_a_false_404_of_the_schema_keeps_the_tenant_in_the_state(
    world: World, tenant: Resource, wait: int, denials: int
) -> None:
    world.behave(provisioning_seconds=50)
    tenant.up({**PROGRAM, "wait_seconds": wait})
    world.now += 100
    world.new_service()
    missing = {"detail": {"success": False, "message": "Database not found", "error_code": "NOT_FOUND"}}
    world.answer("GET", "/metadata-schema$", 404, missing, times=denials)
    assert tenant.refresh() != "gone"


# Two resources.


def test_a_new_tenant_is_not_deleted_by_the_resource_whose_tenant_had_gone(world: World, tenant: Resource) -> None:
    """Renamed in the program without an alias, after somebody deleted the tenant: create runs before delete."""
    tenant.up(PROGRAM)
    world.vanish("acme-prod")
    world.new_service()
    renamed = Resource(world, name="other")
    assert renamed.up(PROGRAM) == "create"
    tenant.remove()
    assert databases(world)["acme-prod"]["gone_at"] is None
    assert "tenant acme-prod (acme-prod) is now held by another resource of the program and is left alone" in world.said


def test_a_tenant_that_another_resource_holds_is_adopted_by_another_account_only(
    world: World, tenant: Resource
) -> None:
    tenant.up(PROGRAM)
    world.new_service()
    assert tenant.preview({**PROGRAM, "tenant_id": "acme-next"})[0] == "update"
    with pytest.raises(AdoptionError, match="or keeps it"):
        Resource(world, name="other").up({**PROGRAM, "adopt": True})
    run = world.run
    assert run.kept_here(tenant.life.definition.made_key("acme-prod"))
    assert not run.kept_here(world.new_service(apiKey="another").resources["tenant"].definition.made_key("acme-prod"))


# Checks.


def test_every_mistake_at_once(world: World, tenant: Resource) -> None:
    schema = [
        {"name": "Source_ID", "data_type": "VARCHAR"},
        {"name": "1st", "data_type": "string"},
        {"name": "year", "data_type": "INT64", "enable_dense_embedding": True, "max_length": 5},
        {"name": "Year", "data_type": "INT63"},
        {"name": "long", "data_type": "VARCHAR", "max_length": 70000},
        {"key": "topic", "type": "string", "searchable": True},
        *({"name": f"e{n}", "data_type": "VARCHAR", "enable_dense_embedding": True} for n in range(7)),
        *({"name": f"f{n}", "data_type": "BOOL"} for n in range(30)),
    ]
    program = {
        "tenant_id": "acme prod/x",
        "tenant_metadata_schema": schema,
        "note": "x",
        "embeddings_dimension": 0,
        "wait_seconds": -1,
    }
    with pytest.raises(CheckFailed) as failure:
        tenant.preview(program)
    text = str(failure.value)
    for part in (
        '[0].name: "Source_ID" is reserved',
        "[1].name: must be a letter and then letters, digits and _",
        '[1].data_type: must be written "VARCHAR"',
        "[2].enable_dense_embedding: only VARCHAR fields can be embedded",
        "[2].max_length: only VARCHAR fields have a length",
        "[3].data_type: must be one of",
        '"year" is given 2 times (names are compared without regard to case)',
        "[4].max_length: must be 65535 or less",
        '[5]: key, type, searchable belong to the API generation "cortex"',
        "43 fields; a database has 32 at most",
        "8 embeddings",
        "tenant_id: must be made of lowercase letters, digits, - and _",
        'note: there is no such key; it belongs to the API generation "cortex"',
        "embeddings_dimension: must be 1 or more",
        "wait_seconds: must be 0 or more",
    ):
        assert part in text, part
    assert world.calls() == []


# Embeddings tenants and look-ups.


def test_embeddings_tenant(world: World) -> None:
    world.behave(provisioning_seconds=10)
    tenant = Resource(world, kind="embeddings_tenant")
    program = {"tenant_id": "vectors", "embeddings_dimension": 768}
    tenant.up(program)
    assert databases(world)["vectors"]["is_embeddings_tenant"] is True
    assert databases(world)["vectors"]["embeddings_dimension"] == 768
    assert tenant.up(program) == "same"
    assert tenant.refresh() == "same"
    with pytest.raises(CheckFailed, match="embeddings_dimension"):
        tenant.preview({**program, "embeddings_dimension": 3})
    with pytest.raises(CheckFailed, match="tenant_id"):
        tenant.preview({**program, "tenant_id": "others"})
    tenant.destroy()
    assert world.service.list_tenants().tenant_ids == ()


def test_look_ups(world: World) -> None:
    world.behave(fail_provisioning="bad")
    Resource(world).up(PROGRAM)
    with pytest.raises(ServiceError):
        Resource(world, name="bad").up({"tenant_id": "bad"})
    world.put_documents("acme-prod", 2, collection="sales")
    world.put_documents("acme-prod", 3, collection="sales", memories=True)
    service = world.service
    stats = service.tenant_stats("acme-prod")
    assert (stats.object_count, stats.knowledge_rows, stats.memory_rows) == (5, 2, 3)
    assert service.list_sub_tenants("acme-prod") == ["sales"]
    listed = service.list_tenants()
    assert listed.tenant_ids == ("acme-prod",)
    assert list(listed.failed) == ["bad"]
    assert [field["name"] for field in service.metadata_schema("acme-prod") or []] == ["topic", "year"]
    with pytest.raises(Exception, match="whole tenants only"):
        service.tenant_stats("acme-prod", sub_tenant_id="sales")


@pytest.mark.parametrize("body", [{"success": False, "error": {"code": "X", "message": "inside"}}, {}, {"data": None}])
def test_a_success_without_payload_is_none(world: World, tenant: Resource, body: Any) -> None:
    world.answer("GET", "status", 200, body, times=9)
    with pytest.raises(ServiceError):
        tenant.up(PROGRAM)
