"""Checks that stored values have the form that this package stores, because somebody may have edited the state.

Values that the service may change are not checked, because a refresh stores whatever the service holds. Immutable and create-only
inputs, guards, and the records of this package must have their types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from .errors import StateError
from .fields import FieldSpec, Mutability, spec_at
from .mistakes import MOST_DEPTH, has_surrogate, readable, where
from .records import COMPARED, DRIFTED, ENDPOINT, FORGETTABLE, OBSERVED, SECRETS, UNREPAIRED, UNVERIFIED
from .validation import Fault, faults
from .words import Words, sentence

_SHAPES: Mapping[str, tuple[type, str]] = {
    ENDPOINT: (str, "a text"),
    OBSERVED: (dict, "an object"),
    DRIFTED: (dict, "an object"),
    SECRETS: (list, "a list of texts"),
    UNVERIFIED: (list, "a list of texts"),
    UNREPAIRED: (list, "a list of texts"),
    COMPARED: (list, "a list of texts"),
    FORGETTABLE: (list, "a list of texts"),
}


def ensure_sound(
    model: type[BaseModel], values: Mapping[str, Any], *, what: str, words: Words, complete: bool = False
) -> None:
    """Return if stored values have the form that this package stores.

    :param what: the object, as a person would name it.
    :param words: how the error names its remedy.
    :param complete: whether all required immutable inputs must be present.
    :raises StateError: they have another form.
    """
    found = _broken_records(values) + _broken_texts(values)
    if not found:
        found = [text for fault in faults(model, values) if (text := _told(model, fault, complete=complete))]
    if found:
        raise StateError(
            f"the state of {readable(what)} is not what pulumi-retrieval stored: {'; '.join(dict.fromkeys(found))}. "
            f"{sentence(words.restore_state)}, or let the state forget the object ({words.forget}) and adopt it with "
            f"{words.next_update}"
        )


def _broken_records(values: Mapping[str, Any]) -> list[str]:
    found = []
    for name, (shape, said) in _SHAPES.items():
        value = values.get(name)
        if value is None:
            continue
        wrong_item = isinstance(value, list) and not all(isinstance(item, str) for item in value)
        if not isinstance(value, shape) or wrong_item:
            found.append(f"{name} must be {said}")
    return found


def _broken_texts(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return ["a text holds half of a surrogate pair, which is no character"] if has_surrogate(value) else []
    if isinstance(value, (Mapping, list, tuple)) and depth > 2 * MOST_DEPTH:
        return ["it is nested too deep"]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for item in pair for text in _broken_texts(item, depth + 1)][:1]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _broken_texts(item, depth + 1)][:1]
    return []


def _told(model: type[BaseModel], fault: Fault, *, complete: bool) -> str | None:
    """The text of a fault; None if it does not matter in a state."""
    if fault.kind == "missing":
        spec = _spec(model, fault.location)
        wanted = complete and len(fault.location) == 1 and spec is not None and spec.mutability is Mutability.IMMUTABLE
        return f"{where(fault.location)} is missing" if wanted else None
    if not fault.kind.endswith("_type"):
        return None
    spec = _spec(model, fault.location)
    if spec is not None and spec.mutability in (Mutability.UPDATABLE, Mutability.WRITE_ONLY):
        return None
    return f"{where(fault.location)} has another type"


def _spec(model: type[BaseModel], location: tuple[str | int, ...]) -> FieldSpec | None:
    """The field at a location; None for an object that contains fields."""
    for end in range(1, len(location) + 1):
        steps = location[:end]
        if not all(isinstance(step, str) for step in steps):
            break
        try:
            return spec_at(model, tuple(str(step) for step in steps))
        except KeyError:
            continue
    return None
