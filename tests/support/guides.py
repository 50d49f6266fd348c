"""Programs as they stand in a guide, so that the guide is what is tested."""

from __future__ import annotations

import re
from pathlib import Path

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"


def programs(name: str, *, count: int) -> list[str]:
    """The Python programs of a guide in their order. :param count: how many a test knows what to do with."""
    found = re.findall(r"^```python\n(.*?)^```$", (GUIDES / name).read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == count, f"{name} has {len(found)} programs, and its test runs {count}"
    return found
