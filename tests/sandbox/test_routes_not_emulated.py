"""A route that the real service has, and the sandbox has not, is 501: a client would take a 404 for an absence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.sandbox import Sandbox

ID = str(uuid.UUID(int=7))

TRIEVE = [
    "GET /metrics",
    "POST /builder-webhook",
    "GET /auth/cli",
    f"GET /public_page/{ID}",
    f"GET /demos/{ID}",
    "GET /static/logo.svg",
    "GET /redoc",
    "GET /swagger-ui/",
    "GET /api-docs/openapi.json",
    "POST /api/chunks",
    "POST /api/chunks/tracking",
    "POST /api/chunks/scroll",
    "POST /api/shopify/user_event",
    "POST /api/dataset/pagefind",
    "GET /api/dataset/scroll_files",
    f"GET /api/dataset/groups/{ID}",
    f"GET /api/dataset/groups/{ID}/1",
    f"GET /api/dataset/files/{ID}/1",
    "POST /api/etl/create_job",
    "GET /api/auth",
    "DELETE /api/auth",
    "GET /api/auth/callback",
    "POST /api/auth/create_api_only_user",
    "POST /api/topic",
    f"DELETE /api/topic/{ID}",
    "POST /api/message",
    f"GET /api/messages/{ID}",
    "POST /api/chunk",
    "POST /api/chunk/search",
    f"GET /api/chunk/tracking_id/{ID}",
    "PUT /api/user",
    "GET /api/user/api_key",
    "POST /api/chunk_group",
    f"GET /api/chunk_group/{ID}/1",
    "POST /api/file",
    f"GET /api/file/{ID}",
    "POST /api/events",
    f"DELETE /api/organization/{ID}/user/{ID}",
    "POST /api/invitation",
    f"GET /api/invitations/{ID}",
    "GET /api/stripe/plans",
    "POST /api/analytics/search",
    "GET /api/analytics/events/all",
    "POST /api/experiment",
    f"GET /api/experiment/{ID}",
]
"""The routes of the server (docs/services/trieve.md 1) but those that are emulated, one of each kind at least."""

FIRST_GENERATIONS = [
    "GET /",
    "POST /ingestion/upload_knowledge",
    "POST /ingestion/upload-document",
    "POST /ingestion/verify_processing",
    "POST /upload/upload_document",
    "PATCH /upload/update_text",
    "POST /search/hybrid-search",
    "POST /search/qna",
    "POST /recall/full_recall",
    "POST /memories/add_memory",
    "DELETE /memories/delete_memory",
    "POST /user_memory/add_user_memory",
    "POST /knowledge/delete_knowledge",
    "POST /list/data",
    "GET /list/sources",
    "POST /fetch/content",
    "POST /delete/delete-sources",
    "POST /embeddings/insert_raw_embeddings",
    "POST /embeddings/search",
    "DELETE /embeddings/delete_raw_embeddings",
    "POST /openai/search/chat/completions",
    "POST /api-keys/create_api_key",
    "POST /user/refresh-api-key",
    "POST /user/onboard",
    "GET /dashboard/resources/list/tenant_ids",
    "GET /metrics",
    "GET /health",
    "POST /tenants/create",
    "GET /tenants/infra/status",
    "GET /tenants/stats",
    "DELETE /tenants/delete",
    "GET /tenants/anything",
    "GET /databases/anything/at/all",
]
V2 = [
    "GET /",
    "POST /context/ingest",
    "POST /context/list",
    "GET /context/status",
    "DELETE /context",
    "PATCH /context/source/metadata",
    "POST /query",
    "POST /feedback",
    "POST /chat",
    "GET /connectors",
    "POST /connectors",
    "GET /connectors/providers",
    "PATCH /connectors/c/credentials",
    "POST /connectors/c/sync",
    "GET /connector-catalog",
    "POST /connector-discovery",
    "POST /webhooks/indexing",
    "DELETE /webhooks/indexing/signing-secret",
    "GET /webhooks/indexing/deliveries/d",
    "POST /api-keys/create_api_key",
    "POST /byog/databases",
    "GET /metrics",
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(data=tmp_path_factory.mktemp("routes")) as running:
        yield running


def status(sandbox: Sandbox, route: str, *, prefix: str = "", **headers: str) -> int:
    method, _, path = route.partition(" ")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{sandbox.base_url}{prefix}{path}"
    return httpx.request(method, url, headers=named, trust_env=False, timeout=20).status_code


@pytest.mark.parametrize("route", TRIEVE)
def test_trieve(sandbox: Sandbox, route: str) -> None:
    key = sandbox.environment["TRIEVE_API_KEY"]
    assert status(sandbox, route, Authorization=key, TR_Organization=sandbox.organization_id) == 501


@pytest.mark.parametrize("route", FIRST_GENERATIONS)
def test_cortex_before_v2(sandbox: Sandbox, route: str) -> None:
    assert (
        status(sandbox, route, prefix="/cortex", Authorization=f"Bearer {sandbox.environment['CORTEX_API_KEY']}") == 501
    )


@pytest.mark.parametrize("route", V2)
def test_cortex_v2(sandbox: Sandbox, route: str) -> None:
    key = f"Bearer {sandbox.environment['CORTEX_API_KEY']}"
    assert status(sandbox, route, prefix="/cortex", Authorization=key, API_Version="2") == 501


def test_the_root_of_trieve_is_its_health(sandbox: Sandbox) -> None:
    assert status(sandbox, "GET /") == 200


def test_the_version_is_what_the_official_clients_expect(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.environment['CORTEX_API_KEY']}", "API-Version": "2"}
    for path in ("/databases", "/databases/none/metadata-schema", "/query"):
        answer = httpx.get(f"{sandbox.base_url}/cortex{path}", headers=headers, trust_env=False)
        assert answer.json()["meta"]["api_version"] == "2.0.1"


@pytest.mark.parametrize(
    ("method", "target", "body", "expected"),
    [
        ("POST", "/databases", {"database": "a", "database_metadata_schema": [{"name": "a\0"}]}, 501),
        ("POST", "/databases", {"database": "Acme"}, 400),
        ("POST", "/databases", {"database": "a", "database_metadata_schema": [{"name": "Chunk_Id"}]}, 400),
        ("POST", "/databases", {"database": "a", "database_metadata_schema": [{"name": "_a"}]}, 400),
        (
            "POST",
            "/databases",
            {"database": "a", "database_metadata_schema": [{"name": "a", "data_type": "array"}]},
            400,
        ),
    ],
)
def test_the_service_refuses_what_check_refuses(
    sandbox: Sandbox, method: str, target: str, body: object, expected: int
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.environment['CORTEX_API_KEY']}", "API-Version": "2"}
    url = f"{sandbox.base_url}/cortex{target}"
    assert httpx.request(method, url, json=body, headers=headers, trust_env=False).status_code == expected


def test_half_a_surrogate_pair_is_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {sandbox.environment['CORTEX_API_KEY']}", "API-Version": "2"}
    url, body = f"{sandbox.base_url}/cortex/databases", b'{"database": "a", "tenant_id": "\\ud800"}'
    assert httpx.post(url, content=body, headers=headers, trust_env=False).status_code == 400
