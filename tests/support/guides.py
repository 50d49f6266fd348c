"""Programs as they stand in a guide, so that the guide is what is tested."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from support.engine import Project, Run

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"


REFERENCE = GUIDES.parent / "reference"


def programs(name: str, *, count: int, folder: Path = GUIDES) -> list[str]:
    """The Python programs of a guide in their order. :param count: how many a test knows what to do with."""
    found = re.findall(r"^```python\n(.*?)^```$", (folder / name).read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == count, f"{name} has {len(found)} programs, and its test runs {count}"
    return found


def commands(name: str, *, count: int) -> list[list[str]]:
    """The blocks of shell commands of a guide in their order, a list of lines each."""
    found = re.findall(r"^```sh\n(.*?)^```$", (GUIDES / name).read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == count, f"{name} has {len(found)} blocks of commands, and its test runs {count}"
    return [block.splitlines() for block in found]


def run_line(project: Project, line: str) -> Run:
    """Run a line such as ``NAME=value pulumi destroy`` in a project, without confirmation."""
    words = shlex.split(line.partition(" #")[0])
    at = words.index("pulumi")
    return project.pulumi(*words[at + 1 :], env=dict(word.split("=", 1) for word in words[:at]))
