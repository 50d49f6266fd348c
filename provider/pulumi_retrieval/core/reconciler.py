"""The life cycle of every resource: check, diff, create, read, update, delete.

A resource consists of a definition (`core.definition`: input model and rules) and its objects (`core.objects`: the calls to its
service). `Planner` compares the stored inputs with those of the program; `Creating`, `Updating` and `Deleting` use the service.
Nothing here knows Pulumi: an adapter converts the values of the engine, and gives the remedies their words (`core.words`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .attributing import on_behalf_of
from .beliefs import Absent
from .creating import Creating
from .declaration import Declaration
from .definition import Definition
from .deleting import Deleting
from .errors import ServiceError, StateError
from .fields import flatten, secret_paths, spec_at
from .foreseeing import Foreseeing
from .issuing import Issuing
from .looking import Looks
from .objects import Objects, Observation
from .plan import Plan, by_identity, holds
from .planner import Planner
from .progress import Progress
from .records import ENDPOINT, FORGETTABLE, OBSERVED, Checked, Difference, ResourceState
from .records_check import ensure_sound
from .refusal import show
from .rejections import invalid
from .run import Run
from .state import State
from .updating import Updating
from .values import Path, dotted, get_path, normalise, without_value
from .waiting import Waiter
from .writing import hint_written


class Reconciler:
    """The life cycle of one kind of resource of one service.

    :param clock: seconds, monotonic.
    :param sleep: waits for some seconds.
    :param now: seconds since the epoch.
    """

    def __init__(
        self,
        definition: Definition,
        objects: Objects,
        *,
        run: Run,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        looks, waiter = Looks(sleep), Waiter(clock=clock, sleep=sleep)
        progress = Progress(objects, definition=definition, waiter=waiter, run=run)
        self.definition = definition
        self.run = run
        self._objects = objects
        self._planner = Planner(definition, run=run)
        self._state = State(definition.model, endpoint=lambda: definition.endpoint, now=now)
        self._updating = Updating(objects, planner=self._planner, looks=looks, run=run)
        self._deleting = Deleting(
            objects, definition=definition, updating=self._updating, progress=progress, looks=looks, run=run, now=now
        )
        issuing = Issuing(objects, definition=definition, deleting=self._deleting, looks=looks, run=run)
        self._creating = Creating(
            objects,
            planner=self._planner,
            updating=self._updating,
            issuing=issuing,
            progress=progress,
            looks=looks,
            run=run,
        )
        self.foreseeing = Foreseeing(
            objects, planner=self._planner, updating=self._updating, progress=progress, looks=looks, run=run, now=now
        )

    @property
    def secrets(self) -> Sequence[Path]:
        """The inputs and outputs that are secrets."""
        return [*secret_paths(self.definition.model), *((name,) for name in self.definition.secret_outputs)]

    def check(self, old: Mapping[str, Any], program: Mapping[str, Any], declaration: Declaration) -> Checked:
        """Validate and refuse, asking no service; see `Planner.check`."""
        try:
            if old:
                self._ensure_sound(old)
        except StateError as error:
            inputs = {name: value for name, value in program.items() if value is not None}
            return Checked(inputs, (invalid(str(error)),))
        return self._planner.check(old, program, declaration)

    def diff(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Difference:
        """Decide whether the resource changes, asking no service; see `Planner.diff`."""
        self._ensure_sound(outputs)
        return self._planner.diff(object_id, outputs, inputs, declaration)

    def ready(self) -> None:
        """Return if the connection can work. :raises ConfigurationError: it cannot."""
        self._planner.ready()

    def create(self, inputs: Mapping[str, Any]) -> ResourceState:
        """Create the object, or adopt it."""
        self._planner.ready()
        inputs = normalise(inputs)
        self._planner.learn_secrets(inputs)
        with on_behalf_of(self.definition.name_of(inputs), self.definition.identity(inputs)):
            seen, sent = self._creating.create(inputs)
        held, drifted = self._state.compare(inputs, seen)
        for path in self._differing(inputs, held, drifted):
            self.run.warn(
                f"{self.definition.name_of(inputs)}: the service did not store {dotted(path)}; it holds "
                f"{show(self._held(seen, path))}, and the next preview will show that"
            )
        self._tell_what_may_be_dropped(flatten(self.definition.model, inputs), inputs, seen)
        facts = {**seen.facts, **self._secrets_applied(sent, seen)}
        # A value that the create sent and the service never held must not be restored later.
        return self._state.stored(held, seen, facts=facts, drifted=drifted, unverified=list(drifted))

    def read(self, object_id: str, outputs: Mapping[str, Any]) -> ResourceState | None:
        """Compare the stored values with the service (`State.read`); None if the object is gone."""
        self._ensure_sound(outputs)
        outputs = normalise(outputs)
        self._planner.learn_secrets(outputs)
        self._planner.ready(outputs)
        current = self.definition.current_id(object_id, outputs)
        ref = self._objects.ref(current, outputs, self.definition.name_of(outputs))
        with on_behalf_of(ref.what, current):
            belief = self._updating.look(ref)
        if isinstance(belief, Absent) or not belief.observation.exists:
            self._record_absence(current, ref.what, belief, stored=ENDPOINT in outputs)
            return None
        seen = belief.observation
        if ENDPOINT not in outputs:
            return self._state.looked_up(object_id, seen)
        if (lost := self.definition.lost(outputs, seen)) is not None:
            self.run.warn(lost)
            return None
        self._claim_keys(object_id, outputs, seen)
        return self._state.read(object_id, outputs, seen)

    def update(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> ResourceState:
        """Change the object to the inputs of the program, with the smallest call, or without one if nothing differs.

        :raises RefusedError: an immutable key would change, which the preview could not detect.
        :raises ServiceError: the update failed, or the service did not store a key although it answered with success.
        """
        self._planner.ready()
        self._ensure_sound(outputs)
        outputs, inputs = normalise(outputs), normalise(inputs)
        self._planner.learn_secrets(outputs, inputs)
        change = self._planner.plan(outputs, inputs, declaration, observed=outputs.get(OBSERVED))
        if change.refusals:
            raise self._planner.refusal(change, outputs, inputs, declaration)
        forgettable = self._tell_what_is_stored(change, outputs, inputs)
        new = self._planner.newly_managed(change, outputs)
        if not change.patch and not new:
            return self._state.kept(object_id, outputs, inputs, forgettable=forgettable)
        self._planner.ready(outputs)
        # Before the first write, every immutable key that was never compared with the service is compared.
        uncompared = self._planner.uncompared(flatten(self.definition.model, inputs), outputs) if change.patch else new
        current = self.definition.current_id(object_id, outputs)
        ref = self._objects.ref(current, {**outputs, **inputs}, self.definition.name_of(outputs))
        with on_behalf_of(ref.what, current):
            seen = self._updating.bring(
                ref, change.patch, inputs, uncompared=uncompared, forgettable=_forgettable(outputs)
            )
        held, drifted = self._state.compare(inputs, seen)
        if change.patch:
            differing = [*self._differing(inputs, held, drifted), *self._not_undone(change, inputs, seen)]
            self._check_taken(differing, change, inputs, seen)
            self._tell_what_may_be_dropped(change.patch, inputs, seen)
        return self._state.stored(
            held,
            seen,
            object_id=object_id,
            facts={**seen.facts, **self._secrets_applied(change.patch, seen)},
            drifted=drifted,
            unverified=self._state.unverified(outputs, drifted),
            before=outputs,
            forgettable=() if change.patch else forgettable,
        )

    def delete(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the object, unless another resource of this run manages it, or is to manage it."""
        self._ensure_sound(outputs)
        outputs = normalise(outputs)
        self._planner.learn_secrets(outputs)
        what, current = (
            f"{self.definition.name_of(outputs)} ({object_id})",
            self.definition.current_id(object_id, outputs),
        )
        key, claim = self.definition.run_key(current), self._planner.claim_key(outputs)
        # Kept: an earlier run adopted the object for another resource and failed before this delete.
        # If the id is a name, it may now mean a new object that this run created after the old one was gone.
        renewed = self.definition.id_is_natural_key and self.run.made_here(self.definition.made_key(current))
        renewed = renewed and not self.run.is_let_go(key)
        if renewed or self.run.adopted_here(key) or self.run.kept_here(key):
            self.run.say(f"{what} is now held by another resource of the program and is left alone")
            return
        if self.run.wanted_here(key) or (claim is not None and self.run.attempted(claim)):
            self.run.say(
                f"{what} is left alone: another resource of the program is declared with the same natural key, and could not "
                "be created. The object stays in the service, and no resource of this stack manages it until it is adopted"
            )
            return
        if (reason := self.definition.kept(outputs)) is not None:
            self.run.say(f"{what}{reason}")
            return
        self._planner.ready(outputs)
        ref = self._objects.ref(current, outputs, self.definition.name_of(outputs))
        with on_behalf_of(ref.what, current):
            self._deleting.delete(ref, outputs)

    def _ensure_sound(self, stored: Mapping[str, Any]) -> None:
        """Return if stored values have the form that this package stores. :raises StateError: they do not."""
        ensure_sound(
            self.definition.model,
            stored,
            what=self.definition.name_of(stored),
            words=self.run.words,
            complete=not self.definition.known_by_id_alone,
        )

    # Messages, and facts for the run.

    def _record_absence(self, current: str, what: str, belief: Any, *, stored: bool) -> None:
        if not stored:
            return
        connection = self.definition.connection
        parent = belief.parent if isinstance(belief, Absent) else None
        self.run.record_absence(
            connection.service,
            parent or self.definition.run_key(current),
            what=parent or what,
            most=connection.max_gone,
        )

    def _claim_keys(self, object_id: str, outputs: Mapping[str, Any], seen: Observation) -> None:
        """Warn if two resources of this run manage the same key of an object."""
        name = self.definition.name_of(outputs)
        for held, shown, key in self.definition.managed_elsewhere(object_id, outputs, seen):
            other = self.run.claim(("configuration", held, key), identity=object_id, name=name)
            if other is not None:
                self.run.warn(f"{name} and {other} both manage {key} of {shown}; each will undo the other")

    def _tell_what_may_be_dropped(self, sent: Iterable[Path], inputs: Mapping[str, Any], seen: Observation) -> None:
        """Warn of sent keys that this package does not know and that the service does not return."""
        for path in sent:
            if spec_at(self.definition.model, path).unlisted and self._held(seen, path) is None:
                self.run.warn_once(
                    f"{self.definition.name_of(inputs)}: the service does not return {dotted(path)}, so it may not know this "
                    "key and may have dropped it. The state keeps the value that was sent, without comparing it; remove the key if "
                    "it has no effect"
                )

    def _tell_what_is_stored(
        self, change: Plan, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Sequence[str]:
        """Report changes that only affect the state. Returns the keys that the next update erases in the service, dotted."""
        name, forgettable = self.definition.name_of(outputs), list(_forgettable(outputs))
        for path in change.released:
            forgets = spec_at(self.definition.model, path).carried and not self._objects.carries(path)
            if forgets:
                forgettable.append(dotted(path))
                rest = (
                    "the service keeps its value until the next update of this object, which erases it"
                    if not change.patch
                    else "this update erases its value"
                )
            else:
                rest = "its value stays in the service"
            self.run.say(f"{name}: {dotted(path)} is no longer managed; {rest}")
        for path in change.origin:
            self.run.say(f"{name}: {dotted(path)} is used only at creation; the change has no effect on {name}")
        return without_value(forgettable, inputs)

    def _secrets_applied(self, sent: Mapping[Path, Any], seen: Observation) -> dict[str, Any]:
        if not any(spec_at(self.definition.model, path).secret for path in sent):
            return {}
        return self.definition.secret_facts(seen)

    def _differing(self, inputs: Mapping[str, Any], held: Mapping[str, Any], drifted: Mapping[str, Any]) -> list[Path]:
        """The managed keys whose values in the service differ from the inputs."""
        model = self.definition.model
        before, after = flatten(model, inputs), flatten(model, held)
        return [path for path in before if dotted(path) in drifted or after.get(path) != before[path]]

    def _not_undone(self, change: Plan, inputs: Mapping[str, Any], seen: Observation) -> list[Path]:
        """Sent keys that the program does not manage any more and that the service did not store."""
        model, managed = self.definition.model, flatten(self.definition.model, inputs)
        sent = {path: value for path, value in change.patch.items() if value is not None and path not in managed}
        return [path for path, value in sent.items() if not holds(spec_at(model, path), value, self._held(seen, path))]

    def _lost(self, path: Path, change: Plan, seen: Observation) -> list[str]:
        """The key of a patch that the service did not store; for added list items, each missing item by its name."""
        spec, held = spec_at(self.definition.model, path), self._held(seen, path)
        sent = by_identity(spec.keyed, change.patch[path]) if spec.keyed else None
        there = by_identity(spec.keyed, held) if spec.keyed else None
        if sent is None or there is None:
            return [f"{dotted(path)} (it holds {show(held)})"]
        return [f'{dotted(path)}["{name}"]' for name in sent if name not in there]

    def _held(self, seen: Observation, path: Path) -> Any:
        return flatten(self.definition.model, seen.values).get(path)

    def _check_taken(
        self, differing: Sequence[Path], change: Plan, inputs: Mapping[str, Any], seen: Observation
    ) -> None:
        """Compare the object after an update with what was sent.

        :raises ServiceError: the service did not store a key that was sent.
        """
        name = self.definition.name_of(inputs)
        lost = [text for p in differing if p in change.patch for text in self._lost(p, change, seen)]
        if lost:
            raise ServiceError(
                f"update {name}",
                message=f"the service answered with success and did not store {', '.join(lost)}; somebody else may be "
                "writing to it",
                hint=hint_written(self.run.words),
            )
        told = [
            f"{dotted(p)} is {show(self._held(seen, p))} now, and the program says {show(get_path(inputs, p))}"
            for p in differing
            if p not in change.patch and p not in change.unrepaired
        ]
        if told:
            self.run.warn(f"{name}: somebody else is writing to it: {'; '.join(told)}")


def _forgettable(outputs: Mapping[str, Any]) -> Sequence[str]:
    """The stored list of keys that the next update erases in the service, dotted."""
    return outputs.get(FORGETTABLE) or ()
