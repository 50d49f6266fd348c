"""Deleting an object: guarded, repeated until it is surely gone, and never on the word of one empty list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .beliefs import Absent
from .definition import Definition
from .errors import AuthenticationError, GuardError, ObjectMissing, ServiceError, UnclearWriteError
from .looking import Looks
from .objects import Contents, Objects, Ref
from .progress import Progress
from .run import Run
from .updating import Updating
from .writing import SETTLE_PAUSES

DELETES = 3
"""Tries of a delete whose answer was no proof."""


class Deleting:
    """Deletes one kind of object; absent is success."""

    def __init__(
        self,
        objects: Objects,
        *,
        definition: Definition,
        updating: Updating,
        progress: Progress,
        looks: Looks,
        run: Run,
    ) -> None:
        self._objects = objects
        self._definition = definition
        self._updating = updating
        self._progress = progress
        self._looks = looks
        self._run = run

    def delete(self, ref: Ref, outputs: Mapping[str, Any]) -> None:
        """Delete an object.

        :raises GuardError: it holds documents, and `force_destroy` was not applied; or the service deletes nothing.
        :raises ServiceError: the service failed, or the object is still there.
        """
        if not self._objects.can.deletes:
            if not isinstance(self._updating.look(ref), Absent):
                raise GuardError(self._definition.no_delete(ref))
            return
        with self._run.writing(self._objects.group(outputs, ref.id), ref.id):
            if self._until_gone(ref, outputs):
                self._progress.wait_gone(ref, outputs)

    def _until_gone(self, ref: Ref, outputs: Mapping[str, Any]) -> bool:
        """Whether the service acknowledged the delete; else a look showed that the object is gone."""
        last: ServiceError | None = None
        sent = False
        for _ in range(DELETES):
            unclear: UnclearWriteError | None = None
            try:
                # Before every try: a count that failed for a moment allows no delete.
                if self._definition.guards_contents(outputs):
                    self._guard(ref, outputs)
                self._objects.delete(ref)
                self._remember(ref, outputs)
                return True
            except (ObjectMissing, AuthenticationError) as error:
                last = error
            except UnclearWriteError as error:
                last = unclear = error
                sent = True
                self._looks.pause(SETTLE_PAUSES[-1])
            belief = self._updating.look(ref)
            if isinstance(belief, Absent):
                if sent:
                    self._remember(ref, outputs)
                if unclear is not None and (remark := self._definition.unclear_delete(ref, unclear)):
                    self._run.warn(remark)
                return False
            if not belief.observation.exists:
                return True
        assert last is not None
        raise last

    def _remember(self, ref: Ref, outputs: Mapping[str, Any]) -> None:
        """This run deleted the object; one that was gone before is not counted in its group any more."""
        self._run.deleted(self._objects.group(outputs, ref.id), ref.id)

    def _guard(self, ref: Ref, outputs: Mapping[str, Any]) -> None:
        contents = self._objects.contents(ref)
        if contents is not None and contents.count == 0 and contents.listed:
            contents = self._second_opinion(ref, outputs)
        if contents is None:
            if self._definition.was_ready(outputs):
                raise GuardError(
                    f"{ref.what} is not deleted: it was ready before, and what it holds cannot be counted now. Run the same "
                    "command again later, or apply force_destroy=True"
                )
            return
        if contents.count:
            raise GuardError(self._definition.guard_text(ref, contents))

    def _second_opinion(self, ref: Ref, outputs: Mapping[str, Any]) -> Contents | None:
        """Ask again whether an object holds nothing, where the first answer was an empty list."""
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
                "command again later, or set force_destroy=True and run `pulumi up` once"
            )
        return contents
