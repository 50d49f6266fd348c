"""Programs as they stand in a page, so that the page is what is tested.

Every fence of Python or shell in a page is run by a test that takes it from here, or is marked by a comment on the line before it:

    <!-- not a program: why -->

`tests/docs/test_code_blocks.py` walks all pages and fails for a fence that is neither.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from support.engine import Project, Run

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
PAGES = (
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
)
"""Every page of the site and of the repository."""

_FENCE = re.compile(
    r"^(?P<mark><!-- not a program: [^\n]+ -->\n)?```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fence of a page. :param marked: whether it is marked as no program."""

    language: str
    text: str
    marked: bool


def blocks(page: Path) -> list[Block]:
    """Every fence of a page."""
    found = _FENCE.finditer(page.read_text())
    return [Block(match["language"], match["text"], match["mark"] is not None) for match in found]


def without_fences(page: Path) -> str:
    """The text of a page between its fences."""
    return _FENCE.sub("", page.read_text())


def programs(name: str, *, count: int) -> list[str]:
    """The Python programs of a guide in their order. :param count: how many a test knows what to do with."""
    return _of(GUIDES / name, "python", count)


def commands(name: str, *, count: int) -> list[str]:
    """The shell commands of a guide in their order. :param count: how many a test knows what to do with."""
    return _of(GUIDES / name, "sh", count)


def _of(page: Path, language: str, count: int) -> list[str]:
    found = [block.text for block in blocks(page) if block.language == language and not block.marked]
    assert len(found) == count, f"{page.name} has {len(found)} blocks of {language}, and its test runs {count}"
    return found


def run_line(project: Project, line: str) -> Run:
    """Run a line such as ``NAME=value pulumi destroy`` in a project, without confirmation."""
    words = shlex.split(line.partition(" #")[0])
    at = words.index("pulumi")
    return project.pulumi(*words[at + 1 :], env=dict(word.split("=", 1) for word in words[:at]))
