"""How the server creates, reads, merges and writes ``server_configuration`` (docs/services/trieve.md 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_errors import JsonError
from .numbers import as_f32, as_f64, as_u64, json_float, to_f32
from .page import PAGE
from .shapes import BOOLEAN, F32, F64, TEXT, U64, USIZE, Choice, ListOf, Maybe, Shape, Struct, read_value

Configuration = dict[str, Any]
"""All 37 keys with typed values; floats are rounded and may be infinite."""

SECRET_KEYS = ("LLM_API_KEY", "RERANKER_API_KEY")

METRICS = {name: name for name in ("euclid", "euclidean", "cosine", "manhattan", "dot")} | {"euclid": "euclidean"}
_TOOLS = Struct(
    "QueryToolOptions",
    {
        f"{name}_description": Maybe(TEXT)
        for name in ("tool", "query_parameter", "price_filter", "max_price_option", "min_price_option")
    },
)
_TOOL_CONFIGURATION = Struct("ToolConfiguration", {"query_tool_options": Maybe(_TOOLS)})
_PUBLIC = Struct("PublicDatasetOptions", {"enabled": BOOLEAN, "api_key": Maybe(TEXT), "extra_params": Maybe(PAGE)})

_SHAPES: dict[str, Shape] = {
    "LLM_BASE_URL": TEXT,
    "LLM_API_KEY": TEXT,
    "LLM_API_VERSION": TEXT,
    "RERANKER_API_KEY": TEXT,
    "RERANKER_MODEL_NAME": TEXT,
    "EMBEDDING_BASE_URL": TEXT,
    "EMBEDDING_MODEL_NAME": TEXT,
    "RERANKER_BASE_URL": TEXT,
    "MESSAGE_TO_QUERY_PROMPT": TEXT,
    "RAG_PROMPT": TEXT,
    "N_RETRIEVALS_TO_INCLUDE": USIZE,
    "EMBEDDING_SIZE": USIZE,
    "DISTANCE_METRIC": Choice(METRICS),
    "LLM_DEFAULT_MODEL": TEXT,
    "BM25_ENABLED": BOOLEAN,
    "BM25_B": F32,
    "BM25_K": F32,
    "BM25_AVG_LEN": F32,
    "FULLTEXT_ENABLED": BOOLEAN,
    "SEMANTIC_ENABLED": BOOLEAN,
    "QDRANT_ONLY": BOOLEAN,
    "EMBEDDING_QUERY_PREFIX": TEXT,
    "USE_MESSAGE_TO_QUERY_PROMPT": BOOLEAN,
    "FREQUENCY_PENALTY": F64,
    "TEMPERATURE": F64,
    "PRESENCE_PENALTY": F64,
    "STOP_TOKENS": ListOf(TEXT),
    "MAX_TOKENS": U64,
    "INDEXED_ONLY": BOOLEAN,
    "LOCKED": BOOLEAN,
    "SYSTEM_PROMPT": TEXT,
    "MAX_LIMIT": U64,
    "PUBLIC_DATASET": _PUBLIC,
    "DISABLE_ANALYTICS": BOOLEAN,
    "PAGEFIND_ENABLED": BOOLEAN,
    "TOOL_CONFIGURATION": _TOOL_CONFIGURATION,
    "AIMON_RERANKER_TASK_DEFINITION": TEXT,
}
REQUEST = Struct("DatasetConfigurationDTO", {name: Maybe(shape) for name, shape in _SHAPES.items()})
"""The shape of a configuration in requests: every key is optional."""

_SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "bge-m3": 1024}
_SIZE = 768


def _tool_defaults(price: str, price_range: str) -> dict[str, Any]:
    return {
        "query_tool_options": {
            "tool_description": "Search for relevant information in the knowledge base. You can use this tool multiple "
            "times if the information you need is not found in the first search.",
            "query_parameter_description": "The search query to find relevant information",
            "price_filter_description": f"The {price_range} filter to use for the search",
            "max_price_option_description": f"The maximum {price} to filter by",
            "min_price_option_description": f"The minimum {price} to filter by",
        }
    }


_TOOLS_WITHOUT_OBJECT = _tool_defaults("price", "price")
_TOOLS_WITH_OBJECT = _tool_defaults("price or page", "price or page range")

_DEFAULTS: Configuration = {
    "LLM_BASE_URL": "https://api.openai.com/v1",
    "LLM_API_KEY": "",
    "LLM_API_VERSION": None,
    "RERANKER_API_KEY": "",
    "RERANKER_MODEL_NAME": "bge-reranker-large",
    "EMBEDDING_BASE_URL": "https://embedding.trieve.ai",
    "EMBEDDING_MODEL_NAME": "jina-base-en",
    "RERANKER_BASE_URL": "http://embedding-reranker.default.svc.cluster.local",
    "MESSAGE_TO_QUERY_PROMPT": "Write a 1-2 sentence semantic search query along the lines of a hypothetical response "
    "to: \n\n",
    "RAG_PROMPT": "Use the following retrieved documents to respond briefly and accurately:",
    "N_RETRIEVALS_TO_INCLUDE": 8,
    "EMBEDDING_SIZE": _SIZE,
    "DISTANCE_METRIC": "cosine",
    "LLM_DEFAULT_MODEL": "gpt-4o",
    "BM25_ENABLED": True,
    "BM25_B": 0.75,
    "BM25_K": 0.75,
    "BM25_AVG_LEN": 256.0,
    "FULLTEXT_ENABLED": True,
    "SEMANTIC_ENABLED": True,
    "QDRANT_ONLY": False,
    "EMBEDDING_QUERY_PREFIX": "",
    "USE_MESSAGE_TO_QUERY_PROMPT": False,
    "FREQUENCY_PENALTY": None,
    "TEMPERATURE": None,
    "PRESENCE_PENALTY": None,
    "STOP_TOKENS": None,
    "MAX_TOKENS": None,
    "INDEXED_ONLY": False,
    "LOCKED": False,
    "SYSTEM_PROMPT": "You are a helpful assistant",
    "MAX_LIMIT": 10000,
    "PUBLIC_DATASET": {"enabled": False, "api_key": "", "extra_params": None},
    "DISABLE_ANALYTICS": False,
    "PAGEFIND_ENABLED": False,
    "TOOL_CONFIGURATION": _TOOLS_WITHOUT_OBJECT,
    "AIMON_RERANKER_TASK_DEFINITION": "Your task is to grade the relevance of context document(s) against the specified "
    "user query.",
}


class Poisoned(Exception):
    """The stored configuration makes the server's reader panic (docs/services/trieve.md 2.5)."""


def _page(value: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else PAGE.show(value)


def create(request: Mapping[str, Any] | None) -> Configuration:
    """Make the configuration of a new dataset (docs/services/trieve.md 2.2). ``request``: as read by :data:`REQUEST`."""
    if request is None:
        return dict(_DEFAULTS)
    given = {name: value for name, value in request.items() if value is not None}
    filled = {**_DEFAULTS, "TOOL_CONFIGURATION": _TOOLS_WITH_OBJECT, **given}
    if "EMBEDDING_SIZE" not in given:
        filled["EMBEDDING_SIZE"] = _SIZES.get(given.get("EMBEDDING_MODEL_NAME", ""), _SIZE)
    public = given.get("PUBLIC_DATASET")
    if public is not None:
        filled["PUBLIC_DATASET"] = {**public, "api_key": "", "extra_params": _page(public["extra_params"])}
    return filled


def merge(request: Mapping[str, Any], current: Configuration) -> Configuration:
    """Merge an update into the present configuration (docs/services/trieve.md 2.3)."""
    merged = {**current, **{name: value for name, value in request.items() if value is not None}}
    merged["LLM_API_VERSION"] = request["LLM_API_VERSION"]
    public, before = request["PUBLIC_DATASET"], current["PUBLIC_DATASET"]
    page = {"heroPattern": {}, **(before["extra_params"] or {})}
    enabled, api_key = before["enabled"], before["api_key"]
    if public is not None:
        enabled = public["enabled"]
        api_key = before["api_key"] if public["api_key"] is None else public["api_key"]
        page |= _page(public["extra_params"]) or {}
    merged["PUBLIC_DATASET"] = {"enabled": enabled, "api_key": api_key, "extra_params": page}
    return merged


def for_clone(source: Configuration) -> dict[str, Any]:
    """Return the request with which a clone is created (docs/services/trieve.md 4): the page loses its ``apiKey``."""
    public = source["PUBLIC_DATASET"]
    page = public["extra_params"]
    if page is not None:
        page = {name: value for name, value in page.items() if name != "apiKey"}
    return {**source, "PUBLIC_DATASET": {"enabled": public["enabled"], "api_key": None, "extra_params": page}}


# Reading what is stored


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) and value else default


def _boolean(value: Any, default: bool) -> bool:
    return value if isinstance(value, bool) else default


def _stored_text(stored: Mapping[str, Any], name: str, empty: str) -> str:
    value = stored.get(name, "")
    if not isinstance(value, str):
        raise Poisoned(name)
    return value or empty


def _tools(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return _TOOLS_WITHOUT_OBJECT
    options = value.get("query_tool_options")
    if not isinstance(options, dict):
        return {"query_tool_options": None}
    known = {name: options.get(name) for name in _TOOLS.members}
    return {"query_tool_options": {n: v if isinstance(v, str) else None for n, v in known.items()}}


def _public(value: Any) -> dict[str, Any]:
    found = value if isinstance(value, dict) else {}
    page = None
    if found.get("extra_params") is not None:
        try:
            page = PAGE.show(read_value(PAGE, found["extra_params"]))
        except JsonError:
            page = None
    api_key = found.get("api_key")
    return {
        "enabled": found.get("enabled") is True,
        "api_key": api_key if isinstance(api_key, str) else "",
        "extra_params": page,
    }


_READER_DEFAULTS = {"N_RETRIEVALS_TO_INCLUDE": 5, "BM25_ENABLED": False, "BM25_K": to_f32(1.2)}
"""Keys for which a missing or invalid stored value is read as another value than the default at creation."""

_PLAIN_TEXTS = (
    "LLM_BASE_URL",
    "LLM_API_KEY",
    "RERANKER_API_KEY",
    "EMBEDDING_MODEL_NAME",
    "MESSAGE_TO_QUERY_PROMPT",
    "RAG_PROMPT",
    "LLM_DEFAULT_MODEL",
    "SYSTEM_PROMPT",
    "AIMON_RERANKER_TASK_DEFINITION",
)


def read(stored: Any, *, openai_base_url: str) -> Configuration:
    """Read a stored configuration as the server does in every read. Raises :class:`Poisoned`."""
    stored = stored if isinstance(stored, dict) else {}
    found: Configuration = {}
    for name, shape in _SHAPES.items():
        default: Any = _READER_DEFAULTS.get(name, _DEFAULTS[name])
        value = stored.get(name)
        if name in _PLAIN_TEXTS:
            found[name] = _text(value, default)
        elif shape is BOOLEAN:
            found[name] = _boolean(value, default)
        elif shape is F32:
            number = as_f32(value)
            found[name] = default if number is None else number
        elif shape is F64:
            found[name] = as_f64(value)
        elif shape in (USIZE, U64):
            whole = as_u64(value)
            found[name] = default if whole is None else whole
    found["EMBEDDING_BASE_URL"] = _stored_text(stored, "EMBEDDING_BASE_URL", openai_base_url)
    found["RERANKER_BASE_URL"] = _stored_text(stored, "RERANKER_BASE_URL", _DEFAULTS["RERANKER_BASE_URL"])
    model = stored.get("RERANKER_MODEL_NAME", "")
    found["RERANKER_MODEL_NAME"] = _text(model, _DEFAULTS["RERANKER_MODEL_NAME"]) if isinstance(model, str) else ""
    if "EMBEDDING_SIZE" in stored and as_u64(stored["EMBEDDING_SIZE"]) is None:
        found["EMBEDDING_SIZE"] = 1536
    version = stored.get("LLM_API_VERSION")
    found["LLM_API_VERSION"] = version if isinstance(version, str) else None
    jina = found["EMBEDDING_MODEL_NAME"] == "jina-base-en"
    prefix = stored.get("EMBEDDING_QUERY_PREFIX", "Search for" if jina else "")
    found["EMBEDDING_QUERY_PREFIX"] = prefix if isinstance(prefix, str) else ""
    metric = stored.get("DISTANCE_METRIC")
    found["DISTANCE_METRIC"] = METRICS.get(metric, "cosine") if isinstance(metric, str) else "cosine"
    tokens = stored.get("STOP_TOKENS")
    found["STOP_TOKENS"] = tokens.split(",") if isinstance(tokens, str) else None
    found["PUBLIC_DATASET"] = _public(stored.get("PUBLIC_DATASET"))
    found["TOOL_CONFIGURATION"] = _tools(stored.get("TOOL_CONFIGURATION"))
    return found


# Writing


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return json_float(value)
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def shown(configuration: Configuration) -> dict[str, Any]:
    """Return the configuration in the answers of creates and reads, which a create also stores: without the secrets."""
    found = {name: value for name, value in configuration.items() if name not in SECRET_KEYS}
    public = configuration["PUBLIC_DATASET"]
    found["PUBLIC_DATASET"] = {"enabled": public["enabled"], "extra_params": public["extra_params"]}
    return dict(_plain(found))


def written(configuration: Configuration) -> dict[str, Any]:
    """Return the configuration that every update stores and answers: with the secrets, without the distance metric."""
    return dict(_plain({name: value for name, value in configuration.items() if name != "DISTANCE_METRIC"}))
