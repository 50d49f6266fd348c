"""Limits how many requests a service gets at once, and how many per second.

A real Trieve server hangs permanently at about eleven simultaneous requests with an organization key
(`docs/services/trieve.md`, observed 2.1), so the limit of requests in flight is a safety rule. It holds across all
processes of one user on one machine: each request holds one of a few lock files until it is answered. The operating system
releases a lock when its process ends.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .folders import runtime_place

FOLDER = "slots"

if sys.platform == "win32":
    from filelock import FileLock, Timeout

    class SlotFile:
        """A lock file; one thread at a time may use it."""

        def __init__(self, path: Path) -> None:
            self._lock = FileLock(path)

        def take(self) -> bool:
            """Take the lock if nobody holds it. True: this process holds it until `free`."""
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
            return True

        def free(self) -> None:
            """Release the lock."""
            self._lock.release()

else:
    import fcntl

    class SlotFile:
        """A lock file; one thread at a time may use it.

        The file stays open, because opening it for every request, as `filelock` does, takes four threads half as long as a request.
        """

        def __init__(self, path: Path) -> None:
            self._path = path
            self._open()

        def _open(self) -> None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(self._path, flags, 0o600)
            os.utime(self._file)  # so that programs which remove old temporary files do not remove it
            self._closer = weakref.finalize(self, os.close, self._file)

        def take(self) -> bool:
            """Take the lock if nobody holds it. True: this process holds it until `free`."""
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if os.fstat(self._file).st_nlink:
                return True
            # Somebody removed the file, so other processes would lock a new file of the same name.
            self._closer()
            _make_private(self._path.parent)
            self._open()
            return self.take()

        def free(self) -> None:
            """Release the lock."""
            fcntl.flock(self._file, fcntl.LOCK_UN)


def _make_private(folder: Path) -> None:
    """Create a folder and its missing parents for the user alone; `mkdir` applies its mode to the last folder only."""
    if not folder.parent.exists():
        _make_private(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)


class InFlightSlots:
    """At most `count` requests in flight to one service, across processes.

    If there is no folder for the lock files, this process sends one request at a time, and warns once.

    :param service: the service that is protected, usually scheme, host and port.
    :param count: slots; every process should be given the same number.
    :param directory: the folder of the lock files; by default the private folder of the current user.
    :param warn: called with the warning that there is no folder.
    :param jitter: gives a number between its two arguments.
    """

    def __init__(
        self,
        service: str,
        *,
        count: int,
        directory: Path | None = None,
        warn: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._name = hashlib.sha256(service.encode()).hexdigest()[:16]
        self._count = count
        self._directory = directory
        self._warn = warn
        self._sleep = sleep
        self._jitter = jitter
        self._opening = threading.Lock()
        # Threads of this process wait here in order, so that they do not compete for the lock files.
        self._mine = threading.BoundedSemaphore(count)
        self._alone = threading.Lock()
        self._idle: deque[SlotFile] | None = None
        self._placeless = False

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one slot while the block runs; waits until there is one."""
        with self._mine:
            slot = self._take()
            if slot is None:
                with self._alone:
                    yield
                return
            try:
                yield
            finally:
                slot.free()
                self._files().append(slot)

    def _take(self) -> SlotFile | None:
        """Take a slot; None if there is no folder for lock files."""
        pause = 0.001
        while not self._placeless:
            try:
                idle = self._files()
                for _ in range(len(idle)):
                    slot = idle.popleft()  # never empty: each thread behind the semaphore holds one slot at most
                    taken = False
                    try:
                        taken = slot.take()
                    finally:
                        if not taken:
                            idle.append(slot)
                    if taken:
                        return slot
            except OSError as error:
                self._lose(f"no lock files can be used in {self._base()}: {error.strerror or error}")
                break
            except _NoPlace as missing:
                self._lose(str(missing))
                break
            self._sleep(self._jitter(0, pause))
            pause = min(pause * 2, 0.05)
        return None

    def _files(self) -> deque[SlotFile]:
        """The slots that this process does not hold. They are created by the first request."""
        with self._opening:
            if self._idle is None:
                folder = self._base() / self._name
                _make_private(folder)
                # Shuffled, so that processes do not all look at the same slot first.
                numbers = random.sample(range(self._count), self._count)
                self._idle = deque(SlotFile(folder / f"slot-{number}.lock") for number in numbers)
            return self._idle

    def _base(self) -> Path:
        if self._directory is not None:
            return self._directory
        place = runtime_place()
        if place.folder is None:
            raise _NoPlace(place.reason)
        return place.folder / FOLDER

    def _lose(self, reason: str) -> None:
        with self._opening:
            if self._placeless:
                return
            self._placeless = True
        self._warn(
            f"{reason}; so the requests of other processes cannot be counted, and this process sends one request at a time. "
            "Give the user a folder of its own: XDG_RUNTIME_DIR, or a home folder that can be written to"
        )


class _NoPlace(Exception):
    """There is no folder for the lock files."""


class RateLimit:
    """At most a number of requests per second, evenly spaced, within one process.

    :param per_second: requests a second; None for no limit.
    """

    def __init__(
        self,
        per_second: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        if not self._interval:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._interval
        if start > now:
            self._sleep(start - now)
