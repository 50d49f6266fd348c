"""Answers of the services, as a grammar makes them: recorded ones in which some places are something else."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from fire.records import ROOT
from pulumi_retrieval.core.answers import Documented

RECORDINGS = ("tests/data/trieve-replay.jsonl", "tests/data/cortex-wire.jsonl")
MODULES = ("pulumi_retrieval.services.trieve.answers", "pulumi_retrieval.services.cortex.answers")
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**53,
    10**30,
    1.5,
    float("nan"),
    "",
    "x" * 3000,
    "\0",
    "\ud800",
    "2026-11-21",
    "00000000-0000-0000-0000-000000000000",
    [],
    {},
    [[]],
    [None],
    {"id": None},
    {"": ""},
)
Place = tuple[Any, ...]


@functools.cache
def parsers() -> Mapping[str, Documented[Any]]:
    """Every documented shape, by module and name."""
    return {
        f"{module.rsplit('.', 2)[1]} {name}": value
        for module in MODULES
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, Documented)
    }


@functools.cache
def recorded() -> Sequence[Any]:
    """Every body of a success that was recorded, and in it what an envelope holds."""
    found: dict[str, Any] = {}
    for name in RECORDINGS:
        for line in (ROOT / name).read_text().splitlines():
            record = json.loads(line)
            for key in ("response", "minimal_response", "full_response"):
                told = record.get(key) or {}
                body, status = told.get("json"), told.get("status")
                if body is not None and status is not None and status < 300:
                    for one in (body, body.get("data") if isinstance(body, dict) else None):
                        if one is not None:
                            found.setdefault(json.dumps(one, sort_keys=True), one)
    return list(found.values())


@functools.cache
def sound(name: str) -> Sequence[Any]:
    """The recorded bodies that one parser takes."""
    return [body for body in recorded() if _takes(parsers()[name], body)]


def _takes(shape: Documented[Any], body: Any) -> bool:
    try:
        shape.validate(body)
    except ValidationError:
        return False
    return True


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a body, itself first."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places(item, (*at, step))


def with_change(value: Any, place: Place, how: str, new: Any) -> Any:
    """A body with one place replaced, removed, or doubled."""
    if not place:
        return new if how == "replace" else [value, value] if how == "double" else value
    step, rest = place[0], place[1:]
    if isinstance(value, dict) and step in value:
        if not rest and how == "remove":
            return {name: item for name, item in value.items() if name != step}
        return {**value, step: with_change(value[step], rest, how, new)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        changed = [] if not rest and how == "remove" else [with_change(value[step], rest, how, new)]
        return [*value[:step], *changed, *value[step + 1 :]]
    return value


@st.composite
def bodies(draw: st.DrawFn, name: str) -> Any:
    """A body for one parser: mostly one that it takes, with up to three changes."""
    chosen = sound(name) or recorded()
    body = draw(st.sampled_from(chosen) if draw(st.integers(0, 9)) else st.sampled_from(recorded()))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(list(places(body))))
        how = draw(st.sampled_from(["replace", "replace", "remove", "double"]))
        body = with_change(body, place, how, draw(st.sampled_from(ODD)))
    return body


@st.composite
def raw_bodies(draw: st.DrawFn, name: str) -> bytes:
    """The bytes of such a body, now and then cut, or with other bytes in it."""
    text = json.dumps(draw(bodies(name))).encode("utf-8", "surrogatepass")
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return text[: draw(st.integers(0, len(text)))]
    if kind == 1:
        return text + draw(st.binary(max_size=8))
    if kind == 2:
        return draw(st.binary(max_size=40))
    return b"[" * 100_000 if kind == 3 and draw(st.integers(0, 50)) == 0 else text
