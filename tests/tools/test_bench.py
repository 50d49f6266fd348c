"""The bench works and counts the calls that it should; how long anything took is no business of a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CALLS = {"create": "1", "no change": "0", "update": "3", "refresh": "1", "destroy": "2", "create with secrets": "3"}


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
    ratios = [cell for row in rows[2:-1] for cell in row[4:]]
    assert len(ratios) == 25
    assert all(re.fullmatch(r"\d+\.\d\d", ratio) for ratio in ratios)
