"""Validates inputs and reports all mistakes of a resource at once; each names the input, the rule and the remedy.

Messages never quote values of secret fields. Values that are not known yet are accepted, and validated when they are known.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .fields import Inputs, item_model, secret_paths, submodel
from .mistakes import Location, Mistake, readable, unsendable_numbers, unsendable_texts, where
from .redaction import MASK, shorten
from .values import UNKNOWN, contains_unknown, normalise
from .words import NEUTRAL, Words

LISTED_NAMES = 14
"""If no known name is similar to a wrong one, all are listed, but only up to this number."""

_BUILDING = threading.Lock()


def check_inputs(model: type[BaseModel], values: Mapping[str, Any], words: Words = NEUTRAL) -> list[str]:
    """The mistakes in the inputs of a resource, one text each. :param words: how a text names a setting."""
    return [mistake.text for mistake in find_mistakes(model, values, words)]


def find_mistakes(model: type[BaseModel], values: Mapping[str, Any], words: Words = NEUTRAL) -> list[Mistake]:
    """The mistakes in the inputs of a resource, with their locations. :param words: how a text names a setting."""
    texts = list(unsendable_texts(values))
    told = {mistake.location for mistake in texts}
    wrong = [item for item in faults(model, values) if not item.premature(values) and item.location not in told]
    told |= {item.location for item in wrong}
    numbers = [mistake for mistake in unsendable_numbers(values) if mistake.location not in told]
    return [*texts, *_mistakes(model, wrong, words), *numbers]


def faults(model: type[BaseModel], values: Mapping[str, Any]) -> list[Fault]:
    """The errors that pydantic finds in values for a model."""
    try:
        _complete(model)
        # Unknown values stay in, so that no key seems to be missing; errors about them are removed later.
        model.model_validate(_set(values))
    except ValidationError as error:
        return [Fault.of(detail, values) for detail in error.errors(include_url=False)]
    return []


def _complete(model: type[BaseModel]) -> None:
    """Build the validator of a model before its first use, because pydantic must not do so in two threads at once."""
    if not model.__pydantic_complete__:
        with _BUILDING:
            model.model_rebuild()


def nearest(name: str, names: Iterable[str]) -> str:
    """A clause with the known name most similar to a wrong one, or with a list of all; empty if there are too many."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6) or difflib.get_close_matches(
        name.upper(), known, n=1, cutoff=0.6
    )
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known are: {', '.join(known)}" if len(known) <= LISTED_NAMES else ""


def _set(value: Any) -> Any:
    """The value without null keys, which mean not set; whole floats become integers, as strict types require."""
    if isinstance(value, Mapping):
        return {key: _set(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_set(item) for item in value]
    return normalise(value)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(value, (list, tuple)) and step < len(value)
    return isinstance(value, Mapping) and step in value


@dataclass(frozen=True)
class Fault:
    """One error of pydantic. :param location: its path in the inputs, without pydantic's names of union members."""

    location: Location
    kind: str
    detail: ErrorDetails
    in_union: bool

    @classmethod
    def of(cls, detail: ErrorDetails, values: Mapping[str, Any]) -> Fault:
        """A fault from pydantic's details."""
        steps: list[str | int] = []
        here: Any = values
        for step in detail["loc"]:
            absent = detail["type"] == "missing" and isinstance(here, Mapping) and step == detail["loc"][-1]
            if _has(here, step) or absent:
                steps.append(step)
                here = None if absent else here[step]
        return cls(tuple(steps), detail["type"], detail, in_union=len(steps) < len(detail["loc"]))

    @property
    def of_a_value(self) -> bool:
        """Whether it is about a value that has the right type and an allowed name."""
        return not self.kind.endswith("_type") and self.kind not in ("missing", "extra_forbidden")

    def premature(self, values: Mapping[str, Any]) -> bool:
        """Whether the value may be valid once it is known. Wrong names, and wrong types of known values, stay faults."""
        here: Any = values
        for step in self.location:
            here = here[step] if _has(here, step) else None
        if self.kind == "extra_forbidden":
            return False
        of_known_type = self.kind.endswith("_type") and not self.in_union
        return here is UNKNOWN or (contains_unknown(here) and not of_known_type)


def _mistakes(model: type[BaseModel], found: Sequence[Fault], words: Words) -> list[Mistake]:
    """One mistake for each location and rule; the faults of all members of a union become one mistake."""
    mistakes: list[Mistake] = []
    unions: dict[Location, list[Fault]] = {}
    for fault in found:
        if not fault.in_union:
            mistakes.append(
                Mistake(fault.location, _text(model, fault, rule=_rule(fault), words=words), fault.of_a_value)
            )
        else:
            unions.setdefault(fault.location, []).append(fault)
    for location, several in unions.items():
        rule = " or ".join(dict.fromkeys(_rule(fault) for fault in several))
        of_a_value = any(fault.of_a_value for fault in several)
        mistakes.append(Mistake(location, _text(model, several[0], rule=rule, words=words), of_a_value))
    return mistakes


def _model_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for step in location:
        if here is None:
            return None
        if isinstance(step, int):
            continue
        info = here.model_fields.get(step)
        here = None if info is None else submodel(info.annotation) or item_model(info.annotation)
    return here


def _rule(fault: Fault) -> str:
    if fault.kind == "string_too_short" and fault.detail.get("ctx", {}).get("min_length") == 1:
        return "must not be empty"
    rule = _RULES.get(fault.kind)
    return fault.detail["msg"] if rule is None else rule.format(**fault.detail.get("ctx", {}))


def _text(model: type[BaseModel], fault: Fault, *, rule: str, words: Words) -> str:
    location, detail = fault.location, fault.detail
    place = where(location)
    if fault.kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        name = str(location[-1])
        hints = parent.unknown_hints if parent is not None and issubclass(parent, Inputs) else {}
        hint = hints.get(name) or (nearest(name, parent.model_fields) if parent else "")
        return f"{place}: there is no such key{'; ' + hint if hint else ''}"
    if fault.kind == "missing":
        return f"{place}: is required{_where_else(model, location, words)}"
    if fault.kind == "value_error":
        own = str(detail.get("ctx", {}).get("error", rule))
        return f"{place}: {own}" if place else own
    if not place:
        return rule
    path = tuple(step for step in location if isinstance(step, str))
    # Also if an object that contains secrets was expected: the value in its place may be a secret.
    secret = any(path[: len(p)] == p or p[: len(path)] == path for p in secret_paths(model))
    return f"{place}: {rule}; it is {MASK if secret else shorten(_show(detail.get('input')), limit=60)}"


def _where_else(model: type[BaseModel], location: Location, words: Words) -> str:
    """The setting that can give a missing input for all resources, as the end of a text."""
    parent = _model_at(model, location[:-1])
    settings = parent.missing_settings if parent is not None and issubclass(parent, Inputs) else {}
    setting = settings.get(str(location[-1]))
    return f"; or set it for all: {words.set_setting(*setting)}" if setting else ""


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f'"{readable(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "null" if value is None else str(value)


_RULES = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have {max_length} characters or fewer",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be one of {expected}",
}
