"""The keys of a dataset's ``server_configuration``: types, ranges, and what a change does.

Source of every key and default: `docs/services/trieve.md` 2.1; the observed behaviour of a running server:
`docs/services/trieve.md`, observed 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ...core.fields import (
    F32,
    Atomic,
    ByKey,
    Carried,
    Filled,
    Immutable,
    Inputs,
    Integer,
    Late,
    Source,
    Unit,
    WriteOnly,
    filled_in,
    late_paths,
)
from .page_settings import OF_32_BITS, SETTINGS

F32_MAX = 3.4028234663852886e38
"""For larger numbers the server silently stores null, and then returns its default (observed 3)."""

UNREACHABLE = (
    "Trieve accepts such a change and does not index the dataset again: documents that are in it become unreachable"
)


def _not_empty(value: str) -> str:
    """Not empty."""
    if not value:
        raise PydanticCustomError(
            "empty_reads_as_default",
            "must not be empty: the service reads an empty text as its default; leave the key out to get the default",
        )
    return value


Text = Annotated[str, AfterValidator(_not_empty)]
"""A text that must not be empty: the service would return its default for an empty one, which would drift for ever."""
Count = Annotated[Integer, Field(ge=0)]
Single = Annotated[float, F32(), Field(ge=-F32_MAX, le=F32_MAX, allow_inf_nan=False)]


def tools(price: str) -> dict[str, Any]:
    """The two defaults of the service differ in the word for the price."""
    return {
        "query_tool_options": {
            "tool_description": "Search for relevant information in the knowledge base. You can use this tool multiple "
            "times if the information you need is not found in the first search.",
            "query_parameter_description": "The search query to find relevant information",
            "price_filter_description": f"The {price}{' range' if ' ' in price else ''} filter to use for the search",
            "max_price_option_description": f"The maximum {price} to filter by",
            "min_price_option_description": f"The minimum {price} to filter by",
        }
    }


class QueryToolOptions(Inputs):
    """The descriptions of the search tool for the language model. The service replaces all five together."""

    default_source: ClassVar[Source | None] = Source(
        "POST and PUT /api/dataset, server_configuration.TOOL_CONFIGURATION.query_tool_options", "trieve.md 2.1"
    )

    tool_description: str
    """What the tool does."""
    query_parameter_description: str
    """What the query parameter means."""
    price_filter_description: str
    """What the price filter does."""
    max_price_option_description: str
    """What the upper bound of the price filter means."""
    min_price_option_description: str
    """What the lower bound of the price filter means."""


class ToolConfiguration(Inputs):
    """How the language model may call the search tool."""

    default_source: ClassVar[Source | None] = Source(
        "POST and PUT /api/dataset, server_configuration.TOOL_CONFIGURATION", "trieve.md 2.1"
    )

    query_tool_options: QueryToolOptions
    """Five texts, all required: the service sets missing ones to null (trieve.md 2.1)."""


class PublicDataset(Inputs):
    """The public page of a dataset."""

    default_source: ClassVar[Source | None] = Source(
        "POST and PUT /api/dataset, server_configuration.PUBLIC_DATASET", "trieve.md 2.4"
    )

    enabled: bool
    """Whether the page is served. The service requires it whenever the object is sent (trieve.md 2.4)."""
    api_key: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """The key that is embedded in the page. Stored by updates only, never returned."""
    extra_params: Annotated[
        dict[str, Any] | None, ByKey(secret=("apiKey",), f32=OF_32_BITS, known=frozenset(SETTINGS))
    ] = None
    """Settings of the page, camelCase as the service names them; they are merged key by key, and none can be unset. Names and types
    are checked, because the service refuses a wrong type and drops a name that it does not know.
    """


class ServerConfiguration(Inputs):
    """All configuration keys of a dataset. Set the keys that you want to manage; the others stay as they are."""

    model_config = ConfigDict(extra="allow")
    default_source: ClassVar[Source | None] = Source("POST and PUT /api/dataset, server_configuration", "trieve.md 2.1")

    # Language model
    LLM_BASE_URL: Annotated[Text | None, Filled("https://api.openai.com/v1")] = None
    """Base URL of the language model's API."""
    LLM_API_KEY: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """Key for the language model's API. Never returned; a separate update sends it after the create."""
    LLM_API_VERSION: Annotated[str | None, Carried()] = None
    """API version of the language model; sent with every update, because the service forgets it otherwise."""
    LLM_DEFAULT_MODEL: Annotated[Text | None, Filled("gpt-4o")] = None
    """Name of the language model."""
    TEMPERATURE: Annotated[float | None, Field(ge=0, le=2, allow_inf_nan=False), Unit("dimensionless")] = None
    """Sampling temperature, 0 to 2. Once set it cannot be unset, only changed."""
    FREQUENCY_PENALTY: Annotated[float | None, Field(ge=-2, le=2, allow_inf_nan=False), Unit("logit")] = None
    """Penalty on repeated tokens, -2 to 2. Once set it cannot be unset, only changed."""
    PRESENCE_PENALTY: Annotated[float | None, Field(ge=-2, le=2, allow_inf_nan=False), Unit("logit")] = None
    """Penalty on tokens that occurred already, -2 to 2. Once set it cannot be unset, only changed."""
    MAX_TOKENS: Annotated[Count | None, Unit("tokens")] = None
    """Most tokens of an answer. Once set it cannot be unset, only changed."""
    STOP_TOKENS: Annotated[list[str] | None, WriteOnly(), Carried()] = None
    """Texts that end an answer. Never returned; sent with every update, because the service forgets them otherwise."""
    # Prompts
    SYSTEM_PROMPT: Annotated[Text | None, Filled("You are a helpful assistant")] = None
    """The system prompt."""
    RAG_PROMPT: Annotated[
        Text | None, Filled("Use the following retrieved documents to respond briefly and accurately:")
    ] = None
    """The text before the retrieved documents."""
    MESSAGE_TO_QUERY_PROMPT: Annotated[
        Text | None,
        Filled("Write a 1-2 sentence semantic search query along the lines of a hypothetical response to: \n\n"),
    ] = None
    """How a message is turned into a search query."""
    USE_MESSAGE_TO_QUERY_PROMPT: Annotated[bool | None, Filled(False)] = None
    """Whether messages are turned into search queries."""
    N_RETRIEVALS_TO_INCLUDE: Annotated[Count | None, Unit("documents"), Filled(8)] = None
    """How many retrieved documents a prompt contains."""
    TOOL_CONFIGURATION: Annotated[
        ToolConfiguration | None, Atomic(), Filled(tools("price"), tools("price or page"), {"query_tool_options": None})
    ] = None
    """How the language model may call the search tool; replaced as a whole."""
    # Embeddings
    EMBEDDING_BASE_URL: Annotated[
        Text | None, Immutable(UNREACHABLE, repairable=True), Filled("https://embedding.trieve.ai")
    ] = None
    """Base URL of the embedding server."""
    EMBEDDING_MODEL_NAME: Annotated[Text | None, Immutable(UNREACHABLE, repairable=True), Filled("jina-base-en")] = None
    """Name of the embedding model."""
    EMBEDDING_SIZE: Annotated[
        Integer | None, Field(ge=1), Immutable(UNREACHABLE, repairable=True), Unit("dimensions"), Filled(768)
    ] = None
    """Dimensions of a vector. The service derives it from the model at creation when it is left out."""
    EMBEDDING_QUERY_PREFIX: Annotated[str | None, Filled("")] = None
    """A text that is put before every query. Documents do not get it, so it may change at any time."""
    DISTANCE_METRIC: Annotated[
        Literal["cosine", "euclidean", "manhattan", "dot"] | None, Immutable(UNREACHABLE), Filled("cosine")
    ] = None
    """Distance between vectors. Every update resets it to cosine, so with another metric updates are refused."""
    QDRANT_ONLY: Annotated[bool | None, Immutable(UNREACHABLE, repairable=True), Filled(False)] = None
    """Whether documents are kept in the vector store only."""
    # Search
    SEMANTIC_ENABLED: Annotated[bool | None, Filled(True)] = None
    """Whether semantic search is on."""
    FULLTEXT_ENABLED: Annotated[bool | None, Filled(True)] = None
    """Whether full-text search is on."""
    BM25_ENABLED: Annotated[bool | None, Filled(True)] = None
    """Whether BM25 is on."""
    BM25_B: Annotated[Single | None, Unit("ratio"), Filled(0.75)] = None
    """BM25's b; stored as a 32-bit float."""
    BM25_K: Annotated[Single | None, Unit("ratio"), Filled(0.75)] = None
    """BM25's k; stored as a 32-bit float."""
    BM25_AVG_LEN: Annotated[Single | None, Unit("tokens"), Filled(256)] = None
    """Average length of a document for BM25; stored as a 32-bit float."""
    INDEXED_ONLY: Annotated[bool | None, Filled(False)] = None
    """Whether only indexed documents are searched."""
    MAX_LIMIT: Annotated[Count | None, Unit("documents"), Filled(10000)] = None
    """Most documents of one search."""
    # Reranking
    RERANKER_BASE_URL: Annotated[Text | None, Filled("http://embedding-reranker.default.svc.cluster.local")] = None
    """Base URL of the reranker."""
    RERANKER_MODEL_NAME: Annotated[Text | None, Filled("bge-reranker-large")] = None
    """Name of the reranker."""
    RERANKER_API_KEY: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """Key for the reranker. Never returned; a separate update sends it after the create."""
    AIMON_RERANKER_TASK_DEFINITION: Annotated[
        Text | None,
        Filled("Your task is to grade the relevance of context document(s) against the specified user query."),
    ] = None
    """The task of the AIMon reranker."""
    # The dataset itself
    LOCKED: Annotated[bool | None, Filled(False)] = None
    """Whether the service refuses to delete or clear the dataset. It can still be updated."""
    PUBLIC_DATASET: PublicDataset | None = None
    """The public page of the dataset."""
    DISABLE_ANALYTICS: Annotated[bool | None, Filled(False)] = None
    """Whether analytics are off."""
    PAGEFIND_ENABLED: Annotated[bool | None, Filled(False)] = None
    """Whether a static search index is built."""


DEFAULTS: Mapping[str, Sequence[Any]] = filled_in(ServerConfiguration)
"""Key → values that a dataset may have although nobody set them; used to write short programs for existing datasets."""

EMPTY_PARAMS: Mapping[str, Any] = {"heroPattern": {}}
"""The settings that every update adds to a public page (observed 4)."""

SECRET_KEYS = tuple(path[0] for path in late_paths(ServerConfiguration) if len(path) == 1)
"""Keys that a create drops and an update stores (trieve.md 0.3)."""
