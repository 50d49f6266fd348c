"""Creates objects such as API keys, whose secret appears only in the answer to the create, and whose id does not.

An existing object cannot be taken over, because its secret cannot be read again. The id of a new object is found by comparing
the list before and after the create. An object whose create got no clear answer is useless: the same run deletes it and creates
another one. Objects that an earlier run may have left are named in a warning and not touched, because somebody may use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .definition import Definition
from .deleting import Deleting
from .errors import AdoptionError, AuthenticationError, RetrievalError, ServiceError, UnclearWriteError
from .looking import Looks
from .objects import Objects, Observation
from .run import Run
from .writing import SETTLE_PAUSES, TRIES

MOST_NAMED = 5
"""Most ids that one text names."""


class Issuing:
    """Creates objects of one kind."""

    def __init__(self, objects: Objects, *, definition: Definition, deleting: Deleting, looks: Looks, run: Run) -> None:
        self._objects = objects
        self._definition = definition
        self._deleting = deleting
        self._looks = looks
        self._run = run

    def issue(self, inputs: Mapping[str, Any], what: str) -> Observation:
        """Create an object and find its id.

        :returns: the object as the list shows it, with the facts that only the answer to the create contains.
        :raises UnclearWriteError: no create got a usable answer.
        :raises AdoptionError: several new objects look like it.
        """
        known = self._known_before(inputs, what)
        cause: UnclearWriteError | None = None
        for _ in range(TRIES):
            try:
                issued = self._objects.create(inputs, None)
                assert issued is not None
                self._prove(issued, inputs, what)
            except UnclearWriteError as error:
                cause = error
                known = known | {self._discard(inputs, what, known, cause)}
            else:
                return self._identified(issued, inputs, what, known)
        assert cause is not None
        raise cause.retold(hint=self._definition.unclear_hint(inputs))

    def _known_before(self, inputs: Mapping[str, Any], what: str) -> set[str]:
        """The ids that the list shows before a create. Warns of objects that equal the new one and may be left over."""
        found = self._find(inputs)
        parent = self._objects.parent_key(inputs)
        new = parent is not None and self._run.made_here(parent) and not self._run.adopted_here(parent)
        if not found and not new:
            self._looks.pause()  # checked twice: an object that a wrong empty list hides would look new after the create
            found = self._find(inputs)
        if alike := [seen.id for seen in found if not seen.unlike and not self._is_held(seen)]:
            self._run.warn(f"{what}: {self._definition.left_over_text(_named(alike))}")
        return {seen.id for seen in found}

    def _is_held(self, seen: Observation) -> bool:
        """Whether a resource of the program is known to hold an object, or to be replacing it."""
        key, made = self._definition.run_key(seen.id), self._definition.made_key(seen.id)
        return self._run.made_here(made) or self._run.kept_here(key) or self._run.is_let_go(key)

    def _prove(self, issued: Observation, inputs: Mapping[str, Any], what: str) -> None:
        """Send a request with the secret of the new object.

        :raises UnclearWriteError: the service rejects the secret, so the answer did not belong to this create.
        """
        try:
            self._looks.insist(lambda: self._objects.prove(issued, inputs))
        except AuthenticationError:
            raise UnclearWriteError(
                f"create {what}", message="the service rejects the key that it has just answered with", sent=True
            ) from None
        except ServiceError as error:
            self._run.warn(f"{what} was created, but a request with it failed: {error}")

    def _discard(self, inputs: Mapping[str, Any], what: str, known: set[str], cause: UnclearWriteError) -> str:
        """Delete the object that a create without a clear answer made, because its secret is lost, and return its id.

        :raises UnclearWriteError: no new object was found; the create may still be carried out later.
        """
        hint = self._definition.unclear_hint(inputs)
        try:
            fresh = self._looks.over(SETTLE_PAUSES, lambda: self._fresh(inputs, known))
        except ServiceError as error:
            message = f"{cause.message}; and looking for it failed: {error}"
            raise cause.retold(hint=hint, message=message) from None
        if fresh is None:
            message = f"{cause.message}; it does not exist yet, and the create may still be carried out"
            raise cause.retold(hint=hint, message=message)
        object_id = self._only(fresh, what)
        lost = f"{what}: the service made {object_id} without a clear answer, so its secret cannot be read any more"
        try:
            self._deleting.delete(self._objects.ref(object_id, inputs, what), inputs)
        except RetrievalError as error:
            self._run.warn(f"{lost}. Delete it by hand: {error}")
        else:
            self._run.say(f"{lost}; it was deleted")
        return object_id

    def _identified(self, issued: Observation, inputs: Mapping[str, Any], what: str, known: set[str]) -> Observation:
        """The new object as the list shows it. An error here would lose its secret, so failed looks are repeated."""
        doubt = "its list does not show it"

        def look() -> Sequence[Observation] | None:
            nonlocal doubt
            try:
                return self._fresh(inputs, known)
            except ServiceError as error:
                doubt = f"looking for it failed: {error}"
                return None

        fresh = self._looks.over((0.0, *SETTLE_PAUSES), look)
        if fresh is None:
            raise UnclearWriteError(
                f"create {what}",
                message=f"the service made it, and {doubt}; its secret is dropped",
                sent=True,
                hint=self._definition.unclear_hint(inputs),
            )
        self._only(fresh, what)
        return replace(fresh[0], facts={**fresh[0].facts, **issued.facts})

    def _only(self, fresh: Sequence[Observation], what: str) -> str:
        """The id of the only new object. :raises AdoptionError: there are several."""
        if len(fresh) > 1:
            raise AdoptionError(
                f"{what}: {len(fresh)} new ones look like it, and it cannot be told which one is ours, so none is kept: "
                f"{_named([seen.id for seen in fresh])}. Delete those that nobody needs and {self._run.words.apply} again"
            )
        return fresh[0].id

    def _fresh(self, inputs: Mapping[str, Any], known: set[str]) -> Sequence[Observation] | None:
        """Objects that the list did not show before and that equal the new one; None if there are none."""
        found = [seen for seen in self._find(inputs) if seen.id not in known and not seen.unlike]
        return [seen for seen in found if not self._run.made_here(self._definition.made_key(seen.id))] or None

    def _find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        return self._looks.insist(lambda: self._objects.find(inputs))


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:MOST_NAMED]) + (", …" if len(ids) > MOST_NAMED else "")
