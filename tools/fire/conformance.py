"""Compare a real Trieve server with the sandbox: the calls of this package, and where the answers differ.

    TRIEVE_ADMIN_KEY=… PYTHONPATH=tools:tests .venv/bin/python -m fire.conformance --base-url http://127.0.0.1:8090

The same lives of resources are lived on both, by this package's own code, in an organization that is made for it and deleted
at the end. Compared are the calls in their order, their status, and the shape of the answers: names and types, not values.
Every recording of a real server is compared byte for byte by `tests/sandbox/test_trieve_replay.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from fire.exchange import call
from pulumi_retrieval.core.errors import RetrievalError
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.services.trieve import TrieveService
from support.life import Life
from support.sandbox import Sandbox

FREE_FORM = ("server_configuration", "crawl_options", "scrape_options", "partner_configuration")
"""Objects of which only the names that both have are compared: each version of the server knows other ones."""


Programs = Mapping[str, Mapping[str, Any]]
"""Step → the program of an `up`."""


@dataclass(frozen=True)
class Told:
    """One call and its answer. :param shape: place in the body → name of its type."""

    call: str
    status: int
    shape: Mapping[str, str]


class Recorder(httpx.BaseTransport):
    """Sends requests and keeps what was answered."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.told: list[Told] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        answer = self._inner.handle_request(request)
        answer.read()
        try:
            body = answer.json() if answer.content else None
        except ValueError:
            body = answer.text
        self.told.append(Told(call(request.method, request.url.path), answer.status_code, dict(shape(body))))
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def shape(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every place in a body and what stands there. Of a list the first item counts."""
    yield at or "body", "null" if value is None else "number" if type(value) in (int, float) else type(value).__name__
    if isinstance(value, dict):
        for name, item in value.items():
            yield from shape(item, f"{at}.{name}")
    elif isinstance(value, list) and value:
        yield from shape(value[0], f"{at}[]")


def differences(mine: Sequence[Told], theirs: Sequence[Told]) -> list[str]:
    """Where the service differs from the sandbox. :param mine: what the sandbox told."""
    found = []
    for number in range(max(len(mine), len(theirs))):
        if number >= len(mine) or number >= len(theirs):
            more, calls = ("the service", theirs) if number >= len(mine) else ("the sandbox", mine)
            found.append(f"only {more} was asked {calls[number].call}")
            continue
        one, other = mine[number], theirs[number]
        if one.call != other.call:
            return [*found, f"the service was asked {other.call} where the sandbox was asked {one.call}"]
        if one.status != other.status:
            found.append(f"{one.call}: status {other.status}, and {one.status} from the sandbox")
        found += [f"{one.call}: {text}" for text in _shapes(one.shape, other.shape)]
    return found


def _shapes(mine: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    for place in sorted({*mine, *theirs}):
        there, here = theirs.get(place), mine.get(place)
        if there == here or "null" in (there, here):
            continue
        if None in (there, here) and (
            any(f".{name}." in place for name in FREE_FORM) or _is_below_null(place, mine, theirs)
        ):
            continue
        yield f"{place} is {there or 'missing'}, and {here or 'missing'} from the sandbox"


def _is_below_null(place: str, *shapes: Mapping[str, str]) -> bool:
    """Whether one side has null, or an empty list, above a place, so that nothing can be compared there."""
    above = [place[:end] for end, sign in enumerate(place) if sign in ".[" and end]
    return any(one.get(part) in ("null", "list") and f"{part}[]" not in one for part in above for one in shapes)


def scenarios(base_url: str, admin_key: str, *, name: str) -> dict[str, list[Told] | str]:
    """Live the lives. Gives what each step was told, or the error at which its life ended."""
    raw = {"trieve:baseUrl": base_url, "trieve:adminKey": admin_key, "trieve:allowPlainHttp": "true"}
    found: dict[str, list[Told] | str] = {}

    def in_a_run(life: Life, kind: str, act: Callable[[], object]) -> list[Told] | str:
        """Take one step, in a run of its own."""
        recorder = Recorder()
        service = TrieveService(raw=raw, environ={}, run=Run(emit=lambda text: None), transport=recorder)
        life.cycle = service.resources[kind]
        try:
            act()
        except RetrievalError as error:
            return str(error)
        finally:
            service.http.close()
        return recorder.told

    def live(kind: str, what: str, programs: Programs, *, life: Life | None = None, keep: bool = False) -> Life:
        """Live a life until a step fails. :param keep: do not delete the object."""
        here = life or Life(None, name=f"{name}-{what}", token="Thing")
        steps: dict[str, Callable[[], object]] = {step: partial(here.up, said) for step, said in programs.items()}
        steps |= {"refresh": here.refresh} if keep else {"refresh": here.refresh, "delete": here.destroy}
        for step, act in steps.items():
            found[f"{what}, {step}"] = told = in_a_run(here, kind, act)
            if isinstance(told, str):
                break
        return here

    company = live(
        "organization", "organization", {"create": {"name": name}, "update": {"name": f"{name} 2"}}, keep=True
    )
    if company.id:
        _inside(company.id, name, live)
        live("organization", "organization at the end", {}, life=company)
    return found


def _inside(organization_id: str, name: str, live: Callable[..., Life]) -> None:
    ours = {"organization_id": organization_id}
    first = {**ours, "tracking_id": f"{name}-docs", "server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 768}}
    second = {**first, "server_configuration": {"MAX_LIMIT": 6, "EMBEDDING_SIZE": 768}}
    docs = live("dataset", "dataset", {"create": first, "update": second}, keep=True)
    if not docs.id:
        return
    copy = {**ours, "tracking_id": f"{name}-copy", "clone_from": {"dataset_id": docs.id, "copy_chunks": False}}
    live("dataset", "clone", {"create": copy})
    live("fleet_configuration", "fleet configuration", {"create": {**ours, "configuration": {"MAX_LIMIT": 7}}})
    live("api_key", "API key", {"create": {**ours, "name": f"{name}-key", "role": 1}})
    site = {**ours, "dataset_id": docs.id, "crawl_options": {"site_url": "https://example.com", "limit": 1}}
    live("crawl", "crawl", {"create": site})
    live("dataset", "dataset at the end", {}, life=docs)


def compare(mine: Mapping[str, list[Told] | str], theirs: Mapping[str, list[Told] | str]) -> dict[str, list[str]]:
    """Step → where the service differs. :param mine: of the sandbox."""
    found: dict[str, list[str]] = {}
    for step in {**mine, **theirs}:
        here, there = mine.get(step, "did not come to it"), theirs.get(step, "did not come to it")
        if isinstance(here, str) or isinstance(there, str):
            told = (here if isinstance(here, str) else "worked", there if isinstance(there, str) else "worked")
            found[step] = [] if here == there else [f"the sandbox: {told[0]}; the service: {told[1]}"]
        else:
            found[step] = differences(here, there)
    return found


def main() -> int:
    """Compare, print each step, and fail where something differs."""
    parser = argparse.ArgumentParser(prog="fire.conformance", description="Compare a Trieve server with the sandbox.")
    parser.add_argument(
        "--base-url", required=True, metavar="URL", help="the server; TRIEVE_ADMIN_KEY is its admin key"
    )
    options = parser.parse_args()
    admin_key = os.environ.get("TRIEVE_ADMIN_KEY", "")
    if not admin_key:
        parser.error("the environment variable TRIEVE_ADMIN_KEY is not set: organizations are made with the admin key")
    name = f"conformance-{int(time.time())}"
    with Sandbox(organization=None) as sandbox:
        mine = scenarios(sandbox.base_url, sandbox.environment["TRIEVE_ADMIN_KEY"], name=name)
    found = compare(mine, scenarios(options.base_url, admin_key, name=name))
    for step, texts in found.items():
        print(f"{step}: {'the same' if not texts else ''}")
        for text in texts:
            print(f"  {text}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
