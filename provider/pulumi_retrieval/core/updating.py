"""Applies a patch to an object: read, compare, write, read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .beliefs import Absent, Present
from .errors import ObjectMissing, RefusedError, ServiceError
from .fields import Mutability, carried_paths, flatten, spec_at
from .looking import Looks
from .objects import Objects, Observation, Ref
from .plan import same
from .planner import Planner
from .refusal import show
from .run import Run
from .values import Path, dotted, undotted, without_value
from .words import sentence
from .writing import Writing, hint_written


class Updating:
    """Sends partial updates of one kind of object, one writer per object at a time."""

    def __init__(self, objects: Objects, *, planner: Planner, looks: Looks, run: Run) -> None:
        self._objects = objects
        self._planner = planner
        self._model = planner.model
        self._looks = looks
        self._run = run
        self._writing = Writing(planner.model, looks=looks, run=run)

    def look(self, ref: Ref) -> Present[Observation] | Absent:
        """Whether an object exists. One that seems to be in deletion is read twice, as a missing one is."""
        belief = self._look(ref)
        if isinstance(belief, Present) and not belief.observation.exists:
            self._looks.pause()
            belief = self._look(ref)
        return belief

    def _look(self, ref: Ref) -> Present[Observation] | Absent:
        return self._looks.look(
            lambda: self._objects.read(ref),
            known_elsewhere=lambda: self._objects.known_elsewhere(ref),
            parent_absent=lambda: self._objects.parent_absent(ref),
        )

    def bring(
        self,
        ref: Ref,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        *,
        before: Observation | None = None,
        uncompared: Sequence[Path] = (),
        forgettable: Sequence[str] = (),
    ) -> Observation:
        """Apply a patch to an object, and return the object as the service holds it afterwards.

        :param patch: managed keys that differ, by path; if it is empty, nothing is sent.
        :param inputs: the inputs of the program; keys that the service would erase are repeated from here.
        :param before: the object as it was read just before; it is read here if not given.
        :param uncompared: managed immutable keys that were never compared with the service.
        :param forgettable: keys that the program does not manage any more and that this update erases, dotted.
        :raises RefusedError: the service holds another value of an uncompared key, or a write would destroy something.
        :raises ServiceError: the service failed.
        """
        with self._run.writing(
            self._objects.group(inputs, ref.id), None if self._objects.can.changes_group else ref.id
        ):
            return self.bring_held(ref, patch, inputs, before=before, uncompared=uncompared, forgettable=forgettable)

    def bring_held(
        self,
        ref: Ref,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        *,
        before: Observation | None = None,
        uncompared: Sequence[Path] = (),
        forgettable: Sequence[str] = (),
    ) -> Observation:
        """The same as `bring`, for a caller that already holds the lock of the object."""
        complete = self._objects.can.answer_is_complete
        if before is None and complete:
            before = self._objects.as_applied(ref, ref.values)
        elif before is None:
            ref, before = self._before(ref, patch, inputs)
        self._refuse_contradictions(ref, uncompared, inputs, before)
        writes = self._objects.writes(ref, patch, inputs, before) if patch else ()
        if not writes:
            return before
        erased = [*forgettable, *map(dotted, self._objects.erased(patch, inputs, before))]
        if erased := without_value(erased, inputs):
            self._run.warn(
                f"{ref.what}: this update erases {', '.join(erased)} in the service, which the program does not manage: the "
                "service forgets it with every update that does not repeat it. To keep it, put it into the program"
            )
        for write in writes:
            ref = write.ref
            self._writing.carry_out(write, lambda there=ref: self.look(there))  # type: ignore[misc]
        if complete:
            return self._objects.as_applied(ref, inputs)
        after = self._after(ref)
        self._tell_of_others(ref, patch, inputs, before, after)
        return after

    def _before(self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any]) -> tuple[Ref, Observation]:
        """The object before an update; under its new natural key if an interrupted run has renamed it already."""
        belief = self.look(ref)
        if isinstance(belief, Present) and belief.observation.exists:
            return ref, belief.observation
        definition = self._planner.definition
        if definition.id_is_natural_key and (definition.natural_key,) in patch:
            for seen in self._objects.find(inputs):
                if seen.exists and self._is_ours(ref, patch, seen):
                    self._run.say(f"{ref.what} was renamed to {seen.id} by an earlier run; continuing from there")
                    return self._objects.ref(seen.id, ref.values, definition.name_of(inputs)), seen
        hint = f"{sentence(self._run.words.refresh_and_apply)} to create it again"
        raise ObjectMissing(f"update {ref.what}", message="it is gone", hint=hint)

    def _is_ours(self, ref: Ref, patch: Mapping[Path, Any], seen: Observation) -> bool:
        """Whether an object with the new natural key has the stored immutable values of this one, and what the patch adds."""
        observed, held = ref.values.get("observed_immutable") or {}, flatten(self._model, seen.values)
        for place, value in observed.items():
            path = undotted(place)
            spec, there = spec_at(self._model, path), held.get(path)
            if there is None or same(spec, value, there, partial=True):
                continue
            if spec.keyed and same(spec, [*(value or []), *(patch.get(path) or [])], there, partial=True):
                continue
            return False
        return True

    def _refuse_contradictions(
        self, ref: Ref, uncompared: Sequence[Path], inputs: Mapping[str, Any], before: Observation
    ) -> None:
        wanted, held = flatten(self._model, inputs), flatten(self._model, before.values)
        wrong = []
        for path in uncompared:
            if path not in held:
                self._run.warn_once(
                    f"{ref.what}: the service does not tell what it holds of {dotted(path)}; what the program says is "
                    "stored and never sent"
                )
            elif not same(spec_at(self._model, path), wanted[path], held[path], partial=True):
                secret = dotted(path) in (inputs.get("secret_inputs") or ())
                value = "another value" if secret else show(held[path])
                now = "" if secret else f", the program says {show(wanted[path])}"
                wrong.append(f"{dotted(path)} is {value} in the service{now}")
        if wrong:
            raise RefusedError(
                f"REFUSED, nothing was changed: {ref.what}: immutable keys differ from what the service holds, and the state "
                f"does not show that they were ever compared: {'; '.join(wrong)}.\n"
                "  Do one:\n"
                "    undo               put the value of the service into the program, or leave the key out\n"
                f"    ship the rest      {self._run.words.exclude()}"
            )

    def _after(self, ref: Ref) -> Observation:
        operation = f"read back {ref.what} after an update"
        try:
            belief = self.look(ref)
        except ServiceError as error:
            raise error.retold(hint=hint_written(self._run.words), operation=operation) from None
        if isinstance(belief, Absent):
            raise ObjectMissing(operation, message="it is gone", hint=hint_written(self._run.words))
        return belief.observation

    def _tell_of_others(
        self,
        ref: Ref,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        before: Observation,
        after: Observation,
    ) -> None:
        """Warn of unmanaged keys that changed during the update: of two concurrent updates, one may be lost.

        `core.reconciler` compares the managed keys with the program.
        """
        then, held = flatten(self._model, before.values), flatten(self._model, after.values)
        ours = flatten(self._model, inputs).keys() | patch.keys() | set(carried_paths(self._model))
        for path in sorted((then.keys() | held.keys()) - ours):
            was, now, spec = then.get(path), held.get(path), spec_at(self._model, path)
            if spec.mutability is Mutability.WRITE_ONLY or same(spec, was, now) or path in self._objects.side_effects:
                continue
            self._run.warn(
                f"{ref.what}: while it was updated, somebody else changed {dotted(path)} from {show(was)} to {show(now)}"
            )
