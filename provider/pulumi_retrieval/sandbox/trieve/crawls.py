"""Crawl requests (docs/services/trieve.md 1.4). They are stored but never run: their status stays ``Pending``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from ..http import Answer, empty_answer, json_answer
from .context import ADMIN, Context, refuse
from .ids import NIL, new_uuid
from .shapes import ANYTHING, BOOLEAN, I32, TEXT, UUID, Choice, ListOf, Maybe, Shape, Struct, UnknownBehaviour
from .tables import to_text
from .times import SECOND, fresh, stored
from .variants import Tagged

_DAYS = {"daily": 1, "weekly": 7, "monthly": 30}
_TEXTS = Maybe(ListOf(TEXT))
_SCRAPE = Tagged(
    "ScrapeOptions",
    {
        "openapi": Struct("CrawlOpenAPIOptions", {"openapi_schema_url": TEXT, "openapi_tag": TEXT}),
        "shopify": Struct("CrawlShopifyOptions", {"group_variants": Maybe(BOOLEAN), "tag_regexes": _TEXTS}),
        "youtube": Struct("CrawlYoutubeOptions", {}),
    },
)
_OPTIONS: dict[str, Shape] = {
    "site_url": Maybe(TEXT),
    "interval": Maybe(Choice({name: name for name in _DAYS})),
    "limit": Maybe(I32),
    "exclude_paths": _TEXTS,
    "include_paths": _TEXTS,
    "include_tags": _TEXTS,
    "exclude_tags": _TEXTS,
    "boost_titles": Maybe(BOOLEAN),
    "allow_external_links": Maybe(BOOLEAN),
    "ignore_sitemap": Maybe(BOOLEAN),
    "heading_remove_strings": _TEXTS,
    "body_remove_strings": _TEXTS,
    "scrape_options": Maybe(_SCRAPE),
    "webhook_urls": _TEXTS,
    "webhook_metadata": Maybe(ANYTHING),
    "add_chunks_to_dataset": Maybe(BOOLEAN),
    "tags": _TEXTS,
}
_CREATE = Struct("CreateCrawlReqPayload", {"crawl_options": Struct("CrawlOptions", _OPTIONS)})
_UPDATE = Struct("UpdateCrawlReqPayload", {"crawl_id": UUID, "crawl_options": Struct("CrawlOptions", _OPTIONS)})

_WEBHOOK_SECRET = "99b9dba73335958ef77c3585408c50417f86a34a50fe1511a3bbf55252247193"
"""The value that the server derives from its default; every crawl answer has it (docs/services/trieve-observed.md 4)."""


def _checked(context: Context, options: dict[str, Any], dataset_id: str) -> dict[str, Any]:
    if options["allow_external_links"] and all(path == "*" for path in options["include_paths"] or ()):
        refuse(400, "If allow_external_links is true, include_paths must contain at least one path that is not '*'")
    urls = list(options["webhook_urls"] or ())
    own = f"http://{context.request.headers.get('host', 'localhost')}/api/file/html_page"
    if options["add_chunks_to_dataset"] is not False and own not in urls:
        urls.append(own)
    metadata = {"dataset_id": dataset_id, "webhook_secret": _WEBHOOK_SECRET}
    return {**options, "webhook_urls": urls, "webhook_metadata": metadata}


def _crawl_json(row: sqlite3.Row, *, time: Callable[[int], str]) -> dict[str, Any]:
    interval = row["interval"]
    return {
        "id": row["id"],
        "url": row["url"],
        "status": "Pending",
        "crawl_type": row["crawl_type"],
        "next_crawl_at": None if row["next_crawl_at"] is None else time(row["next_crawl_at"]),
        "interval": None if interval is None else {"secs": interval, "nanos": 0},
        "crawl_options": json.loads(row["crawl_options"]),
        "scrape_id": row["scrape_id"],
        "dataset_id": row["dataset_id"],
        "created_at": time(row["created_at"]),
        "attempt_number": 0,
    }


def _store(context: Context, options: dict[str, Any], dataset_id: str) -> Answer:
    options = _checked(context, options, dataset_id)
    if "\\u0000" in to_text(options):
        # The database cannot store a NUL character; the server's answer to that was never recorded.
        raise UnknownBehaviour("a NUL character in the options of a crawl")
    scrape = options["scrape_options"]
    kind = "firecrawl" if scrape is None else scrape["type"]
    interval = None if options["interval"] is None else _DAYS[options["interval"]] * 86400
    now, crawl_id = context.now, new_uuid()
    context.connection.execute(
        "INSERT INTO crawls (id, url, crawl_type, next_crawl_at, interval, crawl_options, scrape_id, dataset_id, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            crawl_id,
            options["site_url"] or "",
            kind,
            None if interval is None else now + interval * SECOND,
            interval,
            to_text(options),
            NIL if kind in ("shopify", "youtube") else new_uuid(),
            dataset_id,
            now,
        ),
    )
    row = context.one("SELECT * FROM crawls WHERE id = ?", crawl_id)
    assert row is not None
    return json_answer(200, _crawl_json(row, time=fresh))


def create(context: Context) -> Answer:
    """``POST /api/crawl``."""
    given = context.body(_CREATE)
    dataset = context.need_dataset()
    context.need_role(ADMIN)
    return _store(context, given["crawl_options"], dataset["id"])


def update(context: Context) -> Answer:
    """``PUT /api/crawl``: deletes the row with that *scrape* id and adds a crawl, merged with an unrelated row."""
    given = context.body(_UPDATE)
    dataset = context.need_dataset()
    context.need_role(ADMIN)
    before = context.one("SELECT * FROM crawls WHERE dataset_id = ? ORDER BY number", dataset["id"])
    context.connection.execute("DELETE FROM crawls WHERE scrape_id = ?", (given["crawl_id"],))
    options = given["crawl_options"]
    if before is not None:
        old = json.loads(before["crawl_options"])
        merged = {name: old[name] if value is None else value for name, value in options.items()}
        options = {**merged, "scrape_options": options["scrape_options"]}
    return _store(context, options, dataset["id"])


def delete(context: Context) -> Answer:
    """``DELETE /api/crawl/{id}``: always 204, whichever organization owns it."""
    crawl_id = context.path_uuid("crawl_id")
    context.need_role(ADMIN)
    context.connection.execute("DELETE FROM crawls WHERE id = ?", (crawl_id,))
    return empty_answer(204)


def get(context: Context) -> Answer:
    """``GET /api/crawl``: lists the crawls of a dataset, newest first."""
    page, limit = context.query_int("page"), context.query_int("limit")
    dataset = context.need_dataset()
    context.need_role(ADMIN)
    limit = 10 if limit is None else limit
    offset = ((1 if page is None else page) - 1) * limit
    if limit < 0:
        refuse(500, "LIMIT must not be negative")
    if offset < 0:
        refuse(500, "OFFSET must not be negative")
    rows = context.connection.execute(
        "SELECT * FROM crawls WHERE dataset_id = ? ORDER BY created_at DESC, number DESC LIMIT ? OFFSET ?",
        (dataset["id"], limit, offset),
    ).fetchall()
    return json_answer(200, [_crawl_json(row, time=stored) for row in rows])
