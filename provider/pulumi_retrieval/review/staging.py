"""Implements ``--after STACK``: exports that stack and compares it with the stack under review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .binding import Binding
from .engine import Engine
from .expectations import Expectations, read_expectations
from .findings import Finding, FindingKind
from .matching import Role
from .planned import planned_state
from .promotion import HISTORY_FLAGS, StackFacts, prove
from .states import State, parse_export

DIRTY = "this checkout has uncommitted changes, which no run in another stack can have covered: commit them first"


@dataclass(frozen=True)
class Staging:
    """The stack of ``--after``, and how it is compared.

    :param stack: the name of the stack.
    :param roles: names in it with their counterparts in the stack under review.
    :param expectations: the rules for expected differences.
    """

    stack: str
    roles: Sequence[Role] = ()
    expectations: Expectations = field(default_factory=Expectations)

    @classmethod
    def from_options(cls, stack: str, *, maps: Sequence[str], expect: Path | None) -> Staging:
        """Read ``--after``, ``--map`` and ``--expect``. :raises RetrievalError: a mapping or a rule is invalid."""
        rules = read_expectations(expect) if expect is not None else Expectations()
        return cls(stack, [Role.parse(text) for text in maps], rules)

    def compare(
        self,
        engine: Engine,
        *,
        export: Mapping[str, Any],
        steps: Sequence[Mapping[str, Any]],
        binding: Binding,
        today: date,
    ) -> tuple[list[Finding], list[str]]:
        """Compare the stack of ``--after`` with the planned state of the stack under review. :returns: findings and notes.

        :param engine: the `pulumi` command for the stack under review.
        :param export: the parsed state of the stack under review.
        :param steps: the planned steps of the preview (`Step.planned`).
        """
        other = engine.of_stack(self.stack)
        facts = StackFacts(
            stack=self.stack,
            history=other.history(HISTORY_FLAGS),
            state=State.from_export(parse_export(other.export()), stack=self.stack),
        )
        proof = prove(
            after=facts,
            planned=planned_state(State.from_export(export, stack=engine.stack), steps),
            commit=binding.commit or None,
            today=today,
            roles=self.roles,
            expectations=self.expectations,
            package=binding.package,
        )
        findings = list(proof.findings)
        if binding.commit and not binding.clean:
            findings.append(Finding(FindingKind.STAGING, text=DIRTY))
        return findings, list(proof.notes)
