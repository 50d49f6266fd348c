"""Deletes an object if the guard allows it, and repeats the delete until the object is certainly gone.

An empty list is checked a second time before an object counts as empty. A lock that this stack set is removed after the guard
has allowed the delete; if the delete then fails, the error says that the object may be unlocked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .beliefs import Absent
from .definition import Definition
from .errors import AuthenticationError, GuardError, ObjectMissing, RetrievalError, ServiceError, UnclearWriteError
from .fields import flatten
from .guarding import Verdict, guard_verdict, needs_count, once
from .looking import Looks
from .objects import Contents, Objects, Ref
from .progress import Progress
from .run import Run
from .updating import Updating
from .values import get_path
from .words import Words
from .writing import SETTLE_PAUSES

DELETES = 3
"""How often a delete is sent while its answers prove nothing."""


class Deleting:
    """Deletes objects of one kind. An object that is already gone counts as deleted.

    :param now: seconds since the epoch.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        definition: Definition,
        updating: Updating,
        progress: Progress,
        looks: Looks,
        run: Run,
        now: Callable[[], float],
    ) -> None:
        self._objects = objects
        self._definition = definition
        self._updating = updating
        self._progress = progress
        self._looks = looks
        self._run = run
        self._now = now

    def delete(self, ref: Ref, outputs: Mapping[str, Any]) -> None:
        """Delete an object. If the service cannot delete it, only return if the guard allows to remove it from the state.

        :raises GuardError: the guard refuses it (`core.guarding`).
        :raises ServiceError: the service failed, or the object is still there.
        """
        if not self._definition.deletes:
            if not isinstance(self._updating.look(ref), Absent):
                self._run.warn(self._allowed(ref, outputs).text)
            return
        with self._run.writing(self._objects.group(outputs, ref.id), ref.id):
            attempt = _Attempt()
            try:
                acknowledged = self._until_gone(ref, outputs, attempt)
            except RetrievalError as error:
                raise _with_what_is_left(error, ref, attempt, self._run.words) from None
            if attempt.sent and attempt.text:
                self._run.say(attempt.text)
            if acknowledged:
                self._progress.wait_gone(ref, outputs)

    def _until_gone(self, ref: Ref, outputs: Mapping[str, Any], attempt: _Attempt) -> bool:
        """Delete until the object is gone. True: the service acknowledged it; False: a look showed that it is gone."""
        last: ServiceError | None = None
        for _ in range(DELETES):
            unclear: UnclearWriteError | None = None
            attempt.deletes = False
            try:
                # Counted before every try, because documents may have been added since the last one.
                verdict = self._allowed(ref, outputs)
                # A try that was carried out in part may leave nothing that the next one could count.
                attempt.text = attempt.text if attempt.sent and not verdict.text else verdict.text
                if verdict.unlocks:
                    self._unlock(ref, outputs, attempt)
                attempt.deletes = True
                self._objects.delete(ref)
                attempt.sent = True
                if self._objects.can.deletes_blindly:
                    self._look_after(ref)
                self._remember(ref, outputs)
                return True
            except (ObjectMissing, AuthenticationError) as error:
                last = error
            except UnclearWriteError as error:
                if not attempt.deletes:  # it was the unlocking
                    raise
                last = unclear = error
                attempt.sent = True
                self._looks.pause(SETTLE_PAUSES[-1])
            belief = self._updating.look(ref)
            if isinstance(belief, Absent):
                if attempt.sent:
                    self._remember(ref, outputs)
                if unclear is not None and (remark := self._definition.unclear_delete(ref, unclear)):
                    self._run.warn(remark)
                return False
            if not belief.observation.exists:
                return True
        assert last is not None
        raise last

    def _look_after(self, ref: Ref) -> None:
        """Return if a look confirms that the object is gone. :raises UnclearWriteError: it is still there."""
        try:
            self._objects.probe(ref)
        except ObjectMissing:
            return
        raise UnclearWriteError(
            f"delete {ref.what}", message="the service answered with success, and the object is still there", sent=True
        )

    def _remember(self, ref: Ref, outputs: Mapping[str, Any]) -> None:
        """Remember that this run deleted the object, for the count of its group in `_second_opinion`."""
        self._run.deleted(self._objects.group(outputs, ref.id), ref.id)

    def _allowed(self, ref: Ref, outputs: Mapping[str, Any]) -> Verdict:
        """The verdict of the guard on the current contents. :raises GuardError: it refuses the delete."""
        contents = self._contents(ref, outputs) if needs_count(self._definition, outputs) else None
        verdict = guard_verdict(self._definition, outputs, contents, self._now(), what=ref.what)
        verdict = once(verdict, self._definition, self._run, what=ref.what, identity=ref.id)
        if not verdict.passes:
            raise GuardError(verdict.text)
        return verdict

    def _unlock(self, ref: Ref, outputs: Mapping[str, Any], attempt: _Attempt) -> None:
        """Remove a lock that this stack set on the object. A lock that somebody else set stays."""
        patch = self._objects.unlocking
        if all(get_path(outputs, path) in (None, value) for path, value in patch.items()):
            return
        belief = self._updating.look(ref)
        if isinstance(belief, Absent):
            return
        held = flatten(self._definition.model, belief.observation.values)
        if any(held.get(path) != value for path, value in patch.items()):
            attempt.unlocked = True
            self._updating.bring_held(ref, patch, outputs, before=belief.observation)

    def _contents(self, ref: Ref, outputs: Mapping[str, Any]) -> Contents | None:
        contents = self._objects.contents(ref)
        if contents is not None and contents.count == 0 and contents.listed:
            return self._second_opinion(ref, outputs)
        return contents

    def _second_opinion(self, ref: Ref, outputs: Mapping[str, Any]) -> Contents | None:
        """Check an empty list: list again, and compare with a count from another call of the service."""
        self._looks.pause()
        contents = self._objects.contents(ref)
        if contents is None or contents.count:
            return contents
        deleted = self._run.deleted_in(self._objects.group(outputs, ref.id))
        counted = 0

        def agrees() -> bool | None:
            nonlocal counted
            counted = self._objects.counted_elsewhere(ref)
            return True if counted <= deleted else None

        if not self._looks.over((0.0, *SETTLE_PAUSES), agrees):
            raise GuardError(
                f"{ref.what} is not deleted: its list shows no {contents.unit}, and another answer of the service counts "
                f"{counted - deleted}. Deleted ones are counted until a worker of the service has removed them: run the same "
                f"command again later, or set force_destroy=True and {self._run.words.apply} once"
            )
        return contents


class _Attempt:
    """The progress of one delete."""

    def __init__(self) -> None:
        self.text = ""
        """The message for the end of the delete."""
        self.deletes = False
        """Whether the last try reached the delete itself, after guard and unlocking."""
        self.sent = False
        """Whether the service may have carried out a delete of ours."""
        self.unlocked = False
        """Whether a lock was removed for it, or may have been."""


def _with_what_is_left(error: RetrievalError, ref: Ref, attempt: _Attempt, words: Words) -> RetrievalError:
    """The error of a delete, with a remark if the object may have been unlocked before."""
    if not attempt.unlocked:
        return error
    left = (
        f"{ref.what} was unlocked for its delete, or may have been, and may still exist. Run the same command again to "
        f"delete it; to keep it, put it back into the program and {words.refresh_and_apply}, which locks it again"
    )
    if isinstance(error, ServiceError):
        return error.retold(hint=f"{error.hint}. {left}" if error.hint else left)
    return type(error)(f"{error}\n  {left}")
