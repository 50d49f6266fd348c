"""The memory of one run: created and missing objects, claims of natural keys, and messages that were already shown.

Facts may be shared by several processes (`core.registry`); locks and shown messages belong to one process.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import GoneError
from .redaction import Redactor
from .registry import Facts, MemoryFacts
from .words import NEUTRAL, Words


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # `print` writes text and line end separately, and several threads write at once
    sys.stderr.flush()


class _Fact:
    """Kinds of facts. The comments say what the key is, and behind a colon the value."""

    MADE = "made"  # an object
    ADOPTED = "adopted"  # an object
    WANTED = "wanted"  # an object
    KEPT = "kept"  # a natural key: an object
    LET_GO = "let go"  # an object
    ATTEMPTED = "attempted"  # a natural key
    CLAIM = "claim"  # a natural key: identity and name of a resource
    GONE = "gone"  # with the service: an object
    DELETED = "deleted"  # with the group: an object
    DRY = "dry run"  # the name of the file of this run
    REJECTED = "rejected"  # an object: what `diff` rejects of it, as JSON


class Run:
    """The memory of one run; every method may be called from several threads.

    :param emit: called with texts for people, already cleaned of secrets.
    :param open_facts: opens the facts that all processes of the run share; called once, when the first fact is stored or
        read. Without it, the facts are those of this process.
    :param words: how texts for people name remedies.
    """

    def __init__(
        self,
        *,
        redactor: Redactor | None = None,
        emit: Callable[[str], None] = _to_stderr,
        open_facts: Callable[[Run], Facts] | None = None,
        words: Words = NEUTRAL,
    ) -> None:
        self.words = words
        self.redactor = redactor or Redactor()
        self._emit = emit
        self._lock = threading.RLock()
        self._open_facts = open_facts
        self._opened: Facts | None = None if open_facts else MemoryFacts()
        self._told: set[str] = set()
        self._dry: set[str] = set()
        self._object_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._gates: defaultdict[str, _Gate] = defaultdict(_Gate)

    def say(self, text: str) -> None:
        """Show a message."""
        self._emit(self.redactor.clean(text))

    def say_once(self, text: str) -> None:
        """Show a message once in this process."""
        with self._lock:
            if text in self._told:
                return
            self._told.add(text)
        self.say(text)

    def warn(self, text: str) -> None:
        """Show a warning."""
        self.say(f"warning: {text}")

    def warn_once(self, text: str) -> None:
        """Show a warning once in this process."""
        self.say_once(f"warning: {text}")

    @property
    def _facts(self) -> Facts:
        if self._opened is None:
            with self._lock:
                if self._opened is None and self._open_facts is not None:
                    self._opened = self._open_facts(self)
        assert self._opened is not None
        return self._opened

    def made(self, object_id: str) -> None:
        """Remember that this run created or adopted an object."""
        self._facts.put(_Fact.MADE, object_id)

    def adopted(self, object_id: str) -> None:
        """Remember that this run took an existing object under management."""
        self._facts.put(_Fact.ADOPTED, object_id)

    def made_here(self, object_id: str) -> bool:
        """Whether this run created or adopted an object."""
        return self._facts.has(_Fact.MADE, object_id)

    def adopted_here(self, object_id: str) -> bool:
        """Whether this run took an existing object under management, so that no other resource may delete it."""
        return self._facts.has(_Fact.ADOPTED, object_id)

    def keep(self, key: tuple[str, ...], object_id: str | None) -> None:
        """Remember which object a resource of the program manages and keeps, under its natural key.

        :param object_id: None if it keeps none: the object is being replaced, or there is none.
        """
        if object_id is None:
            self._facts.drop(_Fact.KEPT, _text(key))
        else:
            self._facts.put(_Fact.KEPT, _text(key), object_id)

    def kept_here(self, object_id: str) -> bool:
        """Whether a resource of the program keeps an object, so that no other resource may delete it."""
        return self._facts.has_value(_Fact.KEPT, object_id) and not self._facts.has(_Fact.LET_GO, object_id)

    def let_go(self, object_id: str) -> None:
        """Remember that an object is being replaced, so that no resource of the program keeps it."""
        self._facts.put(_Fact.LET_GO, object_id)

    def is_let_go(self, object_id: str) -> bool:
        """Whether an object is being replaced."""
        return self._facts.has(_Fact.LET_GO, object_id)

    def wanted(self, object_id: str) -> None:
        """Remember that a create of this run was refused because this object exists and may be somebody else's."""
        self._facts.put(_Fact.WANTED, object_id)

    def wanted_here(self, object_id: str) -> bool:
        """Whether a create of this run was refused because of an object, so that this run must not delete it."""
        return self._facts.has(_Fact.WANTED, object_id)

    def attempt(self, key: tuple[str, ...]) -> None:
        """Remember that a create for a natural key begins."""
        self._facts.put(_Fact.ATTEMPTED, _text(key))

    def finish(self, key: tuple[str, ...]) -> None:
        """Remember that a create for a natural key succeeded; call `made` before."""
        self._facts.drop(_Fact.ATTEMPTED, _text(key))

    def attempted(self, key: tuple[str, ...]) -> bool:
        """Whether a create for a natural key began in this run and has failed, or is still in progress."""
        return self._facts.has(_Fact.ATTEMPTED, _text(key))

    def claim(self, key: tuple[str, ...], *, identity: str, name: str) -> str | None:
        """Claim a natural key for a resource. Returns the name of another resource of this run that claimed it before, or None."""
        kept = self._facts.put_first(_Fact.CLAIM, _text(key), json.dumps([identity, name]))
        other, other_name = json.loads(kept)
        return str(other_name) if other != identity else None

    def deleted(self, group: str, object_id: str) -> None:
        """Remember that this run deleted an object.

        :param group: the group in which objects are counted, such as their organization.
        """
        self._facts.put(f"{_Fact.DELETED} {group}", object_id)

    def deleted_in(self, group: str) -> int:
        """How many objects of a group this run deleted."""
        return self._facts.count(f"{_Fact.DELETED} {group}")

    def enter_dry_run(self, file: str) -> None:
        """Remember that this run is a preview whose program reads rejections from a file.

        :param file: the name of the file; empty if it reads none.
        """
        if file not in self._dry:  # every check calls this
            self._dry.add(file)
            self._facts.put(_Fact.DRY, file)

    @property
    def collects_rejections(self) -> bool:
        """Whether the program of this run reads the rejections that `reject` stores."""
        file = self._facts.shared_as
        return bool(file) and self._facts.has(_Fact.DRY, file)

    def reject(self, key: str, text: str) -> None:
        """Store a rejection for the program, which shows it at its end. :param text: JSON, cleaned of secrets."""
        self._facts.put(_Fact.REJECTED, key, text)

    def rejected(self) -> list[str]:
        """The rejections that were stored."""
        return self._facts.values(_Fact.REJECTED)

    def record_absence(self, service: str, object_id: str, *, what: str, most: int) -> None:
        """Count a missing object, whose absence was confirmed.

        :param what: the object, as a person would name it.
        :param most: how many objects may be missing in one run.
        :raises GoneError: more are missing.
        """
        self._facts.put(f"{_Fact.GONE} {service}", object_id)
        count = self._facts.count(f"{_Fact.GONE} {service}")
        if count > most:
            others = f" and {count - 1} other object{'' if count == 2 else 's'} of this stack" if count > 1 else ""
            raise GoneError(
                f"{what}{others} {'are' if others else 'is'} gone from {service} in one run, more than "
                f"{service}:maxGone ({most}) allows. Is this the right service, organization and key? If they were "
                f"really deleted, confirm it: {self.words.set_and_refresh(f'{service}:maxGone', '100000')}, and unset it "
                "afterwards. If they still exist: the first ones have already left the state; to take them back: "
                f"{self.words.set_and_apply(f'{service}:adopt', 'true')}"
            )

    @contextmanager
    def lock(self, object_id: str) -> Iterator[None]:
        """Hold the lock of an object: the services silently lose one of two concurrent updates of an object."""
        with self._lock:
            lock = self._object_locks[object_id]
        with lock:
            yield

    @contextmanager
    def writing(self, group: str, object_id: str | None = None) -> Iterator[None]:
        """Hold the lock of one object of a group, or, without an object, of all objects of the group.

        Writers of different objects do not wait for each other; a writer of the whole group waits for all of them.

        :param group: the group of the objects, such as their organization.
        """
        with self._lock:
            gate = self._gates[group]
        if object_id is None:
            with gate.all():
                yield
        else:
            with gate.one(), self.lock(object_id):
                yield


def _text(key: tuple[str, ...]) -> str:
    return json.dumps(key)


class _Gate:
    """A lock that many may hold together, or one alone."""

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
