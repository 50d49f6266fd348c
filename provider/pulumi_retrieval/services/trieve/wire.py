"""The part of Trieve's HTTP API that this package uses: it sends requests, parses answers, and raises failures.

The meaning of the answers is in `docs/services/trieve.md` 1 and 6, and observed 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ...core.answers import expect_empty, expect_same, malformed, parse
from ...core.errors import (
    ObjectMissing,
    ParentMissing,
    ServiceError,
)
from ...core.http import HttpClient
from ...core.messages import Answer, Request
from .answers import (
    CRAWL,
    CRAWLS,
    DATASET,
    DATASETS,
    ORGANIZATION,
    ORGANIZATION_ENVELOPE,
    ORGANIZATION_USAGE,
    PLAN_ENVELOPE,
    USAGE,
    USER,
    CrawlAnswer,
    DatasetAnswer,
    DatasetListItem,
    OrganizationAnswer,
    PlanAnswer,
)
from .configuration import SECRET_KEYS
from .connection import TrieveConnection
from .failures import failure

Json = dict[str, Any]

PAGE = 100
MOST_PAGES = 100

SILENCE = (
    "A Trieve server that receives about eleven requests at once with an organization key stops answering, except at "
    "/api/health, until it is restarted: restart it, and lower trieve:maxInFlight"
)


@dataclass(frozen=True)
class Call:
    """One request.

    :param organization: the organization whose key is used, and the value of `TR-Organization`; None for neither.
    :param dataset: the value of `TR-Dataset`, if it is needed.
    :param only_asks: whether the call only reads, although its method is not GET.
    :param key: the key to use instead of that of the connection.
    :param hides_answer: whether no text may quote the answer.
    """

    method: str
    path: str
    operation: str
    organization: str | None = None
    dataset: str | None = None
    body: Any = field(default=None, repr=False)
    only_asks: bool = False
    key: str | None = field(default=None, repr=False)
    hides_answer: bool = False


class TrieveWire:
    """The calls. Every method raises `ServiceError` or one of its kinds; `organization` is an organization's id."""

    def __init__(self, http: HttpClient, *, connection: TrieveConnection) -> None:
        self._http = http
        self._connection = connection

    # Datasets

    def create_dataset(self, body: Json, *, organization: str, what: str) -> DatasetAnswer:
        """``POST /api/dataset``; returns the dataset as the service stored it."""
        return self._created(Call("POST", "/api/dataset", f"create {what}", organization, body=body))

    def clone_dataset(self, body: Json, *, organization: str, what: str) -> DatasetAnswer:
        """``POST /api/dataset/clone``; `organization` is the target's."""
        return self._created(Call("POST", "/api/dataset/clone", f"clone {what}", organization, body=body))

    def update_dataset(self, body: Json, *, organization: str, what: str) -> None:
        """``PUT /api/dataset``. Its answer repeats the secrets, which proves that they were stored; it is not returned.

        :raises UnclearWriteError: the answer has another shape, or other secrets.
        """
        answer = self._send(Call("PUT", "/api/dataset", f"update {what}", organization, body=body))
        told = parse(DATASET, answer)
        expect_same(answer, "id", expected=body["dataset_id"], told=told.id)
        sent, stored = body.get("server_configuration") or {}, told.server_configuration
        for key in SECRET_KEYS:
            if key in sent and sent[key] != stored.get(key):
                raise malformed(answer, f"it does not repeat the {key} that was sent")

    def get_dataset(self, dataset_id: str, *, organization: str | None, what: str) -> DatasetAnswer:
        """``GET /api/dataset/{id}``; if no organization is known, `TR-Dataset` names the dataset itself."""
        named = dataset_id if organization is None else None
        call = Call("GET", f"/api/dataset/{step(dataset_id)}", f"read {what}", organization, named)
        found = self._by_id(call, dataset_id)
        self._same_organization(found, organization, call)
        return found

    def get_source(self, dataset_id: str, *, organization: str, what: str) -> DatasetAnswer:
        """The same for a dataset of any organization, with the key of this one."""
        call = Call("GET", f"/api/dataset/{step(dataset_id)}", f"read {what}", organization)
        return self._by_id(call, dataset_id)

    def get_dataset_by_tracking_id(self, tracking_id: str, *, organization: str, what: str) -> DatasetAnswer:
        """``GET /api/dataset/tracking_id/{tracking_id}``."""
        call = Call("GET", f"/api/dataset/tracking_id/{step(tracking_id)}", f"look up {what}", organization)
        answer = self._send(call)
        found = parse(DATASET, answer)
        expect_same(answer, "tracking_id", expected=tracking_id, told=found.tracking_id)
        self._same_organization(found, organization, call)
        return found

    def chunk_count(self, dataset_id: str, *, organization: str | None, what: str) -> int:
        """``GET /api/dataset/usage/{id}``: how many chunks the dataset holds."""
        path = f"/api/dataset/usage/{step(dataset_id)}"
        answer = self._send(Call("GET", path, f"count the documents of {what}", organization))
        usage = parse(USAGE, answer)
        expect_same(answer, "dataset_id", expected=dataset_id, told=usage.dataset_id)
        return usage.chunk_count

    def list_datasets(self, organization: str) -> list[DatasetListItem]:
        """``GET /api/dataset/organization/{id}``: every dataset, without configuration, newest first."""
        path, operation = f"/api/dataset/organization/{step(organization)}", f"list the datasets of {organization}"
        answer = self._send(Call("GET", path, operation, organization))
        listed = parse(DATASETS, answer)
        for item in listed:
            told = item.dataset.organization_id
            expect_same(answer, "organization_id", expected=organization, told=told)
        return listed

    def delete_dataset(self, dataset_id: str, *, organization: str, what: str) -> None:
        """``DELETE /api/dataset/{id}``; the service requires the id in ``TR-Dataset`` as well."""
        path = f"/api/dataset/{step(dataset_id)}"
        expect_empty(self._send(Call("DELETE", path, f"delete {what}", organization, dataset_id)))

    # Fleets and crawls

    def update_all(self, body: Json, *, organization: str) -> None:
        """``POST /api/organization/update_dataset_configs``: one statement for all matching datasets."""
        path, operation = "/api/organization/update_dataset_configs", f"configure the datasets of {organization}"
        expect_empty(self._send(Call("POST", path, operation, organization, body=body)))

    def create_crawl(self, options: Json, *, organization: str, dataset_id: str) -> CrawlAnswer:
        """``POST /api/crawl``: the crawl starts at once."""
        operation, body = f"start a crawl for dataset {dataset_id}", {"crawl_options": options}
        answer = self._send(Call("POST", "/api/crawl", operation, organization, dataset_id, body))
        created = parse(CRAWL, answer)
        expect_same(answer, "dataset_id", expected=dataset_id, told=created.dataset_id)
        return created

    def list_crawls(self, *, organization: str, dataset_id: str, page_size: int = PAGE) -> list[CrawlAnswer]:
        """``GET /api/crawl``: every crawl of a dataset, newest first. :param page_size: crawls in each request."""
        found: list[CrawlAnswer] = []
        for page in range(1, MOST_PAGES):
            path, operation = f"/api/crawl?page={page}&limit={page_size}", f"list the crawls of dataset {dataset_id}"
            answer = self._send(Call("GET", path, operation, organization, dataset_id))
            crawls = parse(CRAWLS, answer)
            for crawl in crawls:
                expect_same(answer, "dataset_id", expected=dataset_id, told=crawl.dataset_id)
            found += crawls
            if len(crawls) < page_size:
                return found
        raise ServiceError(
            f"list the crawls of dataset {dataset_id}",
            message=f"the list does not end after {len(found)} crawls, so it cannot show that a crawl is gone",
        )

    def delete_crawl(self, crawl_id: str, *, organization: str, dataset_id: str) -> None:
        """``DELETE /api/crawl/{id}``: the answer is 204 even if there was no such crawl."""
        path, operation = f"/api/crawl/{step(crawl_id)}", f"delete crawl {crawl_id}"
        expect_empty(self._send(Call("DELETE", path, operation, organization, dataset_id)))

    # Organizations

    def create_organization(self, name: str) -> OrganizationAnswer:
        """``POST /api/organization``, with the admin key and without organization header, so that the new one has an owner."""
        answer = self._send(Call("POST", "/api/organization", f"create organization {name}", body={"name": name}))
        created = parse(ORGANIZATION, answer)
        expect_same(answer, "name", expected=name, told=created.name)
        return created

    def get_organization(self, organization: str) -> OrganizationAnswer:
        """``GET /api/organization/{id}``: the organization without its plan."""
        path, operation = f"/api/organization/{step(organization)}", f"read organization {organization}"
        try:
            answer = self._send(Call("GET", path, operation, organization))
        except ParentMissing as error:  # here it is the object itself
            raise ObjectMissing(operation, status=error.status, message=error.message, hint=error.hint) from None
        found = parse(ORGANIZATION_ENVELOPE, answer).organization
        expect_same(answer, "id", expected=organization, told=found.id)
        return found

    def update_organization(self, body: Json, *, organization: str) -> None:
        """``PUT /api/organization``: the header names the organization."""
        operation = f"update organization {organization}"
        answer = self._send(Call("PUT", "/api/organization", operation, organization, body=body))
        expect_same(answer, "id", expected=organization, told=parse(ORGANIZATION, answer).id)

    def delete_organization(self, organization: str) -> None:
        """``DELETE /api/organization/{id}``: deletes its datasets too."""
        path, operation = f"/api/organization/{step(organization)}", f"delete organization {organization}"
        expect_empty(self._send(Call("DELETE", path, operation, organization)))

    def count_datasets(self, organization: str) -> int:
        """``POST /api/organization/usage/{id}``: how many datasets the service counts; a read, although it is a POST."""
        path, operation = f"/api/organization/usage/{step(organization)}", f"count the datasets of {organization}"
        call = Call("POST", path, operation, organization, body={"v1_usage": True}, only_asks=True)
        return parse(ORGANIZATION_USAGE, self._send(call)).dataset_count

    def plan_of(self, organization: str) -> PlanAnswer:
        """``GET /api/organization/{id}``: what the plan of an organization allows."""
        path, operation = f"/api/organization/{step(organization)}", f"read the plan of organization {organization}"
        answer = self._send(Call("GET", path, operation, organization))
        found = parse(PLAN_ENVELOPE, answer)
        expect_same(answer, "id", expected=organization, told=found.organization.id)
        return found.plan

    def my_organizations(self) -> list[OrganizationAnswer]:
        """``GET /api/auth/me`` with the admin key: the organizations of the user of that key."""
        return parse(USER, self._send(Call("GET", "/api/auth/me", "list the organizations of the admin key"))).orgs

    # How a request is sent, and what its answer means

    def _created(self, call: Call) -> DatasetAnswer:
        answer = self._send(call)
        created = parse(DATASET, answer)
        expect_same(answer, "tracking_id", expected=call.body["tracking_id"], told=created.tracking_id)
        expect_same(answer, "organization_id", expected=call.organization, told=created.organization_id)
        return created

    def _by_id(self, call: Call, dataset_id: str) -> DatasetAnswer:
        answer = self._send(call)
        found = parse(DATASET, answer)
        expect_same(answer, "id", expected=dataset_id, told=found.id)
        return found

    def _same_organization(self, found: DatasetAnswer, organization: str | None, call: Call) -> None:
        """Check the organization of a dataset, because the service returns any dataset to any key (observed 2.8)."""
        if organization is not None and found.organization_id != organization:
            raise ServiceError(
                call.operation,
                message=f"it belongs to organization {found.organization_id}, not to {organization}",
                hint="Is trieve:organizationId right, or the organization_id of the resource?",
            )

    def _send(self, call: Call) -> Answer:
        return self.succeeded(self.ask(call))

    def ask(self, call: Call) -> Answer:
        """Send a request, and return its answer, whatever its status."""
        headers = {"Authorization": call.key or self._connection.key_for(call.organization)}
        if call.organization is not None:
            headers["TR-Organization"] = call.organization
        if call.dataset is not None:
            headers["TR-Dataset"] = call.dataset
        request = Request(
            call.method,
            call.path,
            call.operation,
            json=call.body,
            headers=headers,
            only_asks=call.only_asks,
            hides_answer=call.hides_answer,
        )
        return self._http.send(request)

    def succeeded(self, answer: Answer) -> Answer:
        """Return a successful answer. :raises ServiceError: the answer is a failure."""
        if answer.succeeded:
            return answer
        raise failure(answer, self._connection.words)


def step(text: str) -> str:
    """One step of a path. Every reserved character is encoded, because tracking ids may contain any."""
    return quote(text, safe="")
