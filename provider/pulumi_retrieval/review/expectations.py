"""Reads ``promotion.yaml``: rules for expected differences between two stacks, with a reason and a last day.

::

    rules:
      - type: Dataset                                # or trieve:Dataset
        name: customer-*                             # of the resource, in either stack; * and ? as in file names
        key: server_configuration.SYSTEM_PROMPT      # and everything below it; "resource" for the resource as a whole
        reason: each customer has a prompt of its own
        expires: 2027-03-31                          # the last day on which the rule applies

No rule can allow a difference with the verdict `Verdict.NEVER`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import RetrievalError
from .differences import Comparison, Difference, Verdict

FIELDS = ("type", "name", "key", "reason", "expires")
EXAMPLE = "a rule has " + ", ".join(FIELDS) + "; expires is a date such as 2027-03-31"


class ExpectationsError(RetrievalError):
    """A file of rules is invalid. The text names the file, the rule and the remedy."""


@dataclass(frozen=True)
class Rule:
    """One rule: the differences that are expected, why, and until when.

    :param number: the position in the file, from 1.
    :param type: ``Dataset``, ``trieve:Dataset`` or the whole type.
    :param name: the name of the resource in either stack; may contain ``*`` and ``?``.
    :param key: dotted path of an input; the rule also covers all paths below it.
    :param expires: the last day on which the rule applies.
    """

    number: int
    type: str
    name: str
    key: str
    reason: str
    expires: date

    @property
    def text(self) -> str:
        """The rule as one line of text for people."""
        return (
            f"rule {self.number} ({self.type} {self.name}: {self.key}; {self.reason}; until {self.expires.isoformat()})"
        )

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return today > self.expires

    def covers(self, difference: Difference) -> bool:
        """Whether the rule applies to a difference."""
        return (
            self.type in (difference.token, difference.type, difference.type.rpartition("/")[2])
            and any(fnmatchcase(name, self.name) for name in difference.names)
            and (difference.key == self.key or difference.key.startswith(f"{self.key}."))
        )


@dataclass(frozen=True)
class Expectations:
    """The rules of a file, in order. :param source: the file's name, as given."""

    rules: tuple[Rule, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Judged:
    """A comparison to which the rules were applied.

    :param unused: rules that cover no difference and have not expired.
    :param expired: rules whose last day has passed, whether they cover a difference or not.
    :param overruled: rules that cover a difference which no rule can allow.
    """

    comparison: Comparison
    unused: tuple[Rule, ...] = ()
    expired: tuple[Rule, ...] = ()
    overruled: tuple[Rule, ...] = ()

    @property
    def notes(self) -> list[str]:
        """Remarks about unused, expired and overruled rules and unused roles, one sentence each."""
        return [
            *(f"{rule.text} has expired: remove it, or set a new date" for rule in self.expired),
            *(
                f"{rule.text} covers a difference that no rule can allow: make the stacks equal"
                for rule in self.overruled
            ),
            *(f"{rule.text} is not used: remove it" for rule in self.unused),
            *(
                f'no resource of {self.comparison.left} has "{name}" in its name: correct --map, or remove it'
                for name in self.comparison.idle
            ),
        ]


def judge(comparison: Comparison, expectations: Expectations, *, today: date) -> Judged:
    """Apply the rules: a difference that an unexpired rule covers is expected, except where no rule can allow it."""
    used: set[int] = set()
    overruled: set[int] = set()
    judged: list[Difference] = []
    for difference in comparison.differences:
        verdict = difference
        covering = [] if difference.verdict is Verdict.EXPECTED else _covering(expectations.rules, difference, today)
        if difference.verdict is Verdict.NEVER:
            overruled.update(rule.number for rule in covering)
        elif covering:
            used.update(rule.number for rule in covering)
            verdict = difference.judged(Verdict.EXPECTED, covering[0].text)
        judged.append(verdict)
    expired = tuple(rule for rule in expectations.rules if rule.expired(today))
    return Judged(
        comparison=dataclasses.replace(comparison, differences=tuple(judged)),
        unused=tuple(
            rule for rule in expectations.rules if rule not in expired and rule.number not in used | overruled
        ),
        expired=expired,
        overruled=tuple(rule for rule in expectations.rules if rule.number in overruled),
    )


def _covering(rules: Sequence[Rule], difference: Difference, today: date) -> list[Rule]:
    return [rule for rule in rules if not rule.expired(today) and rule.covers(difference)]


def read_expectations(path: Path) -> Expectations:
    """Read a file of rules.

    :raises ExpectationsError: the file cannot be read, or a rule in it is invalid.
    """
    try:
        return parse_expectations(path.read_text(encoding="utf-8"), source=str(path))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExpectationsError(f"{path} cannot be read: {reason}. Correct --expect, or remove it") from None
    except UnicodeDecodeError:
        raise ExpectationsError(f"{path} is not encoded in UTF-8: save it in UTF-8") from None


def parse_expectations(text: str, *, source: str) -> Expectations:
    """Parse the text of a file of rules; an empty file has no rules.

    :param source: the file's name, for errors.
    :raises ExpectationsError: the text or a rule is invalid.
    """
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise ExpectationsError(f"{source} is not valid YAML{line}: {problem}. To fix: correct that line") from None
    except (RecursionError, ValueError):
        raise ExpectationsError(f"{source} cannot be read as rules: {EXAMPLE}") from None
    if document is None:
        return Expectations(source=source)
    rules = document.get("rules") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not (rules is None or isinstance(rules, list)) or "rules" not in document:
        raise ExpectationsError(f'{source} must contain "rules:" with a list of rules: {EXAMPLE}')
    if more := [str(name) for name in document if name != "rules"]:
        raise ExpectationsError(f'{source}: unknown key "{more[0]}" beside "rules": remove it')
    return Expectations(tuple(_rules(rules or (), source)), source)


def _rules(rules: Iterable[Any], source: str) -> Iterable[Rule]:
    for number, rule in enumerate(rules, 1):
        where = f"{source}, rule {number}"
        if not isinstance(rule, Mapping):
            raise ExpectationsError(f"{where} is not a mapping: {EXAMPLE}")
        if more := [str(name) for name in rule if name not in FIELDS]:
            raise ExpectationsError(f'{where}: unknown field "{more[0]}"; {EXAMPLE}')
        if missing := [name for name in FIELDS if rule.get(name) in (None, "")]:
            raise ExpectationsError(f'{where}: "{missing[0]}" is missing; {EXAMPLE}')
        texts = {name: rule[name] for name in FIELDS if name != "expires"}
        if wrong := [name for name, value in texts.items() if not isinstance(value, str) or not value.strip()]:
            raise ExpectationsError(f'{where}: "{wrong[0]}" must be a text: put it in quotes')
        yield Rule(number=number, expires=_date(rule["expires"], where), **texts)


def _date(value: Any, where: str) -> date:
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ExpectationsError(f'{where}: "expires" must be a date that exists, such as 2027-03-31')


class _Loader(yaml.SafeLoader):
    """A safe YAML loader that keeps dates as texts and refuses duplicate keys, of which one would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping, and raise an error where a key occurs twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f'"{key.value}" is written twice'
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value) if isinstance(key, yaml.ScalarNode) else None
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
