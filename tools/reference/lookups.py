"""One page for the look-ups of each service: arguments and results."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.cortex import lookups as of_cortex
from pulumi_retrieval.trieve import lookups as of_trieve

from .resources import GENERATED
from .text import attributes, parameters, slug, summary, table

PAGES: Mapping[str, tuple[str, ModuleType, ModuleType]] = {
    "trieve-look-ups": ("trieve", trieve, of_trieve),
    "cortex-look-ups": ("cortex", cortex, of_cortex),
}
"""Page → name of the module in programs, that module, and the one with the functions."""


def functions(public: ModuleType) -> dict[str, Callable[..., Any]]:
    """The look-ups of a module, without their ``_output`` forms."""
    offered = {name: getattr(public, name) for name in public.__all__}
    return {name: it for name, it in offered.items() if inspect.isfunction(it) and not name.endswith("_output")}


def results(function: Callable[..., Any]) -> list[type]:
    """The classes in the result type of a look-up."""
    return [*_classes(typing.get_type_hints(function)["return"])]


def _classes(annotation: Any) -> Iterator[type]:
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _classes(inner)


def render(module: str, public: ModuleType, owner: ModuleType) -> str:
    """Render the page."""
    found = functions(public)
    parts = [
        f"# Look-ups of {module}",
        GENERATED,
        summary(owner),
        "Each function has an `_output` form of the same arguments, which takes Outputs and gives an Output back. "
        "No answer holds a secret. [When to use which form](look-ups.md).",
    ]
    classes: dict[str, type] = {}
    for name, function in found.items():
        parts += [f"## `{name}`", summary(function), _arguments(function)]
        returned = results(function)
        classes |= {it.__name__: it for it in returned}
        parts.append(f"Gives back: {_result(function, returned)}.")
    for name, it in classes.items():
        rows = [(f"`{field}`", f"{text} `{kind}`") for field, (kind, text) in attributes(it).items()]
        parts += [f"## `{name}`", summary(it), table(("attribute", "what it is, and its type"), *rows)]
    return "\n\n".join(parts) + "\n"


def _arguments(function: Callable[..., Any]) -> str:
    told = parameters(function)
    rows = []
    for name, parameter in inspect.signature(function).parameters.items():
        required = " Required." if parameter.default is inspect.Parameter.empty else ""
        text = told[name]
        rows.append((f"`{name}`", f"{text[:1].upper()}{text[1:]}{required} `{parameter.annotation}`"))
    return table(("argument", "what it is, and its type"), *rows)


def _result(function: Callable[..., Any], returned: list[type]) -> str:
    text = f"`{inspect.signature(function).return_annotation}`"
    links = [f"[`{it.__name__}`](#{slug(it.__name__)})" for it in returned]
    return f"{text}, see {', '.join(links)}" if links else text
