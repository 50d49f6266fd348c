"""Facts about the server of which the recording holds no answer, one table row each.

Sections in comments are those of docs/services/trieve-observed.md ("O") and docs/services/trieve.md ("S").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.sandbox import Sandbox

NOBODY = "00000000-0000-4000-8000-000000000001"
UNAUTHORIZED = (401, "Unauthorized")
FORBIDDEN = (403, "Forbidden")
NO_DATASET = (404, "Not Found: Could not find dataset")
NO_ORGANIZATION = (404, "Not Found: Organization not found")
NO_CONTEXT = (500, "Could not get dataset from request")


class World:
    """Two organizations with keys of every role, and a dataset that has every kind of setting."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client = httpx.Client(base_url=sandbox.base_url, trust_env=False)
        self.admin = sandbox.environment["TRIEVE_ADMIN_KEY"]
        self.a, self.b = self._organization("A"), self._organization("B")
        self.owner, self.manager, self.reader = (self._key(self.a, role) for role in (2, 1, 0))
        self.foreign = self._key(self.b, 2)
        self.dataset = self.create("d", tracking_id="d", server_configuration={"DISTANCE_METRIC": "dot"})["id"]

    def _organization(self, name: str) -> str:
        return str(self.call("POST", "/api/organization", {"name": name}, Authorization=self.admin).json()["id"])

    def _key(self, organization: str, role: int) -> str:
        headers = {"Authorization": self.admin, "TR-Organization": organization}
        body = {"name": "k", "role": role}
        return str(self.call("POST", "/api/organization/api_key", body, **headers).json()["api_key"])

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.request(method, path, headers=headers, **({} if body is None else content))

    def owned(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.call(method, path, body, **{"Authorization": self.owner, "TR_Organization": self.a, **headers})

    def create(self, name: str, **body: Any) -> dict[str, Any]:
        return dict(self.owned("POST", "/api/dataset", {"dataset_name": name, **body}).json())

    def read(self, dataset: str) -> dict[str, Any]:
        return dict(self.owned("GET", f"/api/dataset/{dataset}").json()["server_configuration"])

    def update(self, dataset: str, **body: Any) -> dict[str, Any]:
        return dict(self.owned("PUT", "/api/dataset", {"dataset_id": dataset, **body}).json())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Sandbox("--no-delete-worker") as sandbox:
        world = World(sandbox)
        yield world
        world.client.close()


def _said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "said"),
    [
        # O 3, "1.1 no header"
        ("GET", "/api/dataset/{dataset}", {"key": "owner"}, UNAUTHORIZED),
        ("PUT", "/api/dataset", {"key": "owner"}, UNAUTHORIZED),
        ("GET", "/api/dataset/organization/{a}", {"key": "owner"}, UNAUTHORIZED),
        ("POST", "/api/dataset", {"key": "owner"}, NO_CONTEXT),
        ("PUT", "/api/organization", {"key": "owner"}, NO_CONTEXT),
        ("DELETE", "/api/dataset/{dataset}", {"key": "owner", "TR-Organization": "{a}"}, NO_CONTEXT),
        # S 1.1: headers are resolved before the key is looked at
        ("GET", "/api/dataset/{dataset}", {"key": "wrong", "TR-Organization": NOBODY}, NO_ORGANIZATION),
        ("GET", "/api/dataset/{dataset}", {"key": "wrong", "TR-Organization": "{a}"}, UNAUTHORIZED),
        ("GET", "/api/dataset/{dataset}", {"key": "owner", "TR-Dataset": NOBODY}, NO_DATASET),
        (
            "POST",
            "/api/dataset",
            {"key": "owner", "TR-Organization": ""},
            (400, "Could not convert Organization to UUID"),
        ),
        # O 3, "1.1 wrong org"
        ("POST", "/api/dataset", {"key": "owner", "TR-Organization": "{b}"}, FORBIDDEN),
        ("GET", "/api/dataset/{dataset}", {"key": "foreign", "TR-Dataset": "{dataset}"}, UNAUTHORIZED),
        # S 1.1, roles
        ("POST", "/api/dataset", {"key": "manager", "TR-Organization": "{a}"}, FORBIDDEN),
        ("GET", "/api/dataset/{dataset}", {"key": "reader", "TR-Organization": "{a}"}, FORBIDDEN),
        ("PUT", "/api/organization", {"key": "manager", "TR-Organization": "{a}"}, FORBIDDEN),
    ],
)
def test_each_role_may_call_its_routes(
    world: World, method: str, path: str, headers: dict[str, str], said: tuple[int, str]
) -> None:
    names = {"a": world.a, "b": world.b, "dataset": world.dataset}
    key = {"wrong": "tr-wrong"}.get(headers["key"]) or getattr(world, headers["key"])
    sent = {name: value.format(**names) for name, value in headers.items() if name != "key"}
    body = {"dataset_name": "x", "dataset_id": world.dataset} if method in ("POST", "PUT") else None
    assert _said(world.call(method, path.format(**names), body, Authorization=key, **sent)) == said


def test_bad_json_is_refused_before_the_key(world: World) -> None:
    answer = world.call("POST", "/api/dataset", b"{bad", TR_Organization=world.a)
    assert answer.status_code == 400
    assert "key must be a string at line 1 column 2" in answer.text


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json; charset=utf-8", 200), ("text/plain", 400), ("application/x-www-form-urlencoded", 400)],
)
def test_content_types(world: World, content_type: str, status: int) -> None:
    answer = world.owned("POST", "/api/dataset", b'{"dataset_name": "x"}', Content_Type=content_type)
    assert answer.status_code == status
    assert (status == 200) != ("Content type header error" in answer.text)


def test_the_bearer_prefix_is_exact_and_authorization_wins(world: World) -> None:
    path, organization = f"/api/dataset/{world.dataset}", {"TR_Organization": world.a}
    for value, status in (
        (f"Bearer {world.owner}", 200),
        (f"bearer {world.owner}", 401),
        (f"Bearer  {world.owner}", 401),
    ):
        assert world.call("GET", path, Authorization=value, **organization).status_code == status
    both = {"Authorization": "wrong", "x_api_key": world.owner}
    assert world.call("GET", path, **both, **organization).status_code == 401
    assert world.call("GET", path, x_api_key=f"Bearer {world.owner}", **organization).status_code == 200


def test_an_empty_dataset_header_is_a_tracking_id(world: World) -> None:
    path = f"/api/dataset/{world.dataset}"
    assert _said(world.owned("GET", path, TR_Dataset="")) == NO_DATASET
    world.create("empty", tracking_id="")
    answer = world.owned("GET", path, TR_Dataset="", X_API_Version="bogus")
    assert (answer.status_code, answer.headers["x-api-version"]) == (200, "2.0")


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("", 200, None),
        ("?limit=0&offset=0", 200, None),
        ("?page=1&page_size=2", 200, None),
        ("?limit=2", 400, '{"message":"Pagination requires both offset and limit."}'),
        ("?offset=2", 400, '{"message":"Pagination requires both offset and limit."}'),
        ("?limit=-1&offset=0", 500, '{"message":"Not Found"}'),
        ("?limit=2&offset=-1", 500, '{"message":"Not Found"}'),
        ("?limit=x&offset=0", 400, "Query deserialize error: invalid digit found in string"),
    ],
)
def test_pages_of_the_list(world: World, query: str, status: int, text: str | None) -> None:
    answer = world.owned("GET", f"/api/dataset/organization/{world.a}{query}")
    assert answer.status_code == status
    if text is not None:
        assert answer.text == text
        assert answer.headers["content-type"].startswith("application/json" if text[0] == "{" else "text/plain")


def test_the_list_is_newest_first_and_of_own_organizations_only(world: World) -> None:
    world.create("first")
    world.create("second")
    items = world.owned("GET", f"/api/dataset/organization/{world.a}?limit=2&offset=0").json()
    assert [item["dataset"]["name"] for item in items] == ["second", "first"]
    assert "server_configuration" not in items[0]["dataset"]
    for other in (world.b, NOBODY):
        assert _said(world.owned("GET", f"/api/dataset/organization/{other}")) == FORBIDDEN


def test_empty_texts_read_as_defaults(world: World) -> None:
    empty = {"SYSTEM_PROMPT": "", "EMBEDDING_BASE_URL": "", "LLM_API_VERSION": "", "EMBEDDING_QUERY_PREFIX": ""}
    made = world.create("empty texts", server_configuration=empty)
    assert {key: made["server_configuration"][key] for key in empty} == empty
    read = world.read(made["id"])
    assert read["SYSTEM_PROMPT"] == "You are a helpful assistant"
    assert read["EMBEDDING_BASE_URL"].startswith("https://api.openai")
    assert (read["LLM_API_VERSION"], read["EMBEDDING_QUERY_PREFIX"]) == ("", "")


@pytest.mark.parametrize(
    ("model", "size"),
    [("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072), ("bge-m3", 1024), ("other", 768)],
)
def test_the_size_follows_the_model_at_creation_only(world: World, model: str, size: int) -> None:
    made = world.create("derive", server_configuration={"EMBEDDING_MODEL_NAME": model})
    assert made["server_configuration"]["EMBEDDING_SIZE"] == size
    world.update(made["id"], server_configuration={"EMBEDDING_MODEL_NAME": "bge-m3"})
    assert world.read(made["id"])["EMBEDDING_SIZE"] == size


@pytest.mark.parametrize(
    ("given", "read"), [(0.1, 0.10000000149011612), (16777217, 16777216.0), (1e39, 1.2000000476837158), (2, 2.0)]
)
def test_floats_are_read_back_at_32_bits(world: World, given: float, read: float) -> None:
    made = world.create("floats", server_configuration={"BM25_K": given, "TEMPERATURE": 0.1})
    stored = world.read(made["id"])
    assert (stored["BM25_K"], stored["TEMPERATURE"]) == (read, 0.1)
    assert isinstance(stored["BM25_K"], float)


def test_selectors_of_an_update(world: World) -> None:
    first, second = world.create("one", tracking_id="one")["id"], world.create("two", tracking_id="two")["id"]
    taken = (
        "Could not update tracking_id because a dataset with the same tracking_id already exists in the organization"
    )
    put = lambda body: world.owned("PUT", "/api/dataset", body)  # noqa: E731
    assert put({"dataset_id": first, "tracking_id": "two", "dataset_name": "1"}).json()["id"] == first
    assert _said(put({"dataset_id": first, "new_tracking_id": "two"})) == (400, taken)
    assert put({"tracking_id": "one", "new_tracking_id": None}).json()["tracking_id"] == "one"
    assert put({"tracking_id": "one", "new_tracking_id": ""}).json()["tracking_id"] is None
    assert _said(put({"tracking_id": "one"})) == NO_DATASET
    assert _said(put({"dataset_id": NOBODY})) == NO_DATASET
    assert put({"dataset_name": "x"}).status_code == 400
    foreign = {"Authorization": world.foreign, "TR_Organization": world.b}
    answer = world.call("PUT", "/api/dataset", {"dataset_id": second, "dataset_name": "theirs"}, **foreign)
    assert (answer.status_code, answer.json()["organization_id"]) == (200, world.a)


def test_what_an_update_changes_besides_its_keys(world: World) -> None:
    start = {"DISTANCE_METRIC": "dot", "LLM_API_VERSION": "v", "STOP_TOKENS": ["x"]}
    dataset = world.create("minimal", server_configuration=start)["id"]
    before = world.read(dataset)
    renamed = world.update(dataset, dataset_name="renamed")
    assert renamed["server_configuration"]["PUBLIC_DATASET"]["extra_params"] is None
    after = world.read(dataset)
    assert {key for key in before if before[key] != after[key]} == {"DISTANCE_METRIC"}
    answer = world.update(dataset, server_configuration={"TEMPERATURE": 0.3})["server_configuration"]
    assert (answer["LLM_API_KEY"], "DISTANCE_METRIC" in answer) == ("", False)
    last = world.read(dataset)
    assert {key for key in after if after[key] != last[key]} == {"TEMPERATURE", "LLM_API_VERSION", "PUBLIC_DATASET"}
    assert last["PUBLIC_DATASET"]["extra_params"] == {"heroPattern": {}}
    world.update(dataset, server_configuration={"TEMPERATURE": None})
    assert world.read(dataset)["TEMPERATURE"] == 0.3


def test_stop_tokens_joined_by_commas_last_until_the_next_update(world: World) -> None:
    made = world.create("stop", server_configuration={"RAG_PROMPT": "stop tokens"})["id"]
    change = {"to_configuration": {"STOP_TOKENS": "a,b"}, "match_configuration": {"RAG_PROMPT": "stop tokens"}}
    assert world.owned("POST", "/api/organization/update_dataset_configs", change).status_code == 204
    assert world.read(made)["STOP_TOKENS"] == ["a", "b"]
    assert world.update(made, dataset_name="x")["server_configuration"]["STOP_TOKENS"] == ["a", "b"]
    assert world.read(made)["STOP_TOKENS"] is None


def test_a_poisoned_configuration_ends_in_no_answer(world: World) -> None:
    made = world.create("poison", server_configuration={"RAG_PROMPT": "poison"})["id"]

    def merge(change: Any, match: Any) -> httpx.Response:
        body = {"to_configuration": change, "match_configuration": match}
        return world.owned("POST", "/api/organization/update_dataset_configs", body)

    assert merge({"RERANKER_BASE_URL": None}, {"RAG_PROMPT": "poison"}).status_code == 204
    with pytest.raises(httpx.RemoteProtocolError):
        world.read(made)
    with pytest.raises(httpx.RemoteProtocolError):
        merge({}, {"N_RETRIEVALS_TO_INCLUDE": 8})
    assert world.owned("GET", f"/api/dataset/organization/{world.a}").status_code == 200
    merge({"RERANKER_BASE_URL": "https://r.example.test"}, {"RAG_PROMPT": "poison"})
    assert world.read(made)["RERANKER_BASE_URL"] == "https://r.example.test"
    merge("text", {"RAG_PROMPT": "poison"})
    lost = world.read(made)
    assert (lost["N_RETRIEVALS_TO_INCLUDE"], lost["BM25_K"], lost["EMBEDDING_QUERY_PREFIX"]) == (
        5,
        1.2000000476837158,
        "Search for",
    )


def test_locked_datasets(world: World) -> None:
    made = world.create("locked", tracking_id="locked", server_configuration={"LOCKED": True})["id"]
    locked = (400, "Cannot delete a locked dataset")
    header = {"TR_Dataset": made}
    assert _said(world.owned("DELETE", f"/api/dataset/{made}", **header)) == locked
    assert _said(world.owned("DELETE", "/api/dataset/tracking_id/locked")) == locked
    assert _said(world.owned("PUT", f"/api/dataset/clear/{made}", **header)) == locked
    world.update(made, server_configuration={"LOCKED": False})
    assert world.owned("PUT", f"/api/dataset/clear/{made}", **header).status_code == 204
    assert world.owned("DELETE", f"/api/dataset/{made}", **header).status_code == 204


def test_names_of_organizations_are_sanitised_by_every_update(world: World) -> None:
    made = world.call("POST", "/api/organization", {"name": "R&D <b>x</b>"}, Authorization=world.admin).json()
    assert made["name"] == "R&D <b>x</b>"
    headers = {"Authorization": world.admin, "TR_Organization": made["id"]}
    for body in ({"partner_configuration": {"COMPANY_NAME": "C"}}, {}, {"name": "R&amp;D x"}):
        assert world.call("PUT", "/api/organization", body, **headers).json()["name"] == "R&amp;D x"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/dataset/", 404),
        ("PATCH", "/api/dataset", 405),
        ("GET", "/api/dataset", 405),
        ("POST", "/api/dataset/" + NOBODY, 405),
        ("PUT", "/api/dataset/pagefind", 405),
        ("GET", "/api/organization", 405),
    ],
)
def test_paths_and_methods_that_do_not_exist(world: World, method: str, path: str, status: int) -> None:
    answer = world.owned(method, path)
    assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (status, b"", None)


def test_page_settings_whose_normal_form_is_unknown_are_not_guessed(world: World) -> None:
    page = {"enabled": True, "extra_params": {"searchOptions": {"filters": {}}}}
    answer = world.owned(
        "POST", "/api/dataset", {"dataset_name": "x", "server_configuration": {"PUBLIC_DATASET": page}}
    )
    assert answer.status_code == 501


def test_page_settings_of_every_kind(world: World) -> None:
    given = {
        "tags": [{"tag": "t"}],
        "openGraphMetadata": {"title": "x"},
        "defaultSearchQueries": ["a", {"imageUrl": "u"}],
        "searchOptions": {"page_size": 5, "score_threshold": 0.1},
        "heroPattern": {"foregroundOpacity": 0.1},
        "nope": 1,
    }
    public = {"enabled": True, "extra_params": given}
    made = world.create("page", server_configuration={"PUBLIC_DATASET": public})
    shown = made["server_configuration"]["PUBLIC_DATASET"]["extra_params"]
    assert shown == {
        "tags": [{"tag": "t", "description": None}],
        "openGraphMetadata": {"title": "x", "image": None, "description": None},
        "defaultSearchQueries": ["a", {"imageUrl": "u"}],
        "searchOptions": {"page_size": 5, "score_threshold": 0.10000000149011612},
        "heroPattern": {"foregroundOpacity": 0.10000000149011612},
    }
    assert world.read(made["id"])["PUBLIC_DATASET"]["extra_params"] == shown
