"""Each kind of mistake that only the service told before, by its place, its rule and its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.services.cortex import CortexService
from pulumi_retrieval.services.trieve import TrieveService
from support.life import Life
from support.trieve import Tenancy

ID = "57d8e34b-a152-4e55-a5fa-64dc852419a6"
DECLARED = Declaration(name="thing", token="Thing", candidate="thing_1")


class Checks:
    """`check` of every kind of resource, without any service."""

    def __init__(self) -> None:
        self.said: list[str] = []
        raw = {"trieve:apiKey": "k", "trieve:adminKey": "a", "trieve:organizationId": ID}
        self.kinds: dict[str, Reconciler] = {**TrieveService(raw=raw, environ={}, run=self._run()).resources}
        for version in ("cortex", "v2"):
            service = CortexService(
                raw={"cortex:apiKey": "k", "cortex:apiVersion": version}, environ={}, run=self._run()
            )
            self.kinds |= {f"{version} {kind}": cycle for kind, cycle in service.resources.items()}

    def _run(self) -> Run:
        return Run(emit=self.said.append)

    def failures(self, kind: str, program: dict[str, Any], *, old: dict[str, Any] | None = None) -> list[str]:
        return list(self.kinds[kind].check(old or {}, program, DECLARED).failures)


@pytest.fixture
def checks() -> Checks:
    return Checks()


def page(**settings: Any) -> dict[str, Any]:
    public = {"enabled": True, "extra_params": settings}
    return {"tracking_id": "golden", "server_configuration": {"PUBLIC_DATASET": public}}


def crawl(**options: Any) -> dict[str, Any]:
    return {"dataset_id": ID, "crawl_options": {"site_url": "https://example.test", **options}}


def database(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"tenant_id": "acme", "tenant_metadata_schema": list(fields), **more}


NUL, SURROGATE = "must not hold a NUL character", "must not hold half of a surrogate pair"
PAGE = "server_configuration.PUBLIC_DATASET.extra_params"
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    # kind, program, place, rule
    ("dataset", {"tracking_id": "a\0"}, "tracking_id", NUL),
    ("dataset", {"dataset_name": "\ud800"}, "dataset_name", SURROGATE),
    ("dataset", {"secrets_version": "\0"}, "secrets_version", NUL),
    ("dataset", {"server_configuration": {"LLM_API_KEY": "\0"}}, "server_configuration.LLM_API_KEY", NUL),
    ("dataset", {"server_configuration": {"STOP_TOKENS": ["a", "\0"]}}, "server_configuration.STOP_TOKENS[1]", NUL),
    ("dataset", {"tracking_id": "x" * 5001}, "tracking_id", "must have 5000 characters or fewer"),
    ("organization", {"name": "a", "partner_configuration": {"EMAIL": "\0"}}, "partner_configuration.EMAIL", NUL),
    ("organization", {"name": " a"}, "name", "must not begin with a blank"),
    ("organization", {"name": "a\r"}, "name", "must not begin with a blank or hold a carriage return"),
    ("crawl", crawl(tags=["\0"]), "crawl_options.tags[0]", NUL),
    (
        "crawl",
        crawl(webhook_metadata={"a\0": 1}),
        "crawl_options.webhook_metadata.a\\u0000",
        "the name of this key " + NUL,
    ),
    (
        "crawl",
        crawl(webhook_metadata={"a": float("inf")}),
        "crawl_options.webhook_metadata.a",
        "must be a finite number",
    ),
    ("crawl", crawl(limit=2**31), "crawl_options.limit", "must be 2147483647 or less"),
    ("crawl", crawl(scrape_options={}), "crawl_options.scrape_options.type", "is required; one of "),
    ("crawl", crawl(scrape_options={"type": "rss"}), "crawl_options.scrape_options.type", "must be one of "),
    (
        "crawl",
        crawl(scrape_options={"type": "openapi", "openapi_tag": "t"}),
        "crawl_options.scrape_options.openapi_schema_url",
        "is required",
    ),
    (
        "crawl",
        crawl(scrape_options={"type": "shopify", "tag_regexes": "x"}),
        "crawl_options.scrape_options.tag_regexes",
        "must be a list",
    ),
    (
        "crawl",
        crawl(scrape_options={"type": "youtube", "site": 1}),
        "crawl_options.scrape_options.site",
        "there is no such setting",
    ),
    ("fleet_configuration", {"configuration": {"SYSTEM_PROMPT": "\0"}}, "configuration.SYSTEM_PROMPT", NUL),
    ("fleet_configuration", {"configuration": {}, "match": {"LLM_BASE_URL": "\0"}}, "match.LLM_BASE_URL", NUL),
    ("dataset", page(brandNme="x"), f"{PAGE}.brandNme", 'there is no such setting; did you mean "brandName"?'),
    ("dataset", page(theme="blue"), f"{PAGE}.theme", 'must be one of "light", "dark"'),
    ("dataset", page(chat="yes"), f"{PAGE}.chat", "must be true or false; it is a text"),
    ("dataset", page(zIndex=2**31), f"{PAGE}.zIndex", "must be a whole number of 32 bits"),
    ("dataset", page(datasetId="golden"), f"{PAGE}.datasetId", "must be an id of the service"),
    ("dataset", page(tags=[{"label": "x"}]), f"{PAGE}.tags[0].tag", "is required"),
    ("dataset", page(tags=[None]), f"{PAGE}.tags[0]", "must not be null"),
    ("dataset", page(tabMessages=[{"title": "x"}]), f"{PAGE}.tabMessages[0].showComponentCode", "is required"),
    (
        "dataset",
        page(searchPageProps={"filterSidebarProps": {"sections": [{"options": [{"range": {"min": "0"}}]}]}}),
        f"{PAGE}.searchPageProps.filterSidebarProps.sections[0].options[0].range.min",
        "must be a finite number; it is a text",
    ),
    ("dataset", page(heroPattern={"foregroundOpacity": 1e39}), f"{PAGE}.heroPattern.foregroundOpacity", "32 bits"),
    ("dataset", page(defaultSearchQueries=[3]), f"{PAGE}.defaultSearchQueries[0]", "must be a text or an object"),
    ("cortex tenant", {"tenant_id": "a", "note": "\0"}, "note", NUL),
    ("cortex tenant", {"tenant_id": "a\0"}, "tenant_id", NUL),
    (
        "cortex tenant",
        {"tenant_id": "a", "tenant_metadata_schema": [{"key": "\ud800", "type": "string"}]},
        "tenant_metadata_schema[0].key",
        SURROGATE,
    ),
    ("cortex embeddings_tenant", {"tenant_id": "default"}, "tenant_id", 'must not be "default"'),
    ("v2 tenant", {"tenant_id": "Acme"}, "tenant_id", "must be made of lowercase letters, digits, - and _"),
    ("v2 embeddings_tenant", {"tenant_id": "acmE"}, "tenant_id", "must be made of lowercase letters"),
    ("v2 tenant", database({"name": "_a", "data_type": "BOOL"}), "tenant_metadata_schema[0].name", "must be a letter"),
    ("v2 tenant", database({"name": "a-b", "data_type": "BOOL"}), "tenant_metadata_schema[0].name", "must be a letter"),
    ("v2 tenant", database({"name": "Metadata", "data_type": "BOOL"}), "tenant_metadata_schema[0].name", "is reserved"),
    ("v2 tenant", database({"name": "a", "data_type": "ARRAY"}), "tenant_metadata_schema[0].data_type", "no array"),
    ("v2 tenant", database({"name": "a", "data_type": "array"}), "tenant_metadata_schema[0].data_type", "no array"),
    *(
        (
            "v2 tenant",
            database({"name": "a", "data_type": kind, "max_length": 5}),
            f"tenant_metadata_schema[0].{at}",
            rule,
        )
        for kind in ("INT64", "integer", "JSON", "object", "bool", "float")
        for at, rule in [("max_length", "only VARCHAR fields have a length")]
    ),
    (
        "v2 tenant",
        database({"name": "a", "data_type": "integer", "enable_dense_embedding": True}),
        "tenant_metadata_schema[0].enable_dense_embedding",
        "only VARCHAR fields can be embedded",
    ),
]


@pytest.mark.parametrize(("kind", "program", "place", "rule"), REFUSED, ids=[f"{k} {p}" for k, _, p, _ in REFUSED])
def test_refused(checks: Checks, kind: str, program: dict[str, Any], place: str, rule: str) -> None:
    rule = rule.replace("no array", "must not be an array")
    found = [text for text in checks.failures(kind, program) if text.startswith(f"{place}: ")]
    assert found
    assert any(rule in text for text in found), found


def test_secrets_of_the_page_are_not_shown(checks: Checks) -> None:
    (text,) = checks.failures("dataset", page(apiKey=["canary"]))
    assert text == f"{PAGE}.apiKey: must be a text; it is a list"


def test_settings_of_a_newer_server_may_pass(checks: Checks) -> None:
    assert not checks.failures("dataset", {**page(aNewSetting={"x": 1}), "allow_unknown_configuration": True})


def test_an_unknown_page_setting_draws_a_warning_and_is_sent(checks: Checks) -> None:
    assert not checks.failures("dataset", page(searchOptions={"filters": {"must": []}}))
    assert f"{PAGE}.searchOptions.filters: the documents of the service do not describe its content" in "\n".join(
        checks.said
    )


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("v2 tenant", {"tenant_id": "Acme"}),
        ("v2 tenant", database({"name": "a", "data_type": "ARRAY"}, {"name": "_b", "data_type": "BOOL"})),
        ("cortex embeddings_tenant", {"tenant_id": "default"}),
        ("crawl", crawl(limit=2**31)),
        ("crawl", crawl(scrape_options={"type": "youtube", "site": 1})),
        ("dataset", page(brandNme="x", chat="yes")),
        ("organization", {"name": " a"}),
    ],
)
def test_an_object_that_exists_with_it_is_not_blocked(checks: Checks, kind: str, stored: dict[str, Any]) -> None:
    assert checks.failures(kind, stored)
    old = {**checks.kinds[kind].check({}, stored, DECLARED).inputs}
    checks.said.clear()
    assert not checks.failures(kind, stored, old=old)
    assert "The existing object keeps this value" in "\n".join(checks.said)


def test_a_new_value_of_an_object_that_exists_is_refused(checks: Checks) -> None:
    old = checks.kinds["v2 tenant"].check({}, database({"name": "a", "data_type": "ARRAY"}), DECLARED).inputs
    more = database({"name": "b", "data_type": "BOOL"}, {"name": "a", "data_type": "ARRAY"})
    assert not checks.failures("v2 tenant", more, old=old)
    (text,) = checks.failures(
        "v2 tenant", database({"name": "a", "data_type": "ARRAY"}, {"name": "c", "data_type": "ARRAY"}), old=old
    )
    assert text.startswith("tenant_metadata_schema[1].data_type: must not be an array")


def test_a_key_that_the_server_drops_draws_one_warning_and_is_not_compared(trieve: Tenancy) -> None:
    wanted = {"allow_unknown_configuration": True, "server_configuration": {"A_NEWER_KEY": 1, "MAX_LIMIT": 5}}
    life: Life = trieve.dataset()
    assert life.up(wanted) == "create"
    assert trieve.text.count("the service does not return server_configuration.A_NEWER_KEY") == 1
    trieve.said.clear()
    for _ in range(2):
        assert life.refresh()
        assert trieve.again(life).preview(wanted) == "same"
    assert trieve.text == ""
    wanted["server_configuration"] = {"A_NEWER_KEY": 2, "MAX_LIMIT": 5}
    assert life.up(wanted) == "update"
    assert life.preview(wanted) == "same"
