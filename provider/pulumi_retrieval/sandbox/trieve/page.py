"""The known settings of ``PUBLIC_DATASET.extra_params``, by name and type (docs/services/trieve.md 2.4)."""

from __future__ import annotations

from .shapes import BOOLEAN, F32, F64, I32, TEXT, U64, USIZE, UUID, Choice, ListOf, Maybe, Shape, Struct
from .shapes import Unknowable as _Unknowable
from .variants import TextOr


def _texts(*names: str) -> dict[str, Shape]:
    return {name: Maybe(TEXT) for name in names}


def _booleans(*names: str) -> dict[str, Shape]:
    return {name: Maybe(BOOLEAN) for name in names}


def _open(what: str) -> Maybe:
    return Maybe(_Unknowable(f"PUBLIC_DATASET.extra_params.searchOptions.{what}"))


_QUERY = Struct("DefaultSearchQuery", _texts("query", "imageUrl"))
_QUERIES = Maybe(ListOf(TextOr("DefaultSearchQueryType", _QUERY)))
_TAG = Struct(
    "PublicPageTag",
    {
        "tag": TEXT,
        "label": Maybe(TEXT),
        "selected": Maybe(BOOLEAN),
        "iconClassName": Maybe(TEXT),
        "description": Maybe(TEXT),
    },
    frozenset({"description"}),
)
_RELEVANCE = Struct(
    "RelevanceToolCallOptions",
    {
        "userMessageTextPrefix": Maybe(TEXT),
        "includeImages": Maybe(BOOLEAN),
        "toolDescription": TEXT,
        **_texts("highDescription", "mediumDescription", "lowDescription"),
    },
)
_PRICE = Struct(
    "PriceToolCallOptions", {"toolDescription": TEXT, **_texts("minPriceDescription", "maxPriceDescription")}
)
_SEARCH = Struct(
    "SearchToolCallOptions",
    _texts("toolDescription", "userMessageTextPrefix", "noSearchRagContext"),
    frozenset({"toolDescription"}),
)
_NOT_FILTER = Struct("NotFilterToolCallOptions", _texts("userMessageTextPrefix", "toolDescription"))
_SEARCH_OPTIONS = Struct(
    "PublicPageSearchOptions",
    {
        "search_type": _open("search_type"),
        "page": Maybe(U64),
        "page_size": Maybe(U64),
        "get_total_pages": Maybe(BOOLEAN),
        "filters": _open("filters"),
        "sort_options": _open("sort_options"),
        "scoring_options": _open("scoring_options"),
        "score_threshold": Maybe(F32),
        **_booleans("slim_chunks", "content_only", "use_quote_negated_terms", "remove_stop_words"),
        "user_id": Maybe(TEXT),
        "typo_options": _open("typo_options"),
        "use_autocomplete": Maybe(BOOLEAN),
    },
)
_BUTTON = Struct(
    "ButtonTrigger",
    {"selector": TEXT, "mode": TEXT, "removeTriggers": Maybe(BOOLEAN)},
    frozenset({"removeTriggers"}),
)
_HERO = Struct(
    "HeroPattern",
    {
        **_texts("heroPatternSvg", "heroPatternName", "foregroundColor"),
        "foregroundOpacity": Maybe(F32),
        "backgroundColor": Maybe(TEXT),
    },
)
_TAB = Struct("PublicPageTabMessage", {"title": TEXT, "tabInnerHtml": TEXT, "showComponentCode": BOOLEAN})
_GRAPH_NAMES = ("title", "image", "description")
_GRAPH = Struct("OpenGraphMetadata", _texts(*_GRAPH_NAMES), frozenset(_GRAPH_NAMES))
_PRODUCT_MEMBERS: dict[str, Shape] = {
    "enabled": Maybe(BOOLEAN),
    **_texts(
        "productTrackingId",
        "groupTrackingId",
        "productName",
        "productDescriptionHtml",
        "productPrimaryImageUrl",
        "recSearchQuery",
    ),
    "productQuestions": Maybe(ListOf(_QUERY)),
    "pdpPrompt": Maybe(TEXT),
}
_PRODUCT = Struct("SingleProductOptions", _PRODUCT_MEMBERS, frozenset(_PRODUCT_MEMBERS))
_RANGE = Struct("RangeSliderConfig", {"min": Maybe(F64), "max": Maybe(F64)})
_TAG_PROP = Struct(
    "TagProp", {"tag": Maybe(TEXT), "label": Maybe(TEXT), "range": Maybe(_RANGE), "description": Maybe(TEXT)}
)
_SECTION = Struct(
    "FilterSidebarSection",
    {
        **dict.fromkeys(("key", "filterKey", "title", "selectionType", "filterType"), TEXT),
        "options": ListOf(_TAG_PROP),
    },
)
_FILTERS = Struct("SidebarFilters", {"sections": Maybe(ListOf(_SECTION))})
_SEARCH_PAGE = Struct("SearchPageProps", {"display": Maybe(BOOLEAN), "filterSidebarProps": Maybe(_FILTERS)})

PAGE = Struct(
    "PublicPageParameters",
    {
        "datasetId": Maybe(UUID),
        **_texts("baseUrl", "type", "apiKey"),
        "analytics": Maybe(BOOLEAN),
        "tags": Maybe(ListOf(_TAG)),
        "relevanceToolCallOptions": Maybe(_RELEVANCE),
        "priceToolCallOptions": Maybe(_PRICE),
        "searchToolCallOptions": Maybe(_SEARCH),
        "notFilterToolCallOptions": Maybe(_NOT_FILTER),
        **_booleans("suggestedQueries", "followupQuestions", "responsive", "chat"),
        "theme": Maybe(Choice({"light": "light", "dark": "dark"})),
        "searchOptions": Maybe(_SEARCH_OPTIONS),
        **_texts("headingPrefix", "forBrandName", "brandName", "brandLogoImgSrcUrl", "navLogoImgSrcUrl"),
        **_texts("problemLink", "brandColor", "placeholder"),
        "defaultSearchQueries": _QUERIES,
        "defaultAiQuestions": _QUERIES,
        "defaultSearchMode": Maybe(TEXT),
        **_booleans("useGroupSearch", "allowSwitchingModes"),
        **_texts("defaultCurrency", "currencyPosition"),
        "showFloatingButton": Maybe(BOOLEAN),
        **_texts("floatingButtonPosition", "floatingButtonVersion", "floatingSearchIconPosition"),
        **_booleans("showFloatingSearchIcon", "showFloatingInput"),
        "buttonTriggers": Maybe(ListOf(_BUTTON)),
        "debounceMs": Maybe(I32),
        "heroPattern": Maybe(_HERO),
        "tabMessages": Maybe(ListOf(_TAB)),
        "openGraphMetadata": Maybe(_GRAPH),
        "singleProductOptions": Maybe(_PRODUCT),
        "openLinksInNewTab": Maybe(BOOLEAN),
        **_texts("creatorName", "creatorLinkedInUrl", "brandFontFamily"),
        "zIndex": Maybe(I32),
        **_booleans("hideDrawnText", "usePagefind"),
        **_texts("videoLink", "videoPosition"),
        **_booleans("isTestMode", "inline"),
        "numberOfSuggestions": Maybe(USIZE),
        **_texts("inlineHeader", "defaultImageQuestion"),
        **_booleans("useLocal", "showResultHighlights"),
        "searchPageProps": Maybe(_SEARCH_PAGE),
        "searchBar": Maybe(BOOLEAN),
        **_texts("defaultSearchQuery", "imageStarterText"),
    },
)
