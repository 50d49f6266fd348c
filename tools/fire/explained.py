"""Cells that fail and may: which ones, by which problem, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fire.matrix import Row


@dataclass(frozen=True)
class Explanation:
    """Why some cells fail.

    :param cells: a regular expression that is searched for in the key of a cell.
    :param problem: one that is searched for in each of its problems.
    :param reason: why that cannot be otherwise, or where it is promised.
    """

    cells: str
    problem: str
    reason: str

    def fits(self, row: Row) -> bool:
        """Whether it explains every problem of a row."""
        return re.search(self.cells, row.key) is not None and all(re.search(self.problem, p) for p in row.problems)


EXPLAINED: tuple[Explanation, ...] = ()


def explanation(row: Row) -> Explanation | None:
    """The explanation of a failed row; None where there is none."""
    return next((one for one in EXPLAINED if one.fits(row)), None)
