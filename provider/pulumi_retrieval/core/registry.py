"""The facts of one run, in memory. `core.registry_file` shares them between processes.

A fact has a kind, a key, and perhaps a value: ``("adopted", "3f7a…", "")``. `core.run` defines the kinds.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Protocol


class Facts(Protocol):
    """The facts of a run. Every method may be called from several threads."""

    @property
    def shared_as(self) -> str:
        """The name under which other processes of the run find these facts; empty if they are not shared."""

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Store a fact; it replaces one with the same kind and key."""

    def put_first(self, kind: str, key: str, value: str) -> str:
        """Store a fact unless there is one with the same kind and key. Returns the value that is stored afterwards."""

    def drop(self, kind: str, key: str) -> None:
        """Remove a fact, if there is one."""

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a fact with this kind and key."""

    def has_value(self, kind: str, value: str) -> bool:
        """Whether any key of this kind has this value."""

    def count(self, kind: str) -> int:
        """How many keys of this kind there are."""

    def values(self, kind: str) -> list[str]:
        """The values of all facts of this kind, sorted by their keys."""


class MemoryFacts:
    """The facts of one process."""

    shared_as = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Store a fact; it replaces one with the same kind and key."""
        with self._lock:
            self._facts[kind][key] = value

    def put_first(self, kind: str, key: str, value: str) -> str:
        """Store a fact unless there is one with the same kind and key. Returns the value that is stored afterwards."""
        with self._lock:
            return self._facts[kind].setdefault(key, value)

    def drop(self, kind: str, key: str) -> None:
        """Remove a fact, if there is one."""
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
        """The values of all facts of this kind, sorted by their keys."""
        with self._lock:
            return [value for _, value in sorted(self._facts[kind].items())]
