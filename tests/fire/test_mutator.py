"""Mutants of a module: each is one change, and it is in force wherever the function was imported."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from fire import mutants as judging
from fire.mutator import Mutant, mutants

CODE = textwrap.dedent(
    """
    from __future__ import annotations

    from functools import cached_property


    def larger(left: int, right: int) -> bool:
        return left > right and not left == 3


    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def add(self, more: int) -> int:
            if more:
                self.count += more
            return self.count

        @property
        def doubled(self) -> int:
            return self.count * 2
    """
)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Mutant]]:
    (tmp_path / "subject_of_mutation.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    yield {f"{one.function}: {one.what}": one for one in mutants("subject_of_mutation")}
    del sys.modules["subject_of_mutation"]


def test_every_kind_of_change_is_made(made: dict[str, Mutant]) -> None:
    assert set(made) == {
        "larger: returns None",
        "larger: And is Or",
        "larger: Gt is GtE",
        "larger: not is left out",
        "larger: Eq is NotEq",
        "larger: 3 is 4",
        "Counter.__init__: 0 is 1",
        "Counter.add: condition is negated",
        "Counter.add: AugAssign is left out",
        "Counter.add: returns None",
        "Counter.doubled: returns None",
        "Counter.doubled: Mult is Add",
        "Counter.doubled: 2 is 3",
    }


def test_a_mutant_is_in_force_where_the_function_was_imported(made: dict[str, Mutant]) -> None:
    from subject_of_mutation import Counter, larger  # type: ignore[import-not-found]

    assert not larger(2, 2)
    made["larger: Gt is GtE"].put_in_place()
    assert larger(2, 2)
    made["Counter.doubled: 2 is 3"].put_in_place()
    counter = Counter()
    counter.add(2)
    assert counter.doubled == 6


def test_the_judges_exist_and_the_draw_is_repeatable() -> None:
    for name in judging.JUDGES:
        assert judging.judged(name, sandbox=False)
        assert len(judging.judged(name, sandbox=True)) == len(judging.JUDGES[name]) + len(judging.MORE.get(name, ()))
    drawn = [[one.key for one in judging.some_mutants("secrecy", share=0.2, seed=3)] for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_what_survives_is_told_from_what_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"key": "a", "module": "plan", "outcome": judging.KILLED},
        {"key": "b", "module": "plan", "outcome": judging.SURVIVED},
        {"key": "c", "module": "plan", "outcome": judging.SURVIVED},
    ]
    monkeypatch.setattr(judging, "SURVIVORS", {"c": "no test can tell"})
    assert judging.unexplained(lines) == ["b"]
    assert judging.table(lines)[1] == ["core.plan", "3", "1", "0", "1", "1"]
