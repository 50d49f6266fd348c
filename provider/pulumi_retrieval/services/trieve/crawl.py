"""The life of a crawl."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.errors import AdoptionError, ObjectMissing, ServiceError, UnclearWriteError
from ...core.lifecycle import LifeCycle
from ...core.plan import Plan
from ...core.records import Fetched
from ...core.run import Run
from ...core.values import UNKNOWN, equal
from .connection import TrieveConnection
from .inputs import CrawlInputs
from .presence import READS, SPACING, Presence
from .shapes import created_at
from .updating import SETTLE_PAUSES
from .wire import Json, OrganizationMissing, TrieveWire

OPTIONS = "crawl_options"
OVERWRITTEN = ("webhook_urls", "webhook_metadata")
"""What the service changes by itself (trieve.md 1.4)."""


class CrawlLifeCycle(LifeCycle):
    """Crawls have no natural key, and nothing in them can be changed: the service starts a new one for every change."""

    noun: ClassVar[str] = "crawl"
    model = CrawlInputs
    replaces_freely: ClassVar[bool] = True

    def __init__(
        self,
        *,
        connection: TrieveConnection,
        run: Run,
        wire: TrieveWire,
        presence: Presence,
        sleep: Callable[[float], None],
    ) -> None:
        super().__init__(connection=connection, run=run)
        self._trieve = connection
        self._wire = wire
        self._presence = presence
        self._sleep = sleep

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The crawl as a person would name it."""
        options = values.get(OPTIONS)
        url = options.get("site_url") if isinstance(options, Mapping) else None
        return f"crawl of {url}" if isinstance(url, str) else "crawl"

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """The organization of the connection."""
        self._trieve.fill_organization(inputs, old)

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Other sites are only followed along a path that is named."""
        options = inputs.get(OPTIONS)
        if not isinstance(options, Mapping) or options.get("allow_external_links") is not True:
            return ()
        paths = options.get("include_paths")
        if paths is UNKNOWN or (isinstance(paths, list) and any(path != "*" for path in paths)):
            return ()
        return (f"{OPTIONS}.allow_external_links: needs an include_paths entry other than *",)

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """One POST; a lost answer is settled by what is in the list that was not there before."""
        organization, dataset_id = str(inputs["organization_id"]), str(inputs["dataset_id"])
        options = {key: value for key, value in inputs[OPTIONS].items() if value is not None}
        before = {item["id"] for item in self._wire.list_crawls(organization=organization, dataset_id=dataset_id)}
        try:
            data = self._wire.create_crawl(options, organization=organization, dataset_id=dataset_id)
        except UnclearWriteError as error:
            data = self._settle(inputs, before, organization, dataset_id, error)
        self.run.made(str(data["id"]))
        return self._fetched(data, inputs)

    def _settle(
        self,
        inputs: Mapping[str, Any],
        before: set[Any],
        organization: str,
        dataset_id: str,
        cause: UnclearWriteError,
    ) -> Json:
        for pause in SETTLE_PAUSES:
            self._sleep(pause)
            fresh = [
                item
                for item in self._wire.list_crawls(organization=organization, dataset_id=dataset_id)
                if item["id"] not in before and not self.run.made_here(str(item["id"])) and self._is(item, inputs)
            ]
            if len(fresh) > 1:
                raise AdoptionError(
                    f"{self.name_of(inputs)}: {cause}; {len(fresh)} new crawls look like it, so it cannot be told which one "
                    "is ours. Delete them and run `pulumi up` again"
                )
            if fresh:
                return fresh[0]
        raise cause

    def _is(self, item: Json, inputs: Mapping[str, Any]) -> bool:
        held = item.get(OPTIONS) or {}
        wanted = {k: v for k, v in inputs[OPTIONS].items() if v is not None and k not in OVERWRITTEN}
        return all(equal(value, held.get(key)) for key, value in wanted.items())

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Look it up in the list of its dataset; a second, spaced look decides.

        :raises ServiceError: the list cannot be had although the dataset is there.
        """
        organization, dataset_id = str(outputs["organization_id"]), str(outputs["dataset_id"])
        what = f"{self.name_of(outputs)} ({object_id})"
        last: ObjectMissing | None = None
        answered = 0
        for attempt in range(READS):
            if attempt:
                self._sleep(SPACING)
            try:
                listed = self._wire.list_crawls(organization=organization, dataset_id=dataset_id)
            except ObjectMissing as error:
                # The dataset is gone, or a query failed for a moment, which is answered alike.
                last = error
                if self._dataset_gone(organization, dataset_id):
                    break
                continue
            for item in listed:
                if item.get("id") == object_id:
                    return self._fetched(item, outputs)
            answered += 1
            if answered == 2:
                break
        else:
            assert last is not None
            raise last
        self.run.record_absence("trieve", object_id, what=what, most=self._trieve.max_gone)
        return None

    def _dataset_gone(self, organization: str, dataset_id: str) -> bool:
        try:
            return self._presence.dataset(dataset_id, organization=organization, what=f"dataset {dataset_id}") is None
        except OrganizationMissing:
            return True

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Never called: every change is a replacement."""
        raise AssertionError("a crawl is never updated")

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """The service answers alike whether there was one or not, so a delete without a clear answer is repeated."""
        organization, dataset_id = str(outputs["organization_id"]), str(outputs["dataset_id"])
        last: ServiceError | None = None
        for attempt in range(READS):
            if attempt:
                self._sleep(SPACING)
            try:
                self._wire.delete_crawl(object_id, organization=organization, dataset_id=dataset_id)
                return
            except ObjectMissing as error:
                last = error
                if self._dataset_gone(organization, dataset_id):
                    return  # and its crawls with it
            except UnclearWriteError as error:
                last = error
        assert last is not None
        raise last

    def _fetched(self, data: Json, before: Mapping[str, Any]) -> Fetched:
        held = data.get(OPTIONS) or {}
        managed = before.get(OPTIONS) or {}
        options = {k: v if k in OVERWRITTEN else held.get(k) for k, v in managed.items()}
        values = {
            "organization_id": before.get("organization_id"),
            "dataset_id": data.get("dataset_id"),
            OPTIONS: options,
        }
        return Fetched(str(data["id"]), values, {"created_at": created_at(data)})
