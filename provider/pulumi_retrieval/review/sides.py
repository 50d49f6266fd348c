"""The stored values of one resource by path, and the masking of two values of which one is a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..core.fields import FieldSpec, Mutability, flatten, spec_at
from ..core.records import OBSERVED
from ..core.redaction import MASK
from ..core.values import Path, normalise, undotted
from .states import Resource, is_secret, secret_marker


def spec_or_none(model: type[BaseModel], path: Path) -> FieldSpec | None:
    """The field at a path; None where the path leads to an object with fields of its own."""
    try:
        return spec_at(model, path)
    except KeyError:
        return None


@dataclass(frozen=True)
class Side:
    """The stored values of one resource.

    :param inputs: the inputs by path. An object that is a secret as a whole is one entry, without entries below it.
    :param observed: the value in the service of each immutable input, by path.
    """

    inputs: Mapping[Path, Any]
    observed: Mapping[Path, Any]

    @classmethod
    def of(cls, model: type[BaseModel], resource: Resource) -> Side:
        """Read a resource of a state."""
        values = normalise(resource.inputs)
        wholes = dict.fromkeys(_secret_objects(model, values), secret_marker())
        told = resource.outputs.get(OBSERVED)
        observed = {undotted(place): value for place, value in told.items()} if isinstance(told, Mapping) else {}
        return cls(
            inputs={**flatten(model, _without(values, wholes)), **wholes},
            observed={
                path: normalise(value)
                for path, value in observed.items()
                if (spec := spec_or_none(model, path)) is not None
                and spec.mutability is Mutability.IMMUTABLE
                and value is not None
            },
        )

    @property
    def paths(self) -> set[Path]:
        """The paths that have a value."""
        return {*self.inputs, *self.observed}

    def at(self, path: Path) -> Any:
        """The input at a path; a secret marker where an object above it or a value below it is secret; None for no value."""
        if path in self.inputs:
            return self.inputs[path]
        above = any(
            path[:length] in self.inputs and is_secret(self.inputs[path[:length]]) for length in range(1, len(path))
        )
        below = any(other[: len(path)] == path for other in self.inputs)
        return secret_marker() if above or below else None


def _secret_objects(model: type[BaseModel], values: Mapping[str, Any], at: Path = ()) -> Iterator[Path]:
    """The paths of objects with fields of their own that are a secret as a whole."""
    for name, value in values.items():
        path = (*at, name)
        spec = spec_or_none(model, path)
        if isinstance(value, Mapping) and (spec is None or spec.by_key):
            if is_secret(value):
                yield path
            elif spec is None:
                yield from _secret_objects(model, value, path)


def _without(values: Mapping[str, Any], paths: Mapping[Path, Any], at: Path = ()) -> dict[str, Any]:
    return {
        name: _without(value, paths, (*at, name)) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if (*at, name) not in paths
    }


def holds_secret(value: Any) -> bool:
    """Whether a value is a secret or contains one."""
    if isinstance(value, Mapping):
        return is_secret(value) or any(holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(holds_secret(item) for item in value)


def hidden(left: Any, right: Any) -> tuple[Any, Any, bool]:
    """Mask two values before they are shown. Where one is a secret, both are masked: the other may be the same in plain text.

    :returns: both values, and whether anything was masked.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping) and not (is_secret(left) or is_secret(right)):
        pairs = {
            key: hidden(left.get(key), right.get(key)) for key in (*left, *(key for key in right if key not in left))
        }
        one = {key: pairs[key][0] for key in left}
        other = {key: pairs[key][1] for key in right}
        return one, other, any(masked for _, _, masked in pairs.values())
    if not (holds_secret(left) or holds_secret(right)):
        return left, right, False
    # The items of two lists cannot be matched reliably, so a list is masked as a whole.
    return None if left is None else MASK, None if right is None else MASK, True
