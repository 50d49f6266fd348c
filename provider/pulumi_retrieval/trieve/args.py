"""Typed arguments of Trieve's resources: the twins of the input models, with every value as a `pulumi.Input`.

A test compares them with the models in `services.trieve`: they have the same keys, and the same keys are required. A key
with the value None counts as left out, so the result of `config.get(…)` may be passed for any key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pulumi import Input
from typing_extensions import NotRequired, TypedDict

OnImmutableChange = Literal["refuse", "replace"]


class QueryToolOptions(TypedDict):
    """Descriptions of the search tool for the language model: five texts, always replaced together."""

    tool_description: Input[str]
    query_parameter_description: Input[str]
    price_filter_description: Input[str]
    max_price_option_description: Input[str]
    min_price_option_description: Input[str]


class ToolConfiguration(TypedDict):
    """How the language model may call the search tool."""

    query_tool_options: Input[QueryToolOptions]


class PublicDataset(TypedDict):
    """The public page of a dataset."""

    enabled: Input[bool]
    api_key: NotRequired[Input[str] | None]
    extra_params: NotRequired[Input[Mapping[str, Any]] | None]


class ServerConfiguration(TypedDict, total=False):
    """Configuration keys of a dataset; the ones that are set are managed (`docs/reference/configuration-keys.md`)."""

    LLM_BASE_URL: Input[str] | None
    LLM_API_KEY: Input[str] | None
    LLM_API_VERSION: Input[str] | None
    LLM_DEFAULT_MODEL: Input[str] | None
    TEMPERATURE: Input[float] | None
    FREQUENCY_PENALTY: Input[float] | None
    PRESENCE_PENALTY: Input[float] | None
    MAX_TOKENS: Input[int] | None
    STOP_TOKENS: Input[Sequence[Input[str]]] | None
    SYSTEM_PROMPT: Input[str] | None
    RAG_PROMPT: Input[str] | None
    MESSAGE_TO_QUERY_PROMPT: Input[str] | None
    USE_MESSAGE_TO_QUERY_PROMPT: Input[bool] | None
    N_RETRIEVALS_TO_INCLUDE: Input[int] | None
    TOOL_CONFIGURATION: Input[ToolConfiguration] | None
    EMBEDDING_BASE_URL: Input[str] | None
    EMBEDDING_MODEL_NAME: Input[str] | None
    EMBEDDING_SIZE: Input[int] | None
    EMBEDDING_QUERY_PREFIX: Input[str] | None
    DISTANCE_METRIC: Input[Literal["cosine", "euclidean", "manhattan", "dot"]] | None
    QDRANT_ONLY: Input[bool] | None
    SEMANTIC_ENABLED: Input[bool] | None
    FULLTEXT_ENABLED: Input[bool] | None
    BM25_ENABLED: Input[bool] | None
    BM25_B: Input[float] | None
    BM25_K: Input[float] | None
    BM25_AVG_LEN: Input[float] | None
    INDEXED_ONLY: Input[bool] | None
    MAX_LIMIT: Input[int] | None
    RERANKER_BASE_URL: Input[str] | None
    RERANKER_MODEL_NAME: Input[str] | None
    RERANKER_API_KEY: Input[str] | None
    AIMON_RERANKER_TASK_DEFINITION: Input[str] | None
    LOCKED: Input[bool] | None
    PUBLIC_DATASET: Input[PublicDataset] | None
    DISABLE_ANALYTICS: Input[bool] | None
    PAGEFIND_ENABLED: Input[bool] | None


SECRETS = (
    ("LLM_API_KEY",),
    ("RERANKER_API_KEY",),
    ("PUBLIC_DATASET", "api_key"),
    ("PUBLIC_DATASET", "extra_params", "apiKey"),
)
"""Paths of the secrets in a `ServerConfiguration`."""


class CloneFrom(TypedDict):
    """The dataset from which a new dataset is cloned when it is created."""

    dataset_id: Input[str]
    copy_chunks: NotRequired[Input[bool] | None]
    wait_seconds: NotRequired[Input[int] | None]


class PartnerConfiguration(TypedDict, total=False):
    """Texts and links that the organization's pages show."""

    COMPANY_NAME: Input[str] | None
    COMPANY_URL: Input[str] | None
    FAVICON_URL: Input[str] | None
    DEMO_DOMAIN: Input[str] | None
    CALENDAR_LINK: Input[str] | None
    SLACK_LINK: Input[str] | None
    LINKEDIN_LINK: Input[str] | None
    EMAIL: Input[str] | None
    PHONE: Input[str] | None


class CrawlOptions(TypedDict, total=False):
    """How a site is crawled."""

    site_url: Input[str] | None
    interval: Input[Literal["daily", "weekly", "monthly"]] | None
    limit: Input[int] | None
    include_paths: Input[Sequence[Input[str]]] | None
    exclude_paths: Input[Sequence[Input[str]]] | None
    include_tags: Input[Sequence[Input[str]]] | None
    exclude_tags: Input[Sequence[Input[str]]] | None
    boost_titles: Input[bool] | None
    allow_external_links: Input[bool] | None
    ignore_sitemap: Input[bool] | None
    heading_remove_strings: Input[Sequence[Input[str]]] | None
    body_remove_strings: Input[Sequence[Input[str]]] | None
    scrape_options: Input[Mapping[str, Any]] | None
    add_chunks_to_dataset: Input[bool] | None
    tags: Input[Sequence[Input[str]]] | None
    webhook_urls: Input[Sequence[Input[str]]] | None
    webhook_metadata: Input[Mapping[str, Any]] | None
