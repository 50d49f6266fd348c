"""The documented shapes of Trieve's answers (`docs/services/trieve.md` 1; all of them were recorded from a real server)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ...core.answers import AnswerModel, Documented

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""An id as the service writes it: a uuid in lower case with hyphens."""
Time = Annotated[str, Field(min_length=19, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]
"""A time in UTC without a zone; its fraction of a second differs between two answers about the same object."""
Count = Annotated[int, Field(ge=0)]


class DatasetAnswer(AnswerModel):
    """One dataset, with its whole configuration; only the answer to an update contains secrets."""

    id: Id
    name: str
    organization_id: Id
    tracking_id: str | None
    created_at: Time
    updated_at: Time
    server_configuration: dict[str, Any]


class ListedDataset(AnswerModel):
    """One dataset of a list, without configuration."""

    id: Id
    name: str
    organization_id: Id
    tracking_id: str | None
    created_at: Time


class UsageAnswer(AnswerModel):
    """How many chunks one dataset holds."""

    dataset_id: Id
    chunk_count: Count


class DatasetListItem(AnswerModel):
    """One item of the list of an organization's datasets."""

    dataset: ListedDataset
    dataset_usage: UsageAnswer


class OrganizationAnswer(AnswerModel):
    """One organization."""

    id: Id
    name: str
    created_at: Time
    partner_configuration: Any = None


class OrganizationEnvelope(AnswerModel):
    """One organization, without its plan."""

    organization: OrganizationAnswer


class PlanAnswer(AnswerModel):
    """The limits of a plan; 2147483647 if the server has no limits."""

    name: str
    dataset_count: Count


class PlanEnvelope(AnswerModel):
    """The plan of one organization."""

    organization: OrganizationAnswer
    plan: PlanAnswer


class OrganizationUsageAnswer(AnswerModel):
    """The counts of one organization; a deleted dataset counts until a worker has removed it."""

    dataset_count: Count


class UserAnswer(AnswerModel):
    """The user of the admin key, with its organizations."""

    orgs: list[OrganizationAnswer]


class CrawlAnswer(AnswerModel):
    """One crawl. The service adds to its options, so they differ from what was sent."""

    id: Id
    dataset_id: Id
    created_at: Time
    crawl_options: dict[str, Any]


class IssuedKeyAnswer(AnswerModel):
    """A new API key: the answer contains nothing else, and no other call returns the key."""

    api_key: Annotated[str, Field(min_length=16, pattern=r"^[!-~]+$", repr=False)]


class ApiKeyAnswer(AnswerModel):
    """One API key of a list, without the key itself, its scopes and its expiry."""

    id: Id
    organization_id: Id
    name: str
    role: int
    dataset_ids: list[str] | None = None
    created_at: Time


class ApiKeysAnswer(AnswerModel):
    """One page of an organization's API keys, by ascending id."""

    api_keys: list[ApiKeyAnswer]


DATASET = Documented(DatasetAnswer)
DATASETS = Documented(list[DatasetListItem])
USAGE = Documented(UsageAnswer)
ORGANIZATION = Documented(OrganizationAnswer)
ORGANIZATION_ENVELOPE = Documented(OrganizationEnvelope)
PLAN_ENVELOPE = Documented(PlanEnvelope)
ORGANIZATION_USAGE = Documented(OrganizationUsageAnswer)
USER = Documented(UserAnswer)
CRAWL = Documented(CrawlAnswer)
CRAWLS = Documented(list[CrawlAnswer])
ISSUED_KEY = Documented(IssuedKeyAnswer)
API_KEYS = Documented(ApiKeysAnswer)
