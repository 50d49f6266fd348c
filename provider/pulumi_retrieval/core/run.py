"""What one run remembers: what it made, what it found gone, who claims which key, and what it told people."""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import GoneError
from .redaction import Redactor


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # `print` writes the line and its end apart, and several threads speak at once
    sys.stderr.flush()


class Run:
    """The memory of one process; every method may be called from several threads.

    :param emit: where texts for people go, already cleaned of secrets.
    """

    def __init__(self, *, redactor: Redactor | None = None, emit: Callable[[str], None] = _to_stderr) -> None:
        self.redactor = redactor or Redactor()
        self._emit = emit
        self._lock = threading.RLock()
        self._made: set[str] = set()
        self._adopted: set[str] = set()
        self._kept: dict[tuple[str, ...], str] = {}
        self._gone: defaultdict[str, set[str]] = defaultdict(set)
        self._claims: dict[tuple[str, ...], tuple[str, str]] = {}
        self._told: set[str] = set()
        self._attempts: set[tuple[str, ...]] = set()
        self._wanted: set[str] = set()
        self._deleted: defaultdict[str, set[str]] = defaultdict(set)
        self._object_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._gates: defaultdict[str, _Gate] = defaultdict(_Gate)

    def say(self, text: str) -> None:
        """Tell people something."""
        self._emit(self.redactor.clean(text))

    def say_once(self, text: str) -> None:
        """Tell people something that is worth one line in a run."""
        with self._lock:
            if text in self._told:
                return
            self._told.add(text)
        self.say(text)

    def warn(self, text: str) -> None:
        """Tell people something that they should act on."""
        self.say(f"warning: {text}")

    def warn_once(self, text: str) -> None:
        """Tell people something that they should act on, and that may come up several times in a run."""
        self.say_once(f"warning: {text}")

    def made(self, object_id: str, *, adopted: bool = False) -> None:
        """Remember that this run created or adopted an object."""
        with self._lock:
            self._made.add(object_id)
            if adopted:
                self._adopted.add(object_id)

    def made_here(self, object_id: str) -> bool:
        """Whether this run created or adopted an object."""
        with self._lock:
            return object_id in self._made

    def adopted_here(self, object_id: str) -> bool:
        """Whether this run took an existing object under management: the resource that held it must let go."""
        with self._lock:
            return object_id in self._adopted

    def keep(self, key: tuple[str, ...], object_id: str | None) -> None:
        """Remember which object a resource of the program holds and goes on holding, under its natural key.

        :param object_id: None where it lets go of it: the object is replaced, or was never held.
        """
        with self._lock:
            if object_id is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = object_id

    def let_go(self, object_id: str) -> None:
        """Remember that no resource of the program goes on holding an object: it is being replaced."""
        with self._lock:
            self._kept = {key: held for key, held in self._kept.items() if held != object_id}

    def kept_here(self, object_id: str) -> bool:
        """Whether a resource of the program goes on holding an object: another one must let go of it."""
        with self._lock:
            return object_id in self._kept.values()

    def claim(self, key: tuple[str, ...], *, identity: str, name: str) -> str | None:
        """Claim a natural key for a resource; the name of another resource of this run that claims it, if any."""
        with self._lock:
            other, other_name = self._claims.setdefault(key, (identity, name))
            return other_name if other != identity else None

    def attempt(self, key: tuple[str, ...]) -> None:
        """Remember that a create for a natural key began."""
        with self._lock:
            self._attempts.add(key)

    def finish(self, key: tuple[str, ...]) -> None:
        """Remember that it ended with an object."""
        with self._lock:
            self._attempts.discard(key)

    def attempted(self, key: tuple[str, ...]) -> bool:
        """Whether a create for a natural key began in this run and did not end with an object."""
        with self._lock:
            return key in self._attempts

    def wanted(self, object_id: str) -> None:
        """Remember that a create of this run was not allowed to adopt an object."""
        with self._lock:
            self._wanted.add(object_id)

    def wanted_here(self, object_id: str) -> bool:
        """Whether a create of this run was not allowed to adopt an object."""
        with self._lock:
            return object_id in self._wanted

    def deleted(self, group: str, object_id: str) -> None:
        """Remember that this run deleted an object of a group."""
        with self._lock:
            self._deleted[group].add(object_id)

    def deleted_in(self, group: str) -> int:
        """How many objects of a group this run deleted."""
        with self._lock:
            return len(self._deleted[group])

    def record_absence(self, service: str, object_id: str, *, what: str, most: int) -> None:
        """Count a confirmed absence.

        :param what: the object, as a person would name it.
        :param most: absences believed in one run.
        :raises GoneError: there are more.
        """
        with self._lock:
            gone = self._gone[service]
            gone.add(object_id)
            count = len(gone)
        if count > most:
            others = f" and {count - 1} other object{'' if count == 2 else 's'} of this stack" if count > 1 else ""
            raise GoneError(
                f"{what}{others} {'are' if others else 'is'} gone from {service} in one run, more than "
                f"{service}:maxGone ({most}) believes. Is this the right service, organization and key? If they were "
                f"really deleted, confirm it: pulumi config set {service}:maxGone 100000 && pulumi up --refresh "
                "--run-program, and unset it. If they are there after all: those that were believed first have left the "
                f"state, and pulumi config set {service}:adopt true && pulumi up takes them back"
            )

    @contextmanager
    def lock(self, object_id: str) -> Iterator[None]:
        """One writer per object: the services lose concurrent updates of one object silently."""
        with self._lock:
            lock = self._object_locks[object_id]
        with lock:
            yield

    @contextmanager
    def writing(self, group: str, object_id: str | None = None) -> Iterator[None]:
        """Write to one object of a group, or, without an object, to all of them at once.

        Writers of different objects of a group do not wait for each other; a writer to all of them waits for all.

        :param group: what the objects have in common, such as their organization.
        """
        with self._lock:
            gate = self._gates[group]
        if object_id is None:
            with gate.all():
                yield
        else:
            with gate.one(), self.lock(object_id):
                yield


class _Gate:
    """Many at a time, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def all(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
