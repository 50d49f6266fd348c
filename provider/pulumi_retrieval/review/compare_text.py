"""Renders a comparison as lines for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .differences import Difference, Verdict
from .expectations import Judged, Rule

NAMES_SHOWN = 5
JSON_VERSION = 1
"""Version of the form that `to_json` returns; every change that a reader could notice increases it."""


@dataclass(frozen=True)
class Line:
    """One line of text. :param style: a style of rich such as ``"bold red"``; empty for none."""

    text: str
    style: str = ""


_STYLES = {Verdict.NEVER: "bold red", Verdict.UNEXPECTED: "yellow", Verdict.EXPECTED: "dim"}
_Any = TypeVar("_Any")


def lines(judged: Judged) -> list[Line]:
    """Render a comparison: unexpected differences in groups, then counts of expected ones, then notes about the rules."""
    comparison = judged.comparison
    unexpected = comparison.unexpected
    expected = [one for one in comparison.differences if one.verdict is Verdict.EXPECTED]
    found = [Line(_headline(judged), "bold red" if unexpected else "bold green"), Line("")]
    for verdict in (Verdict.NEVER, Verdict.UNEXPECTED):
        groups = _grouped([one for one in unexpected if one.verdict is verdict], _values)
        if groups:
            found.append(Line(verdict.value, _STYLES[verdict]))
            for group in groups:
                found += _group(group)
            found.append(Line(""))
    if expected:
        found.append(Line(Verdict.EXPECTED.value, "bold"))
        for group in _grouped(expected, lambda one: (one.token, one.key, one.reason)):
            first = group[0]
            found.append(
                Line(f"  {len(group)} × {first.token}: {first.key} ({first.reason})", _STYLES[Verdict.EXPECTED])
            )
        found.append(Line(""))
    if comparison.not_compared:
        found.append(Line("not compared", "bold"))
        for missing in _grouped(comparison.not_compared, lambda one: (one.token, one.key, one.why)):
            found.append(Line(f"  {len(missing)} × {missing[0].token}: {missing[0].key} ({missing[0].why})", "dim"))
        found.append(Line(""))
    if judged.notes:
        found.append(Line("rules and roles", "bold"))
        found += [Line(f"  {note}", "yellow") for note in judged.notes]
        found.append(Line(""))
    return [Line(printable(line.text.replace("\n", " ")), line.style) for line in found[:-1]]


def _headline(judged: Judged) -> str:
    comparison = judged.comparison
    pairs = (
        "1 resource has a counterpart" if comparison.pairs == 1 else f"{comparison.pairs} resources have a counterpart"
    )
    count = len(comparison.unexpected)
    verdict = f"{count} unexpected difference{'' if count == 1 else 's'}" if count else "no unexpected difference"
    return f"{comparison.left} → {comparison.right}: {verdict}; {pairs}"


def _values(one: Difference) -> Hashable:
    return (one.token, one.path, one.left, one.right, one.reason)


def _group(group: Sequence[Difference]) -> list[Line]:
    first = group[0]
    style = _STYLES[first.verdict]
    names = [one.name for one in group]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    found = [
        Line(f"  {len(group)} × {first.token}: {first.path} {first.left} → {first.right}", style),
        Line(f"      {', '.join(names[:NAMES_SHOWN])}{more}"),
    ]
    return [*found, Line(f"      {first.reason}", "dim")] if first.reason else found


def _grouped(items: Iterable[_Any], key: Callable[[_Any], Hashable]) -> list[list[_Any]]:
    """Group items with equal keys, the largest group first."""
    groups: dict[Hashable, list[_Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return sorted(groups.values(), key=len, reverse=True)


def printable(text: str) -> str:
    """Replace control characters: names and values come from a state that somebody may have edited to attack a terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def to_json(judged: Judged) -> dict[str, Any]:
    """The comparison as JSON; the reference page ``compare`` describes it."""
    comparison = judged.comparison
    return {
        "version": JSON_VERSION,
        "left": comparison.left,
        "right": comparison.right,
        "equal_as_expected": not comparison.unexpected,
        "pairs": comparison.pairs,
        "differences": [
            {
                "type": one.type,
                "name": one.name,
                "counterpart": one.counterpart,
                "urn": one.urn,
                "key": one.key,
                "path": one.path,
                "left": one.left,
                "right": one.right,
                "verdict": one.verdict.name.lower(),
                "reason": one.reason,
            }
            for one in comparison.differences
        ],
        "not_compared": [
            {"type": one.type, "name": one.name, "key": one.key, "why": one.why} for one in comparison.not_compared
        ],
        "rules": {
            "unused": [_rule(rule) for rule in judged.unused],
            "expired": [_rule(rule) for rule in judged.expired],
            "overruled": [_rule(rule) for rule in judged.overruled],
        },
        "idle_roles": list(comparison.idle),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {**vars(rule), "expires": rule.expires.isoformat()}
