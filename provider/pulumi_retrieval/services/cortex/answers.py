"""The documented shapes of Cortex' answers, by generation of the API (`docs/services/cortex.md` 1.2, 1.4, 10.2)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, Field, model_validator
from typing_extensions import Self

from ...core.answers import AnswerModel, Documented

Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]


# Generation "cortex".


class TenantCreated(AnswerModel):
    """The answer to a create."""

    tenant_id: Name


class ToldKey(AnswerModel):
    """One metadata key as the service returns it: without its type."""

    field_name: Name
    index_searchable: bool | None = None
    index_filterable: bool | None = None


class ToldSchema(AnswerModel):
    """The metadata keys of a tenant."""

    properties: list[ToldKey]


class SubTenants(AnswerModel):
    """The sub-tenants of a tenant, and its metadata keys."""

    tenant_id: Name
    sub_tenant_ids: list[Name]
    count: Count
    tenant_schema: ToldSchema | None = None

    @model_validator(mode="after")
    def _all_are_listed(self) -> Self:
        if len(self.sub_tenant_ids) < self.count:
            raise ValueError(f"it counts {self.count} sub-tenants and lists {len(self.sub_tenant_ids)}")
        return self


class SubTenantStats(AnswerModel):
    """How much one sub-tenant holds."""

    tenant_id: Name
    object_count: Count
    vector_dimension: int | None = None


# Generation "v2". Canonical names and their older aliases are both documented.


def _either(name: str, alias: str) -> Any:
    return Field(validation_alias=AliasChoices(name, alias))


class OfDatabase(AnswerModel):
    """An answer about one database."""

    database: Annotated[Name, _either("database", "tenant_id")]


class Infra(AnswerModel):
    """The progress of provisioning; `ready_for_ingestion` is the service's own verdict, which older versions lack."""

    scheduler_status: bool
    graph_status: bool
    vectorstore_status: dict[str, bool] | list[bool]
    ready_for_ingestion: bool | None = None

    @property
    def vector_flags(self) -> list[bool]:
        """The state of each vector store."""
        told = self.vectorstore_status
        return list(told.values()) if isinstance(told, dict) else told


class DatabaseStatus(OfDatabase):
    """Whether a database is ready."""

    infra: Infra


class Rows(AnswerModel):
    """One collection."""

    row_count: Count


class DatabaseStats(OfDatabase):
    """How much a database holds."""

    knowledge_collection: Rows
    memory_collection: Rows


class Collections(AnswerModel):
    """The collections of a database that were written to."""

    collections: Annotated[list[Name], _either("collections", "sub_tenant_ids")]


class FailedDatabase(OfDatabase):
    """A database whose provisioning failed."""

    error: str | None = None


class Databases(AnswerModel):
    """Every database of the account; failed ones are listed separately."""

    databases: Annotated[list[Name], _either("databases", "tenant_ids")]
    failed: Annotated[list[FailedDatabase] | None, _either("failed_databases", "failed_tenant_ids")] = None


class ToldField(AnswerModel):
    """One metadata field as the service returns it: false flags are left out."""

    name: Name
    data_type: Name | None = None
    max_length: int | None = None
    enable_match: bool | None = None
    filterable: bool | None = None
    enable_dense_embedding: bool | None = None
    enable_sparse_embedding: bool | None = None


class DatabaseSchema(OfDatabase):
    """The metadata fields of a database."""

    fields: list[ToldField]


class DatabaseRenamed(OfDatabase):
    """The answer to a rename."""

    connector_reassignment: str | None = None


TENANT_CREATED = Documented(TenantCreated)
SUB_TENANTS = Documented(SubTenants)
SUB_TENANT_STATS = Documented(SubTenantStats)
OF_DATABASE = Documented(OfDatabase)
DATABASE_STATUS = Documented(DatabaseStatus)
DATABASE_STATS = Documented(DatabaseStats)
COLLECTIONS = Documented(Collections)
DATABASES = Documented(Databases)
DATABASE_SCHEMA = Documented(DatabaseSchema)
DATABASE_RENAMED = Documented(DatabaseRenamed)
