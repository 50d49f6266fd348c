"""Look-ups: they read from the service, whether this package manages the objects or not, and leave out secrets."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...core.errors import ConfigurationError, ObjectMissing
from ...core.looking import AGREEING, Looks
from .answers import DatasetAnswer
from .connection import TrieveConnection
from .shapes import created_at
from .wire import Json, TrieveWire

T = TypeVar("T")


class Lookups:
    """Reads from the service and returns plain values. Stores nothing and changes nothing."""

    def __init__(self, wire: TrieveWire, *, connection: TrieveConnection, looks: Looks) -> None:
        self._wire = wire
        self._connection = connection
        self._looks = looks

    def dataset(
        self, *, dataset_id: str | None = None, tracking_id: str | None = None, organization_id: str | None = None
    ) -> Json:
        """One dataset by id or by tracking id.

        :raises ServiceError: it does not exist, or belongs to another organization.
        """
        organization = self._organization(organization_id)
        if (dataset_id is None) == (tracking_id is None):
            raise ConfigurationError("get_dataset: give either dataset_id or tracking_id")
        if dataset_id is not None:
            known, what = _uuid("dataset_id", dataset_id), f"dataset {dataset_id}"
            data = self._ask(lambda: self._wire.get_dataset(known, organization=organization, what=what))
        else:
            data = self._by_tracking_id(str(tracking_id), organization)
        return {
            "id": data.id,
            "dataset_name": data.name,
            "tracking_id": data.tracking_id,
            "organization_id": data.organization_id,
            "created_at": created_at(data.created_at),
            "server_configuration": without_secrets(data.server_configuration),
        }

    def _by_tracking_id(self, tracking_id: str, organization: str) -> DatasetAnswer:
        what, ask = f"dataset {tracking_id}", self._wire.get_dataset_by_tracking_id
        try:
            return self._ask(lambda: ask(tracking_id, organization=organization, what=what))
        except ObjectMissing as error:
            raise ObjectMissing(
                f"look up {what}",
                status=error.status,
                message=f"no dataset of organization {organization} has this tracking id",
                hint="trieve.list_datasets shows the existing ones",
            ) from None

    def datasets(self, *, organization_id: str | None = None) -> list[Json]:
        """Every dataset of an organization, newest first, without configuration."""
        organization = self._organization(organization_id)
        return [
            {
                "id": item.dataset.id,
                "dataset_name": item.dataset.name,
                "tracking_id": item.dataset.tracking_id,
                "organization_id": item.dataset.organization_id,
                "created_at": created_at(item.dataset.created_at),
                "chunk_count": item.dataset_usage.chunk_count,
            }
            for item in self._ask(lambda: self._wire.list_datasets(organization))
        ]

    def dataset_usage(self, *, dataset_id: str, organization_id: str | None = None) -> Json:
        """How many chunks a dataset holds."""
        data = self.dataset(dataset_id=dataset_id, organization_id=organization_id)
        what = f"dataset {data['tracking_id'] or dataset_id}"
        count = self._ask(lambda: self._wire.chunk_count(data["id"], organization=data["organization_id"], what=what))
        return {"id": data["id"], "chunk_count": count}

    def headroom(self, *, organization_id: str) -> tuple[int, int, str]:
        """The number of datasets that the plan of an organization allows, the number that the service counts, and the plan's name.

        Deleted datasets are counted until a worker of the service has removed them (trieve.md 3).
        """
        organization = self._organization(organization_id)
        plan = self._ask(lambda: self._wire.plan_of(organization))
        return plan.dataset_count, self._ask(lambda: self._wire.count_datasets(organization)), plan.name

    def organization(self, *, organization_id: str | None = None) -> Json:
        """One organization, without its plan."""
        organization = self._organization(organization_id)
        data = self._ask(lambda: self._wire.get_organization(organization))
        return {
            "id": data.id,
            "name": data.name,
            "created_at": created_at(data.created_at),
            "partner_configuration": data.partner_configuration or {},
        }

    def _ask(self, ask: Callable[[], T]) -> T:
        """Repeat a read that finds nothing, because the service also answers so when a query fails (observed 2.3)."""
        return self._looks.insist(ask, looks=AGREEING)

    def _organization(self, organization_id: str | None) -> str:
        organization = organization_id or self._connection.organization_id
        if organization is None:
            setting = self._connection.words.set_setting("trieve:organizationId", "ID")
            raise ConfigurationError(f"organization_id is missing: give it, or set it for all: {setting}")
        return _uuid("organization_id", organization)


def _uuid(name: str, text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ConfigurationError(f'{name} must be a uuid; it is "{text}"') from None


def without_secrets(configuration: Mapping[str, Any]) -> Json:
    """A configuration without secrets: the service returns ``extra_params.apiKey`` in plain (trieve.md 2.4)."""
    clean = {k: v for k, v in configuration.items() if k not in ("LLM_API_KEY", "RERANKER_API_KEY")}
    public = clean.get("PUBLIC_DATASET")
    if isinstance(public, Mapping):
        public = {k: v for k, v in public.items() if k != "api_key"}
        if isinstance(public.get("extra_params"), Mapping):
            public["extra_params"] = {k: v for k, v in public["extra_params"].items() if k != "apiKey"}
        clean["PUBLIC_DATASET"] = public
    return clean
