"""Predicts whether a create or a delete would fail. It reads from the services and changes nothing.

A preview asks no service, so a dataset with documents or a taken name would only be noticed in the middle of an update. The
predictions use the same code as create and delete: `core.existing` and `core.guarding`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .beliefs import Absent, Present
from .definition import Definition
from .errors import AdoptionError, ObjectMissing, RefusedError
from .existing import Existing
from .guarding import guard_verdict, once
from .looking import Looks
from .objects import Contents, Objects, Phase, Ref
from .planner import Planner
from .progress import Progress
from .run import Run
from .updating import Updating
from .values import contains_unknown, dotted, get_path, normalise


@dataclass(frozen=True)
class Loss:
    """What a delete would do.

    :param count: how much would be lost with the object; None if it was not counted, or the service cannot count it.
    :param unit: what is counted, in the singular: ``"document"``.
    :param blocked: why the delete would fail, for people, with the object called "it"; empty if it would not.
    :param kept: why the delete would keep the object, as the rest of a sentence about it; empty if it is deleted.
    """

    count: int | None = None
    unit: str = "document"
    blocked: str = ""
    kept: str = ""


@dataclass(frozen=True)
class Taken:
    """The object that a create would find under its natural key.

    :param id: its id; empty if something else prevents the create.
    :param blocked: why the create would fail, for people; empty where the object is adopted.
    """

    id: str
    blocked: str = ""


class Foreseeing:
    """Predictions for one kind of object. Every method may raise `core.errors.ServiceError` if the service fails.

    :param now: seconds since the epoch.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        planner: Planner,
        updating: Updating,
        progress: Progress,
        looks: Looks,
        run: Run,
        now: Callable[[], float],
    ) -> None:
        self._objects = objects
        self._planner = planner
        self._definition: Definition = planner.definition
        self._updating = updating
        self._looks = looks
        self._now = now
        self._run = run
        self._existing = Existing(objects, planner=planner, progress=progress, looks=looks, run=run)

    def group(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """The group in which the object is counted, such as its organization; see `Objects.group`."""
        return self._objects.group(outputs, self._definition.current_id(object_id, outputs))

    def natural_key(self, values: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The identity that only one object of an account can have; None if there is none, or it is not known yet."""
        return self._planner.claim_key(values)

    def delete(self, object_id: str, outputs: Mapping[str, Any], *, leaving: int = 0) -> Loss:
        """What a delete would do.

        :param outputs: as last stored.
        :param leaving: how many objects that it contains are deleted before it.
        """
        outputs = normalise(outputs)
        self._planner.ready(outputs)
        if (reason := self._definition.kept(outputs)) is not None:
            return Loss(kept=reason)
        current = self._definition.current_id(object_id, outputs)
        ref = self._objects.ref(current, outputs, self._definition.name_of(outputs))
        contents = self._contents(ref)
        if contents is not None:
            contents = replace(
                contents, count=max(0, contents.count - leaving), names=() if leaving else contents.names
            )
            if not contents.count and not self._definition.deletes and isinstance(self._updating.look(ref), Absent):
                return Loss(0, contents.unit)
        verdict = guard_verdict(self._definition, outputs, contents, self._now(), what="it")
        verdict = once(verdict, self._definition, self._run, what=ref.what, identity=ref.id)
        count, unit = (None, "document") if contents is None else (contents.count, contents.unit)
        if not verdict.passes:
            return Loss(count, unit, blocked=verdict.text)
        if not self._definition.deletes:
            return Loss(count, unit, kept=verdict.text)
        return Loss(count, unit, blocked=self._lock(ref, outputs, unlocks=verdict.unlocks))

    def _lock(self, ref: Ref, outputs: Mapping[str, Any], *, unlocks: bool) -> str:
        """Why a lock makes a delete fail; empty if there is none, or the delete removes it.

        :param unlocks: whether the delete removes a lock that this stack set.
        """
        for path, free in self._objects.unlocking.items():
            ours = get_path(outputs, path) not in (None, free)
            if ours and unlocks:
                continue
            belief = self._updating.look(ref)
            if isinstance(belief, Absent):
                return ""
            if get_path(belief.observation.values, path) not in (None, free):
                whose = "its program locked it" if ours else "somebody else locked it"
                return f"{whose} ({dotted(path)}), and the service deletes nothing that is locked: unlock it first"
        return ""

    def create(self, inputs: Mapping[str, Any]) -> Taken | None:
        """The object that a create would find; None if there is none, or it cannot be predicted.

        :param inputs: as `check` returned them; may hold unknowns.
        """
        inputs = normalise(inputs)
        if (problem := self._definition.creation_problem(inputs)) is not None:
            return Taken("", problem)
        if contains_unknown(inputs.get("clone_from")) or self._planner.claim_key(inputs) is None:
            return None
        self._planner.ready()
        what = self._definition.name_of(inputs)
        try:
            given = self._objects.given_id(inputs)
            if given is not None:
                return self._given(self._objects.ref(given, inputs, what), inputs, what)
            if not self._objects.can.keyed:
                return None
            template = self._objects.template(inputs)
            found = [seen for seen in self._objects.find(inputs) if seen.phase not in (Phase.LEAVING, Phase.FAILED)]
            for seen in found:
                self._existing.take_over(seen, inputs, what, template)
                return Taken(seen.id)
        except (AdoptionError, RefusedError) as error:
            return Taken("", str(error))
        return None

    def holder(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of the object that has the natural key of some inputs; None if none has it, or it cannot be predicted."""
        inputs = normalise(inputs)
        if self._planner.claim_key(inputs) is None or not self._objects.can.keyed:
            return None
        self._planner.ready()
        found = [seen for seen in self._objects.find(inputs) if seen.phase not in (Phase.LEAVING, Phase.FAILED)]
        return found[0].id if found else None

    def _given(self, ref: Ref, inputs: Mapping[str, Any], what: str) -> Taken:
        belief = self._updating.look(ref)
        if isinstance(belief, Absent):
            return Taken("", f"{what}: there is no {self._definition.noun} {ref.id}. Is the id right?")
        self._existing.take_over(belief.observation, inputs, what, None)
        return Taken(ref.id)

    def _contents(self, ref: Ref) -> Contents | None:
        """The contents of an object; `Contents(0)` if it is certainly gone."""
        try:
            return self._looks.insist(lambda: self._objects.contents(ref))
        except ObjectMissing:
            if isinstance(self._updating.look(ref), Present):
                raise
            return Contents(0)
