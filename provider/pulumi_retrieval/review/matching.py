"""Matches the resources of two stacks by role.

Two resources match where type and name are equal, and those of all parents. A role maps a name of the first stack to many
names of the second: with ``canary=customer-*``, the resource ``canary-docs`` below ``canary`` matches ``customer-0001-docs``
below ``customer-0001``, and so on for every customer. The text for ``*`` must be the same in all names of one resource and of
its parents.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..core.errors import RetrievalError
from .states import Resource, State

_SEPARATOR = "\x1f"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"


class RoleError(RetrievalError):
    """An option ``--map`` is invalid. The text names it and the remedy."""


@dataclass(frozen=True)
class Role:
    """A name of the first stack with its counterparts in the second.

    :param name: a word inside names: ``canary`` occurs in ``canary`` and ``canary-docs``, not in ``canaryx``.
    :param pattern: the counterparts; ``*`` stands for any text and ``?`` for one character.
    """

    name: str
    pattern: str

    @classmethod
    def parse(cls, text: str) -> Role:
        """Read ``canary=customer-*``.

        :raises RoleError: the text has another form.
        """
        name, equals, pattern = (part.strip() for part in text.partition("="))
        if not (name and equals and pattern):
            raise RoleError(
                f'"{text}" is not a mapping: write the name in the first stack, "=", and the names in the second, such as '
                "'canary=customer-*'"
            )
        if "*" in name or "?" in name:
            raise RoleError(
                f'"{text}": the name in the first stack, "{name}", must be one name without * and ?; swap the stacks, or '
                "write 'canary=customer-*'"
            )
        return cls(name, pattern)

    @property
    def is_many(self) -> bool:
        """Whether the pattern can match several names."""
        return "*" in self.pattern or "?" in self.pattern

    @cached_property
    def word(self) -> re.Pattern[str]:
        """A pattern that finds the name as a whole word in a text."""
        return re.compile(_BEFORE + re.escape(self.name) + _AFTER)

    @cached_property
    def regex(self) -> str:
        """A regular expression for the counterparts in the second stack."""
        signs = {"*": f"[^{_SEPARATOR}]*", "?": f"[^{_SEPARATOR}]"}
        return "".join(signs.get(sign, re.escape(sign)) for sign in self.pattern)


Bound = Mapping[str, str]
"""Name of a role → the name that takes its place in the second stack."""


@dataclass(frozen=True)
class Pair:
    """Two resources with the same role. :param bound: the roles in the left one's name, with their names on the right."""

    left: Resource
    right: Resource
    bound: Bound = field(default_factory=dict)


@dataclass(frozen=True)
class Matching:
    """The matched and unmatched resources of two stacks.

    :param only_left: unmatched resources of the first stack whose roles have only one counterpart.
    :param only_right: unmatched resources of the second stack.
    :param missing: resources of the first stack that one counterpart of a role lacks, with the name each would have there.
    :param idle: roles that occur in no name of the first stack.
    """

    pairs: tuple[Pair, ...]
    only_left: tuple[Resource, ...]
    only_right: tuple[Resource, ...]
    missing: tuple[tuple[Resource, str], ...]
    idle: tuple[Role, ...]


def translated(text: str, bound: Bound, roles: Iterable[Role]) -> str:
    """A text of the first stack in which each role is replaced by its name in the second."""
    for role in roles:
        name = bound.get(role.name)
        if name is not None:
            text = role.word.sub(name.replace("\\", r"\\"), text)
    return text


@dataclass(frozen=True)
class _Key:
    """Identifies a resource within its stack: the types and names of the resource and all its parents."""

    types: tuple[str, ...]
    names: str

    @classmethod
    def of(cls, state: State, resource: Resource) -> _Key:
        """The key of a resource of a state."""
        chain = (*state.lineage(resource), (resource.type, resource.name))
        return cls(tuple(type_ for type_, _ in chain), _SEPARATOR.join(name for _, name in chain))


class _Template:
    """A pattern for the names that a resource of the first stack may have in the second."""

    def __init__(self, resource: Resource, key: _Key, roles: Sequence[Role]) -> None:
        self.resource, self.key = resource, key
        self.roles = tuple(role for role in roles if role.word.search(key.names))
        self.many = tuple(role for role in self.roles if role.is_many)
        self._groups = {role.name: f"r{index}" for index, role in enumerate(self.roles)}
        self._regex, self.literals = self._compiled(key.names)

    def _compiled(self, names: str) -> tuple[re.Pattern[str], int]:
        """The pattern, and how many of its characters are literal: equal in both stacks."""
        parts, literals, seen, rest = "", 0, set[str](), names
        while rest:
            words = [(word.start(), word.end(), role) for role in self.roles if (word := role.word.search(rest))]
            start, end, role = min(words, key=lambda one: one[:2], default=(len(rest), len(rest), None))
            parts, literals = parts + re.escape(rest[:start]), literals + start
            if role is not None:
                group = self._groups[role.name]
                parts += f"(?P={group})" if group in seen else f"(?P<{group}>{role.regex})"
                seen.add(group)
            rest = rest[end:]
        return re.compile(parts, re.DOTALL), literals

    def match(self, key: _Key) -> Bound | None:
        """The names that the roles have in a resource of the second stack; None where the resource does not match."""
        found = self._regex.fullmatch(key.names)
        return None if found is None else {name: found[group] for name, group in self._groups.items()}


def match(left: State, right: State, *, roles: Sequence[Role] = ()) -> Matching:
    """Match the resources of two stacks. Replaced objects that only wait for their delete are left out."""
    templates = [_Template(one, _Key.of(left, one), roles) for one in left.resources if not one.deleting]
    by_types: dict[tuple[str, ...], list[_Template]] = defaultdict(list)
    # Where several templates match, the most specific one wins: "canary-docs" before "canary".
    for template in sorted(templates, key=lambda one: (len(one.roles), -one.literals)):
        by_types[template.key.types].append(template)
    pairs: list[Pair] = []
    only_right: list[Resource] = []
    found: dict[int, list[Bound]] = defaultdict(list)
    for resource in right.resources:
        if resource.deleting:
            continue
        key = _Key.of(right, resource)
        fit = next(
            ((one, bound) for one in by_types[key.types] if (bound := one.match(key)) is not None),
            None,
        )
        if fit is None:
            only_right.append(resource)
        else:
            pairs.append(Pair(fit[0].resource, resource, fit[1]))
            found[id(fit[0])].append(fit[1])
    alone = [one for one in templates if not one.many and not found[id(one)]]
    return Matching(
        pairs=tuple(pairs),
        only_left=tuple(one.resource for one in alone),
        only_right=tuple(only_right),
        missing=tuple(_missing([one for one in templates if one.many], found, roles)),
        idle=tuple(role for role in roles if not any(role in one.roles for one in templates)),
    )


def _missing(
    templates: Sequence[_Template], found: Mapping[int, Sequence[Bound]], roles: Sequence[Role]
) -> Iterable[tuple[Resource, str]]:
    """Resources of the first stack's canary that a customer of the second stack lacks, with the names they would have."""
    bindings: dict[tuple[str, ...], dict[tuple[str, ...], None]] = defaultdict(dict)

    def names(template: _Template) -> tuple[str, ...]:
        return tuple(role.name for role in template.many)

    for template in templates:
        for bound in found.get(id(template), ()):
            bindings[names(template)][tuple(bound[name] for name in names(template))] = None
    for template in templates:
        there = {tuple(bound[name] for name in names(template)) for bound in found.get(id(template), ())}
        for values in bindings[names(template)]:
            if values not in there:
                bound = {
                    **{role.name: role.pattern for role in template.roles},
                    **dict(zip(names(template), values, strict=True)),
                }
                yield template.resource, translated(template.resource.name, bound, roles)
