"""`Tenant` and `EmbeddingsTenant` on the first generation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_world import BASE_URL, KEY, CheckFailed, Resource, World

from pulumi_retrieval.core.errors import (
    AdoptionError,
    AuthenticationError,
    GoneError,
    GuardError,
    ObjectExists,
    PermissionDenied,
    ServiceError,
    UnclearWriteError,
)
from pulumi_retrieval.core.values import UNKNOWN

DEPARTMENT = {"key": "department", "type": "string", "searchable": True, "filterable": True}
VALID_FROM = {"key": "valid_from", "type": "date", "searchable": False, "filterable": True}
SCHEMA = [DEPARTMENT, VALID_FROM]
PROGRAM: dict[str, Any] = {"tenant_id": "acme_prod", "tenant_metadata_schema": SCHEMA}

PROBE = "GET /tenant/sub_tenant_ids?tenant_id=acme_prod"
POST = "POST /user/create_tenant?tenant_id=acme_prod"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, version="cortex")
    yield world
    world.close()


@pytest.fixture
def tenant(world: World) -> Resource:
    return Resource(world)


def schema_of(world: World, tenant_id: str = "acme_prod") -> Any:
    return world.state()["tenants"][tenant_id]["tenant_metadata_schema"]


# Create and the calls that are made.


def test_create_looks_first_and_reads_back(world: World, tenant: Resource) -> None:
    assert tenant.up(PROGRAM) == "create"
    assert world.calls() == [PROBE, "GET /tenant/stats?tenant_id=acme_prod", POST, PROBE]
    assert tenant.id == "acme_prod"
    assert tenant.outputs["default_sub_tenant_id"] == "default"
    assert tenant.outputs["status"] == "ready"
    assert tenant.outputs["endpoint"] == f"{BASE_URL} cortex"
    assert schema_of(world) == SCHEMA


def test_a_second_up_makes_no_call(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.calls()
    assert tenant.up(PROGRAM) == "same"
    assert world.calls() == []


def test_refresh_is_one_call_and_changes_nothing(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.calls()
    assert tenant.refresh() == "same"
    assert world.calls() == [PROBE]
    assert tenant.up(PROGRAM) == "same"


def test_without_schema_the_create_has_no_body(world: World, tenant: Resource) -> None:
    tenant.up({"tenant_id": "acme_prod"})
    posted = [r for r in world.requests() if r["method"] == "POST"]
    assert not posted[0]["body"]
    assert tenant.refresh() == "same"


def test_the_note_is_sent_only_by_the_create(world: World, tenant: Resource) -> None:
    tenant.up({**PROGRAM, "note": "made by Pulumi"})
    assert "note=made" in next(call for call in world.calls() if call.startswith("POST"))


def test_the_derived_id_is_kept(world: World, tenant: Resource) -> None:
    tenant.up({"tenant_metadata_schema": SCHEMA})
    assert tenant.id == "acme_0123456789"
    tenant.name = "renamed"
    world.new_service()
    assert tenant.up({"tenant_metadata_schema": SCHEMA}) == "same"


def test_the_id_that_the_service_gives_is_kept(world: World, tenant: Resource) -> None:
    world.behave(id_suffix="_x7")
    tenant.up(PROGRAM)
    assert tenant.id == tenant.outputs["current_tenant_id"] == "acme_prod_x7"
    assert "gave it the id acme_prod_x7" in world.said
    assert tenant.refresh() == "same"
    assert tenant.up(PROGRAM) == "same"
    world.vanish("acme_prod_x7")
    assert tenant.refresh() == "gone"


# A change and its verdict.

OTHER = {"key": "region", "type": "string", "searchable": True, "filterable": False}

CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", PROGRAM, "same"),
    ("order", {**PROGRAM, "tenant_metadata_schema": SCHEMA[::-1]}, "same"),
    ("key added", {**PROGRAM, "tenant_metadata_schema": [*SCHEMA, OTHER]}, '["region"]  '),
    ("key removed", {**PROGRAM, "tenant_metadata_schema": [DEPARTMENT]}, '["valid_from"]    now missing'),
    ("key renamed", {**PROGRAM, "tenant_metadata_schema": [DEPARTMENT, {**VALID_FROM, "key": "since"}]}, '["since"]'),
    (
        "key retyped",
        {**PROGRAM, "tenant_metadata_schema": [{**DEPARTMENT, "type": "number"}, VALID_FROM]},
        '["department"].type    was "string"    now "number"',
    ),
    (
        "searchable flipped",
        {**PROGRAM, "tenant_metadata_schema": [{**DEPARTMENT, "searchable": False}, VALID_FROM]},
        '["department"].searchable    was true    now false',
    ),
    (
        "filterable flipped",
        {**PROGRAM, "tenant_metadata_schema": [DEPARTMENT, {**VALID_FROM, "filterable": False}]},
        '["valid_from"].filterable    was true    now false',
    ),
    ("schema removed", {"tenant_id": "acme_prod"}, '["department"]    now missing'),
    ("schema emptied", {**PROGRAM, "tenant_metadata_schema": []}, '["department"]    now missing'),
    (
        "schema unknown",
        {**PROGRAM, "tenant_metadata_schema": UNKNOWN},
        "not known before the update",
    ),
    ("id changed", {**PROGRAM, "tenant_id": "other"}, 'tenant_id    was "acme_prod"    now "other"'),
    ("note changed", {**PROGRAM, "note": "new"}, "update"),
    ("guard changed", {**PROGRAM, "force_destroy": True}, "update"),
]


@pytest.mark.parametrize(("change", "program", "verdict"), CHANGES, ids=[c[0] for c in CHANGES])
def test_change_and_verdict(world: World, tenant: Resource, change: str, program: dict[str, Any], verdict: str) -> None:
    tenant.up(PROGRAM)
    world.calls()
    if verdict in ("same", "update"):
        assert tenant.up(program) == verdict
        assert tenant.up(program) == "same"
    else:
        with pytest.raises(CheckFailed) as refusal:
            tenant.preview(program)
        assert verdict in str(refusal.value)
        assert str(refusal.value).startswith("REFUSED, nothing was changed: ")
    assert world.calls() == []


def test_a_refusal_names_all_changes_and_the_remedies(tenant: Resource) -> None:
    schema = [{**DEPARTMENT, "type": "number", "searchable": False}]
    tenant.up(PROGRAM)
    with pytest.raises(CheckFailed) as refusal:
        tenant.preview({**PROGRAM, "tenant_metadata_schema": schema})
    text = str(refusal.value)
    assert text.splitlines()[0] == "REFUSED, nothing was changed: 3 immutable keys of tenant acme_prod"
    assert 'valid_from"]' in text
    assert "pulumi up --exclude '**:Tenant::acme'" in text
    assert 'ignore_changes=["tenant_metadata_schema"]' in text
    assert "pulumi-retrieval docs migrate-tenant" in text
    assert "force_destroy" not in text


def test_flags_left_out_are_false(tenant: Resource) -> None:
    short = [DEPARTMENT, {"key": "valid_from", "type": "date", "filterable": True}]
    tenant.up({**PROGRAM, "tenant_metadata_schema": short})
    assert tenant.up(PROGRAM) == "same"


@pytest.mark.parametrize("retain", [False, True])
def test_replacement_with_the_same_id_is_still_refused(tenant: Resource, retain: bool) -> None:
    tenant.retain_on_delete = retain
    tenant.up({**PROGRAM, "force_destroy": True})
    program = {**PROGRAM, "tenant_metadata_schema": [DEPARTMENT], "on_immutable_change": "replace"}
    with pytest.raises(CheckFailed, match="cannot delete a tenant, so its tenant_id stays taken"):
        tenant.preview(program)


def test_replacement_needs_another_id_and_retaining(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    program = {
        "tenant_id": "acme_next",
        "tenant_metadata_schema": [DEPARTMENT],
        "on_immutable_change": "replace",
    }
    with pytest.raises(CheckFailed, match=r"retain_on_delete=True"):
        tenant.preview(program)
    tenant.retain_on_delete = True
    assert tenant.up(program) == "replace"
    assert tenant.id == "acme_next"
    assert schema_of(world) == SCHEMA, "the old one stays"
    assert tenant.up(program) == "same"


def test_managing_a_schema_later(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    other = Resource(world, name="other")
    other.up({"tenant_id": "bare"})
    with pytest.raises(Exception, match="REFUSED"):
        other.preview({"tenant_id": "bare", "tenant_metadata_schema": SCHEMA})


# Checks.


def test_every_mistake_at_once(world: World, tenant: Resource) -> None:
    schema = [
        {"key": "source_id", "type": "string", "searchable": True, "filterable": True},
        {"key": "layout", "type": "text", "searchable": True, "filterable": True},
        {"key": "twice", "type": "string"},
        {"key": "twice", "type": "string"},
        {"key": "flag", "type": "boolean", "searchable": "yes"},
        {"name": "topic", "data_type": "VARCHAR"},
        {"key": "", "type": "string"},
        {"type": "string"},
    ]
    program = {"tenant_id": "", "tenant_metadata_schema": schema, "wait_seconds": 3, "notes": "x"}
    with pytest.raises(CheckFailed) as failure:
        tenant.preview(program)
    text = str(failure.value)
    for part in (
        'tenant_metadata_schema[0].key: "source_id" is reserved',
        'tenant_metadata_schema[1].key: "layout" is reserved',
        "tenant_metadata_schema[1].type: must be one of 'string', 'number', 'boolean', 'date', 'object' or 'array'",
        'tenant_metadata_schema: "twice" is given 2 times',
        "tenant_metadata_schema[4].searchable: must be true or false",
        'tenant_metadata_schema[5]: name, data_type belong to the API generation "v2"',
        "tenant_metadata_schema[6].key: must not be empty",
        "tenant_metadata_schema[7].key: is required",
        "tenant_id: must not be empty",
        'wait_seconds: there is no such key; cortex:apiVersion is "cortex"',
        'notes: there is no such key; did you mean "note"?',
    ):
        assert part in text
    assert text.count("tenant_metadata_schema[5]") == 1
    assert world.calls() == []


RESERVED = [
    "source_id",
    "source_title",
    "source_url",
    "source_type",
    "source_collection",
    "source_owner",
    "source_collaborator",
    "source_upload_time",
    "source_last_updated_time",
    "chunk_id",
    "chunk_uuid",
    "chunk_content",
    "document_metadata",
    "base_metadata",
    "layout",
    "description",
]


@pytest.mark.parametrize("word", RESERVED)
def test_reserved_word(tenant: Resource, word: str) -> None:
    with pytest.raises(CheckFailed, match="is reserved"):
        tenant.preview({"tenant_id": "t", "tenant_metadata_schema": [{"key": word, "type": "string"}]})


def test_advice_is_a_warning_said_once(world: World, tenant: Resource) -> None:
    schema = [{"key": "businessUnit", "type": "string"}]
    tenant.preview({"tenant_id": "t", "tenant_metadata_schema": schema})
    tenant.preview({"tenant_id": "t", "tenant_metadata_schema": schema})
    assert world.said.count('"businessUnit" is not snake_case') == 1


# Tenants that exist already.


@pytest.mark.parametrize("answers", ["success", "conflict"])
@pytest.mark.parametrize("schema", [[DEPARTMENT], [{**DEPARTMENT, "searchable": False}, VALID_FROM], []])
def test_another_schema_is_never_adopted(world: World, answers: str, schema: Any) -> None:
    world.behave(existing_answers=answers)
    Resource(world).up({"tenant_id": "acme_prod", "tenant_metadata_schema": schema})
    world.new_service()
    world.calls()
    for adopt in (False, True):
        with pytest.raises(AdoptionError, match="cannot be adopted because immutable keys differ"):
            Resource(world).up({**PROGRAM, "adopt": adopt})
    assert not [call for call in world.calls() if call.startswith("POST")]


@pytest.mark.parametrize("answers", ["success", "conflict"])
def test_an_equal_empty_tenant_is_adopted_without_adopt(world: World, answers: str) -> None:
    world.behave(existing_answers=answers)
    Resource(world).up(PROGRAM)
    world.new_service()
    again = Resource(world)
    again.up({**PROGRAM, "tenant_metadata_schema": SCHEMA[::-1]})
    assert again.id == "acme_prod"
    assert len(world.state()["tenants"]) == 1


def test_a_tenant_with_keys_needs_adopt_if_the_program_has_no_schema(world: World) -> None:
    Resource(world).up(PROGRAM)
    world.new_service()
    with pytest.raises(AdoptionError, match="it differs in tenant_metadata_schema"):
        Resource(world).up({"tenant_id": "acme_prod"})
    tenant = Resource(world)
    tenant.up({"tenant_id": "acme_prod", "adopt": True})
    assert tenant.up(PROGRAM) == "update"
    assert tenant.up(PROGRAM) == "same"


@pytest.mark.parametrize("where", [{}, {"sub_tenant_id": "dept_sales"}])
def test_a_tenant_with_documents_is_adopted_only_with_adopt(world: World, where: Any) -> None:
    Resource(world).up(PROGRAM)
    world.put_documents("acme_prod", 3, **where)
    world.new_service()
    with pytest.raises(AdoptionError, match=r"holds 3 documents.*adopt=True"):
        Resource(world).up(PROGRAM)
    adopted = Resource(world)
    assert adopted.up({**PROGRAM, "adopt": True}) == "create"
    assert adopted.up({**PROGRAM, "adopt": True}) == "same"


def test_empty_statistics_may_be_404(world: World) -> None:
    world.behave(empty_stats="not_found")
    Resource(world).up(PROGRAM)
    world.new_service()
    Resource(world).up(PROGRAM)


def test_adoption_for_a_whole_run(world: World) -> None:
    Resource(world).up(PROGRAM)
    world.put_documents("acme_prod", 1)
    world.new_service(adopt="true")
    Resource(world).up(PROGRAM)


def test_two_resources_never_share_a_tenant(world: World) -> None:
    Resource(world).up(PROGRAM)
    with pytest.raises(CheckFailed, match="declared by two resources"):
        Resource(world, name="twin").preview(PROGRAM)
    with pytest.raises(AdoptionError, match="created or adopted it in this run"):
        Resource(world, kind="embeddings_tenant").up({"tenant_id": "acme_prod"})


def test_a_rename_in_the_program_lets_go_of_the_tenant(world: World) -> None:
    old = Resource(world)
    old.up(PROGRAM)
    world.new_service()
    Resource(world, name="new").up(PROGRAM)
    old.remove()
    assert "is left alone" in world.said


def test_a_schema_that_appears_between_look_and_create(world: World, tenant: Resource) -> None:
    """The service answers success for an id that somebody else took a moment ago."""
    Resource(world, name="other").up({"tenant_id": "acme_prod", "tenant_metadata_schema": [DEPARTMENT]})
    world.new_service()
    missing = {"detail": {"success": False, "message": "no", "error_code": "TENANT_NOT_FOUND"}}
    world.answer("GET", "sub_tenant_ids|stats", 404, missing, times=2)
    with pytest.raises(AdoptionError, match=r"holds something else: .*valid_from.* is missing"):
        tenant.up(PROGRAM)


def test_a_tenant_that_one_look_denied_is_not_taken_for_created(world: World, tenant: Resource) -> None:
    """The service would answer success to a create, and nothing would say that the tenant holds documents of others."""
    Resource(world, name="other").up(PROGRAM)
    world.put_documents("acme_prod", 40)
    world.new_service()
    missing = {"detail": {"success": False, "message": "no", "error_code": "TENANT_NOT_FOUND"}}
    world.answer("GET", "sub_tenant_ids", 404, missing)
    world.calls()
    with pytest.raises(AdoptionError, match="holds 40 documents"):
        tenant.up(PROGRAM)
    assert POST not in world.calls()


# Writes without a clear answer.


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "drop", "when": "before"},
        {"kind": "drop", "when": "after"},
        {"kind": "truncate"},
        {"kind": "timeout", "carried_out": "never"},
        {"kind": "timeout", "carried_out": "after", "delay": 4},
        {"kind": "answer", "status": 502, "body": "<html>bad gateway</html>", "content_type": "text/html"},
        {"kind": "answer", "status": 503, "body": ""},
        {"kind": "answer", "status": 429, "body": {}, "headers": {"retry-after": "2"}},
    ],
    ids=lambda act: "-".join(str(part) for part in list(act.values())[:3]),
)
def test_an_unclear_create_is_settled(world: World, tenant: Resource, act: dict[str, Any]) -> None:
    world.fault({"method": "POST", "times": 1, "act": act})
    tenant.up(PROGRAM)
    assert list(world.state()["tenants"]) == ["acme_prod"]
    assert tenant.up(PROGRAM) == "same"
    assert tenant.refresh() == "same"


def test_an_unclear_create_fails_and_the_next_run_succeeds(world: World, tenant: Resource) -> None:
    world.answer("POST", "create_tenant", 500, {"detail": {"message": "boom"}}, times=5)
    with pytest.raises(UnclearWriteError, match=r"could not create tenant acme_prod.*boom"):
        tenant.up(PROGRAM)
    world.fault()
    tenant.up(PROGRAM)


def test_killed_after_the_create(world: World, tenant: Resource) -> None:
    """The process dies before the engine hears of it; the next run finds the tenant."""
    world.fault({"method": "GET", "skip": 1, "act": {"kind": "answer", "status": 503}})
    with pytest.raises(ServiceError):
        tenant.up(PROGRAM)
    world.fault()
    world.new_service()
    again = Resource(world)
    again.up(PROGRAM)
    assert len(world.state()["tenants"]) == 1


def test_409_for_a_tenant_that_cannot_be_seen(world: World, tenant: Resource) -> None:
    taken = {"detail": {"success": False, "message": "taken", "error_code": "TENANT_ALREADY_EXISTS"}}
    world.answer("POST", "create_tenant", 409, taken)
    with pytest.raises(ServiceError, match=r"HTTP 409: taken.*another account") as error:
        tenant.up(PROGRAM)
    assert isinstance(error.value, ObjectExists)


# Refresh.


def test_an_absence_needs_a_second_read_and_a_second_source(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.vanish("acme_prod")
    world.calls()
    slept = world.slept
    assert tenant.refresh() == "gone"
    assert world.calls() == [PROBE, PROBE, "GET /tenant/stats?tenant_id=acme_prod"]
    assert world.slept > slept


def test_a_false_absence_is_not_accepted(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    missing = {"detail": {"success": False, "message": "no", "error_code": "TENANT_NOT_FOUND"}}
    world.answer("GET", "sub_tenant_ids", 404, missing)
    assert tenant.refresh() == "same"
    world.answer("GET", "sub_tenant_ids", 404, missing, times=9)
    with pytest.raises(ServiceError, match="still knows it"):
        tenant.refresh()


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, "<html>404</html>", ""])
def test_a_404_of_a_web_server_is_not_an_absence(world: World, tenant: Resource, body: Any) -> None:
    tenant.up(PROGRAM)
    world.answer("GET", "", 404, body, times=99)
    with pytest.raises(ServiceError, match="cortex:baseUrl and cortex:apiVersion"):
        tenant.refresh()


def test_too_many_absences_fail_the_run(world: World) -> None:
    tenants = [Resource(world, name=f"t{number}") for number in range(6)]
    for tenant in tenants:
        tenant.up({"tenant_id": tenant.name})
        world.vanish(tenant.name)
    for tenant in tenants[:5]:
        assert tenant.refresh() == "gone"
    with pytest.raises(GoneError, match="cortex:maxGone"):
        tenants[5].refresh()


def test_drift_is_seen_and_warned_of(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.change_schema("acme_prod", [{**DEPARTMENT, "searchable": False}, VALID_FROM])
    assert tenant.refresh() == "changed"
    assert tenant.up(PROGRAM) == "update", "nobody can repair it, and people see a step"
    assert tenant.up(PROGRAM) == "same", "once it was answered"
    assert "somebody else changed tenant_metadata_schema" in world.said
    third = [{**DEPARTMENT, "filterable": False}, VALID_FROM]
    with pytest.raises(CheckFailed, match="somebody else changed the service"):
        tenant.preview({**PROGRAM, "tenant_metadata_schema": third})
    accepted = {**PROGRAM, "tenant_metadata_schema": [{**DEPARTMENT, "searchable": False}, VALID_FROM]}
    assert tenant.up(accepted) == "update"
    assert tenant.up(accepted) == "same"
    assert tenant.refresh() == "same"


def test_drift_of_a_type_cannot_be_seen(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.change_schema("acme_prod", [{**DEPARTMENT, "type": "number"}, VALID_FROM])
    assert tenant.refresh() == "same"


# Delete.


def test_delete_says_what_to_do(world: World, tenant: Resource) -> None:
    tenant.up({**PROGRAM, "force_destroy": True})
    with pytest.raises(GuardError) as error:
        tenant.destroy()
    assert "no call that deletes a tenant" in str(error.value)
    assert "ResourceOptions(retain_on_delete=True)" in str(error.value)
    assert "pulumi state delete" in str(error.value)


def test_delete_of_what_is_gone_succeeds(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.vanish("acme_prod")
    tenant.destroy()


# Failures.

FAILURES: list[tuple[int, Any, type[ServiceError], str]] = [
    (401, {"detail": {"message": "bad key", "error_code": "UNAUTHORIZED"}}, AuthenticationError, "--run-program"),
    (403, {"detail": {"message": "no", "error_code": "FORBIDDEN"}}, PermissionDenied, "no [FORBIDDEN]"),
    (400, {"detail": {"success": False, "message": "bad id", "error_code": None}}, ServiceError, "HTTP 400: bad id"),
    (
        422,
        {"detail": [{"loc": ["query", "tenant_id"], "msg": "required", "type": "x"}]},
        ServiceError,
        "tenant_id: req",
    ),
    (422, {"detail": "not good"}, ServiceError, "not good"),
    (400, {"error": "E7", "message": "ad hoc"}, ServiceError, "ad hoc"),
    (418, "<html>" + "x" * 5000, ServiceError, "characters)"),
]


@pytest.mark.parametrize(("status", "body", "kind", "text"), FAILURES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_failures_are_told(
    world: World, tenant: Resource, method: str, status: int, body: Any, kind: type[ServiceError], text: str
) -> None:
    world.answer(method, "tenant", status, body, times=99)
    with pytest.raises(kind) as error:
        tenant.up(PROGRAM)
    assert text in str(error.value)
    assert error.value.status == status
    assert len(str(error.value)) < 1000
    world.fault()
    tenant.up(PROGRAM)


def test_the_request_id_is_told(world: World, tenant: Resource) -> None:
    act = {"kind": "answer", "status": 400, "body": {}, "headers": {"x-request-id": "req-7"}}
    world.fault({"method": "GET", "act": act})
    with pytest.raises(ServiceError, match="request id req-7"):
        tenant.up(PROGRAM)


def test_the_key_is_nowhere(world: World, tenant: Resource) -> None:
    world.answer("GET", "", 400, {"detail": {"message": f"your key {KEY} is odd"}})
    with pytest.raises(ServiceError) as error:
        tenant.up(PROGRAM)
    assert KEY not in world.run.redactor.clean(str(error.value))
    assert KEY not in repr(world.service.connection)


# Another connection.


def test_another_base_url_is_refused(world: World, tenant: Resource) -> None:
    tenant.up(PROGRAM)
    world.new_service(baseUrl="http://localhost/elsewhere")
    with pytest.raises(CheckFailed, match="formerBaseUrls"):
        tenant.preview(PROGRAM)
    world.new_service(apiVersion="v2")
    with pytest.raises(CheckFailed, match="REFUSED") as refusal:
        tenant.preview({"tenant_id": "acme_prod"})
    assert "formerBaseUrls" not in str(refusal.value)


# Embeddings tenants.


def test_embeddings_tenant(world: World) -> None:
    tenant = Resource(world, kind="embeddings_tenant")
    tenant.up({"tenant_id": "vectors"})
    assert world.calls()[2] == "POST /embeddings/create_tenant?tenant_id=vectors"
    assert tenant.outputs["default_sub_tenant_id"] == "vectors"
    assert tenant.refresh() == "same"
    assert tenant.up({"tenant_id": "vectors"}) == "same"
    with pytest.raises(CheckFailed, match=r"tenant_id .* was .vectors. "):
        tenant.preview({"tenant_id": "others"})
    with pytest.raises(CheckFailed, match="use Tenant"):
        tenant.preview({"tenant_id": "vectors", "tenant_metadata_schema": []})
    with pytest.raises(GuardError):
        tenant.destroy()


def test_the_kinds_are_not_mixed_up(world: World) -> None:
    Resource(world, kind="embeddings_tenant").up({"tenant_id": "vectors"})
    Resource(world).up({"tenant_id": "documents"})
    world.new_service()
    with pytest.raises(AdoptionError, match="it is a tenant for bare embeddings"):
        Resource(world).up({"tenant_id": "vectors", "adopt": True})
    with pytest.raises(AdoptionError, match="it is a tenant for documents"):
        Resource(world, kind="embeddings_tenant").up({"tenant_id": "documents", "adopt": True})


# Look-ups.


def test_look_ups(world: World) -> None:
    Resource(world).up(PROGRAM)
    world.put_documents("acme_prod", 2, sub_tenant_id="dept_sales")
    service = world.service
    assert service.list_sub_tenants("acme_prod") == ["default", "dept_sales"]
    assert service.tenant_stats("acme_prod").object_count == 0
    assert service.tenant_stats("acme_prod", sub_tenant_id="dept_sales").object_count == 2
    assert service.metadata_schema("acme_prod") == [
        {key: value for key, value in item.items() if key != "type"} for item in SCHEMA
    ]
    with pytest.raises(Exception, match="lists tenants"):
        service.list_tenants()


def test_get_reads_what_something_else_manages(world: World) -> None:
    Resource(world).up(PROGRAM)
    stored = world.service.resources["tenant"].read("acme_prod", {})
    assert stored is not None
    assert stored.outputs["tenant_id"] == "acme_prod"
    assert world.service.resources["tenant"].read("nobody", {}) is None
