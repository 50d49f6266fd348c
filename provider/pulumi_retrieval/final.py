"""What is final about a resource: known only after transformations, transforms and inheritance, which come after its class.

    constructor of our class → transformations (in this process) → `Finished` → registration → transforms (called by the
    engine, its inheritance from components before them) → `follow_transforms` → check

Both ends give the same facts: where secrets stand, which values are plain, and whether the object is retained.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from google.protobuf import json_format, struct_pb2
from google.protobuf.message import Message
from pulumi.runtime import settings
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import callback_pb2, resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from .core.declaration import digest, places_to_json
from .core.values import Path

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key under which the wire format says what kind of value an object stands for."""
SECRET, OUTPUT = "1b47061264138c4ac30d75fd1eb44270", "d0e6a833031e9bbcd3f4e8bde6ca49a4"
MOST_FOLLOWED = 8
"""How often we go behind transforms that were registered after ours; each time costs a call for every resource."""

Transformation = Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]

_followed: WeakKeyDictionary[Any, list[tuple[int, asyncio.Task[None]]]] = WeakKeyDictionary()


class Finished:
    """The transformations of a resource, which always end with its own: only that one sees what the others made.

    The SDK collects them in the attribute `_transformations` and then calls each.

    :param name: of the method that is called last.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, resource: Any, owner: type) -> list[Transformation]:
        """Theirs, then ours; of a class, none."""
        return [] if resource is None else [*resource.__dict__["_transformations"], getattr(resource, self._name)]

    def __set__(self, resource: Any, theirs: list[Transformation]) -> None:
        """Keep what the SDK collected."""
        resource.__dict__["_transformations"] = theirs


class Secrecy:
    """Where the program passes secrets, and which values it passes in plain. What is neither is not known.

    :param values: the inputs; Outputs among them are looked into by `known`.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._secrets: list[Path] = []
        self._plain: set[str] = set()
        self._outputs: list[tuple[Path, pulumi.Output[Any]]] = []
        self._look(values, ())

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be waited for."""
        return not self._outputs

    def to_json(self) -> dict[str, Any]:
        """What is known by now, as a declaration says it."""
        return places_to_json(self._secrets, frozenset(self._plain))

    async def known(self) -> dict[str, Any]:
        """The same when every Output has its value."""
        while self._outputs:
            at, value = self._outputs.pop()
            if await value.is_secret():
                self._secrets.append(at)
            elif await value.is_known():
                self._look(await value.future(), at)
        return self.to_json()

    def _look(self, value: Any, at: Path) -> None:
        if isinstance(value, pulumi.Output):
            self._outputs.append((at, value))
        elif isinstance(value, (Mapping, list, tuple)) and value:
            for step, item in value.items() if isinstance(value, Mapping) else enumerate(value):
                self._look(item, (*at, str(step)))
        elif value is not None and not asyncio.iscoroutine(value) and not asyncio.isfuture(value):
            self._plain.add(digest(at, value))


def may_be_transformed(opts: pulumi.ResourceOptions) -> bool:
    """Whether the engine may call a transform for a resource, or hand something down to it."""
    if isinstance(settings.get_monitor(), MockMonitor):
        return False
    parent = opts.parent
    inherits = parent is not None and parent is not settings.get_root_resource()
    return bool(inherits or opts.transforms or _registered())


async def follow_transforms(opts: pulumi.ResourceOptions, *, inherits: bool, known: str) -> None:
    """Register a transform behind those that exist, which corrects what resources declared of themselves.

    :param opts: of the resource that is about to be registered.
    :param inherits: whether what the engine hands down to the resource matters.
    :param known: the key of the declaration among the properties.
    """
    parent = opts.parent
    if parent is not None:
        await parent.urn.future()  # its own transforms are registered with it
    number = _registered()
    if not (number or inherits or opts.transforms):
        return
    done = _followed.setdefault(asyncio.get_running_loop(), [])
    if not done or (done[-1][0] != number and len(done) < MOST_FOLLOWED):
        done.append((number, asyncio.ensure_future(_register(known))))
    await done[-1][1]


def _registered() -> int:
    """How many transforms this process has registered with the engine. The SDK may serve them in several places."""
    return sum(len(callbacks._transforms) for callbacks in _CallbackServicer._servicers)


async def _register(known: str) -> None:
    async def correct(request: bytes) -> Message:
        asked = resource_pb2.TransformRequest.FromString(request)
        if known in asked.properties.fields:
            _correct(asked, known)
        return resource_pb2.TransformResponse(properties=asked.properties, options=asked.options)

    callbacks: Any = await settings._get_callbacks()
    # The public way shows properties whose marks have moved up to the whole of an object.
    token = str(uuid.uuid4())
    callbacks._callbacks[token] = correct
    callback = callback_pb2.Callback(token=token, target=callbacks._target)
    await asyncio.get_running_loop().run_in_executor(None, callbacks._monitor.RegisterStackTransform, callback)


def _correct(asked: resource_pb2.TransformRequest, known: str) -> None:
    """Write into a declaration what the engine has now."""
    fields = asked.properties.fields
    declaration = json_format.MessageToDict(_bare(fields[known]))
    secrets: list[Path] = []
    plain: set[str] = set()
    for path, value in _on_wire({name: value for name, value in fields.items() if not name.startswith("__")}):
        if value is None:
            secrets.append(path)
        else:
            plain.add(digest(path, value))
    declaration |= places_to_json(secrets, frozenset(plain))
    declaration["retain_on_delete"] = asked.options.retain_on_delete
    fields[known].CopyFrom(struct_pb2.Value(struct_value=json_format.ParseDict(declaration, struct_pb2.Struct())))


def _bare(value: struct_pb2.Value) -> struct_pb2.Value:
    """A value without what is said of it."""
    while value.WhichOneof("kind") == "struct_value" and SIGNATURE in value.struct_value.fields:
        value = value.struct_value.fields["value"]
    return value


def _on_wire(below: Mapping[str, struct_pb2.Value], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each value that is known, and where it stands; None for a secret."""
    for step, value in below.items():
        yield from _value_on_wire(value, (*at, step))


def _value_on_wire(value: struct_pb2.Value, at: Path) -> Iterator[tuple[Path, Any]]:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        signature = fields[SIGNATURE].string_value if SIGNATURE in fields else None
        if signature == SECRET or (signature == OUTPUT and "secret" in fields and fields["secret"].bool_value):
            yield at, None
        elif signature == OUTPUT and "value" in fields:
            yield from _value_on_wire(fields["value"], at)
        elif signature is None and fields:
            yield from _on_wire(fields, at)
        elif signature is None:
            yield at, {}
    elif kind == "list_value":
        items = value.list_value.values
        yield from _on_wire({str(step): item for step, item in enumerate(items)}, at) if items else [(at, [])]
    elif kind not in ("null_value", None):
        found = getattr(value, kind)
        if found != UNKNOWN:
            yield at, found
