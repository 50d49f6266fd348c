"""Fault plans: rules that make matching requests fail in a given way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .http import Request

KINDS = ("answer", "truncate", "drop", "hang", "timeout", "false_absence")
_OF_TRIEVE = ("timeout", "false_absence")
"""Kinds of faults whose answer exists only for Trieve."""

_RULE_KEYS = {"service", "method", "path", "body", "skip", "every", "times", "act"}
_ACT_KEYS = {
    "answer": {"status", "content_type", "body", "headers"},
    "truncate": set[str](),
    "drop": {"when"},
    "hang": {"seconds", "when"},
    "timeout": {"carried_out", "delay", "seconds"},
    "false_absence": {"table"},
}


class FaultError(ValueError):
    """A fault plan is invalid; the text says why."""


def _number(value: Any, name: str, *, least: float = 0) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
        raise FaultError(f"{name} must be a number of at least {least}, not {value!r}")


def _check_act(act: Any) -> dict[str, Any]:
    if not isinstance(act, dict) or act.get("kind") not in KINDS:
        raise FaultError(f"act.kind must be one of {', '.join(KINDS)}")
    kind = act["kind"]
    unknown = set(act) - _ACT_KEYS[kind] - {"kind"}
    if unknown:
        raise FaultError(f"act {kind!r} has no {', '.join(sorted(unknown))}")
    if kind == "answer":
        _number(act.get("status"), "act.status", least=100)
    if kind in ("drop", "hang") and act.get("when", "before") not in ("before", "after"):
        raise FaultError("act.when must be 'before' or 'after'")
    if kind == "timeout" and act.get("carried_out", "never") not in ("never", "after"):
        raise FaultError("act.carried_out must be 'never' or 'after'")
    if kind == "hang":
        _number(act.get("seconds"), "act.seconds")
    if kind == "timeout":
        _number(act.get("delay", 0), "act.delay")
        _number(act.get("seconds", 0), "act.seconds")
    if kind == "false_absence" and act.get("table", "datasets") not in ("datasets", "organizations", "keys"):
        raise FaultError("act.table must be 'datasets', 'organizations' or 'keys'")
    return act


def _pattern(rule: dict[str, Any], name: str) -> re.Pattern[str] | None:
    text = rule.get(name)
    if text is None:
        return None
    try:
        return re.compile(text)
    except (re.error, TypeError) as error:
        raise FaultError(f"{name} is not a regular expression: {error}") from None


@dataclass
class Rule:
    """One rule: which requests match, for which of the matches it fires, and what happens then."""

    spec: dict[str, Any]
    act: dict[str, Any]
    path: re.Pattern[str] | None
    body: re.Pattern[str] | None
    matched: int = 0
    fired: int = 0
    service: str | None = field(init=False)
    method: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.service = self.spec.get("service")
        self.method = self.spec.get("method")

    @classmethod
    def parse(cls, spec: Any) -> Rule:
        """Parse and validate a rule. Raises :class:`FaultError`."""
        if not isinstance(spec, dict) or set(spec) - _RULE_KEYS:
            raise FaultError(f"a rule must be an object with the keys {', '.join(sorted(_RULE_KEYS))}")
        for name, least in (("skip", 0), ("every", 1), ("times", 0)):
            if spec.get(name) is not None:
                _number(spec[name], name, least=least)
        if spec.get("service") not in (None, "trieve", "cortex"):
            raise FaultError("service must be 'trieve', 'cortex' or null")
        act = _check_act(spec.get("act"))
        if act["kind"] in _OF_TRIEVE:
            if spec.get("service") == "cortex":
                raise FaultError(f"{act['kind']} is possible for the service 'trieve' only")
            spec = {**spec, "service": "trieve"}
        return cls(spec=spec, act=act, path=_pattern(spec, "path"), body=_pattern(spec, "body"))

    def fires(self, request: Request, *, service: str) -> bool:
        """Count the request if it matches, and return whether the rule fires for it."""
        times = self.spec.get("times")
        if (
            (self.service is not None and self.service != service)
            or (self.method is not None and self.method.upper() != request.method)
            or (self.path is not None and not self.path.search(request.target))
            or (self.body is not None and not self.body.search(request.body.decode("utf-8", "replace")))
            or (times is not None and self.fired >= times)
        ):
            return False
        self.matched += 1
        past = self.matched - int(self.spec.get("skip") or 0)
        if past <= 0 or past % int(self.spec.get("every") or 1):
            return False
        self.fired += 1
        return True


class FaultPlan:
    """The active rules; the first that fires for a request decides. They are not stored between runs."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def replace(self, specs: Any) -> None:
        """Replace all rules and restart counting. Raises :class:`FaultError`."""
        if not isinstance(specs, list):
            raise FaultError("faults must be a list of rules")
        self._rules = [Rule.parse(spec) for spec in specs]

    def report(self) -> list[dict[str, Any]]:
        """Return the rules with how often each one matched and fired."""
        return [{**rule.spec, "matched": rule.matched, "fired": rule.fired} for rule in self._rules]

    def act_for(self, request: Request, *, service: str) -> dict[str, Any] | None:
        """Return the fault for this request, or ``None`` to handle it as usual."""
        for rule in self._rules:
            if rule.fires(request, service=service):
                return rule.act
        return None
