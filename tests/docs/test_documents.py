"""What a message names leads somewhere, also for a person who has the package and no checkout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pulumi_retrieval
from pulumi_retrieval.documents import FOLDERS, documents

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(pulumi_retrieval.__file__).parent
COMMAND = re.compile(r"pulumi-retrieval docs(?: ([a-z-]+))?")
FILE = re.compile(r"[\w/-]+\.md\b")
FACT = re.compile(r"(trieve|cortex)\.md [\d.]+")
"""What an input's `Source` cites; the reference shows it as a link."""
INDEX = re.compile(r"pip3? install [^\n]*(?<![\w./-])pulumi-retrieval(?!\S*(?:\.whl|\.git))(?![^\n]* @ )")


def messages(path: Path) -> Iterator[str]:
    """Every text of a module that is no docstring."""
    tree = ast.parse(path.read_text())
    described = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in described:
            yield node.value


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pulumi_retrieval.cli", "docs", *arguments], capture_output=True, text=True, check=False
    )


MESSAGES = [(path, text) for path in sorted(PACKAGE.rglob("*.py")) for text in messages(path)]
NAMED = sorted({name for _, text in MESSAGES for name in COMMAND.findall(text) if name})


def test_messages_name_documents() -> None:
    assert {"migrate-dataset", "migrate-tenant", "sandbox"} <= set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_every_named_document_is_there(name: str) -> None:
    shown = run(name)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == documents()[name].read_text()


def test_no_message_names_a_file_of_the_repository() -> None:
    named = [(path.name, text) for path, text in MESSAGES if FILE.search(text) and "*.md" not in text]
    assert [found for found in named if not FACT.fullmatch(found[1])] == []


def test_all_guides_and_the_whole_reference_come_with_the_package() -> None:
    inside = {path.resolve() for path in documents().values()}
    assert inside == {path for folder in FOLDERS for path in (ROOT / "docs" / folder).glob("*.md")}
    packaged = (ROOT / "pyproject.toml").read_text()
    assert all(f'"{folder}/*.md"' in packaged for folder in FOLDERS)


def test_docs_without_a_name_lists_all_documents() -> None:
    shown = run()
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == list(documents())


@pytest.mark.parametrize("name", ["nope", "../../etc/passwd", ""])
def test_an_unknown_document_name_is_an_error(name: str) -> None:
    shown = run(name)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert re.search(r"known documents: .*\bmigrate-dataset, ", shown.stderr)
    assert run("docs/guides/migrate-dataset.md").returncode == 0


PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("examples/*/README.md"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_installs_the_package_from_an_index(path: Path) -> None:
    assert INDEX.findall(path.read_text().replace("'", "").replace('"', "")) == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120
