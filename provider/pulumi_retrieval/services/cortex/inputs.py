"""The inputs of the Cortex resources, one model for each resource and generation of the API.

Fields have the names of the service's documents. Nothing is translated between the generations: fields of the other generation
are a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ...core.fields import CreateOnly, Default, Guard, Immutable, Inputs, Integer, Keyed, Source, Unit
from ...core.retirement import DEFAULT_RETENTION_DAYS, MOST_RETENTION_DAYS

KeyType = Literal["string", "number", "boolean", "date", "object", "array"]
DataType = Literal["BOOL", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE", "VARCHAR", "JSON"]

DATA_TYPE_ALIASES: Mapping[str, str] = {
    "string": "VARCHAR",
    "boolean": "BOOL",
    "integer": "INT64",
    "float": "FLOAT",
    "object": "JSON",
    "array": "ARRAY",
}
"""Aliases that the service of v2 accepts; it returns the canonical types (docs/services/cortex.md 2.3)."""

KEY_FIELDS = ("key", "type", "searchable", "filterable")
FIELD_FIELDS = (
    "name",
    "data_type",
    "max_length",
    "enable_match",
    "enable_dense_embedding",
    "enable_sparse_embedding",
)

DEFAULT_DIMENSION = 1536
DEFAULT_MAX_LENGTH = 1024
DEFAULT_WAIT_SECONDS = 600

DERIVED = Default("derived from organization, project, stack, parents and resource name at creation, and then kept")
NO_SCHEMA = Default("no metadata")

_OTHER_GENERATION = "belongs to the API generation"


def _no_edges(value: str) -> str:
    """Without control characters, and without a space at its beginning or end."""
    if value != value.strip() or any(ord(character) < 32 for character in value):
        raise PydanticCustomError("tenant_id_edges", "must not begin or end with a space or hold control characters")
    return value


def _not_default(value: str) -> str:
    """Not `default`."""
    if value == "default":
        # The service tells the two kinds of tenants apart by their sub-tenants only (docs/services/cortex.md 1.2).
        raise PydanticCustomError(
            "default_tenant",
            'must not be "default": its only sub-tenant would have the name that every tenant for documents has, and nothing '
            "could tell the two apart; choose another id",
        )
    return value


def _database_id(value: str) -> str:
    """Lowercase letters, digits, `-` and `_`."""
    # According to the later documents (docs/services/cortex.md 2.3); many other characters cannot be part of a path (10.1).
    if not re.fullmatch(r"[a-z0-9_-]+", value):
        raise PydanticCustomError(
            "database_id",
            "must be made of lowercase letters, digits, - and _: the service refuses everything else, and an old database "
            "with capital letters has to be renamed first",
        )
    return value


def _field_name(value: str) -> str:
    """A letter, then letters, digits and `_`."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
        raise PydanticCustomError(
            "field_name", "must be a letter and then letters, digits and _; the service refuses others"
        )
    return value


def _foreign(value: Any, *, foreign: tuple[str, ...], theirs: str, ours: tuple[str, ...], mine: str) -> Any:
    """Report an item for another generation as one mistake, in place of one for each field."""
    if isinstance(value, Mapping):
        found = [name for name in foreign if name in value]
        if found:
            raise ValueError(
                f'{", ".join(found)} belong{"s" if len(found) == 1 else ""} to the API generation "{theirs}", and '
                f'cortex:apiVersion is "{mine}"; write this item with {", ".join(ours)}, or set cortex:apiVersion'
            )
    return value


class MetadataKey(Inputs):
    """One metadata key of a tenant, generation ``cortex``.

    All four attributes are always sent, because the service documents no defaults.
    """

    default_source: ClassVar[Source | None] = Source(
        "POST /user/create_tenant, tenant_metadata_schema", "cortex.md 2.1"
    )

    key: Annotated[str, Field(min_length=1), Unit("characters")]
    """The name of the key; snake_case is recommended. 16 names are reserved."""
    type: KeyType
    """The type of its values."""
    searchable: bool = False
    """Whether semantic search and question answering use it."""
    filterable: bool = False
    """Whether it can be filtered by exact match."""

    @model_validator(mode="before")
    @classmethod
    def _other_generation(cls, value: Any) -> Any:
        return _foreign(value, foreign=FIELD_FIELDS, theirs="v2", ours=KEY_FIELDS, mine="cortex")


def canonical_type(given: str) -> str:
    """A data type as the service stores it; an unknown type is returned in capital letters."""
    return DATA_TYPE_ALIASES.get(given.lower(), given.upper())


def _data_type(value: Any) -> Any:
    if isinstance(value, str):
        canonical = canonical_type(value)
        if canonical == "ARRAY":
            raise PydanticCustomError(
                "array", "must not be an array: the service refuses it; a VARCHAR can hold a list"
            )
        if canonical != value and canonical in get_args(DataType):
            raise PydanticCustomError("data_type_alias", "must be written {canonical}", {"canonical": f'"{canonical}"'})
    return value


class MetadataField(Inputs):
    """One metadata field of a database, generation ``v2``."""

    default_source: ClassVar[Source | None] = Source(
        "POST /databases, database_metadata_schema; PATCH /databases/{database}/metadata-schema, add_fields",
        "cortex.md 2.3",
    )

    name: Annotated[str, Field(min_length=1, max_length=255), Unit("characters"), AfterValidator(_field_name)]
    """The name of the field, unique without regard to case."""
    data_type: Annotated[DataType, BeforeValidator(_data_type)]
    """The type of its values. A list is kept as a VARCHAR: the service takes no ``ARRAY``."""
    max_length: Annotated[Integer, Unit("bytes"), Field(ge=1, le=65535), Default("`1024`")] | None = None
    """The longest value, for VARCHAR only. It cannot be changed later."""
    enable_match: bool = False
    """Whether its values can be matched as text."""
    enable_dense_embedding: bool = False
    """Whether its values are embedded, for VARCHAR only; not possible for a field that is added later."""
    enable_sparse_embedding: bool = False
    """Whether sparse vectors of its values are kept, for VARCHAR only; not possible for a field that is added later."""

    @model_validator(mode="before")
    @classmethod
    def _other_generation(cls, value: Any) -> Any:
        return _foreign(value, foreign=KEY_FIELDS, theirs="cortex", ours=FIELD_FIELDS, mine="v2")


class _Guards(Inputs):
    """The guards of every Cortex resource, which are never sent."""

    adopt: Annotated[bool, Guard(), Default("`False`, or the setting `cortex:adopt`")] = False
    """Take an existing tenant under management although it may belong to somebody else. Immutable keys must agree."""
    on_immutable_change: Annotated[Literal["refuse", "replace"], Guard()] = "refuse"
    """What a change of an immutable key does: it is refused, or the tenant is replaced and its documents are lost."""
    force_destroy: Annotated[bool, Guard()] = False
    """Delete the tenant although it holds documents. Takes effect once it was applied. No effect if the API generation
    cannot delete tenants.
    """
    retire: Annotated[bool, Guard()] = False
    """Whether the tenant is being off-boarded: it may be deleted with its documents once it was kept for
    `retention_days`. The service has no lock. If the API generation cannot delete tenants, the removal only
    ends its management, and the tenant stays in the service.
    """
    retention_days: Annotated[float, Field(ge=0, le=MOST_RETENTION_DAYS), Guard(), Unit("days")] = (
        DEFAULT_RETENTION_DAYS
    )
    """How many days a retired tenant is kept; 0: it can be deleted at once."""


class _Waiting(_Guards):
    wait_seconds: Annotated[Integer, Guard(), Unit("seconds"), Field(ge=0, le=86400)] = DEFAULT_WAIT_SECONDS
    """How long to wait for provisioning and for deletion; 0 does not wait. A waiting resource occupies one of
    the engine's four workers, so programs with many tenants set 0, and `pulumi-retrieval wait` waits for all of them.
    """


_TENANT_ID_WHY = "a tenant has its id for good; another id is another tenant"

TenantId = Annotated[str, Field(min_length=1, max_length=1024), Unit("characters"), AfterValidator(_no_edges), DERIVED]
"""Of generation ``cortex``. The maximal length is not documented; the id is part of URLs."""
DatabaseId = Annotated[
    str, Field(min_length=1, max_length=255), Unit("characters"), AfterValidator(_database_id), DERIVED
]


class TenantInputs(_Guards):
    """A tenant, generation ``cortex``."""

    default_source: ClassVar[Source | None] = Source("POST /user/create_tenant", "cortex.md 1.2")
    unknown_hints: ClassVar[Mapping[str, str]] = {
        "wait_seconds": 'cortex:apiVersion is "cortex", and this generation creates tenants at once',
        "embeddings_dimension": f'it {_OTHER_GENERATION} "v2", and cortex:apiVersion is "cortex"',
    }

    tenant_id: Annotated[TenantId, Immutable(_TENANT_ID_WHY)]
    """The id of the tenant."""
    tenant_metadata_schema: Annotated[
        list[MetadataKey] | None,
        Keyed("key"),
        NO_SCHEMA,
        Immutable(
            "Cortex fixes metadata keys when a tenant is created, and this API generation cannot delete a tenant"
        ),
    ] = None
    """The metadata keys that all documents of the tenant have. Their order does not matter."""
    allow_rename: Annotated[bool, Guard()] = False
    """No effect: this generation never gives a tenant another id."""
    note: Annotated[str | None, Field(max_length=4000), Unit("characters"), CreateOnly(), Default("no note")] = None
    """A remark that is sent once, in a URL, when the tenant is created; the service does not return it."""


class DatabaseTenantInputs(_Waiting):
    """A tenant, generation ``v2``, where it is called a database."""

    default_source: ClassVar[Source | None] = Source("POST /databases", "cortex.md 1.4")
    unknown_hints: ClassVar[Mapping[str, str]] = {
        "note": f'it {_OTHER_GENERATION} "cortex", and cortex:apiVersion is "v2"',
        "database": "it is called tenant_id here",
        "database_metadata_schema": "it is called tenant_metadata_schema here",
    }

    tenant_id: Annotated[
        DatabaseId, Source("POST /databases, database; PATCH /databases/{database}, new_name", "cortex.md 1.4")
    ]
    """The name of the database; a change renames it in place."""
    tenant_metadata_schema: Annotated[
        list[MetadataField] | None,
        Keyed("name", additive=True),
        NO_SCHEMA,
        Immutable(
            "Cortex can add metadata fields to a tenant, and neither change nor remove them; its documents are stored by them"
        ),
    ] = None
    """The metadata fields, 32 at most, with 6 embeddings at most. Fields can be added later. Their order does not
    matter.
    """
    embeddings_dimension: Annotated[
        Integer | None,
        Field(ge=1),
        Unit("dimensions"),
        Default(f"`{DEFAULT_DIMENSION}`"),
        Immutable("the dimension of its vectors is fixed when a database is created"),
    ] = None
    """The dimension of the embeddings. The service does not return it."""
    allow_rename: Annotated[bool, Guard()] = False
    """Whether the id may become one that is not known before the update."""


class EmbeddingsTenantInputs(_Guards):
    """A tenant for bare embeddings, generation ``cortex``. It has no metadata schema."""

    default_source: ClassVar[Source | None] = Source("POST /embeddings/create_tenant", "cortex.md 1.2")
    unknown_hints: ClassVar[Mapping[str, str]] = {
        **TenantInputs.unknown_hints,
        "tenant_metadata_schema": "a tenant for embeddings has no metadata schema; use Tenant",
    }

    tenant_id: Annotated[TenantId, AfterValidator(_not_default), Immutable(_TENANT_ID_WHY)]
    """The id of the tenant, and of its only sub-tenant. Every tenant for documents has a sub-tenant ``default``, so that
    name is not possible here.
    """


class EmbeddingsDatabaseInputs(_Waiting):
    """A tenant for bare embeddings, generation ``v2``. It has no metadata schema."""

    default_source: ClassVar[Source | None] = Source("POST /databases, with is_embeddings_tenant", "cortex.md 1.4")
    unknown_hints: ClassVar[Mapping[str, str]] = {
        "tenant_metadata_schema": "a tenant for embeddings has no metadata schema; use Tenant",
    }

    tenant_id: Annotated[DatabaseId, Immutable(_TENANT_ID_WHY)]
    """The name of the database."""
    embeddings_dimension: Annotated[
        Integer | None,
        Field(ge=1),
        Unit("dimensions"),
        Default(f"`{DEFAULT_DIMENSION}`"),
        Immutable("the dimension of its vectors is fixed when a database is created"),
    ] = None
    """The dimension of the embeddings. The service does not return it."""
