"""The defaults that the service fills in for keys that a create leaves out (`docs/services/trieve.md` 2.1).

Used to write short programs for existing datasets; never sent, and never used as the value of a dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def _tools(price: str) -> dict[str, Any]:
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


DEFAULTS: Mapping[str, Sequence[Any]] = {
    "LLM_BASE_URL": ["https://api.openai.com/v1"],
    "LLM_DEFAULT_MODEL": ["gpt-4o"],
    "RERANKER_MODEL_NAME": ["bge-reranker-large"],
    "RERANKER_BASE_URL": ["http://embedding-reranker.default.svc.cluster.local"],
    "EMBEDDING_BASE_URL": ["https://embedding.trieve.ai"],
    "EMBEDDING_MODEL_NAME": ["jina-base-en"],
    "EMBEDDING_SIZE": [768],
    "EMBEDDING_QUERY_PREFIX": [""],
    "DISTANCE_METRIC": ["cosine"],
    "MESSAGE_TO_QUERY_PROMPT": [
        "Write a 1-2 sentence semantic search query along the lines of a hypothetical response to: \n\n"
    ],
    "USE_MESSAGE_TO_QUERY_PROMPT": [False],
    "RAG_PROMPT": ["Use the following retrieved documents to respond briefly and accurately:"],
    "SYSTEM_PROMPT": ["You are a helpful assistant"],
    "N_RETRIEVALS_TO_INCLUDE": [8],
    "BM25_ENABLED": [True],
    "BM25_B": [0.75],
    "BM25_K": [0.75],
    "BM25_AVG_LEN": [256],
    "FULLTEXT_ENABLED": [True],
    "SEMANTIC_ENABLED": [True],
    "QDRANT_ONLY": [False],
    "TOOL_CONFIGURATION": [_tools("price"), _tools("price or page"), {"query_tool_options": None}],
    "INDEXED_ONLY": [False],
    "LOCKED": [False],
    "MAX_LIMIT": [10000],
    "DISABLE_ANALYTICS": [False],
    "PAGEFIND_ENABLED": [False],
    "AIMON_RERANKER_TASK_DEFINITION": [
        "Your task is to grade the relevance of context document(s) against the specified user query."
    ],
}
"""Key → values that a dataset may have although nobody set them."""

EMPTY_PARAMS: Mapping[str, Any] = {"heroPattern": {}}
"""The settings that every update adds to a public page (observed 4)."""
