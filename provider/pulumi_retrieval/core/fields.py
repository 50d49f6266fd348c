"""Annotations of the input models: they declare what a change of each input does.

Every input of a resource is a field of a frozen pydantic model. Annotations say its class:

- nothing: *updatable*, the service can change it in place;
- `Immutable`: fixed by the service, or changing it makes stored data unreachable;
- `CreateOnly`: used once;
- `WriteOnly`: never returned by the service, so compared with the value that was last applied; ``WriteOnly(secret=True)`` for
  secrets;
- `Guard`: never sent; it controls this package.

The fields of a nested model are compared one by one, unless the field is marked `Atomic`, because the service replaces it as
a whole. A list whose items have an identity is `Keyed`: the order of the items does not matter.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic_core import PydanticCustomError

from .values import MAX_SAFE_INTEGER, UNKNOWN, Path


class Mutability(Enum):
    """What a change of a field does; see the docstring of the module."""

    UPDATABLE = "updatable"
    IMMUTABLE = "immutable"
    CREATE_ONLY = "create-only"
    WRITE_ONLY = "write-only"
    GUARD = "guard"


@dataclass(frozen=True)
class Immutable:
    """Cannot change once the object exists.

    :param why: why it cannot be changed, or what a change would do: one clause, for the refusal.
    :param repairable: whether an update can restore the value after somebody else changed it.
    """

    why: str
    repairable: bool = False


@dataclass(frozen=True)
class CreateOnly:
    """Used when the object is created and never again."""


@dataclass(frozen=True)
class WriteOnly:
    """Never returned by the service. :param secret: whether its value must never be shown."""

    secret: bool = False


@dataclass(frozen=True)
class Guard:
    """Never sent.

    :param resends: whether a change of it lets all secrets of the resource be sent again.
    :param effect: what else a change of it does, for the reference pages: ``"locks the dataset"``.
    :param replaces: whether another value replaces the object; removing the input does nothing.
    """

    resends: bool = False
    effect: str = ""
    replaces: bool = False


@dataclass(frozen=True)
class Late:
    """A create ignores it silently, so an update after the create stores it."""


@dataclass(frozen=True)
class Carried:
    """The service erases it in every update that does not repeat it."""


@dataclass(frozen=True)
class NoneMeansAll:
    """Leaving it out has a meaning of its own (all), so removing it is a change of the object, not an end of management.

    For an immutable key, giving it for the first time is a change as well, because the object exists without it.
    """


@dataclass(frozen=True)
class Atomic:
    """Compared and sent as one value although it is an object."""


@dataclass(frozen=True)
class ByKey:
    """A free-form object whose keys are managed one by one.

    :param secret: keys whose values are secrets, compared with what was last applied and never shown.
    :param f32: keys whose values hold numbers that the service stores as 32-bit floats.
    :param known: the keys that the service is known to keep; None where it keeps all of them.
    """

    secret: tuple[str, ...] = ()
    f32: tuple[str, ...] = ()
    known: frozenset[str] | None = None


@dataclass(frozen=True)
class Keyed:
    """A list of objects that are identified by the attribute `key`; their order does not matter.

    :param additive: whether the service accepts new items later.
    """

    key: str
    additive: bool = False


@dataclass(frozen=True)
class F32:
    """Stored by the service as a 32-bit float."""


@dataclass(frozen=True)
class Unit:
    """The unit of a number or text, such as seconds, tokens or documents."""

    name: str


@dataclass(frozen=True)
class Default:
    """The effective default in words, for the reference pages, where the default of the field does not show it."""

    words: str


@dataclass(frozen=True)
class Filled:
    """The value that the service fills in if a create leaves the field out. Never sent, and never used as an observation.

    :param values: the usual value first, then others that it was seen to fill in.
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Source:
    """The call of the service that takes an input; for the reference pages.

    :param call: the call, and the place in its body: ``"POST /api/dataset, server_configuration"``.
    :param fact: the page under ``docs/services`` and the number of the fact there: ``"trieve.md 2.1"``.
    """

    call: str
    fact: str


@dataclass(frozen=True)
class FieldSpec:
    """One field as the planner sees it.

    :param attributes: the attributes of the items of a keyed list, in the order of the model.
    :param unlisted: the model does not know this key, so the service may drop it: it is compared only if the service returns it.
    """

    path: Path
    mutability: Mutability = Mutability.UPDATABLE
    unit: str | None = None
    why: str = ""
    repairable: bool = False
    secret: bool = False
    resends: bool = False
    replaces: bool = False
    late: bool = False
    carried: bool = False
    none_means_all: bool = False
    f32: bool = False
    keyed: Keyed | None = None
    by_key: ByKey | None = None
    attributes: tuple[str, ...] = ()
    unlisted: bool = False


class Inputs(BaseModel):
    """The base of every input model: strict, frozen, no unknown keys.

    A model with ``extra="allow"`` is *open*: it accepts unknown keys, which are updatable (a resource may still refuse them).
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        defer_build=True,  # a program declares resources and validates none of them; `core.validation` builds
    )

    unknown_hints: ClassVar[Mapping[str, str]] = {}
    """Unknown key → hint, for keys that people may expect here."""
    missing_settings: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """For required keys that a setting of the connection can give for all resources: the setting, and what it holds, as people
    write a placeholder: ``("trieve:organizationId", "ID")``."""
    default_source: ClassVar[Source | None] = None
    """The source of its fields, except guards, which are never sent, and fields with a `Source` of their own."""


def _integral(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SAFE_INTEGER:
        raise PydanticCustomError("integer_too_large", "must not be above 9007199254740991 (2^53 - 1)")
    return value


Integer = Annotated[int, Strict(), BeforeValidator(_integral)]
"""A whole number. Programs reach the provider through a protocol with floats only, so whole floats are accepted."""


def _bare(annotation: Any) -> Any:
    """The type inside Optional and Annotated."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            inner = [a for a in typing.get_args(annotation) if a is not type(None)]
            if len(inner) != 1:
                return annotation
            annotation = inner[0]
        else:
            return annotation


def submodel(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's annotation names, through Optional and Annotated; None for anything else."""
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def item_model(annotation: Any) -> type[BaseModel] | None:
    """The model of the items of a list field; None for anything else."""
    bare = _bare(annotation)
    return submodel(typing.get_args(bare)[0]) if typing.get_origin(bare) is list else None


def _inner_metadata(annotation: Any) -> list[Any]:
    """The metadata of Annotated inside Optional: for `Annotated[int, X] | None`, pydantic does not report X."""
    found: list[Any] = []
    for inner in (
        typing.get_args(annotation) if typing.get_origin(annotation) in (typing.Union, types.UnionType) else ()
    ):
        if typing.get_origin(inner) is Annotated:
            found += typing.get_args(inner)[1:]
    return found


def _find(metadata: list[Any], wanted: type) -> Any:
    return next((m for m in metadata if isinstance(m, wanted)), None)


@dataclass(frozen=True)
class _Branch:
    """A model as a tree of fields by name; an open one accepts unknown keys."""

    path: Path
    open: bool
    below: Mapping[str, FieldSpec | _Branch]


@cache
def _branch(model: type[BaseModel], path: Path = ()) -> _Branch:
    below: dict[str, FieldSpec | _Branch] = {}
    for name, info in model.model_fields.items():
        meta = [*info.metadata, *_inner_metadata(info.annotation)]
        inner = submodel(info.annotation)
        whole = any(isinstance(m, (Immutable, CreateOnly, WriteOnly, Guard, Atomic)) for m in meta)
        below[name] = (
            _leaf((*path, name), meta, info.annotation) if inner is None or whole else _branch(inner, (*path, name))
        )
    return _Branch(path, model.model_config.get("extra") == "allow", below)


def _leaf(path: Path, meta: list[Any], annotation: Any) -> FieldSpec:
    kinds = {
        Immutable: Mutability.IMMUTABLE,
        CreateOnly: Mutability.CREATE_ONLY,
        WriteOnly: Mutability.WRITE_ONLY,
        Guard: Mutability.GUARD,
    }
    immutable, write_only, unit = _find(meta, Immutable), _find(meta, WriteOnly), _find(meta, Unit)
    return FieldSpec(
        path=path,
        mutability=next((kinds[type(m)] for m in meta if type(m) in kinds), Mutability.UPDATABLE),
        unit=unit.name if unit else None,
        why=immutable.why if immutable else "",
        repairable=bool(immutable and immutable.repairable),
        secret=bool(write_only and write_only.secret),
        resends=bool((guard := _find(meta, Guard)) and guard.resends),
        replaces=bool(guard and guard.replaces),
        late=_find(meta, Late) is not None,
        carried=_find(meta, Carried) is not None,
        none_means_all=_find(meta, NoneMeansAll) is not None,
        f32=_find(meta, F32) is not None,
        keyed=_find(meta, Keyed),
        by_key=_find(meta, ByKey),
        attributes=tuple(item.model_fields) if (item := item_model(annotation)) is not None else (),
    )


def _leaves(branch: _Branch) -> Iterator[FieldSpec]:
    for below in branch.below.values():
        if isinstance(below, FieldSpec):
            yield below
        else:
            yield from _leaves(below)


@cache
def field_specs(model: type[BaseModel]) -> Mapping[Path, FieldSpec]:
    """Every leaf field of a model by its path, walked through nested models."""
    return {spec.path: spec for spec in _leaves(_branch(model))}


def flatten(model: type[BaseModel], values: Mapping[str, Any]) -> dict[Path, Any]:
    """The values that a program sets, by path. Null means not set. Keys that the model does not have are left out.

    If a nested object is not known yet as a whole, each field in it is `UNKNOWN`.
    """
    flat: dict[Path, Any] = {}
    _flatten(_branch(model), values, flat)
    return flat


def _flatten(branch: _Branch, values: Any, flat: dict[Path, Any]) -> None:
    if values is UNKNOWN:
        flat.update((spec.path, UNKNOWN) for spec in _leaves(branch))
    if not isinstance(values, Mapping):
        return
    for name, below in branch.below.items():
        here = values.get(name)
        if here is None:
            continue
        if not isinstance(below, FieldSpec):
            _flatten(below, here, flat)
        elif below.by_key and isinstance(here, Mapping):
            flat.update({(*below.path, key): item for key, item in here.items() if item is not None})
        else:
            flat[below.path] = here
    if branch.open:
        rest = {key: item for key, item in values.items() if key not in branch.below}
        flat.update({(*branch.path, key): item for key, item in rest.items() if item is not None})


def spec_at(model: type[BaseModel], path: Path) -> FieldSpec:
    """The specification of the field at a path of `flatten`; keys of a `ByKey` object have that of the object.

    :raises KeyError: the model has no such field.
    """
    here: FieldSpec | _Branch = _branch(model)
    for name in path:
        if isinstance(here, FieldSpec):
            return here if here.by_key is None else _spec_of_key(here, here.by_key, name, path)
        if name not in here.below and here.open:
            return FieldSpec(path, unlisted=True)
        here = here.below[name]
    if not isinstance(here, FieldSpec):
        raise KeyError(path)
    return here


def _spec_of_key(spec: FieldSpec, by_key: ByKey, name: str, path: Path) -> FieldSpec:
    if name in by_key.secret:
        return replace(spec, path=path, mutability=Mutability.WRITE_ONLY, secret=True)
    unlisted = by_key.known is not None and name not in by_key.known
    if name in by_key.f32 or unlisted:
        return replace(spec, path=path, f32=name in by_key.f32, unlisted=unlisted)
    return spec


def filled_in(model: type[BaseModel]) -> Mapping[str, Sequence[Any]]:
    """What the service may fill in for each field of a model that a create leaves out, by name."""
    found: dict[str, Sequence[Any]] = {}
    for name, info in model.model_fields.items():
        filled = _find([*info.metadata, *_inner_metadata(info.annotation)], Filled)
        if filled is not None:
            found[name] = filled.values
    return found


@cache
def late_paths(model: type[BaseModel]) -> Sequence[Path]:
    """The paths of fields that a create ignores and an update stores (`Late`)."""
    return [path for path, spec in field_specs(model).items() if spec.late]


@cache
def carried_paths(model: type[BaseModel]) -> Sequence[Path]:
    """The paths of fields that the service erases in every update that does not repeat them (`Carried`)."""
    return [path for path, spec in field_specs(model).items() if spec.carried]


@cache
def secret_paths(model: type[BaseModel]) -> Sequence[Path]:
    """The paths of fields whose values must never be shown."""
    specs = field_specs(model)
    inner = [(*path, key) for path, spec in specs.items() if spec.by_key for key in spec.by_key.secret]
    return [*(path for path, spec in specs.items() if spec.secret), *inner]
