"""``--after staging``: what the stack that goes first says of this one, fetched and compared."""

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

DIRTY = (
    "this checkout holds changes that are in no commit, so no run of a commit says anything of them: commit them first"
)


@dataclass(frozen=True)
class Staging:
    """The stack that goes first, and how it is compared.

    :param stack: its name.
    :param roles: names in it, and what they are called in the stack under review.
    :param expectations: the differences that are meant.
    """

    stack: str
    roles: Sequence[Role] = ()
    expectations: Expectations = field(default_factory=Expectations)

    @classmethod
    def from_options(cls, stack: str, *, maps: Sequence[str], expect: Path | None) -> Staging:
        """Read ``--after``, ``--map`` and ``--expect``. :raises RetrievalError: a mapping or a rule cannot be read."""
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
        """Compare with a stack as it will be. :returns: findings and notes.

        :param engine: of the stack under review.
        :param export: its state, parsed.
        :param steps: what the preview would change (`Step.planned`).
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
