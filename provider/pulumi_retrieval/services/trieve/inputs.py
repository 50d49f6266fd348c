"""The inputs of Trieve's resources."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from ...core.fields import (
    Atomic,
    CreateOnly,
    Default,
    Guard,
    Immutable,
    Inputs,
    Integer,
    Late,
    NoneMeansAll,
    Source,
    Unit,
    WriteOnly,
)
from ...core.retirement import DEFAULT_RETENTION_DAYS, MOST_RETENTION_DAYS
from .configuration import ServerConfiguration


def _no_markup(value: str) -> str:
    """Without `<`, `>` and carriage returns, not beginning with a blank."""
    if "<" in value or ">" in value:
        raise PydanticCustomError(
            "markup",
            'must not hold "<" or ">": the service strips markup from names at the first update',
        )
    if "\r" in value or value != value.lstrip("\t\n\f "):
        raise PydanticCustomError(
            "name_blanks",
            "must not begin with a blank or hold a carriage return: the service changes both at the first update",
        )
    return value


def _uuid(value: str) -> str:
    """A uuid in lower case with hyphens."""
    try:
        written = str(uuid.UUID(value))
    except ValueError:
        raise PydanticCustomError("uuid", "must be an id of the service, a uuid") from None
    if written != value:
        # The service accepts several spellings and returns this one, so another spelling would look like another organization.
        raise PydanticCustomError("uuid_spelling", "must be written {written}", {"written": f'"{written}"'})
    return value


Uuid = Annotated[str, AfterValidator(_uuid)]
ORGANIZATION_SETTING = {"organization_id": ("trieve:organizationId", "ID")}
OF_CONNECTION = Default("the setting `trieve:organizationId`")
IN_HEADER = Source("the header TR-Organization of every call", "trieve.md 1.1")
OnImmutableChange = Annotated[Literal["refuse", "replace"] | None, Guard(), Default('`"refuse"`')]
Flag = Annotated[bool | None, Guard(), Default("`False`")]
"""A switch of this package that is off by default."""


class CloneFrom(Inputs):
    """The source that a dataset is cloned from when it is created."""

    default_source: ClassVar[Source | None] = Source("POST /api/dataset/clone", "trieve.md 4")

    dataset_id: Annotated[Uuid, Source("POST /api/dataset/clone, dataset_to_clone", "trieve.md 4")]
    """Id of the source; it may belong to another organization."""
    copy_chunks: Annotated[
        bool | None, Default("`True`"), Source("POST /api/dataset/clone, clone_chunks", "trieve.md 4")
    ] = None
    """Whether chunks are copied too. A worker of the service copies them later and does not report when."""
    wait_seconds: Annotated[
        Integer | None,
        Field(ge=0, le=86_400),
        Unit("seconds"),
        Default("`0`"),
        Source("nothing: this package waits and counts chunks", "trieve.md 4"),
    ] = None
    """How long to wait until the chunks are copied; 0 does not wait. A waiting resource occupies one of the engine's four
    workers, so programs with many clones set 0, and `pulumi-retrieval wait` waits for all of them.
    """


class DatasetInputs(Inputs):
    """The inputs of a dataset."""

    unknown_hints: ClassVar[Mapping[str, str]] = {
        "crawl_options": "the service no longer takes it here; declare a trieve.Crawl with this dataset_id",
        "name": 'did you mean "dataset_name"?',
    }
    missing_settings: ClassVar[Mapping[str, tuple[str, str]]] = ORGANIZATION_SETTING
    default_source: ClassVar[Source | None] = Source("POST and PUT /api/dataset", "trieve.md 1.3")

    organization_id: Annotated[
        Uuid, Immutable("a dataset cannot move to another organization"), OF_CONNECTION, IN_HEADER
    ]
    """Id of the organization that owns the dataset."""
    dataset_name: Annotated[str, Default("the name of the resource")]
    """Name for people; need not be unique."""
    tracking_id: Annotated[
        str,
        Field(min_length=1, max_length=5000),
        Unit("characters"),
        Default("derived from organization, project, stack, parents and resource name at creation, and then kept"),
    ]
    """Your own id of the dataset, unique within the organization. Should not be a uuid, because those do not work in
    `TR-Dataset`. It is part of URLs, and 5000 characters are the most that the service was seen to accept.
    """
    server_configuration: ServerConfiguration | None = None
    """The configuration keys that the program manages."""
    clone_from: Annotated[
        CloneFrom | None,
        CreateOnly(),
        Default("a new, empty dataset"),
        Source("POST /api/dataset/clone in place of POST /api/dataset", "trieve.md 4"),
    ] = None
    """Where the dataset is cloned from when it is created. A later change is stored and has no effect."""
    secrets_version: Annotated[str | None, Guard(resends=True), Default("none")] = None
    """Any text; when it changes, the secrets are sent again."""
    allow_unknown_configuration: Flag = None
    """Whether configuration keys are accepted that this version of the package does not know."""
    force_destroy: Flag = None
    """Whether the dataset may be deleted although it holds documents. It must be applied before the delete."""
    retire: Annotated[
        bool | None, Guard(effect="locks the dataset; undoing it unlocks the dataset"), Default("`False`")
    ] = None
    """Whether the dataset is being off-boarded: it is locked, and may be deleted with its documents after `retention_days`.
    Removing this input, or setting it to false, unlocks the dataset, unless the program sets `LOCKED`.
    """
    retention_days: Annotated[
        float | None,
        Field(ge=0, le=MOST_RETENTION_DAYS),
        Guard(),
        Unit("days"),
        Default(f"`{DEFAULT_RETENTION_DAYS}`"),
    ] = None
    """How many days a retired dataset is kept; 0: it can be deleted at once."""
    allow_rename: Flag = None
    """Whether the tracking id may become one that is not known before the update."""
    adopt: Annotated[bool | Uuid | None, Guard(), Default("`False`, or the setting `trieve:adopt`")] = None
    """True: an existing dataset with this tracking id is taken under management. An id: that dataset is."""
    on_immutable_change: OnImmutableChange = None
    """What a change of an immutable key does: it is refused, or the dataset is replaced, which deletes its documents and
    needs `force_destroy`.
    """


Partner = Annotated[str | None, Late()]


class PartnerConfiguration(Inputs):
    """What the pages of the organization show. The service replaces all nine together; this package repeats unset keys."""

    default_source: ClassVar[Source | None] = Source("PUT /api/organization, partner_configuration", "trieve.md 5.2")

    COMPANY_NAME: Partner = None
    """Name of the company."""
    COMPANY_URL: Partner = None
    """Home page of the company."""
    FAVICON_URL: Partner = None
    """Icon of the pages."""
    DEMO_DOMAIN: Partner = None
    """Domain of demonstration pages."""
    CALENDAR_LINK: Partner = None
    """Where to book a call."""
    SLACK_LINK: Partner = None
    """Slack channel."""
    LINKEDIN_LINK: Partner = None
    """LinkedIn page."""
    EMAIL: Partner = None
    """Address for questions."""
    PHONE: Partner = None
    """Telephone number."""


class OrganizationInputs(Inputs):
    """The inputs of an organization."""

    default_source: ClassVar[Source | None] = Source("POST and PUT /api/organization", "trieve.md 1.2")

    organization_id: Annotated[
        Uuid | None,
        Immutable("an organization's id never changes"),
        Default("a new organization is created"),
        IN_HEADER,
    ] = None
    """Id of an existing organization, which is then managed and never deleted. Without it, an organization is created."""
    name: Annotated[str, Field(min_length=1), Unit("characters"), AfterValidator(_no_markup)] | None = None
    """Name for people; need not be unique. Required where the organization is created."""
    partner_configuration: PartnerConfiguration | None = None
    """What the pages of the organization show."""
    force_destroy: Flag = None
    """Whether the organization may be deleted although it contains datasets that this stack does not manage."""
    on_immutable_change: OnImmutableChange = None
    """What a change of an immutable key does: it is refused, or the organization is replaced."""


class FleetConfigurationInputs(Inputs):
    """The inputs of a configuration that many datasets share."""

    unknown_hints: ClassVar[Mapping[str, str]] = {"server_configuration": 'did you mean "configuration"?'}
    missing_settings: ClassVar[Mapping[str, tuple[str, str]]] = ORGANIZATION_SETTING
    default_source: ClassVar[Source | None] = Source("POST /api/organization/update_dataset_configs", "trieve.md 2.5")

    organization_id: Annotated[Uuid, Immutable("a fleet is the datasets of one organization"), OF_CONNECTION, IN_HEADER]
    """Id of the organization of the datasets."""
    match: Annotated[
        dict[str, str] | None,
        NoneMeansAll(),
        Default("all datasets"),
        Source("POST /api/organization/update_dataset_configs, match_configuration", "trieve.md 2.5"),
    ] = None
    """Configuration keys with the texts that a dataset must have to match; without it, all datasets match."""
    configuration: Annotated[
        ServerConfiguration,
        Source("POST /api/organization/update_dataset_configs, to_configuration", "trieve.md 2.5"),
    ]
    """The keys to manage, with one value for all. Not allowed: secrets, immutable keys, keys that are replaced as a whole."""


def _moment(value: str | None) -> str | None:
    """A moment in UTC in exactly the form `2027-01-31T00:00:00Z`, because the service may read other forms as never."""
    try:
        if value is not None:
            datetime.strptime(value, MOMENT)
    except ValueError:
        raise PydanticCustomError(
            "moment",
            "must be a moment in UTC, such as 2027-01-31T00:00:00Z: the service may read any other form as never",
        ) from None
    return value


def _scope(value: str) -> str:
    """A method and a path."""
    if re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /api/[!-~]+", value) is None:
        raise PydanticCustomError("scope", "must be a method and a path, as GET /api/dataset/{dataset_id}")
    return value


def _scopes(value: list[str] | None) -> list[str] | None:
    """Not empty; each item a method and a path, as `GET /api/dataset/{dataset_id}`."""
    if value == []:
        raise PydanticCustomError(
            "no_scopes",
            "must not be empty: a key with an empty list may do nothing at all; leave it out for all routes that the role "
            "allows",
        )
    return value


def _dataset_ids(value: list[str] | None) -> list[str] | None:
    """Not empty; each item a uuid, and none twice."""
    if value == []:
        raise PydanticCustomError(
            "no_datasets", "must not be empty: the service restricts nothing then; leave it out for all datasets"
        )
    if value is not None and len(set(value)) < len(value):
        raise PydanticCustomError("datasets_twice", "must not name a dataset twice")
    return value


MOMENT = "%Y-%m-%dT%H:%M:%SZ"
"""The form of a moment, UTC, that the service was seen to understand."""
Scope = Annotated[str, AfterValidator(_scope)]
NEW_KEY = "the service cannot change a key, so another one is made"


class ApiKeyInputs(Inputs):
    """The inputs of an API key."""

    unknown_hints: ClassVar[Mapping[str, str]] = {
        "api_key": "the service makes the key, and it is an output",
        "expires": 'did you mean "expires_at"?',
    }
    missing_settings: ClassVar[Mapping[str, tuple[str, str]]] = ORGANIZATION_SETTING
    default_source: ClassVar[Source | None] = Source("POST /api/organization/api_key", "trieve.md 1.2")

    organization_id: Annotated[Uuid, Immutable("a key belongs to one organization"), OF_CONNECTION, IN_HEADER]
    """Id of the organization that the key may act in."""
    name: Annotated[
        str,
        Field(min_length=1),
        Unit("characters"),
        Immutable(NEW_KEY),
        Default("derived from organization, project, stack, parents and resource name at creation, and then kept"),
    ]
    """Name for people. Keys whose create was interrupted are recognized by it, so each stack and resource should have its own."""
    role: Annotated[Integer, Field(ge=0, le=2), Immutable(NEW_KEY), Unit("dimensionless")]
    """What the key may do: 0 a user, 1 an admin, 2 an owner."""
    scopes: Annotated[
        list[Scope] | None,
        AfterValidator(_scopes),
        Immutable(NEW_KEY),
        NoneMeansAll(),
        Default("all routes that the role allows"),
    ] = None
    """The routes that the key may call: on these it acts as owner whatever its role is; all other routes are refused."""
    dataset_ids: Annotated[
        list[Uuid] | None,
        AfterValidator(_dataset_ids),
        Immutable(NEW_KEY),
        NoneMeansAll(),
        Default("all datasets"),
    ] = None
    """Ids of the datasets that the key may name in `TR-Dataset`. Requests without that header are not restricted."""
    expires_at: Annotated[str | None, AfterValidator(_moment), Immutable(NEW_KEY), NoneMeansAll(), Default("never")] = (
        None
    )
    """When the key expires."""
    rotate_trigger: Annotated[
        str | None,
        Guard(replaces=True, effect="replaces the key; leaving it out does nothing"),
        Default("none"),
    ] = None
    """Any text; when it changes, or is given for the first time, the key is replaced by a new one."""


class CrawlOptions(Inputs):
    """How a site is crawled."""

    default_source: ClassVar[Source | None] = Source("POST /api/crawl, crawl_options", "trieve.md 1.4")

    site_url: str | None = None
    """The URL at which the crawl begins."""
    interval: Literal["daily", "weekly", "monthly"] | None = None
    """How often the crawl is repeated; without it, it runs once."""
    limit: Annotated[Integer | None, Field(ge=0, le=2**31 - 1), Unit("pages")] = None
    """Most pages; the service stores 32 bits."""
    include_paths: list[str] | None = None
    """Paths to crawl."""
    exclude_paths: list[str] | None = None
    """Paths to leave out."""
    include_tags: list[str] | None = None
    """HTML tags to keep."""
    exclude_tags: list[str] | None = None
    """HTML tags to leave out."""
    boost_titles: bool | None = None
    """Whether titles count more."""
    allow_external_links: bool | None = None
    """Whether other sites are followed; needs an `include_paths` other than `*`."""
    ignore_sitemap: bool | None = None
    """Whether the site map is ignored."""
    heading_remove_strings: list[str] | None = None
    """Texts to remove from headings."""
    body_remove_strings: list[str] | None = None
    """Texts to remove from bodies."""
    scrape_options: dict[str, Any] | None = None
    """Options of a special source. `type` is required: `openapi`, with `openapi_schema_url` and `openapi_tag`; `shopify`,
    which may have `group_variants` and `tag_regexes`; `youtube`.
    """
    add_chunks_to_dataset: bool | None = None
    """Whether the content becomes chunks of the dataset."""
    tags: list[str] | None = None
    """Tags of the chunks."""
    webhook_urls: Annotated[list[str] | None, WriteOnly()] = None
    """URLs that are notified; the service adds its own, so this is compared with the value that was last applied."""
    webhook_metadata: Annotated[dict[str, Any] | None, WriteOnly()] = None
    """Data for these notifications; the service overwrites it."""


class CrawlInputs(Inputs):
    """The inputs of a crawl."""

    missing_settings: ClassVar[Mapping[str, tuple[str, str]]] = ORGANIZATION_SETTING
    default_source: ClassVar[Source | None] = Source("POST /api/crawl", "trieve.md 1.4")

    organization_id: Annotated[
        Uuid, Immutable("a crawl belongs to a dataset of one organization"), OF_CONNECTION, IN_HEADER
    ]
    """Id of the organization that owns the dataset."""
    dataset_id: Annotated[
        Uuid, Immutable("a crawl fills one dataset"), Source("the header TR-Dataset", "trieve.md 1.4")
    ]
    """Id of the dataset that is filled."""
    crawl_options: Annotated[CrawlOptions, Atomic(), Immutable("the service starts a new crawl for every change")]
    """How the site is crawled. A change deletes the crawl and starts another."""
