"""Results are kept for one code, and the page is written from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fire import page, records, running
from fire.__main__ import main
from fire.explained import EXPLAINED, explanation
from fire.matrix import FAILED, PASSED, Row, batches, cells, drawn
from fire.records import Results, code_digest, last_code
from fire.stories import STORIES


def test_what_was_played_with_other_code_is_played_again(tmp_path: Path) -> None:
    old, new = (Results("matrix", code=code, folder=tmp_path) for code in ("old", "new"))
    old.add({"key": "a", "outcome": PASSED})
    assert set(Results("matrix", code="old", folder=tmp_path).load()) == {"a"}
    assert new.load() == {}
    new.add({"key": "a", "outcome": FAILED})
    new.add({"key": "a", "outcome": PASSED})
    assert new.load()["a"]["outcome"] == PASSED, "the last line counts"
    assert last_code(tmp_path / "matrix.jsonl") == "new"
    assert last_code(tmp_path / "nothing.jsonl") is None
    assert code_digest("tools/fire") != code_digest("tools/bench")


def test_the_page_holds_the_figures_between_its_markers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "promises.md"
    old = "### The matrix\n\nold figures\n\n### Mutants\n\nfigures of another run\n\n### A part of the past\n\nold"
    target.write_text(f"before\n\n{page.BEGIN}\n\n{old}\n\n{page.END}\n\nafter\n")
    monkeypatch.setattr(page, "PAGE", target)
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    row = Row("clone / read / 500 / once", PASSED, "read", 1)
    Results("matrix", code="a", folder=tmp_path).add(row.json)
    monkeypatch.setattr(page, "Results", lambda name, code: Results(name, code=code, folder=tmp_path))
    page.write_page()
    text = target.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "### Mutants\n\nfigures of another run\n\n<!--" in text
    assert f"1 of the {len(cells())} cells" in text
    assert "| clone | 1 | 1 | 0 | 0 | 0 |" in text
    page.write_page()
    assert target.read_text() == text


def test_the_command_names_a_part_that_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fire", "matrx"])
    with pytest.raises(SystemExit):
        main()
    assert "there is no part matrx; the parts are matrix, steps, kills, fuzz, mutants" in capsys.readouterr().err


def test_an_explanation_fits_all_problems_of_a_cell_or_none() -> None:
    key = "trieve.ApiKey / create / reset after the commit / once"
    held, left = "8b290891-c77d-43ed-b3c7-bb40996f2d69", "91a4b87c-a7d8-48dd-b141-19cbee65c565"
    left_over = f"the state has {held}, and the service ['{left}', '{held}']"
    assert explanation(Row(key, FAILED, "", 1, (left_over,)))
    assert explanation(Row(key, FAILED, "", 1, (left_over, "a defect"))) is None
    assert explanation(Row(key, FAILED, "", 1, (f"the state has {held}, and the service []",))) is None
    assert explanation(Row(key.replace("ApiKey", "Dataset"), FAILED, "", 1, (left_over,))) is None
    assert running.unexplained([Row(key, FAILED, "", 1, ("a defect",)), Row(key, PASSED, "", 1)]) != []
    assert all(len(one.reason) > 40 for one in EXPLAINED)


def test_cells_that_share_a_bench_are_of_one_generation() -> None:
    chosen = drawn(0.05, seed=1)
    assert drawn(0.05, seed=1) == chosen
    found = list(batches(chosen, size=7))
    assert sorted(cell.key for batch in found for cell in batch) == sorted(cell.key for cell in chosen)
    assert all(len({STORIES[cell.resource].version for cell in batch}) == 1 and len(batch) <= 7 for batch in found)
