"""Typed arguments of Trieve's resources: the twins of the input models, with every value as a `pulumi.Input`.

A test holds them to `services.trieve`: same keys, and what is required there is required here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pulumi import Input
from typing_extensions import NotRequired, TypedDict

OnImmutableChange = Literal["refuse", "replace"]


class QueryToolOptions(TypedDict):
    """What the language model is told about the search tool: five texts, replaced together."""

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
    api_key: NotRequired[Input[str]]
    extra_params: NotRequired[Input[Mapping[str, Any]]]


class ServerConfiguration(TypedDict, total=False):
    """Configuration keys of a dataset; the ones that are set are managed (`docs/reference/configuration-keys.md`)."""

    LLM_BASE_URL: Input[str]
    LLM_API_KEY: Input[str]
    LLM_API_VERSION: Input[str]
    LLM_DEFAULT_MODEL: Input[str]
    TEMPERATURE: Input[float]
    FREQUENCY_PENALTY: Input[float]
    PRESENCE_PENALTY: Input[float]
    MAX_TOKENS: Input[int]
    STOP_TOKENS: Input[Sequence[Input[str]]]
    SYSTEM_PROMPT: Input[str]
    RAG_PROMPT: Input[str]
    MESSAGE_TO_QUERY_PROMPT: Input[str]
    USE_MESSAGE_TO_QUERY_PROMPT: Input[bool]
    N_RETRIEVALS_TO_INCLUDE: Input[int]
    TOOL_CONFIGURATION: Input[ToolConfiguration]
    EMBEDDING_BASE_URL: Input[str]
    EMBEDDING_MODEL_NAME: Input[str]
    EMBEDDING_SIZE: Input[int]
    EMBEDDING_QUERY_PREFIX: Input[str]
    DISTANCE_METRIC: Input[Literal["cosine", "euclidean", "manhattan", "dot"]]
    QDRANT_ONLY: Input[bool]
    SEMANTIC_ENABLED: Input[bool]
    FULLTEXT_ENABLED: Input[bool]
    BM25_ENABLED: Input[bool]
    BM25_B: Input[float]
    BM25_K: Input[float]
    BM25_AVG_LEN: Input[float]
    INDEXED_ONLY: Input[bool]
    MAX_LIMIT: Input[int]
    RERANKER_BASE_URL: Input[str]
    RERANKER_MODEL_NAME: Input[str]
    RERANKER_API_KEY: Input[str]
    AIMON_RERANKER_TASK_DEFINITION: Input[str]
    LOCKED: Input[bool]
    PUBLIC_DATASET: Input[PublicDataset]
    DISABLE_ANALYTICS: Input[bool]
    PAGEFIND_ENABLED: Input[bool]


class CloneFrom(TypedDict):
    """Where a dataset is cloned from, once."""

    dataset_id: Input[str]
    copy_chunks: NotRequired[Input[bool]]
    wait_seconds: NotRequired[Input[int]]


class PartnerConfiguration(TypedDict, total=False):
    """What the organization's pages show."""

    COMPANY_NAME: Input[str]
    COMPANY_URL: Input[str]
    FAVICON_URL: Input[str]
    DEMO_DOMAIN: Input[str]
    CALENDAR_LINK: Input[str]
    SLACK_LINK: Input[str]
    LINKEDIN_LINK: Input[str]
    EMAIL: Input[str]
    PHONE: Input[str]


class CrawlOptions(TypedDict, total=False):
    """How a site is crawled."""

    site_url: Input[str]
    interval: Input[Literal["daily", "weekly", "monthly"]]
    limit: Input[int]
    include_paths: Input[Sequence[Input[str]]]
    exclude_paths: Input[Sequence[Input[str]]]
    include_tags: Input[Sequence[Input[str]]]
    exclude_tags: Input[Sequence[Input[str]]]
    boost_titles: Input[bool]
    allow_external_links: Input[bool]
    ignore_sitemap: Input[bool]
    heading_remove_strings: Input[Sequence[Input[str]]]
    body_remove_strings: Input[Sequence[Input[str]]]
    scrape_options: Input[Mapping[str, Any]]
    add_chunks_to_dataset: Input[bool]
    tags: Input[Sequence[Input[str]]]
    webhook_urls: Input[Sequence[Input[str]]]
    webhook_metadata: Input[Mapping[str, Any]]
