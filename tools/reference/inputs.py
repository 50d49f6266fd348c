"""Describes every input of a model and of its nested objects, by its annotations."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_retrieval.core.descriptions import descriptions
from pulumi_retrieval.core.fields import (
    Default,
    FieldSpec,
    Guard,
    Mutability,
    Source,
    field_specs,
    item_model,
    submodel,
)
from pulumi_retrieval.core.values import Path, dotted

from .text import Facts, fact, markdown

_CODE = re.compile(r"(?:POST|PUT|PATCH)\b|[\w.]+$")
ABSTRACT = ("dimensionless", "ratio", "logit")
"""Units that are not shown with a value."""


@dataclass(frozen=True)
class Entry:
    """One input.

    :param name: the dotted path in a program: ``"clone_from.dataset_id"``; items of a
        list are marked by ``[]``.
    :param spec: what a change of it means; that of the enclosing object where the object is compared as a whole.
    :param metadata: all annotations of the input.
    :param source: the call that sends it, and the page that documents the call; None for guards.
    """

    name: str
    info: FieldInfo
    spec: FieldSpec | None
    description: str
    metadata: Sequence[Any]
    source: Source | None

    def all(self, wanted: type) -> list[Any]:
        """All annotations that are instances of a class."""
        return [item for item in self.metadata if isinstance(item, wanted)]


def entries(model: type[BaseModel], *, without: frozenset[str] = frozenset()) -> list[Entry]:
    """Every input of a model in the order of its fields, guards last.

    :param without: objects whose nested inputs another page describes.
    """
    return sorted(_walk(model, specs=field_specs(model), without=without), key=_is_guard)


def _is_guard(entry: Entry) -> bool:
    return entry.spec is not None and entry.spec.mutability is Mutability.GUARD


def _walk(
    model: type[BaseModel],
    *,
    specs: Mapping[Path, FieldSpec],
    without: frozenset[str],
    path: Path = (),
    above: FieldSpec | None = None,
    prefix: str = "",
) -> Iterator[Entry]:
    told = descriptions(model)
    for name, info in model.model_fields.items():
        here = (*path, name)
        spec = above or specs.get(here)
        metadata = [*metadata_of(info)]
        guard = spec is not None and spec.mutability is Mutability.GUARD
        source = next((item for item in metadata if isinstance(item, Source)), getattr(model, "default_source", None))
        full = f"{prefix}{name}"
        yield Entry(full, info, spec, markdown(told.get((name,), "")), metadata, None if guard else source)
        if full in without:
            continue
        inner, item = submodel(info.annotation), item_model(info.annotation)
        below = inner or item
        if below is not None:
            ending = "." if inner else "[]."
            yield from _walk(below, specs=specs, without=without, path=here, above=spec, prefix=f"{full}{ending}")


def metadata_of(info: FieldInfo) -> Iterator[Any]:
    """All annotations of a field, also inside Optional, but not those of the items of a list."""
    yield from _flat(info.metadata)
    yield from _said(info.annotation)


def _said(annotation: Any) -> Iterator[Any]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        yield from _flat(arguments[1:])
        yield from _said(arguments[0])
    elif origin in (typing.Union, types.UnionType):
        for argument in arguments:
            yield from _said(argument)


def _flat(items: Sequence[Any]) -> Iterator[Any]:
    for item in items:
        yield from getattr(item, "metadata", [item])  # `Field(…)` holds its bounds inside


def type_name(annotation: Any) -> str:
    """The type of an input as written in a program."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(item) for item in arguments if item is not type(None))
    if origin is typing.Literal:
        return ", ".join(f'`"{item}"`' for item in arguments)
    if origin is list:
        return f"list of {type_name(arguments[0])}"
    if origin is dict:
        return f"dict of `str` to {'any value' if arguments[1] is Any else type_name(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"`{annotation.__name__}`"
    return f"`{annotation.__name__}`"


def bounds(entry: Entry) -> str:
    """The allowed range of a number or a length."""
    least, most = _bound(entry, "ge", "min_length"), _bound(entry, "le", "max_length")
    if least is None and most is None:
        return ""
    if most is None:
        return f"{_shown(least)} or more"
    if least is None:
        return f"at most {_shown(most)}"
    return f"{_shown(least)} to {_shown(most)}"


def _bound(entry: Entry, *names: str) -> Any:
    found = [getattr(item, name) for item in entry.metadata for name in names if getattr(item, name, None) is not None]
    return found[0] if found else None


def _shown(number: Any) -> str:
    return f"{number:,}" if abs(number) < 1e18 else f"{number:.7g}"


def value_words(entry: Entry) -> str:
    """The text for type, range, unit and rules of an input."""
    spec = entry.spec
    parts = [type_name(entry.info.annotation)]
    unit = next((item.name for item in entry.metadata if type(item).__name__ == "Unit"), "")
    ranged = bounds(entry)
    if ranged or unit:
        between = ", " if ranged and unit in ABSTRACT else " "
        parts.append(f"{ranged}{between}{unit}".strip())
    if spec is not None and spec.f32:
        parts.append("a 32-bit float in the service")
    rules = [function.__doc__ for item in entry.metadata if (function := getattr(item, "func", None)) is not None]
    parts += [_lower(" ".join(rule.split()).rstrip(".")) for rule in rules if rule]
    return "; ".join(parts)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def default_words(entry: Entry, *, of_service: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The text for the default of an input. :param of_service: defaults that the service fills in, by name."""
    if stated := entry.all(Default):
        return str(stated[0].words)
    if entry.info.is_required():
        return "none, required" if "." not in entry.name else "none, required in this object"
    if entry.info.default is not None:
        return f"`{entry.info.default!r}`" if not isinstance(entry.info.default, str) else f'`"{entry.info.default}"`'
    if is_inside(entry):
        return "left out"
    known = (of_service or {}).get(entry.name)
    return "not managed" if not known else f"not managed; the service fills in {_literal(known[0])}"


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "texts of its own"
    return f'`"{value.strip()}"`' if isinstance(value, str) else f"`{value!r}`"


def is_inside(entry: Entry) -> bool:
    """Whether an input is part of an object or list that is compared and sent as a whole."""
    return entry.spec is not None and len(entry.spec.path) < entry.name.count(".") + 1


def change_words(entry: Entry, *, replacement: str = "") -> str:
    """The text for a changed value. :param replacement: how the object is replaced, where that loses no data."""
    spec = entry.spec
    if spec is None:
        return "each input below it is managed by itself"
    if is_inside(entry):
        return f"with the whole of `{dotted(spec.path)}`"
    if spec.mutability is Mutability.GUARD:
        guard = entry.all(Guard)[0]
        sends = "sends every secret of the resource again" if guard.resends else "is stored and sends nothing"
        return f"guard: a change {guard.effect or sends}"
    if spec.mutability is Mutability.CREATE_ONLY:
        return "create-only: used at creation; a later change is stored and sends nothing"
    if spec.mutability is Mutability.IMMUTABLE:
        if replacement:
            removed = "; leaving it out is a change too" if spec.none_means_all else ""
            return f"immutable: {replacement}{removed}"
        if spec.keyed is not None and spec.keyed.additive:
            return f"new items are added in place; any other change is refused in preview. {_sentence(spec.why)}"
        return f"immutable: refused in preview. {_sentence(spec.why)}"
    words = f"{spec.mutability.value}: the next update sends it"
    if spec.none_means_all:
        words += "; removing it is a change too"
    return words


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def drift_words(entry: Entry) -> str:
    """The text for drift of an input; empty for inputs that only this package uses."""
    spec = entry.spec
    if spec is None or spec.mutability in (Mutability.GUARD, Mutability.CREATE_ONLY) or is_inside(entry):
        return ""
    if spec.mutability is Mutability.WRITE_ONLY:
        return "not seen, because the service never returns it"
    if spec.mutability is Mutability.IMMUTABLE and not spec.repairable:
        return "shown with a warning; nothing puts it back"
    return "put back by the next `pulumi up` after a refresh" + (
        ", with a warning" if spec.mutability is Mutability.IMMUTABLE else ""
    )


def source_words(entry: Entry) -> str:
    """The text for the call that sends an input, and the page that documents it."""
    if entry.source is None:
        return "this package; never sent"
    return f"{call_words(entry.source.call)} ({fact(entry.source.fact)})"


def call_words(call: str) -> str:
    """A call and the paths in its body, each formatted as code."""
    parts = re.split(r"(, |; )", call)
    return "".join(f"`{part}`" if _CODE.match(part) else part for part in parts)


def is_secret(entry: Entry) -> bool:
    """Whether the value of an input must never be shown."""
    return entry.spec is not None and entry.spec.secret


def entry_facts(entry: Entry, *, of_service: Mapping[str, Sequence[Any]] | None = None, replacement: str = "") -> Facts:
    """All facts about one input. :param replacement: how the object is replaced, where that loses no data."""
    return {
        "Value": value_words(entry),
        "Secret": "yes: stored encrypted, never shown" if is_secret(entry) else "",
        "Default": default_words(entry, of_service=of_service),
        "Change": change_words(entry, replacement=replacement),
        "Drift": "" if replacement else drift_words(entry),
        "Source": source_words(entry),
    }


def class_word(entry: Entry) -> str:
    """The mutability class of an input, in one word."""
    if entry.spec is None:
        return ""
    return "secret" if entry.spec.secret else entry.spec.mutability.value
