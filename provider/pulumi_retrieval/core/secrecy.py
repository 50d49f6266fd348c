"""Inputs that the program calls secret, beyond those that the model calls so: a URL with a token in it, a header.

The engine keeps such a value encrypted at its own place, and nowhere else: what is stored under another name, or printed,
has to be held back here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from .fields import FieldSpec, Mutability, field_specs, flatten
from .redaction import MASK
from .values import Path, dotted


def secret_inputs(
    model: type[BaseModel], inputs: Mapping[str, Any], marked: Sequence[Path], *, before: Sequence[str]
) -> list[str]:
    """The immutable inputs that hold secrets: dotted paths, sorted.

    :param marked: where the program says that a secret stands.
    :param before: what this gave the last time: what was secret and is no longer managed stays so.
    """
    if not marked and not before:
        return []
    managed = flatten(model, inputs)
    now = {
        dotted(path)
        for path, spec in field_specs(model).items()
        if spec.mutability is Mutability.IMMUTABLE and not spec.keyed and path in managed
        if any(_overlap(path, place) for place in marked)
    }
    gone = set(before) - {dotted(path) for path in managed}
    return sorted(now | gone)


def marked_keyed(model: type[BaseModel], marked: Sequence[Path]) -> list[FieldSpec]:
    """The lists told apart by a key that the program marks: their keys are names, and are not held back."""
    if not marked:
        return []
    return [spec for spec in field_specs(model).values() if spec.keyed and any(_overlap(spec.path, p) for p in marked)]


def held_back(observed: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """What was observed, without what is secret."""
    return {place: value for place, value in observed.items() if place not in secret}


def masked(drifted: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """What drifted, with a mask for what is secret."""
    return {place: MASK if place in secret else value for place, value in drifted.items()}


def texts(value: Any, path: Path = ()) -> Iterator[str]:
    """Every text in a value, or at a path below it; steps into lists are numbers."""
    if path:
        below = {str(step): item for step, item in enumerate(value)} if isinstance(value, (list, tuple)) else value
        if isinstance(below, Mapping):
            yield from texts(below.get(path[0]), path[1:])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def _overlap(left: Path, right: Path) -> bool:
    return all(a == b for a, b in zip(left, right, strict=False))
