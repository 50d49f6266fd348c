"""The events of a streamed preview as steps: what the engine would do to each resource.

An event is one JSON text on one line. Most are not looked into: a line of a resource that stays as it is names its URN within
its first characters, and progress messages say nothing here. So a preview of thousands of resources costs little.
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
"""The types of this package: service and token."""

_UNCHANGED = (b"same", b"read", b"import")
_PROVIDER_TYPE = b"::pulumi:providers:"
_BY_DEFAULT = b"::pulumi:providers:pulumi-python::default::"
"""In the reference of the default provider, which has no event of its own."""

_HEAD = 400
"""Bytes of a line in which its kind, its operation and its URN stand."""
_EVENT = re.compile(rb'^\{"sequence":\d+,"timestamp":\d+,"(\w+)":')
_STEP = re.compile(rb'"metadata":\{"op":"([a-z-]+)","urn":"([^"\\]+)"')


@dataclass(frozen=True)
class Side:
    """A resource before or after a step. Secrets read ``[secret]``, unknown values are `UNKNOWN`.

    :param provider: the reference of its provider: ``URN::ID``.
    """

    id: str = ""
    provider: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    protect: bool = False
    retained: bool = False


@dataclass(frozen=True)
class Step:
    """What the engine would do to one resource.

    :param op: the engine's word: ``update``, ``create``, ``delete``, ``replace``, ``delete-replaced``, ``refresh``, ….
    :param custom: whether a provider stands behind it; a component has none.
    :param rejected: the mark of a resource that is rejected.
    :param planned: ``op``, ``urn`` and ``newState`` as the engine gave them, for `planned.planned_state`.
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
        """The last part of its type."""
        return self.type.rpartition(":")[2]

    @property
    def provider(self) -> str:
        """The reference of the provider that takes the step."""
        return (self.new and self.new.provider) or (self.old and self.old.provider) or ""


@dataclass(frozen=True)
class Unchanged:
    """A resource that stays as it is.

    :param by_default: whether the default provider of dynamic resources holds it.
    """

    urn: str
    by_default: bool = False


@dataclass(frozen=True)
class Trouble:
    """An error that the engine or the program reports. :param urn: of the resource that it is about; may be empty."""

    urn: str
    text: str


@dataclass(frozen=True)
class Violation:
    """A rule of a policy pack that a resource breaks. :param mandatory: whether the engine stops for it."""

    urn: str
    text: str
    mandatory: bool


@dataclass(frozen=True)
class Summary:
    """The last word of a preview.

    :param result: ``"succeeded"`` or ``"failed"``.
    :param changes: operation → how many resources.
    """

    result: str
    changes: Mapping[str, int]


Event: TypeAlias = Step | Unchanged | Trouble | Violation | Summary


def read_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """What a preview says, line by line. Lines that are no events are skipped."""
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
            return None  # only a refresh says its result at its end; the others announce it
        if op in _UNCHANGED and _PROVIDER_TYPE not in found.group(2):
            return Unchanged(found.group(2).decode(), _BY_DEFAULT in line)
    metadata = _body(line, b"resOutputsEvent" if final else b"resourcePreEvent").get("metadata")
    if not isinstance(metadata, Mapping) or final != (metadata.get("op") == "refresh"):
        return None
    step = step_from(metadata)
    if step.op.encode() in _UNCHANGED and not step.type.startswith("pulumi:providers:"):
        return Unchanged(step.urn, _BY_DEFAULT in line)  # a long URN, or one with quotes
    return step


def step_from(metadata: Mapping[str, Any]) -> Step:
    """A step as the engine describes it in an event."""
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
    """A value as the core knows it: unknown ones are `UNKNOWN`, and a secret reads ``[secret]`` whatever it is."""
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
    """The kind of an event whose line begins otherwise than expected; empty where it is no event."""
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
        raise NoVerdictError("the preview printed an event that is cut off or no JSON; run it again") from None
    return event if isinstance(event, Mapping) else {}
