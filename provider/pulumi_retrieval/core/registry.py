"""The facts of one run, in memory. `core.registry_file` shares them between processes.

A fact has a kind, a key, and perhaps a value: ``("adopted", "3f7a…", "")``. What the kinds mean is said in `core.run`.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Protocol


class Facts(Protocol):
    """What a run knows; every method may be called from several threads."""

    @property
    def shared_as(self) -> str:
        """The name under which the other processes of the run find these facts; empty where they find none."""

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Keep a fact in place of the one with the same kind and key, if any."""

    def put_first(self, kind: str, key: str, value: str) -> str:
        """Keep a fact unless there is one with the same kind and key; the value that is kept now."""

    def drop(self, kind: str, key: str) -> None:
        """Forget a fact, if there is one."""

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a fact with this kind and key."""

    def has_value(self, kind: str, value: str) -> bool:
        """Whether any key of this kind has this value."""

    def count(self, kind: str) -> int:
        """How many keys of this kind there are."""

    def values(self, kind: str) -> list[str]:
        """The values of all facts of this kind, by their keys."""


class MemoryFacts:
    """The facts of one process."""

    shared_as = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Keep a fact in place of the one with the same kind and key, if any."""
        with self._lock:
            self._facts[kind][key] = value

    def put_first(self, kind: str, key: str, value: str) -> str:
        """Keep a fact unless there is one with the same kind and key; the value that is kept now."""
        with self._lock:
            return self._facts[kind].setdefault(key, value)

    def drop(self, kind: str, key: str) -> None:
        """Forget a fact, if there is one."""
        with self._lock:
            self._facts[kind].pop(key, None)

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a fact with this kind and key."""
        with self._lock:
            return key in self._facts[kind]

    def has_value(self, kind: str, value: str) -> bool:
        """Whether any key of this kind has this value."""
        with self._lock:
            return value in self._facts[kind].values()

    def count(self, kind: str) -> int:
        """How many keys of this kind there are."""
        with self._lock:
            return len(self._facts[kind])

    def values(self, kind: str) -> list[str]:
        """The values of all facts of this kind, by their keys."""
        with self._lock:
            return [value for _, value in sorted(self._facts[kind].items())]
