"""Renders a verdict as annotations of program lines: GitHub workflow commands, or a GitLab code quality report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..core.redaction import shorten
from ..preview.texts import listed
from .findings import Level
from .verdict import Verdict
from .wording import Block, blocks

GITLAB_REPORT = "gl-code-quality-report.json"
MOST_OF_LEVEL = 10
"""The most annotations of one level that GitHub shows for one step."""
MOST_TEXT = 2_000
MOST_NAMES = 20
NOWHERE = "Pulumi.yaml"
"""The file of an annotation whose resource was never registered, so that its line is unknown."""
_HERE = "project:///"
_GITHUB = {Level.BLOCKED: "error", Level.APPROVAL: "warning"}
_GITLAB = {Level.BLOCKED: "blocker", Level.APPROVAL: "major"}


@dataclass(frozen=True)
class Position:
    """A line of a program. :param path: relative to the root of the checkout."""

    path: str
    line: int


def positions(export: str | bytes, *, below: str = "") -> dict[str, Position]:
    """Read from a state where each resource was declared at its last registration: URN → position.

    :param export: the state as `pulumi stack export` printed it.
    :param below: the folder of the project, relative to the root of the checkout.
    """
    resources = json.loads(export, object_hook=_only_places).get("deployment", {}).get("resources") or []
    found = {}
    for one in resources:
        position = _first_of_program(one.get("stackTrace") or (), below)
        if position is not None:
            found[one["urn"]] = position
    return found


def _only_places(value: dict[str, Any]) -> dict[str, Any]:
    if "urn" in value:
        return {name: value[name] for name in ("urn", "stackTrace") if name in value}
    return {name: value[name] for name in ("deployment", "resources", "sourcePosition") if name in value}


def _first_of_program(frames: Iterable[Any], below: str) -> Position | None:
    for frame in frames:
        place = frame.get("sourcePosition") if isinstance(frame, Mapping) else None
        if not isinstance(place, str) or not place.startswith(_HERE):
            continue
        path, _, line = place.removeprefix(_HERE).partition("#")
        if not path.startswith("..") and line.partition(",")[0].isdecimal():
            return Position(str(PurePosixPath(below) / path), int(line.partition(",")[0]))
    return None


def to_github(verdict: Verdict, known: Mapping[str, Position], *, below: str = "") -> str:
    """Render GitHub workflow commands, one per line: errors for blocked changes, warnings for those that need approval."""
    lines = [f"::error title=No verdict on {_property(verdict.stack)}::{_data(one)}" for one in verdict.reasons[:1]]
    for level, command in _GITHUB.items():
        made = [block for block in blocks(verdict) if block.level is level]
        kept = made if len(made) <= MOST_OF_LEVEL else made[: MOST_OF_LEVEL - 1]
        for block in kept:
            position = _position(block, known, below)
            title = _property(f"{verdict.stack}: {block.kind.value}")
            place = f"file={_property(position.path)},line={position.line},title={title}"
            lines.append(f"::{command} {place}::{_data(_text(block))}")
        if len(kept) < len(made):
            lines.append(f"::{command}::{len(made) - len(kept)} more changes of this kind on {_data(verdict.stack)}")
    return "".join(f"{line}\n" for line in lines)


def to_gitlab(verdict: Verdict, known: Mapping[str, Position], *, below: str = "") -> str:
    """Render a GitLab code quality report: blocked changes are blockers, those that need approval are major."""
    issues = [
        _issue(verdict, block, _position(block, known, below)) for block in blocks(verdict) if block.level in _GITLAB
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(verdict: Verdict, block: Block, position: Position) -> dict[str, Any]:
    said = json.dumps([verdict.stack, block.kind.value, block.token, block.title])
    return {
        "description": f"{verdict.stack}: {block.kind.value}: {_text(block)}",
        "check_name": f"pulumi-retrieval-review-{block.kind.value.replace(' ', '-')}",
        "fingerprint": hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest(),
        "severity": _GITLAB[block.level],
        "location": {"path": position.path, "lines": {"begin": position.line}},
    }


def _position(block: Block, known: Mapping[str, Position], below: str) -> Position:
    for finding in block.findings:
        if finding.urn in known:
            return known[finding.urn]
    return Position(str(PurePosixPath(below) / NOWHERE), 1)


def _text(block: Block) -> str:
    names = f" ({listed(block.names, most=MOST_NAMES)})" if len(block.names) > 1 else ""
    more = f"\n{block.text}" if "\n" in block.text else ""
    text = f"{shorten(block.title, limit=MOST_TEXT)}{names}{more}"
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
