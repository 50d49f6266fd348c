"""v2, as its documents describe it (docs/services/cortex.md 1.4 to 1.6, 2.3 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_sandbox import CortexSandbox

TOPIC = {"name": "topic", "data_type": "VARCHAR", "max_length": 100, "enable_match": True}
LONG = "x" * 255


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[CortexSandbox]:
    sandbox = CortexSandbox(tmp_path)
    yield sandbox
    sandbox.stop()


def data(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    document = response.json()
    assert (document["success"], document["error"]) == (True, None)
    payload: dict[str, Any] = document["data"]
    return payload


def refused(response: Any) -> tuple[int, str]:
    document = response.json()
    assert (document["success"], document["data"]) == (False, None)
    assert document["detail"] == {
        "success": False,
        "message": document["error"]["message"],
        "error_code": document["error"]["code"],
    }
    assert document["meta"]["request_id"]
    return response.status_code, document["error"]["code"]


def create(sandbox: CortexSandbox, database: str = "acme", **body: Any) -> dict[str, Any]:
    return data(sandbox.v2("POST", "/databases", json={"database": database, **body}))


def ready(sandbox: CortexSandbox, database: str = "acme") -> bool:
    answer: bool = data(sandbox.v2("GET", f"/databases/status?database={database}"))["infra"]["ready_for_ingestion"]
    return answer


def listed(sandbox: CortexSandbox) -> tuple[list[str], list[str]]:
    answer = data(sandbox.v2("GET", "/databases"))
    assert (answer["tenant_ids"], answer["failed_tenant_ids"]) == (answer["databases"], answer["failed_databases"])
    return answer["databases"], [failed["database"] for failed in answer["failed_databases"]]


def fields(sandbox: CortexSandbox, database: str = "acme") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = data(sandbox.v2("GET", f"/databases/{database}/metadata-schema"))["fields"]
    return told


def extend(sandbox: CortexSandbox, *added: Any) -> Any:
    return sandbox.v2("PATCH", "/databases/acme/metadata-schema", json={"add_fields": list(added)})


def test_creation_is_accepted_and_provisioning_takes_its_time_even_over_a_restart(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"provisioning_seconds": 90})
    answer = create(sandbox)
    assert (answer["status"], answer["database"], answer["tenant_id"]) == ("accepted", "acme", "acme")
    assert not ready(sandbox)
    assert listed(sandbox) == (["acme"], [])
    sandbox.stop()
    sandbox.start()
    sandbox.control("POST", "clock", {"advance_seconds": 89})
    assert not ready(sandbox)
    sandbox.time += 1
    assert ready(sandbox)
    infra = data(sandbox.v2("GET", "/databases/status?database=acme"))["infra"]
    assert infra == {
        "scheduler_status": True,
        "graph_status": True,
        "vectorstore_status": {"knowledge": True, "memories": True},
        "ready_for_ingestion": True,
    }


def test_a_failed_provisioning_shows_in_the_list_only_and_creating_again_retries(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"provisioning_seconds": 90, "fail_provisioning": "^bad"})
    create(sandbox, "bad-one", database_metadata_schema=[TOPIC])
    create(sandbox, "good-one")
    assert listed(sandbox) == (["bad-one", "good-one"], [])
    sandbox.time += 90
    assert listed(sandbox) == (["good-one"], ["bad-one"])
    assert not ready(sandbox, "bad-one")
    sandbox.control("PUT", "settings", {"fail_provisioning": ""})
    create(sandbox, "bad-one")
    assert listed(sandbox) == (["good-one", "bad-one"], [])
    sandbox.time += 90
    assert ready(sandbox, "bad-one")
    assert fields(sandbox, "bad-one") == []


def test_deletion_goes_on_in_the_background(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"deletion_seconds": 60})
    create(sandbox)
    target = "/databases?database=acme"
    assert data(sandbox.v2("DELETE", target))["status"] == "deletion_scheduled"
    sandbox.time += 59
    assert not ready(sandbox)
    assert listed(sandbox) == (["acme"], [])
    assert data(sandbox.v2("DELETE", target))["status"] == "deletion_scheduled"
    for method, gone in [
        ("GET", "/databases/acme/metadata-schema"),
        ("PATCH", "/databases/acme/metadata-schema"),
        ("GET", "/databases/acme/instructions"),
        ("GET", "/databases/stats?database=acme"),
        ("GET", "/databases/collections?database=acme"),
    ]:
        assert refused(sandbox.v2(method, gone)) == (404, "DATABASE_NOT_FOUND")
    assert refused(sandbox.v2("POST", "/databases", json={"database": "acme"})) == (409, "DATABASE_ALREADY_EXISTS")
    sandbox.time += 1
    assert refused(sandbox.v2("GET", "/databases/status?database=acme")) == (404, "DATABASE_NOT_FOUND")
    assert refused(sandbox.v2("DELETE", target)) == (404, "DATABASE_NOT_FOUND")
    assert listed(sandbox) == ([], [])
    create(sandbox)


def test_a_database_that_is_being_provisioned_or_has_failed_can_be_deleted(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"provisioning_seconds": 90, "fail_provisioning": "bad"})
    create(sandbox)
    create(sandbox, "bad")
    data(sandbox.v2("DELETE", "/databases?database=acme"))
    sandbox.time += 90
    data(sandbox.v2("DELETE", "/databases?database=bad"))
    assert listed(sandbox) == ([], [])


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": "a"}, {"name": "a", "data_type": "VARCHAR", "max_length": 1024}),
        ({"name": "a", "data_type": "string", "max_length": 65535}, {"data_type": "VARCHAR", "max_length": 65535}),
        ({"name": "a", "data_type": "boolean"}, {"data_type": "BOOL"}),
        ({"name": "a", "data_type": "integer"}, {"data_type": "INT64"}),
        ({"name": "a", "data_type": "float"}, {"data_type": "FLOAT"}),
        ({"name": "a", "data_type": "object"}, {"data_type": "JSON"}),
        ({"name": "a", "data_type": "DOUBLE", "filterable": True}, {"data_type": "DOUBLE", "enable_match": True}),
        ({"name": "a", "data_type": "INT8", "enable_match": False, "searchable": True}, {"data_type": "INT8"}),
        (
            {"name": LONG, "enable_dense_embedding": True, "enable_sparse_embedding": True},
            {
                "name": LONG,
                "data_type": "VARCHAR",
                "max_length": 1024,
                "enable_dense_embedding": True,
                "enable_sparse_embedding": True,
            },
        ),
    ],
)
def test_a_schema_is_told_as_it_is_stored_without_flags_that_are_false(
    sandbox: CortexSandbox, sent: dict[str, Any], told: dict[str, Any]
) -> None:
    create(sandbox, database_metadata_schema=[sent])
    assert fields(sandbox) == [{"name": sent["name"], **told}]


SCHEMA_REFUSALS: list[tuple[str, Any, int]] = [
    # what is wrong, the schema, status
    ("no list", {}, 400),
    ("item no object", ["topic"], 400),
    ("no name", [{}], 400),
    ("leading digit", [{"name": "1a"}], 400),
    ("leading underscore", [{"name": "_a"}], 400),
    ("long name", [{"name": LONG + "x"}], 400),
    ("reserved", [{"name": "chunk_id"}], 400),
    ("array", [{"name": "a", "data_type": "ARRAY"}], 400),
    ("array alias", [{"name": "a", "data_type": "array"}], 400),
    ("date", [{"name": "a", "data_type": "date"}], 400),
    ("type no text", [{"name": "a", "data_type": 1}], 400),
    ("empty text", [{"name": "a", "max_length": 0}], 400),
    ("long text", [{"name": "a", "max_length": 65536}], 400),
    ("length no number", [{"name": "a", "max_length": "9"}], 400),
    ("flag no boolean", [{"name": "a", "enable_match": 1}], 400),
    ("embedding a number", [{"name": "a", "data_type": "INT8", "enable_dense_embedding": True}], 400),
    ("same name but for case", [{"name": "a"}, {"name": "A"}], 400),
    ("33 fields", [{"name": f"f{n}"} for n in range(33)], 400),
    ("7 lanes", [{"name": f"f{n}", "enable_dense_embedding": True} for n in range(7)], 400),
    (
        "8 lanes",
        [{"name": f"f{n}", "enable_dense_embedding": True, "enable_sparse_embedding": True} for n in range(4)],
        400,
    ),
    ("length of a number", [{"name": "a", "data_type": "INT8", "max_length": 9}], 501),
    ("unknown property", [{"name": "a", "nullable": True}], 501),
    ("shorthand against flag", [{"name": "a", "filterable": True, "enable_match": False}], 501),
]


@pytest.mark.parametrize(("_case", "schema", "status"), SCHEMA_REFUSALS)
def test_invalid_schemas_are_refused(sandbox: CortexSandbox, _case: str, schema: Any, status: int) -> None:
    response = sandbox.v2("POST", "/databases", json={"database": "acme", "database_metadata_schema": schema})
    assert refused(response) == (status, "INVALID_INPUT" if status == 400 else "SANDBOX_DOES_NOT_KNOW")
    assert listed(sandbox) == ([], [])


CREATE_REFUSALS: list[tuple[str, Any, int, str]] = [
    # what is wrong, body, status, error code
    ("no name", {}, 400, "INVALID_INPUT"),
    ("empty name", {"database": ""}, 400, "INVALID_INPUT"),
    ("upper case", {"database": "Acme"}, 400, "INVALID_INPUT"),
    ("other characters", {"database": "a.b"}, 400, "INVALID_INPUT"),
    ("long name", {"database": "a" * 256}, 400, "INVALID_INPUT"),
    ("name and alias differ", {"database": "a", "tenant_id": "b"}, 400, "INVALID_INPUT"),
    (
        "schema and alias differ",
        {"database": "a", "database_metadata_schema": [], "tenant_metadata_schema": [TOPIC]},
        400,
        "INVALID_INPUT",
    ),
    ("no dimension", {"database": "a", "embeddings_dimension": 0}, 400, "INVALID_INPUT"),
    ("dimension no number", {"database": "a", "embeddings_dimension": "1536"}, 400, "INVALID_INPUT"),
    ("flag no boolean", {"database": "a", "is_embeddings_tenant": 1}, 400, "INVALID_INPUT"),
    ("no object", [], 400, "INVALID_INPUT"),
    ("in use", {"database": "acme"}, 409, "DATABASE_ALREADY_EXISTS"),
    ("in use, by alias", {"tenant_id": "acme"}, 409, "DATABASE_ALREADY_EXISTS"),
    ("beyond the plan", {"database": "a"}, 403, "FORBIDDEN"),
    ("withdrawn key", {"database": "a", "type": "split"}, 501, "SANDBOX_DOES_NOT_KNOW"),
]


@pytest.mark.parametrize(("_case", "body", "status", "code"), CREATE_REFUSALS)
def test_creations_that_are_refused(sandbox: CortexSandbox, _case: str, body: Any, status: int, code: str) -> None:
    create(sandbox)
    if code == "FORBIDDEN":
        sandbox.control("PUT", "settings", {"max_databases": 1})
    before = sandbox.state()
    assert refused(sandbox.v2("POST", "/databases", json=body)) == (status, code)
    assert sandbox.state() == before


def test_malformed_json_is_refused(sandbox: CortexSandbox) -> None:
    assert refused(sandbox.v2("POST", "/databases", content=b"{")) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("target", ["/databases/status", "/databases/stats?database=", "/databases/collections"])
def test_a_query_without_its_database_is_refused(sandbox: CortexSandbox, target: str) -> None:
    assert refused(sandbox.v2("GET", target)) == (400, "INVALID_INPUT")


def test_a_failed_database_leaves_room_in_the_plan(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"max_databases": 1, "fail_provisioning": "bad"})
    create(sandbox, "bad")
    create(sandbox)
    assert refused(sandbox.v2("POST", "/databases", json={"database": "bad"})) == (403, "FORBIDDEN")
    assert listed(sandbox) == (["acme"], ["bad"])


def test_new_fields_can_be_added_and_identical_ones_are_left_alone(sandbox: CortexSandbox) -> None:
    create(sandbox, database_metadata_schema=[TOPIC])
    response = extend(sandbox, TOPIC, {"name": "region", "data_type": "string"})
    assert response.status_code == 200
    assert response.json() == {"database": "acme", "tenant_id": "acme", "added_fields": ["region"]}
    assert [field["name"] for field in fields(sandbox)] == ["topic", "region"]
    assert extend(sandbox, TOPIC, {"name": "region", "max_length": 1024}).json()["added_fields"] == []


@pytest.mark.parametrize(
    ("_case", "added", "status", "code"),
    [
        ("changed type", [{"name": "topic", "data_type": "INT64"}], 409, "CONFLICT"),
        ("changed length", [TOPIC | {"max_length": 200}], 409, "CONFLICT"),
        ("changed flag", [TOPIC | {"enable_match": False}], 409, "CONFLICT"),
        ("other case", [TOPIC | {"name": "Topic"}], 409, "CONFLICT"),
        ("with embeddings", [{"name": "region", "enable_dense_embedding": True}], 400, "INVALID_INPUT"),
        ("with keywords", [{"name": "region", "enable_sparse_embedding": True}], 400, "INVALID_INPUT"),
        ("no field", [], 400, "INVALID_INPUT"),
        ("twice", [{"name": "region"}, {"name": "region"}], 400, "INVALID_INPUT"),
        ("33 in all", [{"name": f"f{n}"} for n in range(32)], 400, "INVALID_INPUT"),
        ("one good, one bad", [{"name": "region"}, {"name": "layer", "data_type": "ARRAY"}], 400, "INVALID_INPUT"),
    ],
)
def test_additions_that_are_refused_change_nothing(
    sandbox: CortexSandbox, _case: str, added: Any, status: int, code: str
) -> None:
    create(sandbox, database_metadata_schema=[TOPIC])
    assert refused(extend(sandbox, *added)) == (status, code)
    assert fields(sandbox) == [TOPIC]


def test_a_rename_keeps_everything_and_frees_the_old_name(sandbox: CortexSandbox) -> None:
    create(sandbox, database_metadata_schema=[TOPIC])
    create(sandbox, "taken")
    sandbox.control("POST", "databases/acme/documents", {"count": 2})
    sandbox.v2("PATCH", "/databases/acme/instructions", json={"collections": {"default": "x"}})
    assert refused(sandbox.v2("PATCH", "/databases/acme", json={"new_name": "taken"})) == (
        409,
        "DATABASE_ALREADY_EXISTS",
    )
    answer = data(sandbox.v2("PATCH", "/databases/acme", json={"new_name": "acme-2"}))
    assert (answer["database"], answer["old_database"]) == ("acme-2", "acme")
    assert answer["connector_reassignment"] == "complete"
    assert refused(sandbox.v2("GET", "/databases/status?database=acme")) == (404, "DATABASE_NOT_FOUND")
    assert fields(sandbox, "acme-2") == [TOPIC]
    stats = data(sandbox.v2("GET", "/databases/stats?database=acme-2"))
    assert stats["knowledge_collection"] == {"row_count": 2}
    assert sandbox.v2("GET", "/databases/acme-2/instructions").json()["collections"] == {"default": "x"}
    create(sandbox)


@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        ("/databases/acme", {}, 400),
        ("/databases/acme", {"new_name": "A"}, 400),
        ("/databases/none", {"new_name": "a"}, 404),
        ("/databases/acme", {"new_name": "acme"}, 501),
    ],
)
def test_renames_that_are_refused(sandbox: CortexSandbox, target: str, body: Any, status: int) -> None:
    create(sandbox)
    assert refused(sandbox.v2("PATCH", target, json=body))[0] == status


def test_instructions_are_merged_and_empty_text_clears(sandbox: CortexSandbox) -> None:
    create(sandbox)

    def patch(**body: Any) -> Any:
        response = sandbox.v2("PATCH", "/databases/acme/instructions", json=body)
        assert response.json() == sandbox.v2("GET", "/databases/acme/instructions").json()
        return response.json()["custom_instructions"], response.json()["collections"]

    assert patch(custom_instructions="be brief", collections={"a": "x", "b": "y"}) == ("be brief", {"a": "x", "b": "y"})
    assert patch() == ("be brief", {"a": "x", "b": "y"})
    assert patch(custom_instructions=None, collections=None) == ("be brief", {"a": "x", "b": "y"})
    assert patch(collections={"a": None, "b": "", "c": "z"}) == ("be brief", {"c": "z"})
    assert patch(custom_instructions="") == ("", {"c": "z"})


@pytest.mark.parametrize("body", [{"custom_instructions": 1}, {"collections": []}, {"collections": {"a": 1}}])
def test_instructions_of_another_shape_are_refused(sandbox: CortexSandbox, body: Any) -> None:
    create(sandbox)
    assert refused(sandbox.v2("PATCH", "/databases/acme/instructions", json=body)) == (400, "INVALID_INPUT")


def test_collections_come_with_the_first_write_and_go_in_the_background(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"deletion_seconds": 60})
    create(sandbox)

    def collections() -> Any:
        answer = data(sandbox.v2("GET", "/databases/collections?database=acme"))
        assert answer["sub_tenant_ids"] == answer["collections"]
        return answer["collections"]

    def counts() -> Any:
        answer = data(sandbox.v2("GET", "/databases/stats?database=acme"))
        return answer["knowledge_collection"]["row_count"], answer["memory_collection"]["row_count"]

    assert (collections(), counts()) == ([], (0, 0))
    sandbox.control("POST", "databases/acme/documents", {"count": 3, "collection": "sales"})
    sandbox.control("POST", "databases/acme/documents", {"count": 2, "collection": "sales", "memories": True})
    sandbox.control("POST", "databases/acme/documents", {"count": 1})
    assert (collections(), counts()) == (["sales", "default"], (4, 2))
    target = "/databases/collections?database=acme&collection=sales"
    for _ in range(2):
        assert data(sandbox.v2("DELETE", target))["status"] == "deletion_scheduled"
        assert collections() == ["default"]
    sandbox.time += 60
    assert counts() == (1, 0)
    assert refused(sandbox.v2("DELETE", target)) == (404, "NOT_FOUND")


def test_statistics_during_provisioning_are_refused_or_zero_as_the_settings_say(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"provisioning_seconds": 90})
    create(sandbox)
    target = "/databases/stats?database=acme"
    assert refused(sandbox.v2("GET", target)) == (422, "TENANT_INFRA_NOT_READY")
    sandbox.control("PUT", "settings", {"stats_before_ready": "zero"})
    assert data(sandbox.v2("GET", target))["knowledge_collection"] == {"row_count": 0}


OLD_ROUTES: list[tuple[str, str, Any]] = [
    # method, old target, body
    ("POST", "/tenants", {"database": "new"}),
    ("GET", "/tenants", None),
    ("GET", "/tenants/status?database=acme", None),
    ("GET", "/tenants/stats?database=acme", None),
    ("GET", "/tenants/sub-tenants?database=acme", None),
    ("GET", "/tenants/acme/metadata-schema", None),
    ("PATCH", "/tenants/acme/metadata-schema", {"add_fields": [{"name": "region"}]}),
    ("DELETE", "/tenants?database=acme", None),
]


@pytest.mark.parametrize(("method", "target", "body"), OLD_ROUTES)
def test_old_routes_work_and_say_that_they_are_old(sandbox: CortexSandbox, method: str, target: str, body: Any) -> None:
    create(sandbox, database_metadata_schema=[TOPIC])
    response = sandbox.v2(method, target, json=body)
    assert response.status_code == 200
    assert response.headers["Deprecation"] == "true"
    assert "/databases" in response.headers["Warning"]
    if "meta" in response.json():
        (notice,) = response.json()["meta"]["deprecation"]
        assert (notice["deprecated"], notice["deprecated_since"]) == (True, "2.0.1")
        assert "deprecated_field" not in notice


def test_old_field_names_work_and_say_that_they_are_old(sandbox: CortexSandbox) -> None:
    response = sandbox.v2("POST", "/databases", json={"tenant_id": "acme", "tenant_metadata_schema": [TOPIC]})
    assert data(response)["database"] == "acme"
    notices = response.json()["meta"]["deprecation"]
    assert [notice["deprecated_field"] for notice in notices] == ["tenant_id", "tenant_metadata_schema"]
    assert [notice["preferred_field"] for notice in notices] == ["database", "database_metadata_schema"]
    assert fields(sandbox) == [TOPIC]
    assert data(sandbox.v2("GET", "/databases/status?tenant_id=acme"))["database"] == "acme"
    assert refused(sandbox.v2("GET", "/databases/status?tenant_id=acme&database=b")) == (400, "INVALID_INPUT")
    assert "Deprecation" not in sandbox.v2("GET", "/databases").headers


def test_the_old_route_has_its_old_code_for_a_duplicate_but_not_for_an_absence(sandbox: CortexSandbox) -> None:
    create(sandbox)
    assert refused(sandbox.v2("POST", "/tenants", json={"tenant_id": "acme"})) == (409, "INVALID_INPUT")
    assert refused(sandbox.v2("GET", "/tenants/status?tenant_id=x")) == (404, "DATABASE_NOT_FOUND")


NO_SUCH_ROUTE = [
    ("GET", "/databases/acme"),
    ("GET", "/databases/acme/"),
    ("GET", "/databases/metadata-schema"),
    ("GET", "/databases//metadata-schema"),
    ("GET", "/databases/a/b/metadata-schema"),
    ("GET", "/databases/a%2Fb/metadata-schema"),
    ("GET", "/metadata-schema"),
    ("PUT", "/databases"),
]


@pytest.mark.parametrize(("method", "target"), NO_SUCH_ROUTE)
def test_unknown_routes_below_emulated_ones_answer_404(sandbox: CortexSandbox, method: str, target: str) -> None:
    create(sandbox)
    assert refused(sandbox.v2(method, target)) == (404, "NOT_FOUND")


UNKNOWN: list[tuple[str, str, str, Any]] = [
    # state of the database, method, target, body
    ("provisioning", "PATCH", "/databases/acme", {"new_name": "b"}),
    ("provisioning", "PATCH", "/databases/acme/metadata-schema", {"add_fields": [TOPIC]}),
    ("provisioning", "PATCH", "/databases/acme/instructions", {}),
    ("failed", "GET", "/databases/acme/metadata-schema", None),
    ("failed", "GET", "/databases/stats?database=acme", None),
    ("failed", "PATCH", "/databases/acme", {"new_name": "b"}),
    ("ready", "DELETE", "/tenants/sub-tenants?database=acme&collection=c", None),
    ("ready", "PATCH", "/tenants/acme", {"new_name": "b"}),
    ("ready", "GET", "/tenants/acme/instructions", None),
]


@pytest.mark.parametrize(("state", "method", "target", "body"), UNKNOWN)
def test_undocumented_cases_answer_501(sandbox: CortexSandbox, state: str, method: str, target: str, body: Any) -> None:
    sandbox.control(
        "PUT",
        "settings",
        {
            "provisioning_seconds": 90 if state == "provisioning" else 0,
            "fail_provisioning": "acme" if state == "failed" else "",
        },
    )
    create(sandbox)
    before = sandbox.state()
    assert refused(sandbox.v2(method, target, json=body)) == (501, "SANDBOX_DOES_NOT_KNOW")
    assert sandbox.state() == before


@pytest.mark.parametrize("target", ["/databases", "/tenants", "/databases/status?database=acme"])
def test_the_version_header_selects_the_api(sandbox: CortexSandbox, target: str) -> None:
    response = sandbox.send("GET", target)
    assert (response.status_code, list(response.json())) == (501, ["detail"])
    assert refused(sandbox.send("GET", target, headers={"API-Version": "3"})) == (501, "SANDBOX_DOES_NOT_KNOW")
    assert sandbox.v2("GET", "/databases").headers["X-API-Version"] == "2"
    assert sandbox.v2("GET", "/tenant/stats?tenant_id=acme").status_code == 501


@pytest.mark.parametrize("key", [None, "wrong"])
def test_the_key_is_wanted_everywhere(sandbox: CortexSandbox, key: str | None) -> None:
    create(sandbox)
    for method, target, body in [*OLD_ROUTES, ("GET", "/databases/acme/instructions", None)]:
        assert refused(sandbox.v2(method, target, json=body, key=key)) == (401, "UNAUTHORIZED")


def test_the_two_generations_do_not_see_each_other(sandbox: CortexSandbox) -> None:
    create(sandbox)
    assert sandbox.send("GET", "/tenant/stats?tenant_id=acme").status_code == 404
    sandbox.send("POST", "/user/create_tenant?tenant_id=other")
    assert listed(sandbox) == (["acme"], [])


def test_drift_and_disappearance_can_be_caused_by_hand(sandbox: CortexSandbox) -> None:
    create(sandbox, database_metadata_schema=[TOPIC])
    drifted = TOPIC | {"max_length": 7}
    sandbox.control("PUT", "databases/acme/schema", {"fields": [drifted]})
    assert fields(sandbox) == [drifted]
    sandbox.control("DELETE", "databases/acme")
    assert listed(sandbox) == ([], [])
    cases: list[tuple[str, str, Any, int]] = [
        ("DELETE", "databases/acme", None, 404),
        ("PUT", "databases/acme/schema", {"fields": []}, 404),
        ("PUT", "databases/acme/schema", {"fields": [{}]}, 400),
        ("POST", "databases/acme/documents", {"count": 1}, 404),
    ]
    for method, path, body, status in cases:
        assert sandbox.send(method, f"/_sandbox/cortex/{path}", json=body).status_code == status
