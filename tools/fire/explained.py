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


COMMITTED = "after the commit|body|drip|bomb|null|types|id|list|duplicates|stale read|service's words"
"""Faults under which the service carries a request out, and the client gets no answer to it that it could believe."""
EXPLAINED: tuple[Explanation, ...] = (
    Explanation(
        rf"trieve\.ApiKey / (create|rotate) / ([^/]*({COMMITTED})|killed [^/]*) / ",
        r"^the state has (?P<held>[0-9a-f-]{36}), and the service \[[^\]]*(?P=held)",
        "a key whose create got no believable answer cannot be read again, so another one is made and a warning names what may be "
        "left over (`docs/reference/after-a-crash.md`)",
    ),
    Explanation(
        r"trieve\.ApiKey / (create|rotate) / other id / always",
        r"^the state has [0-9a-f-]{36}, and the service \[",
        "the list alone tells the id of a key, and it tells another one at every look; the next refresh does not find that id, and "
        "the state forgets the key instead of taking another one for it",
    ),
    Explanation(
        r"trieve\.Organization / create / other id / always",
        r"^the state has [0-9a-f-]{36}, and the service \[",
        "the answer to the create and the list of the admin key tell the same false id, at every look; the next refresh does not "
        "find that id, and the `up` after it takes over the organization by its name",
    ),
    Explanation(
        r"first generation / read / (404|404 after the commit|denied in the service's words) / always",
        r"^it was forgotten",
        "both calls of this generation that know a tenant answer 404, at every look: that is what an absence is, and no "
        "document says more of it. `maxGone` bounds how many one run believes",
    ),
    Explanation(
        r"trieve\.Crawl / read / empty list / always",
        r"^it was forgotten",
        "one list is all that the service tells of a crawl, and it is empty at every look: that is what an absence is. "
        "`maxGone` bounds how many one run believes",
    ),
)


def explanation(row: Row) -> Explanation | None:
    """The explanation of a failed row; None where there is none."""
    return next((one for one in EXPLAINED if one.fits(row)), None)
