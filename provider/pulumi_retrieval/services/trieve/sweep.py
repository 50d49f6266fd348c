"""Reading every dataset of an organization once, for everybody who asks in the same run."""

from __future__ import annotations

import threading

from .presence import Presence
from .wire import Json


class Sweep:
    """The list shows no configuration, so every dataset is read; fleets of one organization share what was read."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._lock = threading.Lock()
        self._read: dict[str, list[Json]] = {}

    def datasets(self, organization: str) -> list[Json]:
        """Every dataset with its configuration.

        :raises OrganizationMissing: the organization is gone.
        """
        with self._lock:
            if organization not in self._read:
                self._read[organization] = self._all(organization)
            return self._read[organization]

    def forget(self, organization: str) -> None:
        """Read again next time: something was written."""
        with self._lock:
            self._read.pop(organization, None)

    def _all(self, organization: str) -> list[Json]:
        found: list[Json] = []
        for item in self._presence.datasets(organization):
            dataset_id = str((item.get("dataset") or {}).get("id"))
            data = self._presence.dataset(dataset_id, organization=organization, what=f"dataset {dataset_id}")
            if data is not None:  # else it went after it was listed
                found.append(data)
        return found
