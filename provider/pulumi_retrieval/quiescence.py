"""How the SDK waits for the end of a program: registration by registration.

At the end of a program the SDK waits for its list of calls to the engine, and then for all Outputs at once. The list is still
empty when it looks, because the calls that the program made begin at the next turn of the event loop. So it waits for all
Outputs at once from the start, and each answer of the engine costs a look at every Output: a program of 1,600 resources in
components spent two thirds of its processor time there (`docs/engine.md` 4.4). One finished entry in the list makes it take the
turn first.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from pulumi.runtime import settings


class _Finished:
    """Can be awaited, and has nothing to wait for."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


def wait_for_registrations_first() -> None:
    """Make the SDK wait for the registrations before it waits for Outputs. Called for every resource."""
    manager = getattr(settings, "_get_rpc_manager", lambda: None)()
    calls = getattr(manager, "rpcs", None)
    if isinstance(calls, list) and not calls:
        calls.append(_Finished())
