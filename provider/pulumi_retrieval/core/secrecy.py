"""Inputs that the program marks as secret although the model does not, such as a URL that contains a token.

The engine encrypts such a value only at its own path. This module keeps it out of other stored values and of messages.
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

    :param marked: the paths that the program marks as secret.
    :param before: the previous result; inputs that were secret and are no longer managed stay secret.
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
    """The keyed lists in which the program marks a value: the identities of their items are names, and are not kept secret."""
    if not marked:
        return []
    return [spec for spec in field_specs(model).values() if spec.keyed and any(_overlap(spec.path, p) for p in marked)]


def held_back(observed: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """Observed values without secret ones."""
    return {place: value for place, value in observed.items() if place not in secret}


def masked(drifted: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """Drifted values, with secret ones masked."""
    return {place: MASK if place in secret else value for place, value in drifted.items()}


def texts(value: Any, path: Path = ()) -> Iterator[str]:
    """Every text in a value, or in the part of it at a path; steps into lists are numbers."""
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
