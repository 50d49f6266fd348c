"""Reads the events of a streamed preview as steps: the operation that the engine plans for each resource.

An event is one line of JSON. Most lines are not parsed: the line of an unchanged resource has its operation and URN within
the first characters, and progress messages are skipped. So a preview of thousands of resources is read quickly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..core.rejections import Rejected
from ..core.values import UNKNOWN, normalise
from .errors import NoVerdictError
from .planned import UNKNOWN_SIGNS
from .states import SIGNATURE

MARK = "__refused"
PROVIDER = "__provider"
SECRET_TEXT = "[secret]"
OURS = re.compile(r"pulumi-python:dynamic/(trieve|cortex):(\w+)")
"""Matches the types of this package's resources; the groups are service and token."""

_UNCHANGED = (b"same", b"read", b"import")
_PROVIDER_TYPE = b"::pulumi:providers:"
_BY_DEFAULT = b"::pulumi:providers:pulumi-python::default::"
"""Part of the reference to the default provider, which has no event of its own."""

_HEAD = 400
"""Bytes at the start of a line that contain its kind, operation and URN."""
_EVENT = re.compile(rb'^\{"sequence":\d+,"timestamp":\d+,"(\w+)":')
_STEP = re.compile(rb'"metadata":\{"op":"([a-z-]+)","urn":"([^"\\]+)"')


@dataclass(frozen=True)
class Side:
    """A resource before or after a step. A secret reads ``[secret]``, an unknown value is `UNKNOWN`.

    :param provider: the reference to its provider: ``URN::ID``.
    """

    id: str = ""
    provider: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    protect: bool = False
    retained: bool = False


@dataclass(frozen=True)
class Step:
    """The operation that the engine plans for one resource.

    :param op: the engine's name of the operation: ``update``, ``create``, ``delete``, ``replace``, ``refresh``, ….
    :param custom: whether a provider manages the resource; False for a component.
    :param rejected: the rejections of the resource, where `check` marked it.
    :param planned: ``op``, ``urn`` and ``newState`` of the engine, for `planned.planned_state`.
    """

    op: str
    urn: str
    type: str
    custom: bool = True
    old: Side | None = None
    new: Side | None = None
    rejected: Rejected | None = None
    planned: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The name of the resource in its program."""
        return self.urn.split("::", 3)[-1]

    @property
    def token(self) -> str:
        """The last part of the resource's type: ``"Dataset"``."""
        return self.type.rpartition(":")[2]

    @property
    def provider(self) -> str:
        """The reference to the provider that carries out the step."""
        return (self.new and self.new.provider) or (self.old and self.old.provider) or ""


@dataclass(frozen=True)
class Unchanged:
    """A resource without changes.

    :param by_default: whether it belongs to the default provider of dynamic resources.
    """

    urn: str
    by_default: bool = False


@dataclass(frozen=True)
class Trouble:
    """An error that the engine or the program reports. :param urn: the URN of the resource concerned; may be empty."""

    urn: str
    text: str


@dataclass(frozen=True)
class Violation:
    """A violation of a policy by a resource. :param mandatory: whether the engine stops because of it."""

    urn: str
    text: str
    mandatory: bool


@dataclass(frozen=True)
class Summary:
    """The summary event at the end of a preview.

    :param result: ``"succeeded"`` or ``"failed"``.
    :param changes: operation → number of resources.
    """

    result: str
    changes: Mapping[str, int]


Event: TypeAlias = Step | Unchanged | Trouble | Violation | Summary


def read_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """Read the events of a preview line by line. Lines that are not events are skipped."""
    for line in lines:
        event = _read(line)
        if event is not None:
            yield event


def _read(line: bytes) -> Event | None:
    head = line[:_HEAD]
    found = _EVENT.match(head)
    kind = found.group(1) if found is not None else _kind(line)
    if kind in (b"resourcePreEvent", b"resOutputsEvent"):
        return _read_step(line, head, final=kind == b"resOutputsEvent")
    if kind == b"diagnosticEvent":
        return _trouble(_body(line, kind)) if b'"severity":"error"' in line else None
    if kind == b"policyEvent":
        return _violation(_body(line, kind))
    if kind == b"summaryEvent":
        body = _body(line, kind)
        changes = body.get("resourceChanges")
        return Summary(str(body.get("result")), changes if isinstance(changes, Mapping) else {})
    return None


def _read_step(line: bytes, head: bytes, *, final: bool) -> Event | None:
    found = _STEP.search(head)
    if found is not None:
        op = found.group(1)
        if final != (op == b"refresh"):
            return None  # a refresh has its result in the later event, all other operations in the earlier one
        if op in _UNCHANGED and _PROVIDER_TYPE not in found.group(2):
            return Unchanged(found.group(2).decode(), _BY_DEFAULT in line)
    metadata = _body(line, b"resOutputsEvent" if final else b"resourcePreEvent").get("metadata")
    if not isinstance(metadata, Mapping) or final != (metadata.get("op") == "refresh"):
        return None
    step = step_from(metadata)
    if step.op.encode() in _UNCHANGED and not step.type.startswith("pulumi:providers:"):
        return Unchanged(step.urn, _BY_DEFAULT in line)  # the URN is long or contains quotes, so `_STEP` did not match
    return step


def step_from(metadata: Mapping[str, Any]) -> Step:
    """Make a step from the metadata of an event."""
    old, new = metadata.get("old"), metadata.get("new")
    mark = new.get("inputs", {}).get(MARK) if isinstance(new, Mapping) else None
    state = new if isinstance(new, Mapping) else old if isinstance(old, Mapping) else {}
    return Step(
        op=str(metadata.get("op")),
        urn=str(metadata.get("urn")),
        type=str(metadata.get("type")),
        custom=bool(state.get("custom")),
        old=_side(old),
        new=_side(new),
        rejected=Rejected.from_json(mark) if isinstance(mark, Mapping) else None,
        planned={"op": metadata.get("op"), "urn": metadata.get("urn"), "newState": new},
    )


def _side(state: Any) -> Side | None:
    if not isinstance(state, Mapping):
        return None
    return Side(
        id=str(state.get("id") or ""),
        provider=str(state.get("provider") or ""),
        inputs=_values(state.get("inputs")),
        outputs=_values(state.get("outputs")),
        protect=bool(state.get("protect")),
        retained=bool(state.get("retainOnDelete")),
    )


def _values(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        return {}
    kept = {name: value for name, value in values.items() if name not in (PROVIDER, MARK)}
    return dict(normalise(plain(kept)))


def plain(value: Any) -> Any:
    """Convert a value for the core: an unknown value becomes `UNKNOWN`, a secret of any type becomes ``[secret]``."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_SIGNS else value
    if isinstance(value, Mapping):
        return SECRET_TEXT if SIGNATURE in value else {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _trouble(body: Mapping[str, Any]) -> Trouble | None:
    if body.get("severity") != "error":
        return None
    return Trouble(str(body.get("urn") or ""), str(body.get("message") or "").strip())


def _violation(body: Mapping[str, Any]) -> Violation:
    rule = f"{body.get('policyPackName')}: {body.get('policyName')}"
    text = str(body.get("message") or "").strip()
    return Violation(str(body.get("resourceUrn") or ""), f"{rule}: {text}", body.get("enforcementLevel") == "mandatory")


def _kind(line: bytes) -> bytes:
    """The kind of an event whose line has an unusual beginning; empty where the line is not an event."""
    if not line.startswith(b"{"):
        return b""
    event = _parsed(line)
    return next((name.encode() for name in event if name.endswith("Event")), b"")


def _body(line: bytes, kind: bytes) -> Mapping[str, Any]:
    body = _parsed(line).get(kind.decode())
    return body if isinstance(body, Mapping) else {}


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        raise NoVerdictError(
            "the preview printed an event that is cut off or not valid JSON; run the review again"
        ) from None
    return event if isinstance(event, Mapping) else {}
