"""Records the final options and secrets of a resource, after transformations, transforms and inheritance changed them.

    constructor of our class → transformations (in this process) → `LastTransformation` → registration → transforms (called by the
    engine, after inheritance from components) → `follow_transforms` → check

Both record which values are secrets, which are plain, and whether the object is retained on delete.
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
"""The key that marks an object of the wire format as a special value, such as a secret or an output."""
SECRET, OUTPUT = "1b47061264138c4ac30d75fd1eb44270", "d0e6a833031e9bbcd3f4e8bde6ca49a4"
MOST_FOLLOWED = 8
"""How often our transform is registered again behind newer ones; each registration costs a call for every resource."""

Transformation = Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]

_followed: WeakKeyDictionary[Any, list[tuple[int, asyncio.Task[None]]]] = WeakKeyDictionary()


class LastTransformation:
    """A descriptor that appends a resource's own transformation to its list, so that it sees the result of all others.

    The SDK collects transformations in the attribute `_transformations` and calls each in order.

    :param name: the name of the method to call last.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, resource: Any, owner: type) -> list[Transformation]:
        """The transformations that the SDK collected, followed by our own; an empty list for the class itself."""
        return [] if resource is None else [*resource.__dict__["_transformations"], getattr(resource, self._name)]

    def __set__(self, resource: Any, theirs: list[Transformation]) -> None:
        """Store the transformations that the SDK collected."""
        resource.__dict__["_transformations"] = theirs


class Secrecy:
    """Which inputs of a resource are secrets and which are plain. A value in neither list is not known yet.

    :param values: the inputs; `known` waits for the Outputs among them.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._secrets: list[Path] = []
        self._plain: set[str] = set()
        self._outputs: list[tuple[Path, pulumi.Output[Any]]] = []
        self._look(values, ())

    @property
    def complete(self) -> bool:
        """Whether every input was classified, so that no Output is left to wait for."""
        return not self._outputs

    def to_json(self) -> dict[str, Any]:
        """The inputs classified so far, in the form of a declaration (`core.declaration`)."""
        return places_to_json(self._secrets, frozenset(self._plain))

    async def known(self) -> dict[str, Any]:
        """Wait for every Output, then return the same form as `to_json`."""
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
    """Whether transforms or inheritance from a component may still change a resource after its registration."""
    if isinstance(settings.get_monitor(), MockMonitor):
        return False
    parent = opts.parent
    inherits = parent is not None and parent is not settings.get_root_resource()
    return bool(inherits or opts.transforms or _registered())


async def follow_transforms(opts: pulumi.ResourceOptions, *, inherits: bool, known: str) -> None:
    """Register a transform behind all existing ones; it updates the declarations of resources that transforms changed.

    :param opts: the options of the resource that is about to be registered.
    :param inherits: whether options inherited from a component matter for this resource.
    :param known: the name of the property that holds the declaration.
    """
    parent = opts.parent
    if parent is not None:
        await parent.urn.future()  # the parent's transforms exist once the parent is registered
    number = _registered()
    if not (number or inherits or opts.transforms):
        return
    done = _followed.setdefault(asyncio.get_running_loop(), [])
    if not done or (done[-1][0] != number and len(done) < MOST_FOLLOWED):
        done.append((number, asyncio.ensure_future(_register(known))))
    await done[-1][1]


def _registered() -> int:
    """How many transforms this process has registered with the engine, over all callback servers of the SDK."""
    return sum(len(callbacks._transforms) for callbacks in _CallbackServicer._servicers)


async def _register(known: str) -> None:
    async def correct(request: bytes) -> Message:
        asked = resource_pb2.TransformRequest.FromString(request)
        if known in asked.properties.fields:
            _correct(asked, known)
        return resource_pb2.TransformResponse(properties=asked.properties, options=asked.options)

    callbacks: Any = await settings._get_callbacks()
    # The SDK's public way to register a transform would lose which nested value is the secret: it marks the whole object.
    token = str(uuid.uuid4())
    callbacks._callbacks[token] = correct
    callback = callback_pb2.Callback(token=token, target=callbacks._target)
    await asyncio.get_running_loop().run_in_executor(None, callbacks._monitor.RegisterStackTransform, callback)


def _correct(asked: resource_pb2.TransformRequest, known: str) -> None:
    """Update a declaration with the properties and options that the engine has now."""
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
    """The plain value inside the wire format's wrappers for secrets and outputs."""
    while value.WhichOneof("kind") == "struct_value" and SIGNATURE in value.struct_value.fields:
        value = value.struct_value.fields["value"]
    return value


def _on_wire(below: Mapping[str, struct_pb2.Value], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Path and value of each known property; the value is None for a secret."""
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
