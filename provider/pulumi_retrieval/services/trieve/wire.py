"""Trieve's HTTP API as far as this package uses it: requests out, plain values back, failures as exceptions.

What each answer means is `docs/services/trieve.md` 1 and 6, and observed 2: a 404, a 401, and a 500 `Not Found` may all
be a database that was away for a moment, and a write answered 408 may still be carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ...core.errors import (
    AuthenticationError,
    NoAnswerError,
    ObjectExists,
    ObjectMissing,
    PermissionDenied,
    ServiceError,
    UnclearWriteError,
)
from ...core.http import Answer, HttpClient, Request
from ...core.redaction import shorten
from .connection import TrieveConnection

Json = dict[str, Any]

NO_CONNECTION = "Could not get database connection"
DUPLICATE = "a dataset with the same tracking_id already exists"
LOCKED = "Cannot delete a locked dataset"
NOT_ALL_DELETED = "Error deleting dataset"
PAGE = 100
MOST_PAGES = 100

HINT_401 = (
    "Is the key right? refresh and destroy use the credentials stored by the last `pulumi up`; after a rotation run "
    "`pulumi up` without --refresh first, or add --run-program"
)
HINT_426 = "The plan's limit is reached; deleted datasets count until the service's worker has removed them"
HINT_TAKEN = (
    "Where the other dataset is to let it go, it must do so first: opts=ResourceOptions(depends_on=[…]) on this one "
    "(docs/guides/migrate-dataset.md)"
)
HINT_WRITTEN = "The service may already hold the new value; run `pulumi up --refresh`, also if you revert"
SILENCE = (
    "A Trieve server that got about eleven requests at once with an organization key answers nobody until it is "
    "restarted, /api/health excepted: restart it, and lower what is sent at once"
)


class OrganizationMissing(ObjectMissing):
    """The service says that the organization does not exist."""


def retryable(request: Request, answer: Answer) -> bool:
    """429 and the transient 400 always; for reads 5xx too, except those that mean absence."""
    message = message_of(answer)
    if answer.status == 429 or (answer.status == 400 and message == NO_CONNECTION):
        return True
    if request.writes:
        return False
    if answer.status == 500 and message == "Not Found":
        return False
    return answer.status >= 500 or answer.status == 408 or answer.garbled


def message_of(answer: Answer) -> str:
    """The service's own words; a body of unknown shape is cut."""
    if isinstance(answer.body, dict) and isinstance(answer.body.get("message"), str):
        return shorten(answer.body["message"])
    return shorten(answer.text)


class TrieveWire:
    """The calls. Every method raises `ServiceError` or one of its kinds; `organization` is an organization's id."""

    def __init__(self, http: HttpClient, *, connection: TrieveConnection) -> None:
        self._http = http
        self._connection = connection

    # Datasets

    def create_dataset(self, body: Json, *, organization: str, what: str) -> Json:
        """``POST /api/dataset``; gives the dataset as the service stored it."""
        return _found(self._send("POST", "/api/dataset", f"create {what}", organization=organization, body=body))

    def clone_dataset(self, body: Json, *, organization: str, what: str) -> Json:
        """``POST /api/dataset/clone``; `organization` is the target's."""
        return _found(self._send("POST", "/api/dataset/clone", f"clone {what}", organization=organization, body=body))

    def update_dataset(self, body: Json, *, organization: str, what: str) -> None:
        """``PUT /api/dataset``. The answer holds secrets in plain text and is incomplete, so it is dropped here."""
        self._send("PUT", "/api/dataset", f"update {what}", organization=organization, body=body)

    def get_dataset(self, dataset_id: str, *, organization: str | None, what: str) -> Json:
        """``GET /api/dataset/{id}``; the dataset itself says where it lives when no organization is known."""
        headers = {"TR-Dataset": dataset_id} if organization is None else {}
        path, operation = f"/api/dataset/{_step(dataset_id)}", f"read {what}"
        return _found(self._send("GET", path, operation, organization=organization, headers=headers))

    def get_dataset_by_tracking_id(self, tracking_id: str, *, organization: str, what: str) -> Json:
        """``GET /api/dataset/tracking_id/{tracking_id}``."""
        path = f"/api/dataset/tracking_id/{_step(tracking_id)}"
        return _found(self._send("GET", path, f"look up {what}", organization=organization))

    def chunk_count(self, dataset_id: str, *, organization: str, what: str) -> int:
        """``GET /api/dataset/usage/{id}``: how many chunks the dataset holds."""
        path = f"/api/dataset/usage/{_step(dataset_id)}"
        operation = f"count the documents of {what}"
        count = _object(self._send("GET", path, operation, organization=organization)).get("chunk_count")
        if isinstance(count, bool) or not isinstance(count, int):
            raise ServiceError(operation, message="the answer holds no count")
        return count

    def list_datasets(self, organization: str) -> list[Json]:
        """``GET /api/dataset/organization/{id}``: every dataset, without configuration, newest first."""
        path, operation = f"/api/dataset/organization/{_step(organization)}", f"list the datasets of {organization}"
        listed = self._send("GET", path, operation, organization=organization).body
        return _items(listed, operation)

    def delete_dataset(self, dataset_id: str, *, organization: str, what: str) -> None:
        """``DELETE /api/dataset/{id}``; the service wants the id in ``TR-Dataset`` as well."""
        self._send(
            "DELETE",
            f"/api/dataset/{_step(dataset_id)}",
            f"delete {what}",
            organization=organization,
            headers={"TR-Dataset": dataset_id},
        )

    # Fleets and crawls

    def update_all(self, body: Json, *, organization: str) -> None:
        """``POST /api/organization/update_dataset_configs``: one statement for all datasets that match."""
        path, operation = "/api/organization/update_dataset_configs", f"configure the datasets of {organization}"
        self._send("POST", path, operation, organization=organization, body=body)

    def create_crawl(self, options: Json, *, organization: str, dataset_id: str) -> Json:
        """``POST /api/crawl``: starts at once."""
        return _object(
            self._send(
                "POST",
                "/api/crawl",
                f"start a crawl for dataset {dataset_id}",
                organization=organization,
                body={"crawl_options": options},
                headers={"TR-Dataset": dataset_id},
            )
        )

    def list_crawls(self, *, organization: str, dataset_id: str) -> list[Json]:
        """``GET /api/crawl``: every crawl of a dataset, newest first."""
        found: list[Json] = []
        for page in range(1, MOST_PAGES):
            listed = self._send(
                "GET",
                f"/api/crawl?page={page}&limit={PAGE}",
                f"list the crawls of dataset {dataset_id}",
                organization=organization,
                headers={"TR-Dataset": dataset_id},
            ).body
            items = _items(listed, f"list the crawls of dataset {dataset_id}")
            found += items
            if len(items) < PAGE:
                break
        return found

    def delete_crawl(self, crawl_id: str, *, organization: str, dataset_id: str) -> None:
        """``DELETE /api/crawl/{id}``: 204 whether there was one or not."""
        self._send(
            "DELETE",
            f"/api/crawl/{_step(crawl_id)}",
            f"delete crawl {crawl_id}",
            organization=organization,
            headers={"TR-Dataset": dataset_id},
        )

    # Organizations

    def create_organization(self, name: str) -> Json:
        """``POST /api/organization``, with the admin key and no organization header: only so the new one has an owner."""
        return _found(self._send("POST", "/api/organization", f"create organization {name}", body={"name": name}))

    def get_organization(self, organization: str) -> Json:
        """``GET /api/organization/{id}``: the organization without its plan."""
        path, operation = f"/api/organization/{_step(organization)}", f"read organization {organization}"
        answer = self._send("GET", path, operation, organization=organization)
        body = _object(answer)
        found = body.get("organization")
        return _with_id(found if isinstance(found, dict) else body, answer.request)

    def update_organization(self, body: Json, *, organization: str) -> None:
        """``PUT /api/organization``: the organization is named by the header."""
        operation = f"update organization {organization}"
        self._send("PUT", "/api/organization", operation, organization=organization, body=body)

    def delete_organization(self, organization: str) -> None:
        """``DELETE /api/organization/{id}``: deletes its datasets too."""
        path, operation = f"/api/organization/{_step(organization)}", f"delete organization {organization}"
        self._send("DELETE", path, operation, organization=organization)

    def my_organizations(self) -> list[Json]:
        """``GET /api/auth/me`` with the admin key: the organizations of the user that it acts as."""
        operation = "list the organizations of the admin key"
        body = _object(self._send("GET", "/api/auth/me", operation))
        listed = body.get("orgs")
        return _items(listed, operation)

    def _send(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        organization: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Authorization": self._connection.key_for(organization), **(headers or {})}
        if organization is not None:
            sent["TR-Organization"] = organization
        request = Request(method, path, operation, json=body, headers=sent)
        try:
            answer = self._http.send(request)
        except NoAnswerError as error:
            if error.sent and request.writes:
                raise UnclearWriteError(operation, message=error.message, sent=True, hint=error.hint) from None
            raise
        if answer.ok:
            return answer
        raise _failure(answer)


def _found(answer: Answer) -> Json:
    """An object that has an id."""
    return _with_id(_object(answer), answer.request)


def _object(answer: Answer) -> Json:
    if not isinstance(answer.body, dict):
        raise _strange(answer.request, "the answer is not a JSON object: " + shorten(answer.text))
    return answer.body


def _items(listed: Any, operation: str) -> list[Json]:
    """The objects of a list. Anything else must not look like an empty one, which would mean that all are gone."""
    if not isinstance(listed, list):
        raise ServiceError(operation, message="the answer holds no list")
    return [item for item in listed if isinstance(item, dict)]


def _with_id(found: Json, request: Request) -> Json:
    if not isinstance(found.get("id"), str):
        raise _strange(request, "the answer holds no id")
    return found


def _strange(request: Request, message: str) -> ServiceError:
    if request.writes:
        return UnclearWriteError(request.operation, message=message, sent=True)
    return ServiceError(request.operation, message=message)


def _failure(answer: Answer) -> ServiceError:
    request, message = answer.request, message_of(answer)

    def make(kind: type[ServiceError], hint: str = "") -> ServiceError:
        return kind(request.operation, status=answer.status, message=message, request_id=answer.request_id, hint=hint)

    if answer.status == 401:
        return make(AuthenticationError, HINT_401)
    if answer.status == 403:
        return make(PermissionDenied, "The key is known but may not do this; it needs the role of an owner")
    if answer.status == 404 and "Organization not found" in message:
        return make(OrganizationMissing, "Is trieve:organizationId right?")
    if answer.status == 404 and message.startswith("Not Found"):
        return make(ObjectMissing)
    if answer.status == 500 and message == "Not Found":
        return make(ObjectMissing)
    if answer.status == 400 and DUPLICATE in message:
        return make(ObjectExists, HINT_TAKEN if request.method == "PUT" else "")
    if answer.status == 400 and message == LOCKED:
        return make(
            ServiceError, "Set LOCKED to false in server_configuration, run `pulumi up`, then remove the dataset"
        )
    if answer.status == 400 and message == NOT_ALL_DELETED:
        return make(
            ServiceError,
            "A dataset in it may have LOCKED set. The service deletes datasets one by one and stops at the first that it "
            "cannot delete, so others may be gone already",
        )
    if answer.status == 426:
        return make(ServiceError, HINT_426)
    if request.writes and (answer.status == 408 or answer.status >= 500 or answer.garbled):
        unclear = UnclearWriteError(request.operation, message=f"HTTP {answer.status}: {message}", sent=True)
        unclear.status, unclear.request_id = answer.status, answer.request_id
        return unclear
    return make(ServiceError)


def _step(text: str) -> str:
    """One step of a path; tracking ids may hold anything, so every reserved character is encoded."""
    return quote(text, safe="")
