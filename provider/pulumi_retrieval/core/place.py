"""The endpoint at which an object of the state lives, and whether the connection still reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .addresses import is_loopback, normal_endpoint, shown
from .definition import Definition
from .records import ENDPOINT
from .rejections import Rejection, RejectionKind, Row
from .values import UNKNOWN
from .words import as_json


def same_place(one: Any, other: Any) -> bool:
    """Whether two endpoints are equal, whatever their spelling. Two unknown endpoints are equal."""
    return bool(_normal(one) == _normal(other))


def _normal(endpoint: Any) -> Any:
    return normal_endpoint(endpoint) if isinstance(endpoint, str) else endpoint


class Place:
    """The endpoint of the objects of one connection.

    :param definition: the definition of the resource, which knows endpoint and connection.
    """

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._connection = definition.connection

    def endpoint_of(self, old: Mapping[str, Any]) -> Any:
        """The endpoint to store. If only the spelling differs, the stored one stays."""
        before = old.get(ENDPOINT)
        if self._connection.pending:
            return old.get(ENDPOINT, UNKNOWN)
        return before if same_place(before, self._definition.endpoint) else self._definition.endpoint

    def holds(self, endpoint: Any) -> bool:
        """Whether the connection reaches objects with a stored endpoint: it is the current one, or a former one."""
        if same_place(endpoint, self._definition.endpoint):
            return True
        url, _, generation = normal_endpoint(str(endpoint)).partition(" ")
        return url in self._connection.former_base_urls and generation == self._generation

    def moved(self, old: Mapping[str, Any]) -> Rejection | None:
        """The refusal if the connection points at another server than the stored one; None if it does not, or it is unknown."""
        before, source = old.get(ENDPOINT), self._connection.sources.get("baseUrl", "the default")
        if self._connection.pending or not before or self.holds(before):
            return None
        if any(problem.startswith(source) for problem in self._connection.problems):
            return None
        url, blank, generation = str(before).partition(" ")
        url = shown(url)
        remedies = ["    undo               point the connection back, or select the right stack"]
        if generation == self._generation:
            setting = f"{self._connection.service}:formerBaseUrls"
            remedies.append(f"    the service moved  {self._connection.words.set_and_apply(setting, as_json([url]))}")
        if all(is_loopback(urlsplit(one).hostname) for one in (url, self._connection.base_url)):
            remedies.append(
                "    it was a sandbox   start it with the --data folder that it had: it serves where it did before"
            )
        text = (
            f"REFUSED, nothing was changed: {self._definition.name_of(old)} lives at {url}{blank}{generation}, and the "
            f"connection now points at {self._definition.endpoint} ({source})\n"
            "  Why:   in another service every object of this stack would look deleted, and would be created again.\n"
            "  Do one:\n" + "\n".join(remedies)
        )
        row = Row(ENDPOINT, f"{url}{blank}{generation}", self._definition.endpoint)
        return Rejection(RejectionKind.MOVED, text, (row,))

    @property
    def _generation(self) -> str:
        return self._definition.endpoint.partition(" ")[2]
