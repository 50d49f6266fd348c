"""Finds the handler of a request by method and path. Paths are matched before percent-decoding."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..http import Answer, empty_answer
from . import bulk, crawls, datasets, inventory, keys, organizations
from .context import Context
from .shapes import UnknownBehaviour

Handler = Callable[[Context], Answer]


def _health(context: Context) -> Answer:
    return empty_answer(200)


_ROUTES: tuple[tuple[str, dict[str, Handler]], ...] = (
    ("/", {"GET": _health}),
    ("/api/health", {"GET": _health}),
    ("/api/auth/me", {"GET": organizations.me}),
    ("/api/dataset", {"POST": datasets.create, "PUT": datasets.update}),
    ("/api/dataset/batch_create_datasets", {"POST": bulk.batch}),
    ("/api/dataset/organization/{organization_id}", {"GET": inventory.listing}),
    ("/api/dataset/usage/{dataset_id}", {"GET": inventory.usage}),
    ("/api/dataset/get_all_tags", {"POST": inventory.tags}),
    ("/api/dataset/get_dataset_queue_lengths", {"GET": inventory.queue_lengths}),
    ("/api/dataset/events", {"POST": inventory.events}),
    ("/api/dataset/{dataset_id}", {"GET": datasets.get, "DELETE": datasets.delete}),
    ("/api/dataset/clear/{dataset_id}", {"PUT": datasets.clear}),
    ("/api/dataset/tracking_id/{tracking_id}", {"GET": datasets.get_tracked, "DELETE": datasets.delete_tracked}),
    ("/api/crawl", {"GET": crawls.get, "POST": crawls.create, "PUT": crawls.update}),
    ("/api/crawl/{crawl_id}", {"DELETE": crawls.delete}),
    ("/api/organization", {"POST": organizations.create, "PUT": organizations.update}),
    ("/api/organization/usage/{organization_id}", {"POST": organizations.usage}),
    ("/api/organization/users/{organization_id}", {"GET": organizations.users}),
    ("/api/organization/update_dataset_configs", {"POST": organizations.update_configs}),
    ("/api/organization/api_key", {"GET": keys.get, "POST": keys.create}),
    ("/api/organization/api_key/{api_key_id}", {"DELETE": keys.delete}),
    ("/api/organization/{organization_id}", {"GET": organizations.get, "DELETE": organizations.delete}),
)


def _not_emulated(context: Context) -> Answer:
    raise UnknownBehaviour(f"{context.request.method} {context.request.path} is not emulated")


_GUARDED: dict[tuple[str, str], Handler] = {
    ("POST", "/api/dataset/clone"): bulk.clone,
    ("GET", "/api/dataset/scroll_files"): _not_emulated,
}
"""Routes with one method; with another method the path matches ``/api/dataset/{dataset_id}``."""

_METHODS_ONLY: dict[str, frozenset[str]] = {"/api/dataset/pagefind": frozenset({"GET", "POST"})}
"""Routes that are not emulated and whose methods are known."""

_ELSEWHERE = re.compile(
    r"/api/(dataset/(groups|files)/|chunks?\b|shopify|etl|auth\b|topic|messages?\b|user\b|"
    r"chunk_group|file\b|events|invitations?\b|stripe|analytics|experiment|organization/[^/]+/user/|context|page)|"
    r"/(auth/cli|metrics|builder-webhook|public_page/|demos/|static\b|redoc|scalar|swagger-ui|api-docs?)"
)
"""Routes of the server that are not emulated."""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")


_COMPILED = tuple((_pattern(path), handlers) for path, handlers in _ROUTES)


def dispatch(context: Context) -> Answer:
    """Answer the request by its route; 404 and 405 have empty bodies (docs/services/trieve-observed.md 3)."""
    request = context.request
    guarded = _GUARDED.get((request.method, request.path))
    if guarded is not None:
        return guarded(context)
    methods = _METHODS_ONLY.get(request.path)
    if methods is not None:
        if request.method in methods:
            raise UnknownBehaviour(f"{request.method} {request.path}")
        return empty_answer(405)
    for pattern, handlers in _COMPILED:
        match = pattern.match(request.path)
        if match is None:
            continue
        handler = handlers.get(request.method)
        if handler is None:
            return empty_answer(405)
        context.segments = match.groupdict()
        return handler(context)
    if _ELSEWHERE.match(request.path):
        raise UnknownBehaviour(f"{request.method} {request.path} is not emulated")
    return empty_answer(404)
