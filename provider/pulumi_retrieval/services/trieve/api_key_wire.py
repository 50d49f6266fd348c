"""The part of Trieve's HTTP API that creates, lists and deletes API keys (`docs/services/trieve.md` 1.2)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ...core.answers import expect_empty, expect_same, malformed, parse
from ...core.errors import ObjectMissing, PermissionDenied, ServiceError
from ...core.messages import Answer
from .answers import API_KEYS, ISSUED_KEY, ORGANIZATION_ENVELOPE, ApiKeyAnswer
from .wire import MOST_PAGES, PAGE, Call, TrieveWire, step

PATH = "/api/organization/api_key"
KEY = re.compile(r"tr-[0-9A-Za-z]{8,}")
"""An API key anywhere in a text. Keys are masked in every answer about keys, even where none is documented."""


class ApiKeyWire:
    """The calls. Every method raises `ServiceError` or one of its kinds; `organization` is an organization's id.

    :param learn: called with the secrets in an answer, before any text about the answer is made.
    """

    def __init__(self, wire: TrieveWire, *, learn: Callable[..., None]) -> None:
        self._wire = wire
        self._learn = learn

    def create(self, body: dict[str, Any], *, organization: str, what: str) -> str:
        """``POST /api/organization/api_key``: the key, which no other call returns; its id is in the list."""
        call = Call("POST", PATH, f"create {what}", organization, body=body, hides_answer=True)
        issued = parse(ISSUED_KEY, self._ask(call)).api_key
        self._learn(issued)
        return issued

    def every(self, organization: str) -> list[ApiKeyAnswer]:
        """``GET /api/organization/api_key``: every key of an organization, by ascending id."""
        found: list[ApiKeyAnswer] = []
        for _ in range(1, MOST_PAGES):
            page = self._page(organization, after=found[-1].id if found else None, limit=PAGE)
            found += page
            if len(page) < PAGE:
                return found
        raise ServiceError(
            f"list the API keys of {organization}",
            message=f"the list does not end after {len(found)} keys, so it cannot show that a key is gone",
        )

    def get(self, key_id: str, *, organization: str, what: str) -> ApiKeyAnswer:
        """The same list, limited to the key: a page of one key that starts just before its id."""
        for key in self._page(organization, after=_just_before(key_id), limit=1):
            if key.id == key_id:
                return key
        raise ObjectMissing(f"read {what}", message="the list of its organization does not show it")

    def delete(self, key_id: str, *, organization: str, what: str) -> None:
        """``DELETE /api/organization/api_key/{id}``: the answer is 204 even if there was no such key in this organization."""
        path = f"{PATH}/{step(key_id)}"
        expect_empty(self._ask(Call("DELETE", path, f"delete {what}", organization)))

    def try_key(self, key: str, *, organization: str, what: str) -> None:
        """``GET /api/organization/{id}`` with a key: 403 means that the key is valid but may not do this, 401 that it is unknown.

        :raises AuthenticationError: the service does not know the key.
        """
        path = f"/api/organization/{step(organization)}"
        try:
            answer = self._ask(Call("GET", path, f"try {what}", organization, key=key))
        except PermissionDenied:
            return
        told = parse(ORGANIZATION_ENVELOPE, answer).organization.id
        expect_same(answer, "id", expected=organization, told=told)

    def _page(self, organization: str, *, after: str | None, limit: int) -> list[ApiKeyAnswer]:
        """One page. Its order is checked, because the absence of an id is concluded from it."""
        path = f"{PATH}?limit={limit}" + (f"&cursor={after}" if after is not None else "")
        answer = self._ask(Call("GET", path, f"list the API keys of {organization}", organization))
        page = parse(API_KEYS, answer).api_keys
        for key in page:
            expect_same(answer, "organization_id", expected=organization, told=key.organization_id)
        ids = [after or "", *(key.id for key in page)]
        if any(one >= other for one, other in pairwise(ids)):
            raise malformed(answer, "its ids are not in ascending order behind the one that was asked for")
        return page

    def _ask(self, call: Call) -> Answer:
        answer = self._wire.ask(call)
        self._learn(*KEY.findall(answer.raw.decode("utf-8", "replace")))
        return self._wire.succeeded(answer)


def _just_before(key_id: str) -> str | None:
    """The id before this one; None if the text is not a uuid."""
    try:
        return str(uuid.UUID(int=max(0, uuid.UUID(key_id).int - 1)))
    except ValueError:
        return None
