"""``PUBLIC_DATASET.extra_params``, the settings of the public page, by name and type (docs/services/trieve.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from .json_shapes import COUNT, F32, F64, FLAG, I32, TEXT, UUID, ListOf, Object, Shape, TextOr, Untold, one_of


def _named(shape: Shape, names: str) -> Mapping[str, Shape]:
    return dict.fromkeys(names.split(), shape)


_QUERY = Object(_named(TEXT, "query imageUrl"))
_QUERIES = ListOf(TextOr(_QUERY))
_TAG = Object(
    {**_named(TEXT, "tag label iconClassName description"), "selected": FLAG},
    required=frozenset({"tag"}),
)
_RELEVANCE = Object(
    {
        **_named(TEXT, "userMessageTextPrefix toolDescription highDescription mediumDescription lowDescription"),
        "includeImages": FLAG,
    },
    required=frozenset({"toolDescription"}),
)
_PRICE = Object(
    _named(TEXT, "toolDescription minPriceDescription maxPriceDescription"),
    required=frozenset({"toolDescription"}),
)
_SEARCH = Object(
    {
        # Structures of the search routes, which the documents of this package do not describe.
        **_named(Untold(), "search_type filters sort_options scoring_options typo_options"),
        **_named(COUNT, "page page_size"),
        **_named(FLAG, "get_total_pages slim_chunks content_only use_quote_negated_terms remove_stop_words"),
        "score_threshold": F32,
        "user_id": TEXT,
        "use_autocomplete": FLAG,
    }
)
_BUTTON = Object(
    {**_named(TEXT, "selector mode"), "removeTriggers": FLAG},
    required=frozenset({"selector", "mode"}),
)
_HERO = Object(
    {
        **_named(TEXT, "heroPatternSvg heroPatternName foregroundColor backgroundColor"),
        "foregroundOpacity": F32,
    }
)
_TAB = Object(
    {**_named(TEXT, "title tabInnerHtml"), "showComponentCode": FLAG},
    required=frozenset({"title", "tabInnerHtml", "showComponentCode"}),
)
_PRODUCT = Object(
    {
        "enabled": FLAG,
        **_named(TEXT, "productTrackingId groupTrackingId productName productDescriptionHtml productPrimaryImageUrl"),
        **_named(TEXT, "recSearchQuery pdpPrompt"),
        "productQuestions": ListOf(_QUERY),
    }
)
_OPTION = Object({**_named(TEXT, "tag label description"), "range": Object(_named(F64, "min max"))})
_SECTION = Object(
    {**_named(TEXT, "key filterKey title selectionType filterType"), "options": ListOf(_OPTION)},
    required=frozenset({"key", "filterKey", "title", "selectionType", "filterType", "options"}),
)
_SEARCH_PAGE = Object({"display": FLAG, "filterSidebarProps": Object({"sections": ListOf(_SECTION)})})

SETTINGS: Mapping[str, Shape] = {
    "datasetId": UUID,
    **_named(TEXT, "baseUrl type apiKey"),
    "analytics": FLAG,
    "tags": ListOf(_TAG),
    "relevanceToolCallOptions": _RELEVANCE,
    "priceToolCallOptions": _PRICE,
    "searchToolCallOptions": Object(_named(TEXT, "toolDescription userMessageTextPrefix noSearchRagContext")),
    "notFilterToolCallOptions": Object(_named(TEXT, "userMessageTextPrefix toolDescription")),
    **_named(FLAG, "suggestedQueries followupQuestions responsive chat"),
    "theme": one_of("light", "dark"),
    "searchOptions": _SEARCH,
    **_named(TEXT, "headingPrefix forBrandName brandName brandLogoImgSrcUrl navLogoImgSrcUrl problemLink brandColor"),
    "placeholder": TEXT,
    **_named(_QUERIES, "defaultSearchQueries defaultAiQuestions"),
    "defaultSearchMode": TEXT,
    **_named(FLAG, "useGroupSearch allowSwitchingModes"),
    **_named(TEXT, "defaultCurrency currencyPosition"),
    "showFloatingButton": FLAG,
    **_named(TEXT, "floatingButtonPosition floatingButtonVersion floatingSearchIconPosition"),
    **_named(FLAG, "showFloatingSearchIcon showFloatingInput"),
    "buttonTriggers": ListOf(_BUTTON),
    "debounceMs": I32,
    "heroPattern": _HERO,
    "tabMessages": ListOf(_TAB),
    "openGraphMetadata": Object(_named(TEXT, "title image description")),
    "singleProductOptions": _PRODUCT,
    "openLinksInNewTab": FLAG,
    **_named(TEXT, "creatorName creatorLinkedInUrl brandFontFamily"),
    "zIndex": I32,
    **_named(FLAG, "hideDrawnText usePagefind"),
    **_named(TEXT, "videoLink videoPosition"),
    **_named(FLAG, "isTestMode inline"),
    "numberOfSuggestions": COUNT,
    **_named(TEXT, "inlineHeader defaultImageQuestion"),
    **_named(FLAG, "useLocal showResultHighlights"),
    "searchPageProps": _SEARCH_PAGE,
    "searchBar": FLAG,
    **_named(TEXT, "defaultSearchQuery imageStarterText"),
}
"""Every setting. The server silently drops all other names."""

OF_32_BITS = ("heroPattern", "searchOptions")
"""The settings with 32-bit numbers, which the server returns rounded."""


def page(*, open: bool = False) -> Object:
    """The settings as one object. :param open: whether unknown settings are accepted, because a newer server may know them."""
    return Object(SETTINGS, open=open)
