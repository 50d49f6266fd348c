"""Mutants of a module: each is one change, and it is in force wherever the function was imported."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from fire import mutants as judging
from fire.covered import Covered
from fire.mutator import Mutant, mutants
from fire.records import ROOT

CODE = textwrap.dedent(
    """
    from __future__ import annotations

    from functools import cached_property


    def larger(left: int, right: int) -> bool:
        return left > right and not left == 3


    class Counter:
        def __init__(self) -> None:
            self.count: int | None = 0

        def add(self, more: int, often: bool = True) -> int:
            def enough() -> int | None:
                return self.count

            if more:
                self.count += more
            return enough()

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


def test_a_default_is_no_code_of_a_function_and_a_head_has_its_own_lines(made: dict[str, Mutant]) -> None:
    assert not any("Counter.add: True" in name for name in made)
    assert made["Counter.add: condition is negated"].text == "if more:"
    head, body = made["Counter.add: condition is negated"].lines, made["Counter.add: AugAssign is left out"].lines
    assert (len(head), len(body), body.start - head.start) == (1, 1, 1)


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
    assert all((ROOT / judge).is_dir() for judge in (*judging.JUDGES, *judging.SANDBOX_JUDGES))
    drawn = [[one.key for one in judging.some_mutants("secrecy", share=0.2, seed=3)] for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_a_mutant_names_the_lines_whose_tests_can_tell_it() -> None:
    known = Covered({"m": {1: ["a::slow"], 2: ["a::slow", "b::quick"]}}, {"a::slow": 2.0, "b::quick": 0.1})
    assert known.that_run("m", range(2, 3)) == ["b::quick", "a::slow"]
    assert known.that_run("m", range(3, 4)) == []


def test_what_survives_is_told_from_what_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"key": "a", "module": "plan", "outcome": judging.KILLED},
        {"key": "b", "module": "plan", "outcome": judging.SURVIVED},
        {"key": "c", "module": "plan", "outcome": judging.SURVIVED},
    ]
    monkeypatch.setattr(judging, "SURVIVORS", {"c": "no test can tell"})
    assert judging.unexplained(lines) == ["b"]
    assert judging.table(lines)[1] == ["core.plan", "3", "1", "0", "1", "1"]
