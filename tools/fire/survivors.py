"""Mutants that no test can tell from the code, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

SURVIVORS: Mapping[str, str] = {
    "plan / _alike / return type(left) is type(right) and isinstance(left, (str, bool, int, float)) and left == right / "
    "returns None": "`plan` compares in full, with the same result, all values that this function does not call alike, so the "
    "function only saves time.",
}
"""Key of a mutant → why no test can tell it from the code."""
