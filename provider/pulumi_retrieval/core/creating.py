"""Creates an object exactly once: as a new one, as a copy, or by taking over one that an interrupted run created."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from .adoption import compare
from .beliefs import Absent, Present
from .errors import AdoptionError, ConfigurationError, ObjectExists, ObjectMissing, ServiceError, UnclearWriteError
from .existing import Existing
from .fields import Mutability, flatten, late_paths, spec_at
from .issuing import Issuing
from .looking import Looks
from .objects import Objects, Observation, Phase, Ref, Template
from .planner import Planner
from .progress import Progress
from .run import Run
from .updating import Updating
from .values import Path, get_path
from .writing import SETTLE_PAUSES, TRIES


class Creating:
    """Creates objects of one kind, one for each natural key; without natural keys, one for each resource of the program."""

    def __init__(
        self,
        objects: Objects,
        *,
        planner: Planner,
        updating: Updating,
        issuing: Issuing,
        progress: Progress,
        looks: Looks,
        run: Run,
    ) -> None:
        self._objects = objects
        self._issuing = issuing
        self._planner = planner
        self._definition = planner.definition
        self._updating = updating
        self._looks = looks
        self._run = run
        self._progress = progress
        self._existing = Existing(objects, planner=planner, progress=progress, looks=looks, run=run)

    def create(self, inputs: Mapping[str, Any]) -> tuple[Observation, Mapping[Path, Any]]:
        """Create or adopt the object, and send the update that stores what a create cannot.

        :returns: what the service holds afterwards, and the patch that the update sent.
        :raises AdoptionError: an object with this natural key exists and may belong to somebody else.
        """
        what = self._definition.name_of(inputs)
        if problem := self._definition.creation_problem(inputs):
            raise ConfigurationError(problem)
        template = self._objects.template(inputs)
        key = self._planner.claim_key(inputs) or (self._definition.noun, self._definition.endpoint, what)
        with self._run.lock("/".join(key)), self._alone(inputs):
            self._run.attempt(key)
            seen, adopted = self._exist(inputs, what, template)
            self._run.made(self._definition.made_key(seen.id))
            if adopted:
                self._run.adopted(self._definition.run_key(seen.id))
            self._run.finish(key)
        ref = self._objects.ref(seen.id, inputs, what)
        seen = replace(seen, facts={**self._objects.origin(inputs, template), **seen.facts})
        if seen.phase in (Phase.PENDING, Phase.FAILED):
            seen = self._keep_facts(seen, self._progress.wait(seen, ref, inputs, template))
            if adopted and seen.phase is Phase.READY:
                self._existing.take_over(seen, inputs, what, template, again=True)
        if not adopted:
            seen = self._as_created(seen, inputs)
            self._existing.refuse_another(seen, inputs, what)
        patch = self._patch(inputs, seen, adopted=adopted, template=template)
        if patch:
            seen = self._finish(ref, patch, inputs, seen, adopted=adopted)
        if seen.phase is Phase.READY and self._objects.unfinished(seen, inputs, template):
            seen = self._progress.wait(seen, ref, inputs, template)
        return seen, patch

    def _alone(self, inputs: Mapping[str, Any]) -> AbstractContextManager[None]:
        """A lock on the whole group, for kinds of objects whose create changes all objects of it."""
        return self._run.writing(self._objects.group(inputs)) if self._objects.can.changes_group else nullcontext()

    def _exist(self, inputs: Mapping[str, Any], what: str, template: Template | None) -> tuple[Observation, bool]:
        """The object that exists afterwards, and whether it existed before."""
        if self._objects.can.told_once:
            return self._issuing.issue(inputs, what), False
        given = self._objects.given_id(inputs)
        if given is not None:
            belief = self._updating.look(self._objects.ref(given, inputs, what))
            if isinstance(belief, Absent):
                raise ObjectMissing(
                    f"manage {what}", message=f"there is no {self._definition.noun} {given}", hint="Is the id right?"
                )
            self._existing.take_over(belief.observation, inputs, what, template)
            return belief.observation, True
        known: set[str] = set()
        if not self._objects.can.refuses_duplicates:
            found = self._find_surely(inputs)
            known = {seen.id for seen in found}
            leftover = self._existing.leftover(found, inputs, what, template)
            if leftover is not None:
                return leftover, True
        return self._post(inputs, what, template, known)

    def _post(
        self, inputs: Mapping[str, Any], what: str, template: Template | None, known: set[str]
    ) -> tuple[Observation, bool]:
        cause: UnclearWriteError | None = None
        for _ in range(TRIES if self._objects.can.repeatable else 1):
            try:
                created = self._objects.create(inputs, template)
            except ObjectExists as error:
                return self._exists_already(error, inputs, what, template)
            except UnclearWriteError as error:
                cause = error
            else:
                return created or self._read_new(inputs, what), False
            try:
                fresh = self._looks.over(SETTLE_PAUSES, lambda: self._fresh(inputs, known))
            except ServiceError as error:
                raise self._unclear(cause, f"{cause.message}; and looking for it failed: {error}", inputs) from None
            if fresh is None and cause.repeatable:
                continue
            if fresh is None:
                break
            if len(fresh) > 1:
                raise AdoptionError(
                    f"{cause}; {len(fresh)} new ones look like it, and it cannot be told which one is ours: "
                    f"{', '.join(seen.id for seen in fresh)}. Delete those that nobody needs and {self._run.words.apply} again"
                )
            if not self._objects.can.keyed or fresh[0].phase is Phase.FAILED:
                return fresh[0], False
            self._existing.take_over(fresh[0], inputs, what, template)
            return fresh[0], True
        assert cause is not None
        raise self._unclear(
            cause, f"{cause.message}; it does not exist yet, and the create may still be carried out", inputs
        )

    def _unclear(self, cause: UnclearWriteError, message: str, inputs: Mapping[str, Any]) -> UnclearWriteError:
        return cause.retold(hint=self._definition.unclear_hint(inputs), message=message)

    def _fresh(self, inputs: Mapping[str, Any], known: set[str]) -> list[Observation] | None:
        """Objects that a create without a clear answer may have made; None where there are none."""
        found = [seen for seen in self._find(inputs) if seen.id not in known]
        return [seen for seen in found if seen.exists and not self._existing.made_here(seen)] or None

    def _exists_already(
        self, error: ObjectExists, inputs: Mapping[str, Any], what: str, template: Template | None
    ) -> tuple[Observation, bool]:
        found = self._looks.over((0.0, *SETTLE_PAUSES), lambda: [s for s in self._find(inputs) if s.exists] or None)
        if found:
            self._existing.take_over(found[0], inputs, what, template)
            return found[0], True
        # The key is taken and no object can be read: it is being deleted. A refused create has no effect, so it may be repeated.
        waits = self._objects.can.async_delete and self._definition.wait_seconds(inputs) > 0
        if waits and self._progress.retry(lambda: self._free(inputs, template), inputs):
            return self._read_new(inputs, what), False
        raise error.retold(
            hint="The name is taken, but this connection cannot read an object of that name: the object is being deleted, or it "
            "belongs to another account. Run the same command again later, or choose another name"
        )

    def _free(self, inputs: Mapping[str, Any], template: Template | None) -> bool:
        try:
            self._objects.create(inputs, template)
        except ObjectExists:
            return False
        return True

    def _read_new(self, inputs: Mapping[str, Any], what: str) -> Observation:
        """Read a new object whose create was answered without showing it; its id is its natural key."""
        ref = self._objects.ref(str(self._definition.identity(inputs)), inputs, what)
        if self._objects.can.async_create and self._definition.wait_seconds(inputs) > 0:
            return Observation(ref.id, {}, phase=Phase.PENDING, detail="accepted")  # the wait looks at it
        seen = self._progress.appears(ref)
        if not seen.partial or seen.phase is not Phase.READY:
            return seen
        belief = self._updating.look(ref)
        return belief.observation if isinstance(belief, Present) else seen

    def _patch(
        self, inputs: Mapping[str, Any], seen: Observation, *, adopted: bool, template: Template | None
    ) -> Mapping[Path, Any]:
        """The values that only an update can store: those that a create drops, and for an existing object all that differ."""
        patch: dict[Path, Any] = {}
        model = self._planner.model
        if adopted or template is not None:
            patch.update(compare(model, inputs, seen).patch)
            # Whether an existing object holds a value that cannot be read is unknown, so such values are sent.
            flat = flatten(model, inputs)
            patch.update({p: v for p, v in flat.items() if spec_at(model, p).mutability is Mutability.WRITE_ONLY})
        late = {path: get_path(inputs, path) for path in late_paths(model)}
        patch.update({path: value for path, value in late.items() if value is not None})
        return self._objects.after_create(patch, seen)

    def _finish(
        self,
        ref: Ref,
        patch: Mapping[Path, Any],
        inputs: Mapping[str, Any],
        seen: Observation,
        *,
        adopted: bool,
    ) -> Observation:
        """Send the update that follows a create.

        :raises ServiceError: it failed. The next run finds the object under its natural key, and adopts it.
        """
        try:
            return self._keep_facts(seen, self._updating.bring(ref, patch, inputs, before=seen))
        except ServiceError as error:
            if adopted or self._objects.can.keyed or self._is_nowhere(ref):
                raise
            # Only its id distinguishes it from others, so the object would be lost if this failed.
            self._run.warn(f"{self._definition.noun} {seen.id} was created, and then {error}")
            return seen

    def _is_nowhere(self, ref: Ref) -> bool:
        """Whether looks show that there is no object of the id that a create was answered with: it was a false one."""
        try:
            return isinstance(self._updating.look(ref), Absent)
        except ServiceError:
            return False  # nothing is known, and the id may be right

    def _as_created(self, seen: Observation, inputs: Mapping[str, Any]) -> Observation:
        """The observation, completed with values that only the create knows."""
        told = {name: value for name, value in seen.values.items() if value is not None}
        return replace(seen, values={**self._objects.created_values(inputs), **told})

    def _keep_facts(self, seen: Observation, after: Observation) -> Observation:
        return replace(after, facts={**seen.facts, **after.facts})

    def _find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        if self._objects.can.keyed:
            return self._objects.find(inputs)
        return self._looks.insist(lambda: self._objects.find(inputs))

    def _find_surely(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """The objects that the service finds. An empty result is checked by a second look, because it leads to a create."""
        found = self._find(inputs)
        parent = self._objects.parent_key(inputs)
        new = parent is not None and self._run.made_here(parent) and not self._run.adopted_here(parent)
        if found or new:
            return found
        if self._objects.can.keyed:
            return self._known_after_all(inputs) if self._objects.can.hides_duplicates else found
        self._looks.pause()
        return self._find(inputs)

    def _known_after_all(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """Look again for an object that another call of the service knows, because a create of it would look like a success."""
        ref = self._objects.ref(str(self._definition.identity(inputs)), inputs, self._definition.name_of(inputs))
        try:
            known = self._objects.known_elsewhere(ref)
        except ObjectMissing:
            known = False
        if not known:
            return ()
        belief = self._updating.look(ref)
        return (belief.observation,) if isinstance(belief, Present) else ()
