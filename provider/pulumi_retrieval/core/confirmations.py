"""Confirmed deletes: objects that may be deleted with their documents, and how many documents each may hold at most.

``trieve:confirmDeletes`` is a list such as ``["golden=40", "acme=12"]``: the name of an object, and how many documents it may
hold at most. A confirmation has no other effect, so one for an object that does not exist is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

SETTING = "confirmDeletes"
_COUNT = re.compile(r"[0-9]{1,12}")


def read_confirmations(
    items: Iterable[str], *, source: str, echo: Callable[[str], str]
) -> tuple[dict[str, int], list[str]]:
    """Names of objects with the most that each may hold, and what is wrong, one text each.

    :param items: ``"golden=40"`` each.
    :param source: the setting, for people.
    :param echo: gives the end of a problem, which quotes the value of the setting where that may be shown.
    """
    found: dict[str, int] = {}
    problems = []
    for item in items:
        name, _, count = item.rpartition("=")
        if not name or name != name.strip() or not _COUNT.fullmatch(count):
            problems.append(
                f'{source} must be a list of names with the most documents that each may hold, like ["golden=40", "acme=12"], '
                f"without blanks around =; one item has another form{echo(item)}"
            )
        elif found.get(name, int(count)) != int(count):
            problems.append(
                f'{source} names "{name}" twice, with {found[name]} and with {int(count)}; remove one of them'
            )
        else:
            found[name] = int(count)
    return found, problems


def as_items(confirmations: Mapping[str, int]) -> list[str]:
    """Confirmations as the items of the setting, ``"golden=40"`` each."""
    return [f"{name}={count}" for name, count in confirmations.items()]
