"""Every block of Python or shell in every page is run by a test, or says that it is no program."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.guides import GUIDES, PAGES, ROOT, blocks, without_fences

TAKES = {"programs": "python", "commands": "sh"}
"""Function of `support.guides` → the language of what it hands to a test."""
SHOWN = {"text", "json", "yaml"}
"""Languages of what is shown and not run."""


def taken(module: Path) -> Iterator[tuple[str, str]]:
    """Page and language of the blocks that a test module takes; the functions check that it takes all of them."""
    tree = ast.parse(module.read_text())
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "support.guides"]
    takes = {name.name for node in imported for name in node.names} & TAKES.keys()
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in takes:
            (name,) = node.args
            text = name.value if isinstance(name, ast.Constant) else constants[ast.unparse(name)]
            yield posixpath.normpath(posixpath.join(str(GUIDES), str(text))), TAKES[node.func.id]


RUN = {found for module in sorted((ROOT / "tests").rglob("test_*.py")) for found in taken(module)}


def test_pages_and_tests_are_found() -> None:
    assert (str(ROOT / "README.md"), "python") in RUN
    assert (str(GUIDES / "migrate-dataset.md"), "python") in RUN
    assert GUIDES / "unit-tests.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_run_or_marked(page: Path) -> None:
    for block in blocks(page):
        assert block.language in {*TAKES.values(), *SHOWN}, f"name the language of this block:\n{block.text}"
        if block.language in TAKES.values() and not block.marked:
            assert (str(page), block.language) in RUN, f"no test runs this block, and nothing marks it:\n{block.text}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_fence_is_overlooked(page: Path) -> None:
    fences = [line for line in page.read_text().splitlines() if line.lstrip().startswith(("```", "~~~"))]
    assert len(fences) == 2 * len(blocks(page)), "a fence must begin at the first column and be closed"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_is_made_by_indenting(page: Path) -> None:
    before, above = "", ""
    for line in without_fences(page).splitlines():
        if line.startswith("    ") and not before and not above.lstrip().startswith(("- ", "* ", "1.", "<")):
            pytest.fail(f"write a fence in place of indented code: {line.strip()}")
        before = line.strip()
        if before and not line.startswith(" "):
            above = line
