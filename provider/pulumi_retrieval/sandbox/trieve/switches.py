"""Switches that emulate failures of the real server, off by default (docs/services/trieve-observed.md 2)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

_FLAGS = ("zombie_deletes", "redis_down", "database_down")
_RACE_SECONDS = 0.05
"""How long an update waits between its read and its write while `lost_updates` is on."""
_MEET_SECONDS = 30.0
"""How long an update waits at most until others have read as well."""


class Switches:
    """The state of all switches, and whether the server hangs.

    ``hang_at`` N: at N simultaneous requests with an organization key everything that needs the database hangs until
    the switches are reset (2.1). ``lost_updates``: concurrent updates of a dataset lose changes (2.6); a number N of at
    least 2 makes updates of one dataset wait until N of them have read, so that all but the last are certainly lost.
    ``zombie_deletes``: a delete is answered 408, and the dataset is hidden but never removed (2.5).
    ``redis_down``: the same, and clones with chunks are answered 408 although the dataset exists (2.5).
    ``database_down``: every request that needs the database is answered 400, with a clear text (2.3).
    """

    def __init__(self) -> None:
        self.hang_at: int | None = None
        self.lost_updates: bool | int = False
        self.zombie_deletes = False
        self.redis_down = False
        self.database_down = False
        self.hanging = False
        self._released: asyncio.Event | None = None
        self._with_key = 0
        self._meetings: dict[str, tuple[int, asyncio.Event]] = {}

    def report(self) -> dict[str, Any]:
        """Return all switches and whether the server hangs."""
        return {
            "hang_at": self.hang_at,
            "lost_updates": self.lost_updates,
            **{name: getattr(self, name) for name in _FLAGS},
            "hanging": self.hanging,
        }

    def replace(self, values: dict[str, Any]) -> None:
        """Set the named switches and reset all others; a hanging server continues. Raises ``ValueError``."""
        known = ("hang_at", "lost_updates", *_FLAGS)
        unknown = set(values) - set(known)
        if unknown:
            raise ValueError(f"unknown switch {', '.join(sorted(unknown))}; known switches: {', '.join(known)}")
        hang_at = values.get("hang_at")
        if hang_at is not None and (isinstance(hang_at, bool) or not isinstance(hang_at, int) or hang_at < 1):
            raise ValueError("hang_at must be a whole number of at least 1, or null")
        lost_updates = values.get("lost_updates", False)
        if not isinstance(lost_updates, int) or (not isinstance(lost_updates, bool) and lost_updates < 2):
            raise ValueError("lost_updates must be true or false, or a whole number of at least 2")
        self.hang_at, self.lost_updates = hang_at, lost_updates
        for name in _FLAGS:
            value = values.get(name, False)
            if not isinstance(value, bool):
                raise ValueError(f"{name} must be true or false")
            setattr(self, name, value)
        for _, everybody in self._meetings.values():
            everybody.set()
        self._meetings.clear()
        self.hanging = False
        if self._released is not None:
            self._released.set()
            self._released = None

    async def meet(self, dataset_id: str) -> None:
        """Wait between the read and the write of an update, so that others read the values that it is about to change."""
        if isinstance(self.lost_updates, bool):
            await asyncio.sleep(_RACE_SECONDS)
            return
        count, everybody = self._meetings.get(dataset_id, (0, asyncio.Event()))
        self._meetings[dataset_id] = (count + 1, everybody)
        if count + 1 >= self.lost_updates:
            everybody.set()
            del self._meetings[dataset_id]
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(everybody.wait(), _MEET_SECONDS)

    async def hold(self, *, with_key: bool) -> None:
        """Let a request through, or hold it while the server hangs."""
        if self.hang_at is not None and with_key and not self.hanging:
            self._with_key += 1
            if self._with_key >= self.hang_at:
                self.hanging = True
            try:
                # The real server needs some milliseconds to check a key; without that time requests would not overlap.
                await asyncio.sleep(0.02)
            finally:
                self._with_key -= 1
        if self.hanging:
            if self._released is None:
                self._released = asyncio.Event()
            await self._released.wait()
