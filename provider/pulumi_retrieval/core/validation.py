"""Checking inputs: every mistake of a resource at once, each naming the input, the rule and the remedy.

Values of secret fields never stand in a message. Values that are not known yet are taken on trust; they are checked
when they are known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .fields import Inputs, field_specs, item_model, submodel
from .redaction import MASK, shorten
from .values import UNKNOWN, normalise, unknown_paths

Location = tuple[str | int, ...]


def check_inputs(model: type[BaseModel], values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the inputs of a resource, one text a mistake; empty where nothing is."""
    unknown = set(unknown_paths(values))
    try:
        model.model_validate(_known(values))
    except ValidationError as error:
        return [
            _text(model, detail)
            for detail in error.errors(include_url=False, include_context=True)
            if not any(detail["loc"][: len(place)] == place or detail["loc"] == place for place in unknown)
        ]
    return []


def nearest(name: str, names: Iterable[str]) -> str:
    """A clause that names the known name nearest to a wrong one, or lists some; empty where there is none."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6) or difflib.get_close_matches(
        name.upper(), known, n=1, cutoff=0.6
    )
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known are: {', '.join(known)}" if len(known) <= 12 else ""


def where(location: Location) -> str:
    """A place as people write it: ``tenant_metadata_schema[2].type``."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _known(value: Any) -> Any:
    """The value without what is not known; whole floats become integers so that strict types fit."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items() if item is not UNKNOWN and item is not None}
    if isinstance(value, (list, tuple)):
        return [_known(item) for item in value if item is not UNKNOWN]
    return normalise(value)


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


def _text(model: type[BaseModel], detail: ErrorDetails) -> str:
    location, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    place = where(location)
    if kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        name = str(location[-1])
        hints = parent.unknown_hints if parent is not None and issubclass(parent, Inputs) else {}
        hint = hints.get(name) or (nearest(name, parent.model_fields) if parent else "")
        return f"{place}: there is no such key{'; ' + hint if hint else ''}"
    if kind == "missing":
        return f"{place}: is required"
    rule = _RULES.get(kind, detail["msg"])
    try:
        rule = rule.format(**context)
    except (KeyError, IndexError):
        rule = detail["msg"]
    path = tuple(step for step in location if isinstance(step, str))
    spec = next((s for p, s in field_specs(model).items() if path[: len(p)] == p), None)
    shown = MASK if spec is not None and spec.secret else shorten(_show(detail.get("input")), limit=60)
    if kind == "value_error":
        return f"{place}: {context.get('error', rule)}" if place else str(context.get("error", rule))
    return f"{place}: {rule}; it is {shown}"


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
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
