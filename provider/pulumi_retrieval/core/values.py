"""JSON values of inputs: unknown values, numbers and equality.

A value is None, bool, int, float, str, a list or a dict of values, or `UNKNOWN`: a value that is not known before the
update. The protocol between programs and providers has only floats, so `1536.0` and `1536` are the same value here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from typing import Any, Final

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that a 64-bit float represents exactly."""

Path = tuple[str, ...]
"""The path of a value in the inputs of a resource: ``("server_configuration", "MAX_LIMIT")``."""


class Unknown:
    """The type of `UNKNOWN`; there is one instance."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:  # noqa: D102
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


def contains_unknown(value: Any) -> bool:
    """Whether a value is, or holds anywhere, one that is not known yet."""
    if isinstance(value, (str, int, float)):
        return False
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def normalise(value: Any) -> Any:
    """A copy of a value in which whole floats are integers and tuples are lists, at every level."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value
    if isinstance(value, (dict, Mapping)):  # `dict` first, because it is the usual type and its check is fast
        return {key: normalise(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalise(item) for item in value]
    return value


def to_f32(value: float) -> float:
    """The nearest 32-bit float; infinity if the value is too large."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except (OverflowError, struct.error):
        return math.inf if value > 0 else -math.inf


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false do not count as numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _one_apart(left: Any, right: Any) -> bool:
    """Whether two floats differ at most in their last bit, or are both almost zero."""
    floats = isinstance(left, float) and isinstance(right, float)
    return floats and math.isclose(left, right, rel_tol=2.0**-52, abs_tol=1e-300)


def equal(left: Any, right: Any, *, f32: bool = False) -> bool:
    """Whether two values mean the same.

    Numbers are compared by value and never equal true or false. The last bit of floats is ignored, because Trieve's JSON parser
    may change it. The order of list items matters, that of keys does not; a null key equals a missing one. An unknown value
    equals nothing, not even itself.

    :param f32: compare numbers after rounding both to 32-bit floats, for a service that stores these.
    """
    if left is UNKNOWN or right is UNKNOWN:
        return False
    if is_number(left) and is_number(right):
        return bool(left == right or _one_apart(left, right) or (f32 and to_f32(left) == to_f32(right)))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = {key for side in (left, right) for key, item in side.items() if item is not None}
        return all(key in left and key in right and equal(left[key], right[key], f32=f32) for key in keys)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(equal(a, b, f32=f32) for a, b in zip(left, right, strict=True))
    return type(left) is type(right) and bool(left == right)


def dotted(path: Path) -> str:
    """A path as people write it: ``server_configuration.MAX_LIMIT``."""
    return ".".join(path)


def undotted(place: str) -> Path:
    """The path that `dotted` wrote."""
    return tuple(place.split("."))


def get_path(values: Any, path: Path) -> Any:
    """The value at a path; None if there is none, `UNKNOWN` if a parent is not known yet."""
    here: Any = values
    for step in path:
        if here is None or here is UNKNOWN:
            return here
        if not isinstance(here, (dict, Mapping)):
            return None
        here = here.get(step)
    return here


def without_value(places: Iterable[str], values: Any) -> list[str]:
    """The dotted paths at which there is no value, each once."""
    return [place for place in dict.fromkeys(places) if get_path(values, undotted(place)) is None]


def nest(flat: Mapping[Path, Any]) -> dict[str, Any]:
    """Nested dicts from values by path."""
    out: dict[str, Any] = {}
    for path, value in flat.items():
        here = out
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1]] = value
    return out
