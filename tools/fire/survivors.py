"""Mutants that no test can tell from the code, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

_CONDITION = "The only caller uses the result as a condition, where None and False do the same."

SURVIVORS: Mapping[str, str] = {
    "creating / Creating._is_nowhere / return False  # nothing is known, and the id may be right / returns None": _CONDITION,
    "creating / Creating._free / return False / returns None": _CONDITION,
    "updating / Updating._is_ours / return False / returns None": _CONDITION,
    "deleting / Deleting._until_gone / return False / returns None": _CONDITION,
    "deleting / Deleting._second_opinion / counted = 0 / 0 is 1": (
        "`Looks.over` calls `agrees` at least once, which sets the count before it is read."
    ),
    "deleting / _Attempt.__init__ / self.deletes = False / False is True": (
        "Every try of the delete sets it to false before it is read."
    ),
    "adoption / compare / elif spec.mutability is Mutability.IMMUTABLE and not same(spec, value, there, partial=True): / "
    "True is False": "A list whose items differ only in attributes that one side does not set has no added items, and "
    "`_differences` names none of these attributes, so nothing is found in it.",
    "plan / _alike / return type(left) is type(right) and isinstance(left, (str, bool, int, float)) and left == right / "
    "returns None": "`plan` compares in full, with the same result, all values that this function does not call alike, so the "
    "function only saves time.",
}
"""Key of a mutant → why no test can tell it from the code."""
