"""The crawl: its definition and its calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ...core.beliefs import Absent
from ...core.declaration import Declaration
from ...core.definition import Definition
from ...core.errors import ObjectMissing, ParentMissing
from ...core.looking import Looks
from ...core.mistakes import Mistake
from ...core.objects import Capabilities, Objects, Observation, Ref, Template
from ...core.values import UNKNOWN, contains_unknown, equal
from .answers import CrawlAnswer, DatasetAnswer
from .connection import TrieveConnection
from .inputs import CrawlInputs
from .json_shapes import FLAG, TEXT, ListOf, Object, Tagged
from .organization import organization_absent
from .shapes import age_hours, created_at
from .wire import PAGE, TrieveWire

OPTIONS = "crawl_options"
SOURCE = "scrape_options"
SOURCES = Tagged(
    {
        "openapi": Object(
            {"openapi_schema_url": TEXT, "openapi_tag": TEXT}, required=frozenset({"openapi_schema_url", "openapi_tag"})
        ),
        "shopify": Object({"group_variants": FLAG, "tag_regexes": ListOf(TEXT)}),
        "youtube": Object({}),
    }
)
"""Sources that are read instead of a web site, with their options."""
OVERWRITTEN = ("webhook_urls", "webhook_metadata")
"""Options that the service changes by itself (trieve.md 1.4)."""


class CrawlDefinition(Definition):
    """Crawls have no natural key, and nothing in them can be changed: the service starts a new one for every change."""

    noun: ClassVar[str] = "crawl"
    known_by_id_alone: ClassVar[bool] = False
    model = CrawlInputs
    replaces_freely: ClassVar[bool] = True

    def __init__(self, *, connection: TrieveConnection) -> None:
        super().__init__(connection=connection)
        self._trieve = connection

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The crawl as a person would name it."""
        options = values.get(OPTIONS)
        url = options.get("site_url") if isinstance(options, Mapping) else None
        return f"crawl of {url}" if isinstance(url, str) else "crawl"

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill in the organization of the connection."""
        self._trieve.fill_organization(inputs, old)

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[Mistake | str]:
        """Links to other sites need a named path, and each special source has its own options."""
        options = inputs.get(OPTIONS)
        if not isinstance(options, Mapping):
            return ()
        found: list[Mistake | str] = []
        if isinstance(source := options.get(SOURCE), Mapping):
            found += SOURCES.mistakes(source, (OPTIONS, SOURCE))
        paths = options.get("include_paths")
        named = paths is UNKNOWN or (isinstance(paths, list) and any(path != "*" for path in paths))
        if options.get("allow_external_links") is True and not named:
            found.append(f"{OPTIONS}.allow_external_links: needs an include_paths entry other than *")
        return found

    def identity(self, inputs: Mapping[str, Any]) -> str | None:
        """Dataset and options: two equal crawls of a dataset cannot be distinguished after an interrupted run."""
        options, dataset_id = inputs.get(OPTIONS), inputs.get("dataset_id")
        if not isinstance(dataset_id, str) or not isinstance(options, Mapping) or contains_unknown(options):
            return None
        digest = hashlib.sha256(json.dumps(_told(options), sort_keys=True, default=repr).encode()).hexdigest()
        return f"{dataset_id} {digest[:16]}"

    def unclear_hint(self, inputs: Mapping[str, Any]) -> str:
        """What to do after a create without a clear answer: the next run finds a crawl that was started."""
        return "Run the same command again: it takes over a crawl that was started, younger than 24 h and equal"


class CrawlObjects(Objects):
    """The calls of crawls.

    :param now: seconds since the epoch.
    """

    can = Capabilities(keyed=False, refuses_duplicates=False, repeatable=False)

    def __init__(
        self, wire: TrieveWire, *, connection: TrieveConnection, looks: Looks, now: Callable[[], float]
    ) -> None:
        self._wire = wire
        self._connection = connection
        self._looks = looks
        self._now = now

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """A group for the crawls of one dataset."""
        return f"crawls of {values.get('dataset_id')}"

    def parent_key(self, inputs: Mapping[str, Any]) -> str | None:
        """The dataset."""
        return str(inputs["dataset_id"])

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """Every crawl of the dataset with equal options."""
        return [self._observation(crawl, inputs) for crawl in self._list(inputs) if _is(crawl, inputs)]

    def read(self, ref: Ref) -> Observation:
        """Read the crawl from the list of its dataset."""
        for crawl in self._list(ref.values):
            if crawl.id == ref.id:
                return self._observation(crawl, ref.values)
        raise ObjectMissing(f"read {ref.what}", message="the list of its dataset does not show it")

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether the list shows it in pages of another size; no other call shows crawls."""
        return any(crawl.id == ref.id for crawl in self._list(ref.values, page_size=PAGE // 2))

    def parent_absent(self, ref: Ref) -> str | None:
        """The dataset or its organization, if it is gone."""
        organization, dataset_id = str(ref.values["organization_id"]), str(ref.values["dataset_id"])
        what = f"dataset {dataset_id}"

        def read() -> DatasetAnswer:
            return self._wire.get_dataset(dataset_id, organization=organization, what=what)

        belief = self._looks.look(
            read,
            known_elsewhere=lambda: any(
                item.dataset.id == dataset_id for item in self._wire.list_datasets(organization)
            ),
            parent_absent=lambda: organization_absent(
                organization, wire=self._wire, looks=self._looks, connection=self._connection
            ),
        )
        return (belief.parent or what) if isinstance(belief, Absent) else None

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """One POST; the crawl starts at once."""
        options = {key: value for key, value in inputs[OPTIONS].items() if value is not None}
        organization, dataset_id = str(inputs["organization_id"]), str(inputs["dataset_id"])
        return self._observation(
            self._wire.create_crawl(options, organization=organization, dataset_id=dataset_id), inputs
        )

    def delete(self, ref: Ref) -> None:
        """One DELETE; the answer does not say whether there was a crawl."""
        organization, dataset_id = str(ref.values["organization_id"]), str(ref.values["dataset_id"])
        self._wire.delete_crawl(ref.id, organization=organization, dataset_id=dataset_id)

    def _list(self, values: Mapping[str, Any], *, page_size: int = PAGE) -> list[CrawlAnswer]:
        organization, dataset_id = str(values["organization_id"]), str(values["dataset_id"])
        try:
            return self._wire.list_crawls(organization=organization, dataset_id=dataset_id, page_size=page_size)
        except ObjectMissing as error:
            # The answer is about the dataset that the header names, and not about a crawl.
            raise ParentMissing(
                error.operation, status=error.status, message=error.message, request_id=error.request_id
            ) from None

    def _observation(self, data: CrawlAnswer, before: Mapping[str, Any]) -> Observation:
        held, managed = data.crawl_options, before.get(OPTIONS) or {}
        options = {k: v if k in OVERWRITTEN else held.get(k) for k, v in managed.items()}
        values = {
            "organization_id": before.get("organization_id"),
            "dataset_id": data.dataset_id,
            OPTIONS: options,
        }
        return Observation(
            data.id,
            values,
            {"created_at": created_at(data.created_at)},
            age_hours=age_hours(data.created_at, now=self._now()),
        )


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the service returns as they were sent."""
    return {key: value for key, value in options.items() if value is not None and key not in OVERWRITTEN}


def _is(crawl: CrawlAnswer, inputs: Mapping[str, Any]) -> bool:
    """Whether a crawl has exactly the options of a program."""
    wanted, held = _told(inputs[OPTIONS]), _told(crawl.crawl_options)
    return wanted.keys() == held.keys() and all(_includes(wanted[key], held[key]) for key in wanted)


def _includes(wanted: Any, held: Any) -> bool:
    """Whether a returned value is the one that was sent; the service may add keys to an object."""
    if isinstance(wanted, Mapping) and isinstance(held, Mapping):
        return all(_includes(value, held.get(key)) for key, value in wanted.items() if value is not None)
    return equal(wanted, held)
