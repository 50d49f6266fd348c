"""The bench works and counts the calls that it should; how long anything took is no business of a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CALLS = {
    "create": "1",
    "no change": "0",
    "offline preview": "0",
    "drift preview": "1",
    "refresh": "1",
    "update": "3",
    "destroy": "2",
    "create with secrets": "3",
}
TOFU = (8, 9)
"""The columns of OpenTofu, which a machine need not have."""


@pytest.mark.engine
def test_a_small_bench() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--resources", "5", "--rounds", "1", "--latency-ms", "0"],
        env={**os.environ, "PYTHONPATH": str(TOOLS)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if "|" in line]
    assert {row[2]: row[3] for row in rows[2:]} == CALLS
    ratios = [cell for row in rows[2:-1] for column, cell in enumerate(row) if column >= 4 and column not in TOFU]
    assert len(ratios) == 7 * 6
    assert all(re.fullmatch(r"\d+\.\d\d", ratio) for ratio in ratios)
