"""The resources of the matrix: their programs, their objects in the service, and what these have to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fire.world import World
from pulumi_retrieval.providers import cortex, trieve
from pulumi_retrieval.providers.adapter import RetrievalProvider
from support.canaries import CANARIES
from support.provider_process import Secret

CREATE, READ, UPDATE, DELETE = "create", "read", "update", "delete"
GUARDED_DELETE, REPLACE, ROTATE = "guarded delete", "replace", "rotate"
REPLACING = {"on_immutable_change": "replace", "force_destroy": True}
DOCUMENTS = 3
SECOND_KEY = f"{CANARIES.llm_api_key}-second"
SECRETS = (CANARIES.llm_api_key,)
"""What no text may hold; the second key begins with the first."""
Program = dict[str, Any]


@dataclass
class Cast:
    """What one cell works with: the name of its object, and ids of what was made for it."""

    world: World
    name: str
    ids: dict[str, str] = field(default_factory=dict)


class Story:
    """One resource. Subclasses know its service."""

    name: ClassVar[str]
    provider: ClassVar[type[RetrievalProvider]]
    version: ClassVar[str] = "cortex"
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, UPDATE, DELETE)
    keeps: ClassVar[bool] = False
    """Whether the service goes on having what was deleted, because a delete only lets go of it."""

    def prepare(self, cast: Cast) -> None:
        """Make what the program refers to."""

    def program(self, cast: Cast, step: int) -> Program:
        """The program: 1 is the first one, 2 follows it by an update; 3 allows a replacement, and 4 follows it by one."""
        raise NotImplementedError

    def objects(self, cast: Cast) -> list[str]:
        """The ids of its living objects in the service."""
        raise NotImplementedError

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        """What the object holds otherwise than the program says; empty where it agrees."""
        raise NotImplementedError

    def fill(self, cast: Cast, object_id: str) -> None:
        """Put something into the object that a guard has to see."""


class Dataset(Story):
    name = "trieve.Dataset"
    provider: ClassVar[type[RetrievalProvider]] = trieve.DatasetProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, UPDATE, DELETE, GUARDED_DELETE, REPLACE)

    def program(self, cast: Cast, step: int) -> Program:
        configuration = {
            "MAX_LIMIT": 60 if step == 2 else 50,
            "EMBEDDING_SIZE": 1536 if step == 4 else 768,
            "LLM_API_KEY": Secret(SECOND_KEY if step == 2 else CANARIES.llm_api_key),
        }
        more = REPLACING if step > 2 else {}
        return {"tracking_id": cast.name, "dataset_name": cast.name, "server_configuration": configuration, **more}

    def objects(self, cast: Cast) -> list[str]:
        return [one["id"] for one in cast.world.datasets(tracking_id=cast.name)]

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        (held,) = [one for one in cast.world.datasets(tracking_id=cast.name) if one["id"] == object_id]
        limit = held["server_configuration"]["MAX_LIMIT"]
        if limit != (60 if step == 2 else 50):
            return f"MAX_LIMIT is {limit}"
        size = held["server_configuration"]["EMBEDDING_SIZE"]
        if size != (1536 if step == 4 else 768):
            return f"EMBEDDING_SIZE is {size}"
        right = SECOND_KEY if step == 2 else CANARIES.llm_api_key
        return "" if cast.world.llm_key(object_id) == right else "LLM_API_KEY is another one"

    def fill(self, cast: Cast, object_id: str) -> None:
        cast.world.sandbox.put_chunks(object_id, DOCUMENTS)


class Clone(Dataset):
    name = "clone"
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, UPDATE, DELETE)

    def prepare(self, cast: Cast) -> None:
        cast.ids["source"] = cast.world.make_dataset(f"source-of-{cast.name}", EMBEDDING_SIZE=768)
        cast.world.sandbox.put_chunks(cast.ids["source"], DOCUMENTS)

    def program(self, cast: Cast, step: int) -> Program:
        origin = {"dataset_id": cast.ids["source"], "copy_chunks": False}
        return {**super().program(cast, step), "clone_from": origin}


class Organization(Story):
    name = "trieve.Organization"
    provider: ClassVar[type[RetrievalProvider]] = trieve.OrganizationProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, UPDATE, DELETE, GUARDED_DELETE)

    def program(self, cast: Cast, step: int) -> Program:
        name = cast.name if step == 1 else f"{cast.name} second"
        return {"name": name, "partner_configuration": {"COMPANY_NAME": f"Company {step}"}}

    def objects(self, cast: Cast) -> list[str]:
        return [one["id"] for one in cast.world.organizations(cast.name, f"{cast.name} second")]

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        told = cast.world.trieve("GET", f"/api/organization/{object_id}", TR_Organization=object_id)
        right = self.program(cast, step)
        held = told["organization"]
        if held["name"] != right["name"]:
            return f"name is {held['name']}"
        company = held["partner_configuration"]["COMPANY_NAME"]
        return "" if company == f"Company {step}" else f"COMPANY_NAME is {company}"

    def fill(self, cast: Cast, object_id: str) -> None:
        cast.world.make_dataset(f"in-{cast.name}", organization_id=object_id)


class Fleet(Story):
    name = "trieve.FleetConfiguration"
    provider: ClassVar[type[RetrievalProvider]] = trieve.FleetConfigurationProvider
    keeps = True

    def prepare(self, cast: Cast) -> None:
        cast.ids["organization"] = cast.world.make_organization(f"Fleet {cast.name}")
        for number in range(2):
            cast.world.make_dataset(f"{cast.name}-{number}", organization_id=cast.ids["organization"])

    def program(self, cast: Cast, step: int) -> Program:
        limit = {"MAX_LIMIT": 60 if step == 2 else 50}
        return {"organization_id": cast.ids["organization"], "configuration": limit}

    def objects(self, cast: Cast) -> list[str]:
        return [""]

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        held = cast.world.datasets(organization_id=cast.ids["organization"])
        limits = [one["server_configuration"].get("MAX_LIMIT") for one in held]
        right = 60 if step == 2 else 50
        return "" if limits == [right, right] else f"MAX_LIMIT of the datasets is {limits}"


class ApiKey(Story):
    name = "trieve.ApiKey"
    provider: ClassVar[type[RetrievalProvider]] = trieve.ApiKeyProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, DELETE, ROTATE)

    def prepare(self, cast: Cast) -> None:
        cast.ids["organization"] = cast.world.make_organization(f"Keys {cast.name}")

    def program(self, cast: Cast, step: int) -> Program:
        return {"organization_id": cast.ids["organization"], "name": cast.name, "role": 1, "rotate_trigger": f"{step}"}

    def objects(self, cast: Cast) -> list[str]:
        return [one["id"] for one in cast.world.keys(cast.ids["organization"]) if one["name"] == cast.name]

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        return ""


class Crawl(Story):
    name = "trieve.Crawl"
    provider: ClassVar[type[RetrievalProvider]] = trieve.CrawlProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, DELETE)

    def prepare(self, cast: Cast) -> None:
        cast.ids["dataset"] = cast.world.make_dataset(f"of-{cast.name}")

    def program(self, cast: Cast, step: int) -> Program:
        options = {"site_url": f"https://{cast.name}.example.test", "limit": 5}
        return {"dataset_id": cast.ids["dataset"], "crawl_options": options}

    def objects(self, cast: Cast) -> list[str]:
        return [one["id"] for one in cast.world.crawls(cast.ids["dataset"])]

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        return ""


class TenantG1(Story):
    name = "cortex.Tenant, first generation"
    provider: ClassVar[type[RetrievalProvider]] = cortex.TenantProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ)  # the service changes and deletes nothing

    def program(self, cast: Cast, step: int) -> Program:
        item = {"key": "department", "type": "string", "searchable": True, "filterable": False}
        return {"tenant_id": cast.name, "tenant_metadata_schema": [item]}

    def objects(self, cast: Cast) -> list[str]:
        return [cast.name] if cast.name in cast.world.tenants() else []

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        names = [one["key"] for one in cast.world.tenants()[cast.name]["tenant_metadata_schema"]]
        return "" if names == ["department"] else f"its keys are {names}"

    def fill(self, cast: Cast, object_id: str) -> None:
        cast.world.put_documents(object_id, DOCUMENTS)


class EmbeddingsG1(TenantG1):
    name = "cortex.EmbeddingsTenant, first generation"
    provider: ClassVar[type[RetrievalProvider]] = cortex.EmbeddingsTenantProvider

    def program(self, cast: Cast, step: int) -> Program:
        return {"tenant_id": cast.name}

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        return ""


class TenantV2(TenantG1):
    name = "cortex.Tenant, v2"
    version = "v2"
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, UPDATE, DELETE, GUARDED_DELETE, REPLACE)

    def program(self, cast: Cast, step: int) -> Program:
        fields: list[Mapping[str, Any]] = [{"name": "department", "data_type": "VARCHAR", "max_length": 64}]
        if step == 2:
            fields.append({"name": "n", "data_type": "INT64"})
        if step == 4:
            fields = [{"name": "place", "data_type": "VARCHAR", "max_length": 128}]
        more = REPLACING if step > 2 else {}
        return {"tenant_id": cast.name, "tenant_metadata_schema": fields, "wait_seconds": 3, **more}

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        names = [one["name"] for one in cast.world.tenants()[cast.name]["fields"]]
        right = {2: ["department", "n"], 4: ["place"]}.get(step, ["department"])
        return "" if names == right else f"its fields are {names}"


class EmbeddingsV2(TenantV2):
    name = "cortex.EmbeddingsTenant, v2"
    provider: ClassVar[type[RetrievalProvider]] = cortex.EmbeddingsTenantProvider
    operations: ClassVar[tuple[str, ...]] = (CREATE, READ, DELETE, GUARDED_DELETE, REPLACE)

    def program(self, cast: Cast, step: int) -> Program:
        more = REPLACING if step > 2 else {}
        return {"tenant_id": cast.name, "embeddings_dimension": 16 if step == 4 else 8, "wait_seconds": 3, **more}

    def wrong(self, cast: Cast, object_id: str, step: int) -> str:
        size = cast.world.tenants()[cast.name]["embeddings_dimension"]
        return "" if size == (16 if step == 4 else 8) else f"embeddings_dimension is {size}"


STORIES: Mapping[str, Story] = {
    story.name: story
    for story in (
        Organization(),
        Dataset(),
        Clone(),
        Fleet(),
        ApiKey(),
        Crawl(),
        TenantG1(),
        EmbeddingsG1(),
        TenantV2(),
        EmbeddingsV2(),
    )
}
"""Name → resource."""
