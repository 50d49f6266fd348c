"""Whether something is really gone.

A Trieve server answers 404, 500 `Not Found`, or 401 to a good key, whenever a query fails for a moment
(`docs/services/trieve.md`, observed 2.3). Forgetting an object that exists is the worst thing a refresh can do, so an
absence is believed only after a second, spaced read agrees, and the list of the organization, which must answer,
does not know the object either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.errors import AuthenticationError, GoneError, ObjectMissing, ServiceError
from .connection import TrieveConnection
from .wire import OrganizationMissing, TrieveWire

SPACING = 1.0
"""Seconds between two reads that shall not fail for the same reason."""
READS = 4
"""Reads of an object that the list knows, or cannot tell of, before giving up."""

Json = dict[str, Any]


class Presence:
    """Reads that do not take the first no for an answer.

    :param sleep: takes seconds.
    """

    def __init__(self, wire: TrieveWire, *, connection: TrieveConnection, sleep: Callable[[float], None]) -> None:
        self._wire = wire
        self._connection = connection
        self._sleep = sleep

    def dataset(self, dataset_id: str, *, organization: str | None, what: str) -> Json | None:
        """The dataset, or None where it is surely gone.

        :raises OrganizationMissing: its organization seems to be gone, which is for the caller to judge.
        :raises ServiceError: it could not be told.
        """
        last: ServiceError | None = None
        missing = denied = 0
        for attempt in range(READS):
            if attempt:
                self._sleep(SPACING)
            try:
                return self._wire.get_dataset(dataset_id, organization=organization, what=what)
            except OrganizationMissing as error:
                last = error
                if organization is not None and self.organization(organization) is None:
                    raise
            except AuthenticationError as error:
                last, denied = error, denied + 1
                if denied > 1:
                    raise
            except ObjectMissing as error:
                last, missing = error, missing + 1
                if missing > 1 and (organization is None or not self._listed(dataset_id, organization)):
                    return None
        assert last is not None
        raise last

    def chunk_count(self, dataset_id: str, *, organization: str, what: str) -> int:
        """How many chunks a dataset holds that was there a moment ago.

        :raises ObjectMissing: the service goes on denying that there is one.
        """
        for _ in range(READS - 1):
            try:
                return self._wire.chunk_count(dataset_id, organization=organization, what=what)
            except ObjectMissing:
                self._sleep(SPACING)
        return self._wire.chunk_count(dataset_id, organization=organization, what=what)

    def datasets(self, organization: str) -> list[Json]:
        """The list of an organization's datasets, asked again where a query seems to have failed.

        :raises OrganizationMissing: the organization seems to be gone, which is for the caller to judge.
        :raises ServiceError: it could not be told.
        """
        last: ServiceError | None = None
        for attempt in range(READS):
            if attempt:
                self._sleep(SPACING)
            try:
                return self._wire.list_datasets(organization)
            except ObjectMissing as error:
                last = error
                if isinstance(error, OrganizationMissing) and self.organization(organization) is None:
                    raise
            except AuthenticationError as error:
                if attempt:
                    raise
                last = error
        assert last is not None
        raise last

    def organization(self, organization: str) -> Json | None:
        """The organization, or None where it is surely gone.

        :raises GoneError: it seems gone, and the key is the organization's own, which can prove nothing.
        """
        missing = denied = 0
        while missing < 2:
            if missing or denied:
                self._sleep(SPACING)
            try:
                return self._wire.get_organization(organization)
            except ObjectMissing:
                missing += 1
            except AuthenticationError:
                denied += 1
                if denied > 1:
                    raise
        if not self._connection.uses_admin(organization):
            raise GoneError(
                f"organization {organization} does not exist, says {self._connection.base_url}. An organization key "
                "cannot tell a deleted organization from a wrong setting, so nothing is forgotten. Is "
                "trieve:organizationId right? If the organization was deleted, remove it and what was in it from the "
                "state: pulumi state delete 'URN' for each (pulumi stack --show-urns lists them)"
            )
        return None

    def _listed(self, dataset_id: str, organization: str) -> bool:
        try:
            datasets = self._wire.list_datasets(organization)
        except ObjectMissing:
            return True  # The list failed as well, so nothing is known; look again.
        return any(
            isinstance(item.get("dataset"), dict) and item["dataset"].get("id") == dataset_id for item in datasets
        )
