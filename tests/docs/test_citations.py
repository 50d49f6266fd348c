"""Whatever a comment, a message or a document cites exists, down to the number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("provider", "tests", "tools", "examples")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") or part.endswith(".egg-info") for part in path.relative_to(ROOT).parts)
)
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]

FILE = re.compile(r"docs/[\w/-]+\.md")
NUMBER = r"\d+(?:\.\d+)*"
NUMBERED = re.compile(
    rf"(?<![\w-])(trieve-observed\.md|trieve\.md|cortex\.md|engine\.md|observed)`? "
    rf"({NUMBER}(?:(?:, | and | to ){NUMBER})*)"
)
HOME = {
    "trieve.md": "docs/services/trieve.md",
    "trieve-observed.md": "docs/services/trieve-observed.md",
    "observed": "docs/services/trieve-observed.md",
    "cortex.md": "docs/services/cortex.md",
    "engine.md": "docs/engine.md",
}
ANCHOR = re.compile(rf"^(?:#+ |- \*\*)({NUMBER})(?: |\*\*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def anchors(document: str) -> set[str]:
    return set(ANCHOR.findall((ROOT / document).read_text()))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_documents_have_numbers() -> None:
    for document in set(HOME.values()):
        assert {"1", "2"} <= anchors(document)


@pytest.mark.parametrize("path", [*SOURCES, *DOCUMENTS], ids=name_of)
def test_citations(path: Path) -> None:
    text = " ".join(line.lstrip(" #") for line in path.read_text().splitlines())
    missing = [cited for cited in FILE.findall(text) if not (ROOT / cited).is_file()]
    for cited, numbers in NUMBERED.findall(text):
        known = anchors(HOME[cited])
        missing += [f"{cited} {number}" for number in re.findall(NUMBER, numbers) if number not in known]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text()) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []
