"""The keys of a dataset's ``server_configuration``: types, ranges, and what a change does.

Source of every key and default: `docs/services/trieve.md` 2.1; the observed behaviour of a running server:
`docs/services/trieve.md`, observed 3 and 4.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ...core.fields import F32, Atomic, ByKey, Carried, Immutable, Inputs, Integer, Late, Source, Unit, WriteOnly
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
Secret = Annotated[str, WriteOnly(secret=True)]


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
    LLM_BASE_URL: Text | None = None
    """Base URL of the language model's API."""
    LLM_API_KEY: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """Key for the language model's API. Never returned; applied by an update of its own after a create."""
    LLM_API_VERSION: Annotated[str | None, Carried()] = None
    """API version of the language model; sent with every update, because the service forgets it otherwise."""
    LLM_DEFAULT_MODEL: Text | None = None
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
    SYSTEM_PROMPT: Text | None = None
    """The system prompt."""
    RAG_PROMPT: Text | None = None
    """The text before the retrieved documents."""
    MESSAGE_TO_QUERY_PROMPT: Text | None = None
    """How a message is turned into a search query."""
    USE_MESSAGE_TO_QUERY_PROMPT: bool | None = None
    """Whether messages are turned into search queries."""
    N_RETRIEVALS_TO_INCLUDE: Annotated[Count | None, Unit("documents")] = None
    """How many retrieved documents a prompt contains."""
    TOOL_CONFIGURATION: Annotated[ToolConfiguration | None, Atomic()] = None
    """How the language model may call the search tool; replaced as a whole."""
    # Embeddings
    EMBEDDING_BASE_URL: Annotated[Text | None, Immutable(UNREACHABLE, repairable=True)] = None
    """Base URL of the embedding server."""
    EMBEDDING_MODEL_NAME: Annotated[Text | None, Immutable(UNREACHABLE, repairable=True)] = None
    """Name of the embedding model."""
    EMBEDDING_SIZE: Annotated[
        Integer | None, Field(ge=1), Immutable(UNREACHABLE, repairable=True), Unit("dimensions")
    ] = None
    """Dimensions of a vector. The service derives it from the model at creation when it is left out."""
    EMBEDDING_QUERY_PREFIX: str | None = None
    """A text that is put before every query. Documents do not get it, so it may change at any time."""
    DISTANCE_METRIC: Annotated[Literal["cosine", "euclidean", "manhattan", "dot"] | None, Immutable(UNREACHABLE)] = None
    """Distance between vectors. Every update resets it to cosine, so with another metric updates are refused."""
    QDRANT_ONLY: Annotated[bool | None, Immutable(UNREACHABLE, repairable=True)] = None
    """Whether documents are kept in the vector store only."""
    # Search
    SEMANTIC_ENABLED: bool | None = None
    """Whether semantic search is on."""
    FULLTEXT_ENABLED: bool | None = None
    """Whether full-text search is on."""
    BM25_ENABLED: bool | None = None
    """Whether BM25 is on."""
    BM25_B: Annotated[Single | None, Unit("ratio")] = None
    """BM25's b; stored as a 32-bit float."""
    BM25_K: Annotated[Single | None, Unit("ratio")] = None
    """BM25's k; stored as a 32-bit float."""
    BM25_AVG_LEN: Annotated[Single | None, Unit("tokens")] = None
    """Average length of a document for BM25; stored as a 32-bit float."""
    INDEXED_ONLY: bool | None = None
    """Whether only indexed documents are searched."""
    MAX_LIMIT: Annotated[Count | None, Unit("documents")] = None
    """Most documents of one search."""
    # Reranking
    RERANKER_BASE_URL: Text | None = None
    """Base URL of the reranker."""
    RERANKER_MODEL_NAME: Text | None = None
    """Name of the reranker."""
    RERANKER_API_KEY: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """Key for the reranker. Never returned; applied by an update of its own after a create."""
    AIMON_RERANKER_TASK_DEFINITION: Text | None = None
    """The task of the AIMon reranker."""
    # The dataset itself
    LOCKED: bool | None = None
    """Whether the service refuses to delete or clear the dataset. It can still be updated."""
    PUBLIC_DATASET: PublicDataset | None = None
    """The public page of the dataset."""
    DISABLE_ANALYTICS: bool | None = None
    """Whether analytics are off."""
    PAGEFIND_ENABLED: bool | None = None
    """Whether a static search index is built."""


SECRET_KEYS = ("LLM_API_KEY", "RERANKER_API_KEY")
"""Keys that a create drops and an update stores (trieve.md 0.3)."""
