"""How many requests a service is given at once, and how fast.

A real Trieve server hangs for good at about eleven simultaneous requests with an organization key
(`docs/services/trieve.md`, observed 2.1), so the cap on requests in flight is a safety rule. It holds across all
processes of one user on one machine: a request holds one of a few lock files while it is on its way, and the operating
system gives a lock back when its holder dies.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    from filelock import FileLock, Timeout

    class SlotFile:
        """A lock file; one thread at a time may use it."""

        def __init__(self, path: Path) -> None:
            self._lock = FileLock(path)

        def take(self) -> bool:
            """Whether nobody held it; then it is ours until `free`."""
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
            return True

        def free(self) -> None:
            """Let others have it."""
            self._lock.release()

else:
    import fcntl

    class SlotFile:
        """A lock file; one thread at a time may use it.

        It is kept open: what opens it for every request, as `filelock` does, costs four threads half a request.
        """

        def __init__(self, path: Path) -> None:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.utime(path)  # so that what cleans old temporary files leaves it alone
            weakref.finalize(self, os.close, self._file)

        def take(self) -> bool:
            """Whether nobody held it; then it is ours until `free`."""
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        def free(self) -> None:
            """Let others have it."""
            fcntl.flock(self._file, fcntl.LOCK_UN)


class InFlightSlots:
    """At most `count` requests in flight to one service, across processes.

    :param service: what is protected, usually scheme, host and port.
    :param count: slots; every process should be given the same number.
    :param directory: where the lock files lie; a folder of the current user by default.
    :param jitter: a number between its two arguments.
    """

    def __init__(
        self,
        service: str,
        *,
        count: int,
        directory: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        base = directory or Path(tempfile.gettempdir()) / f"pulumi-retrieval-{os.getuid() if os.name == 'posix' else 0}"
        self._folder = base / hashlib.sha256(service.encode()).hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sleep = sleep
        self._jitter = jitter
        # Threads of this process queue here, in order, and do not wake each other up at the lock files.
        self._mine = threading.BoundedSemaphore(count)
        # Shuffled, so that processes do not all look at the same slot first.
        self._idle = deque(
            SlotFile(self._folder / f"slot-{index}.lock") for index in random.sample(range(count), count)
        )

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one slot while the block runs; waits until there is one."""
        with self._mine:
            slot = self._take()
            try:
                yield
            finally:
                slot.free()
                self._idle.append(slot)

    def _take(self) -> SlotFile:
        pause = 0.001
        while True:
            for _ in range(len(self._idle)):
                slot = self._idle.popleft()  # never empty: each thread that passed the queue has one at most
                taken = False
                try:
                    taken = slot.take()
                finally:
                    if not taken:
                        self._idle.append(slot)
                if taken:
                    return slot
            self._sleep(self._jitter(0, pause))
            pause = min(pause * 2, 0.05)


class RateLimit:
    """At most so many requests a second, evenly spaced, within one process.

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
        """Return when the next request may be sent."""
        if not self._interval:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._interval
        if start > now:
            self._sleep(start - now)
