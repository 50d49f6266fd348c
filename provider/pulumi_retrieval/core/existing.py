"""Decides about objects that exist before a create: whether one is left by an interrupted run, or may be taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .adoption import YOUNG_HOURS, Candidate, Comparison, compare, ensure_adoptable, may_be_left
from .errors import AdoptionError
from .fields import spec_at
from .looking import Looks
from .objects import Contents, Objects, Observation, Phase, Ref, Template
from .planner import Planner
from .progress import Progress
from .run import Run
from .values import dotted


class Existing:
    """Decides about existing objects of one kind."""

    def __init__(self, objects: Objects, *, planner: Planner, progress: Progress, looks: Looks, run: Run) -> None:
        self._objects = objects
        self._planner = planner
        self._definition = planner.definition
        self._progress = progress
        self._looks = looks
        self._run = run

    def leftover(
        self, found: Sequence[Observation], inputs: Mapping[str, Any], what: str, template: Template | None
    ) -> Observation | None:
        """The object among those found that is taken over instead of creating a new one; None to create one."""
        if self._objects.can.keyed:
            for seen in found:
                if seen.phase is Phase.LEAVING:
                    self._progress.wait_gone(self._objects.ref(seen.id, inputs, what), inputs)
                elif seen.phase is not Phase.FAILED:
                    self.take_over(seen, inputs, what, template)
                    return seen
            return None
        ours, others = self._tell_apart(found, inputs, what)
        if len(ours) > 1:
            for seen in ours:
                self._run.wanted(self._definition.run_key(seen.id))
            raise AdoptionError(
                f"{what}: {len(ours)} of them exist that are equal, younger than {YOUNG_HOURS:.0f} h, and hold only what a "
                f"run that was cut off creates, so such a run may have left each of them: "
                f"{', '.join(seen.id for seen in ours)}. Nothing was created. "
                f"Delete those that nobody needs, then {self._run.words.apply} again"
            )
        if others:
            self._run.warn(f"{what}: equal objects existed before and are left alone: {', '.join(others)}")
        if not ours:
            return None
        self._run.say(f"{what} exists already and is adopted: id {ours[0].id}, left by a run that was cut off")
        return ours[0]

    def _tell_apart(
        self, found: Sequence[Observation], inputs: Mapping[str, Any], what: str
    ) -> tuple[list[Observation], list[str]]:
        """Split objects into those that an interrupted run may have left, and the others, as texts with id and reason."""
        ours, others = [], []
        for seen in found:
            if self.made_here(seen) or self._run.kept_here(self._definition.run_key(seen.id)):
                continue
            if seen.age_hours is None or seen.age_hours >= YOUNG_HOURS:
                others.append(f"{seen.id} (older than {YOUNG_HOURS:.0f} h)")
                continue
            ref = self._objects.ref(seen.id, inputs, what)
            contents = self._held(ref) or Contents(1)
            if not may_be_left(contents):
                others.append(f"{seen.id} (holds {contents.told})")
            elif contents.count and (differing := compare(self._planner.model, inputs, seen).patch):
                # Our own create sends what the program says before anything can be created inside.
                others.append(f"{seen.id} (holds {contents.told}, and differs in {', '.join(map(dotted, differing))})")
            else:
                ours.append(seen)
        return ours, others

    def take_over(
        self,
        seen: Observation,
        inputs: Mapping[str, Any],
        what: str,
        template: Template | None,
        *,
        again: bool = False,
    ) -> None:
        """Return if an existing object may be taken under management.

        :raises AdoptionError: it may not.
        """
        comparison = compare(self._planner.model, inputs, seen, template)
        made_here = not again and (self.made_here(seen) or self._run.kept_here(self._definition.made_key(seen.id)))
        given = self._objects.given_id(inputs) is not None
        contents = None
        if not made_here and not comparison.immutable and not given:
            contents = self._held(self._objects.ref(seen.id, inputs, what))
        candidate = Candidate(
            what=what,
            object_id=seen.id,
            documents=None if contents is None else contents.count,
            unit="document" if contents is None else contents.unit,
            most_documents=0 if template is None else template.documents,
            age_hours=seen.age_hours,
            differing=[dotted(path) for path in comparison.doubtful],
            immutable=[*comparison.immutable, *self._untold_lists(comparison, seen)],
            made_here=made_here,
        )
        try:
            ensure_adoptable(
                candidate,
                adopt=given or bool(inputs.get("adopt")) or self._definition.connection.adopt,
                how=self._definition.adopt_hint,
            )
        except AdoptionError:
            self._run.wanted(self._definition.run_key(seen.id))
            raise
        if again:
            return
        held = "" if contents is None else f", {contents.count} {contents.unit}s"
        if not given or self._objects.can.keyed:
            self._run.say(f"{what} exists already and is adopted: id {seen.id}{held}")
        for path in comparison.untold:
            self._run.warn(
                f"{what} exists already and is adopted; the service does not tell its {dotted(path)}, so what the program "
                "says is assumed to be true and is never sent"
            )

    def _held(self, ref: Ref) -> Contents | None:
        """The contents of an object; an empty list is checked by a second look."""
        contents = self._looks.insist(lambda: self._objects.contents(ref))
        if contents is None or contents.count or not contents.listed:
            return contents
        self._looks.pause()
        return self._looks.insist(lambda: self._objects.contents(ref))

    def _untold_lists(self, comparison: Comparison, seen: Observation) -> list[str]:
        if seen.phase is not Phase.READY:
            return []
        return [
            f"the service does not tell its {dotted(path)}, so it cannot be compared with the program"
            for path in comparison.untold
            if spec_at(self._planner.model, path).keyed
        ]

    def refuse_another(self, seen: Observation, inputs: Mapping[str, Any], what: str) -> None:
        """Compare a created object with the inputs, because a create of an existing object may be answered like a success.

        :raises AdoptionError: it differs, so it existed before.
        """
        if not self._objects.can.keyed or self._objects.can.refuses_duplicates or seen.phase is not Phase.READY:
            return
        if self._definition.id_is_natural_key and seen.id != self._definition.identity(inputs):
            self._run.warn(f"{what}: the service gave it the id {seen.id}, which is kept")
        differing = compare(self._planner.model, inputs, seen).immutable
        if differing:
            raise AdoptionError(
                f"the service answered as if {what} were created, but it holds something else: {'; '.join(differing)}. It "
                "probably existed before; choose another key, or put these values into the program"
            )

    def made_here(self, seen: Observation) -> bool:
        """Whether this run created or adopted an object."""
        return self._run.made_here(self._definition.made_key(seen.id))
