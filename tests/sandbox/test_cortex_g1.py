"""The first generation, as its documents describe it (docs/services/cortex.md 1.2, 2.1 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_sandbox import CortexSandbox

from pulumi_retrieval.sandbox.cortex import replace_settings

DEPARTMENT = {"key": "department", "type": "string", "searchable": True, "filterable": True}
SINCE = {"key": "since", "type": "date", "searchable": False, "filterable": True}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[CortexSandbox]:
    sandbox = CortexSandbox(tmp_path)
    yield sandbox
    sandbox.stop()


def create(sandbox: CortexSandbox, query: str = "tenant_id=acme", **rest: Any) -> dict[str, Any]:
    response = sandbox.send("POST", f"/user/create_tenant?{query}", **rest)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def listing(sandbox: CortexSandbox, tenant_id: str = "acme") -> dict[str, Any]:
    response = sandbox.send("GET", f"/tenant/sub_tenant_ids?tenant_id={tenant_id}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_tenant_is_there_at_once_with_its_default_sub_tenant_and_the_readable_half_of_its_schema(
    sandbox: CortexSandbox,
) -> None:
    answer = create(sandbox, json={"tenant_metadata_schema": [DEPARTMENT, SINCE]})
    assert answer == {
        "status": "created",
        "tenant_id": "acme",
        "success": True,
        "message": "Tenant created successfully",
    }
    assert listing(sandbox) | {"message": ""} == {
        "tenant_id": "acme",
        "sub_tenant_ids": ["default"],
        "count": 1,
        "tenant_schema": {
            "properties": [
                {"field_name": "department", "index_filterable": True, "index_searchable": True},
                {"field_name": "since", "index_filterable": True, "index_searchable": False},
            ]
        },
        "success": True,
        "message": "",
    }


@pytest.mark.parametrize("body", [b"", b"{}", b'{"tenant_metadata_schema": null}', b'{"tenant_metadata_schema": []}'])
def test_every_way_to_send_no_schema_is_taken(sandbox: CortexSandbox, body: bytes) -> None:
    create(sandbox, content=body)
    assert listing(sandbox)["tenant_schema"] is None


@pytest.mark.parametrize("query", ["", "tenant_id=", "note=n"])
def test_without_an_id_the_service_makes_one(sandbox: CortexSandbox, query: str) -> None:
    first, second = create(sandbox, query)["tenant_id"], create(sandbox, query)["tenant_id"]
    assert first
    assert first != second
    assert set(sandbox.state()["tenants"]) == {first, second}


def test_the_query_is_read_as_a_form(sandbox: CortexSandbox) -> None:
    answer = create(sandbox, "tenant_id=a+b%2Fc%2B%C3%A9%26%3D%25&note=hello+%26+bye")
    assert answer["tenant_id"] == "a b/c+é&=%"
    assert sandbox.state()["tenants"]["a b/c+é&=%"]["note"] == "hello & bye"


def test_an_existing_id_is_a_success_that_cannot_be_told_from_a_creation_and_changes_nothing(
    sandbox: CortexSandbox,
) -> None:
    first = create(sandbox, json={"tenant_metadata_schema": [DEPARTMENT]})
    before = sandbox.state()
    assert create(sandbox, json={"tenant_metadata_schema": [SINCE]}) == first
    assert sandbox.state() == before


def test_an_existing_id_is_a_conflict_where_the_settings_say_so(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"existing_answers": "conflict"})
    create(sandbox)
    for route in ("/user/create_tenant", "/embeddings/create_tenant"):
        response = sandbox.send("POST", f"{route}?tenant_id=acme")
        assert (response.status_code, response.json()["detail"]["error_code"]) == (409, "TENANT_ALREADY_EXISTS")


def test_the_answered_id_can_differ_from_the_one_asked_for(sandbox: CortexSandbox) -> None:
    sandbox.control("PUT", "settings", {"id_suffix": "_7f3a"})
    assert create(sandbox)["tenant_id"] == "acme_7f3a"
    assert listing(sandbox, "acme_7f3a")["tenant_id"] == "acme_7f3a"
    assert sandbox.send("GET", "/tenant/sub_tenant_ids?tenant_id=acme").status_code == 404


def test_ids_are_case_sensitive(sandbox: CortexSandbox) -> None:
    create(sandbox)
    assert sandbox.send("GET", "/tenant/stats?tenant_id=Acme").status_code == 404


def test_an_embeddings_tenant_is_its_own_only_sub_tenant(sandbox: CortexSandbox) -> None:
    response = sandbox.send("POST", "/embeddings/create_tenant?tenant_id=vectors")
    assert response.status_code == 200
    assert (response.json()["tenant_id"], response.json()["sub_tenant_id"]) == ("vectors", "vectors")
    told = listing(sandbox, "vectors")
    assert (told["sub_tenant_ids"], told["count"], told["tenant_schema"]) == (["vectors"], 1, None)


def test_statistics_count_one_sub_tenant_and_the_default_one_unless_told(sandbox: CortexSandbox) -> None:
    create(sandbox)
    sandbox.control("POST", "tenants/acme/documents", {"count": 3})
    sandbox.control("POST", "tenants/acme/documents", {"count": 5, "sub_tenant_id": "sales"})

    def count(query: str) -> int:
        response = sandbox.send("GET", f"/tenant/stats?tenant_id=acme{query}")
        assert response.status_code == 200
        number: int = response.json()["object_count"]
        return number

    assert [count(""), count("&sub_tenant_id="), count("&sub_tenant_id=sales")] == [3, 3, 5]
    assert listing(sandbox)["sub_tenant_ids"] == ["default", "sales"]


def test_statistics_of_an_empty_tenant_are_zero_or_missing_as_the_settings_say(sandbox: CortexSandbox) -> None:
    create(sandbox)
    assert sandbox.send("GET", "/tenant/stats?tenant_id=acme").json()["object_count"] == 0
    sandbox.control("PUT", "settings", {"empty_stats": "not_found"})
    assert sandbox.send("GET", "/tenant/stats?tenant_id=acme").status_code == 404


def test_a_sub_tenant_is_deleted_at_once(sandbox: CortexSandbox) -> None:
    create(sandbox)
    sandbox.control("POST", "tenants/acme/documents", {"count": 5, "sub_tenant_id": "sales"})
    target = "/tenant/delete_sub_tenant?tenant_id=acme&sub_tenant_id=sales"
    response = sandbox.send("DELETE", target)
    assert (response.status_code, response.json()["status"]) == (200, "success")
    assert listing(sandbox)["sub_tenant_ids"] == ["default"]
    assert sandbox.send("DELETE", target).status_code == 404


def schema(*items: Any) -> dict[str, Any]:
    return {"tenant_metadata_schema": list(items)}


REFUSED: list[tuple[str, str, str, Any, int, str]] = [
    # what is wrong, method, target, body, status, error code
    ("reserved key", "POST", "/user/create_tenant", schema(DEPARTMENT | {"key": "layout"}), 400, "INVALID_PARAMETERS"),
    ("bare array", "POST", "/user/create_tenant", [DEPARTMENT], 422, "VALIDATION_ERROR"),
    ("schema no list", "POST", "/user/create_tenant", {"tenant_metadata_schema": {}}, 422, "VALIDATION_ERROR"),
    ("item no object", "POST", "/user/create_tenant", schema("department"), 422, "VALIDATION_ERROR"),
    ("no id", "POST", "/embeddings/create_tenant", None, 400, "INVALID_PARAMETERS"),
    ("blank id", "POST", "/embeddings/create_tenant?tenant_id=", None, 400, "INVALID_TENANT_ID"),
    ("no id", "GET", "/tenant/stats", None, 400, "INVALID_PARAMETERS"),
    ("unknown tenant", "GET", "/tenant/stats?tenant_id=x", None, 404, "TENANT_NOT_FOUND"),
    ("unknown sub", "GET", "/tenant/stats?tenant_id=acme&sub_tenant_id=x", None, 404, "SUB_TENANT_NOT_FOUND"),
    ("unknown tenant", "GET", "/tenant/sub_tenant_ids?tenant_id=x", None, 404, "TENANT_NOT_FOUND"),
    ("no sub id", "DELETE", "/tenant/delete_sub_tenant?tenant_id=acme", None, 400, "INVALID_PARAMETERS"),
    (
        "blank sub id",
        "DELETE",
        "/tenant/delete_sub_tenant?tenant_id=acme&sub_tenant_id=",
        None,
        400,
        "INVALID_SUB_TENANT_ID",
    ),
    (
        "default sub-tenant",
        "DELETE",
        "/tenant/delete_sub_tenant?tenant_id=acme&sub_tenant_id=default",
        None,
        400,
        "CANNOT_DELETE_DEFAULT_SUB_TENANT",
    ),
    ("no such call", "DELETE", "/tenant/delete?tenant_id=acme", None, 404, "NOT_FOUND"),
    ("no such call", "GET", "/tenant/list", None, 404, "NOT_FOUND"),
]

UNKNOWN: list[tuple[str, str, Any]] = [
    # what nobody documents, target of the POST, body
    ("unknown body key", "/user/create_tenant", {"metadata_schema": [DEPARTMENT]}),
    ("unknown type", "/user/create_tenant", schema(DEPARTMENT | {"type": "text"})),
    ("no type", "/user/create_tenant", schema({"key": "department"})),
    ("no key", "/user/create_tenant", schema({"type": "string"})),
    ("unknown property", "/user/create_tenant", schema(DEPARTMENT | {"index": True})),
    ("flag no boolean", "/user/create_tenant", schema(DEPARTMENT | {"searchable": 1})),
    ("duplicate key", "/user/create_tenant", schema(DEPARTMENT, DEPARTMENT)),
    ("existing id", "/embeddings/create_tenant?tenant_id=acme", None),
    ("embeddings with body", "/embeddings/create_tenant?tenant_id=new", schema()),
    ("generation in between", "/tenants/create", {"tenant_id": "x"}),
]


@pytest.mark.parametrize(("_case", "method", "target", "body", "status", "code"), REFUSED)
def test_refusals(
    sandbox: CortexSandbox, _case: str, method: str, target: str, body: Any, status: int, code: str
) -> None:
    create(sandbox)
    before = sandbox.state()
    response = sandbox.send(method, target, json=body)
    detail = response.json()["detail"]
    assert (response.status_code, detail["error_code"], detail["success"]) == (status, code, False)
    assert detail["message"]
    assert sandbox.state() == before


@pytest.mark.parametrize(("_case", "target", "body"), UNKNOWN)
def test_undocumented_cases_answer_501(sandbox: CortexSandbox, _case: str, target: str, body: Any) -> None:
    create(sandbox)
    before = sandbox.state()
    response = sandbox.send("POST", target, json=body)
    assert response.status_code == 501
    assert response.json()["detail"]["message"].startswith("The sandbox does not know")
    assert sandbox.state() == before


def test_malformed_json_is_refused(sandbox: CortexSandbox) -> None:
    response = sandbox.send("POST", "/user/create_tenant", content=b"{")
    assert (response.status_code, response.json()["detail"]["error_code"]) == (400, "INVALID_PARAMETERS")


def test_a_flag_that_was_never_sent_is_not_returned(sandbox: CortexSandbox) -> None:
    create(sandbox, json=schema({"key": "department", "type": "string", "searchable": True}))
    assert listing(sandbox)["tenant_schema"] == {"properties": [{"field_name": "department", "index_searchable": True}]}


@pytest.mark.parametrize("key", [None, "", "wrong"])
def test_the_key_is_wanted_everywhere(sandbox: CortexSandbox, key: str | None) -> None:
    for method, target in [
        ("POST", "/user/create_tenant"),
        ("POST", "/embeddings/create_tenant?tenant_id=a"),
        ("GET", "/tenant/stats?tenant_id=a"),
        ("GET", "/tenant/sub_tenant_ids?tenant_id=a"),
        ("DELETE", "/tenant/delete_sub_tenant?tenant_id=a&sub_tenant_id=b"),
    ]:
        response = sandbox.send(method, target, key=key)
        assert (response.status_code, response.json()["detail"]["error_code"]) == (401, "UNAUTHORIZED")
    assert not sandbox.state()["tenants"]


def test_drift_and_disappearance_can_be_caused_by_hand(sandbox: CortexSandbox) -> None:
    create(sandbox, json=schema(DEPARTMENT))
    sandbox.control("PUT", "tenants/acme/schema", schema(DEPARTMENT | {"searchable": False}))
    (told,) = listing(sandbox)["tenant_schema"]["properties"]
    assert told["index_searchable"] is False
    sandbox.control("DELETE", "tenants/acme")
    assert sandbox.send("GET", "/tenant/sub_tenant_ids?tenant_id=acme").status_code == 404


def test_changed_settings_can_be_taken_back(sandbox: CortexSandbox) -> None:
    before = sandbox.control("GET", "settings")
    sandbox.control("PUT", "settings", {"empty_stats": "not_found"})
    changed = sandbox.control("PUT", "settings", {"id_suffix": "_x"})
    assert changed == before | {"empty_stats": "not_found", "id_suffix": "_x"}
    replace_settings(sandbox.store, {"max_databases": 1})
    assert sandbox.control("GET", "settings") == before | {"max_databases": 1}
    with pytest.raises(ValueError, match="unknown Cortex setting: speed"):
        replace_settings(sandbox.store, {"speed": 1})
    assert sandbox.control("GET", "settings") == before | {"max_databases": 1}
    assert sandbox.control("DELETE", "settings") == before


def test_all_is_kept_over_a_restart_but_changed_settings(sandbox: CortexSandbox) -> None:
    create(sandbox)
    sandbox.control("PUT", "settings", {"empty_stats": "not_found"})
    before = sandbox.state()
    sandbox.stop()
    sandbox.start()
    assert sandbox.state() == before
    assert sandbox.send("GET", "/tenant/stats?tenant_id=acme").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "settings", {"speed": 1}, 400),
        ("PUT", "settings", {"existing_answers": "maybe"}, 400),
        ("PUT", "settings", {"empty_stats": "maybe"}, 400),
        ("PUT", "settings", {"provisioning_seconds": -1}, 400),
        ("PUT", "settings", {"provisioning_seconds": "1"}, 400),
        ("PUT", "settings", {"fail_provisioning": "("}, 400),
        ("PUT", "settings", {"id_suffix": 1}, 400),
        ("PUT", "settings", {"max_databases": 1.5}, 400),
        ("PUT", "settings", [], 400),
        ("POST", "clock", {"advance_seconds": -1}, 400),
        ("POST", "tenants/acme/documents", {"count": "1"}, 400),
        ("POST", "tenants/acme/documents", {"count": 1, "sub_tenant_id": ""}, 400),
        ("PUT", "tenants/acme/schema", {"tenant_metadata_schema": None}, 400),
        ("PUT", "tenants/acme/schema", schema({}), 400),
        ("POST", "tenants/x/documents", {"count": 1}, 404),
        ("PUT", "tenants/x/schema", schema(), 404),
        ("DELETE", "tenants/x", None, 404),
    ],
)
def test_invalid_control_requests_are_refused(
    sandbox: CortexSandbox, method: str, path: str, body: Any, status: int
) -> None:
    create(sandbox)
    before = sandbox.control("GET", "settings"), sandbox.state()
    response = sandbox.send(method, f"/_sandbox/cortex/{path}", json=body)
    assert response.status_code == status
    assert response.json()["message"]
    assert (sandbox.control("GET", "settings"), sandbox.state()) == before
