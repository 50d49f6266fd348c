"""The life of a resource, the same for every one: check, diff, create, read, update, delete.

`LifeCycle` holds what every resource shares: validation, the sticky natural key, the endpoint, refusals, what is kept.
A resource of a service says what is its own: the model, the reasons, and the calls. Nothing here knows Pulumi; an
adapter turns the engine's values into plain ones before they come here, and back.

What is stored for a resource (its outputs) mirrors its inputs under the same names and adds a few facts:

- ``endpoint``: where the object lives;
- ``observed_immutable``: dotted path → what the service holds of each immutable key, managed or not;
- ``drifted``: dotted path → what the service holds, for managed immutable keys that somebody else changed;
- whatever `Fetched.facts` has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pydantic import BaseModel

from .connection import Connection
from .errors import ConfigurationError, RefusedError, ServiceError
from .fields import Kind, flatten, secret_paths, spec_at
from .plan import ImmutableChange, Plan, by_identity, observe_drift, plan
from .refusal import Declaration, Way, refusal_text, show, usual_ways
from .run import Run
from .validation import check_inputs
from .values import UNKNOWN, Path, contains_unknown, dotted, get_path, normalise

ENDPOINT, OBSERVED, DRIFTED = "endpoint", "observed_immutable", "drifted"


@dataclass(frozen=True)
class Checked:
    """What `check` found. :param inputs: what the engine shall store. :param failures: one text each."""

    inputs: dict[str, Any]
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What `diff` found. :param replaces: top-level names of the inputs that force a replacement."""

    changes: bool
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """What the service holds of one object.

    :param id: the service's id.
    :param values: in the shape of the inputs; what the service does not return is absent.
    :param facts: outputs that are no inputs: ``created_at``, ….
    """

    id: str
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """What is stored for a resource. :param inputs: None where the inputs stay as the program gave them."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None


class LifeCycle(ABC):
    """One kind of resource of one service."""

    noun: ClassVar[str]
    """What people call the object: ``"dataset"``."""
    model: type[BaseModel]
    """The input model."""
    natural_key: ClassVar[str | None] = None
    """The input that identifies the object in the service before its id is known."""
    replaces_freely: ClassVar[bool] = False
    """Whether a replacement loses nothing, so that a change of an immutable key simply makes one."""

    def __init__(self, *, connection: Connection, run: Run) -> None:
        self.connection = connection
        self.run = run

    # What a resource says of itself.

    @property
    def endpoint(self) -> str:
        """Where objects of this connection live, as stored."""
        return self.connection.base_url

    @property
    @abstractmethod
    def why_immutable(self) -> str:
        """Why the service cannot change immutable keys; the second half is what a change would do."""

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The object as a person would name it: ``"dataset golden"``."""
        key = values.get(self.natural_key) if self.natural_key else None
        return f"{self.noun} {key}" if isinstance(key, str) else self.noun

    def fill(  # noqa: B027, one may leave nothing to us
        self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration
    ) -> None:
        """Fill inputs that the program leaves to us. Must be deterministic."""

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Local rules beyond the model: one text for each broken one. Inputs may hold unknowns."""
        return ()

    def change_rules(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> Sequence[str]:
        """Local rules on a change of an object that exists."""
        return ()

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Within what the natural key is unique; None while that is not known."""
        return (self.endpoint,)

    def ways(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Way]:
        """The ways out of a refusal."""
        return usual_ways(changes, declaration)

    def run_key(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """Under what `core.run.Run` remembers the object; ids that are no uuids should say where they live."""
        return object_id

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """Why the object cannot be replaced although the program allows it; None where it can."""
        return None

    # The calls.

    @abstractmethod
    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """Create the object, or adopt it."""

    @abstractmethod
    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Read the object; None where it is surely gone."""

    @abstractmethod
    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Send the partial update of a plan whose patch is not empty, and read the result."""

    @abstractmethod
    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the object; absent is success."""

    # What every resource does alike.

    def check(self, old: Mapping[str, Any], program: Mapping[str, Any], declaration: Declaration) -> Checked:
        """Validate everything that can be validated here, and refuse what must not change. Talks to nobody.

        :param old: inputs as last stored; empty for a new object, and for a replacement that was asked for explicitly.
        :param program: inputs as the program gives them, unknowns as `UNKNOWN`.
        """
        old = normalise(old)
        inputs: dict[str, Any] = {k: normalise(v) for k, v in program.items() if v is not None}
        if self.natural_key and inputs.get(self.natural_key) is None:
            key = old.get(self.natural_key) or declaration.candidate
            if key is not None:
                inputs[self.natural_key] = key
        self.fill(inputs, old, declaration)
        self.learn_secrets(inputs)
        failures = [*self.connection.problems, *check_inputs(self.model, inputs)]
        failures += self.rules(inputs)
        if not failures:
            failures += self._duplicates(inputs, declaration)
        if not old and (key := self._claim_key(inputs)) is not None:
            self.run.keep(key, None)
        inputs[ENDPOINT] = self._endpoint_of(old)
        if old:
            failures += self._moved(old)
            failures += self.change_rules(old, inputs)
            change = self._plan(old, inputs, declaration, drifted=old.get(DRIFTED))
            change = _without_mistakes(change, failures)
            if change.refusals:
                failures.append(self._refusal(change, old, inputs, declaration))
            if change.unrepaired and not change.replacements:
                drift = old.get(DRIFTED) or {}
                inputs[DRIFTED] = {dotted(path): drift[dotted(path)] for path in change.unrepaired}
        return Checked(inputs, tuple(dict.fromkeys(failures)))

    def diff(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Difference:
        """Say whether there is a step to take. Talks to nobody.

        :param outputs: as last stored.
        :param inputs: as `check` returned them.
        :raises RefusedError: a newly managed immutable key differs from what the service holds.
        """
        outputs, inputs = normalise(outputs), normalise(inputs)
        self.learn_secrets(outputs, inputs)
        change = self._plan(outputs, inputs, declaration, drifted=outputs.get(DRIFTED), observed=outputs.get(OBSERVED))
        if change.refusals:
            raise RefusedError(self._refusal(change, outputs, inputs, declaration))
        # The engine may ask twice.
        for path in change.unrepaired:
            self.run.warn_once(self._unrepaired(outputs, path))
        for path in change.repairs:
            self.run.warn_once(self._repaired(outputs, path))
        for path in self._taken_on_trust(change, outputs):
            self.run.warn_once(
                f"{self.name_of(outputs)}: {dotted(path)} is managed from now on, and the service does not tell what it "
                "holds; what the program says is taken on trust and never sent"
            )
        moved = outputs.get(ENDPOINT) != inputs.get(ENDPOINT)
        replaces = tuple(dict.fromkeys(item.path[0] for item in change.replacements))
        if (key := self._claim_key(inputs)) is not None:
            self.run.keep(key, None if replaces else self.run_key(object_id, outputs))
        return Difference(changes=moved or not change.empty, replaces=replaces)

    def create(self, inputs: Mapping[str, Any]) -> Stored:
        """Create the object."""
        self.ready()
        inputs = normalise(inputs)
        self.learn_secrets(inputs)
        fetched = self.create_object(inputs)
        held, drifted = self._compare(inputs, fetched)
        for path in self._differing(inputs, held, drifted):
            self.run.warn(
                f"{self.name_of(inputs)}: the service did not take {dotted(path)}; it holds "
                f"{show(self._held(fetched, path))}, and the next preview will show that"
            )
        return self._stored(held, fetched, drifted=drifted)

    def read(self, object_id: str, outputs: Mapping[str, Any]) -> Stored | None:
        """Compare what is stored with the service; None where the object is gone.

        Updatable managed keys become what the service says, in the program's own spelling where that means the same;
        immutable ones stay as applied, and what differs is listed under ``drifted``.
        """
        self.ready()
        outputs = normalise(outputs)
        self.learn_secrets(outputs)
        if ENDPOINT not in outputs:
            return self._look_up(object_id, outputs)
        self._same_endpoint(outputs)
        fetched = self.fetch(object_id, outputs)
        if fetched is None:
            return None
        inputs, drifted = self._compare(outputs, fetched)
        stored = self._stored(inputs, fetched, object_id=object_id, drifted=drifted)
        if drifted:
            inputs[DRIFTED] = drifted
        return Stored(object_id, stored.outputs, inputs)

    def update(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Stored:
        """Bring the object to what the program says, by the smallest call, or by none.

        :raises RefusedError: an immutable key would change, which no preview could see.
        :raises ServiceError: the update failed, or the service did not take a key although it said so.
        """
        self.ready()
        outputs, inputs = normalise(outputs), normalise(inputs)
        self.learn_secrets(outputs, inputs)
        change = self._plan(outputs, inputs, declaration, drifted=outputs.get(DRIFTED), observed=outputs.get(OBSERVED))
        if change.refusals:
            raise RefusedError(self._refusal(change, outputs, inputs, declaration))
        name = self.name_of(outputs)
        for path in change.released:
            self.run.say(f"{name}: {dotted(path)} is no longer managed; its value stays in the service")
        for path in change.origin:
            self.run.say(f"{name}: {dotted(path)} is used only at creation; {name} keeps its origin")
        if change.patch:
            self._same_endpoint(outputs)
            fetched = self.apply(object_id, outputs, inputs, change)
            held, drifted = self._compare(inputs, fetched)
            self._taken(name, self._differing(inputs, held, drifted), change, fetched)
            return self._stored(held, fetched, object_id=object_id, drifted=drifted)
        kept = {k: v for k, v in outputs.items() if k not in self.model.model_fields and k not in (ENDPOINT, DRIFTED)}
        return Stored(object_id, {**kept, **_without_null(inputs)})

    def delete(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the object."""
        self.ready()
        outputs = normalise(outputs)
        self.learn_secrets(outputs)
        key = self.run_key(object_id, outputs)
        # The second is what an earlier run left behind that adopted and then failed before this delete.
        if self.run.adopted_here(key) or self.run.kept_here(key):
            self.run.say(
                f"{self.name_of(outputs)} ({object_id}) is now held by another resource of the program and is left alone"
            )
            return
        self._same_endpoint(outputs)
        self.delete_object(object_id, outputs)

    # Helpers.

    def ready(self) -> None:
        """Refuse to talk over a connection that cannot work.

        :raises ConfigurationError: it cannot.
        """
        if self.connection.problems:
            raise ConfigurationError("; ".join(self.connection.problems))

    def learn_secrets(self, *values: Mapping[str, Any]) -> None:
        """Make the values of secret fields known to the redactor."""
        for value in values:
            for path in secret_paths(self.model):
                self.run.redactor.learn(*_texts(get_path(value, path)))

    def observed_immutable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the service holds of each immutable key, by dotted path."""
        return {
            dotted(path): value
            for path, value in flatten(self.model, values).items()
            if spec_at(self.model, path).kind is Kind.IMMUTABLE
        }

    def _stored(
        self,
        inputs: Mapping[str, Any],
        fetched: Fetched,
        *,
        object_id: str | None = None,
        drifted: Mapping[str, Any] | None = None,
    ) -> Stored:
        outputs = {
            **_without_null(inputs),
            **_without_null(fetched.facts),
            OBSERVED: self.observed_immutable(fetched.values),
        }
        outputs.pop(DRIFTED, None)
        if drifted:
            outputs[DRIFTED] = dict(drifted)
        return Stored(object_id or fetched.id, outputs)

    def _compare(self, stored: Mapping[str, Any], fetched: Fetched) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs as the service holds them, and the immutable ones that it holds otherwise."""
        applied = {k: v for k, v in stored.items() if k in self.model.model_fields and v is not None}
        held, drifted = observe_drift(self.model, applied, normalise(fetched.values))
        if stored.get(ENDPOINT) is not None:
            held[ENDPOINT] = stored[ENDPOINT]
        return held, drifted

    def _differing(self, inputs: Mapping[str, Any], held: Mapping[str, Any], drifted: Mapping[str, Any]) -> list[Path]:
        """The managed keys that the service holds otherwise."""
        before, after = flatten(self.model, inputs), flatten(self.model, held)
        return [path for path in before if dotted(path) in drifted or after.get(path) != before[path]]

    def _held(self, fetched: Fetched, path: Path) -> Any:
        return flatten(self.model, fetched.values).get(path)

    def _taken(self, name: str, differing: Sequence[Path], change: Plan, fetched: Fetched) -> None:
        """Look at what the service holds after an update.

        :raises ServiceError: it did not take a key that was sent.
        """
        lost = [f"{dotted(p)} (it holds {show(self._held(fetched, p))})" for p in differing if p in change.patch]
        if lost:
            raise ServiceError(
                f"update {name}",
                message=f"the service answered with success and did not take {', '.join(lost)}",
                hint="It may have taken the rest; run `pulumi up --refresh`, also if you revert",
            )
        others = [dotted(path) for path in differing if path not in change.patch and path not in change.unrepaired]
        if others:
            self.run.warn(
                f"{name}: {', '.join(others)} changed in the service meanwhile; somebody else is writing to it"
            )

    def _taken_on_trust(self, change: Plan, outputs: Mapping[str, Any]) -> list[Path]:
        """Newly managed immutable keys that nothing could be compared with."""
        before, observed = flatten(self.model, outputs), outputs.get(OBSERVED) or {}
        return [
            path
            for path in change.stored
            if path not in before
            and observed.get(dotted(path)) is None
            and spec_at(self.model, path).kind is Kind.IMMUTABLE
            and not spec_at(self.model, path).keyed
        ]

    def _look_up(self, object_id: str, outputs: Mapping[str, Any]) -> Stored | None:
        fetched = self.fetch(object_id, outputs)
        if fetched is None:
            return None
        identity = {k: v for k, v in fetched.values.items() if not isinstance(v, (dict, list))}
        inputs = {**identity, ENDPOINT: self.endpoint}
        return Stored(object_id, self._stored(inputs, fetched).outputs, inputs)

    def _plan(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        declaration: Declaration,
        *,
        drifted: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
    ) -> Plan:
        allowed = self.replaces_freely or new.get("on_immutable_change") == "replace"
        may_replace = allowed and self.replacement_objection(old, new, declaration) is None
        return plan(self.model, old, new, drifted=drifted, observed=observed, may_replace=may_replace)

    def _refusal(self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration) -> str:
        allowed = new.get("on_immutable_change") == "replace"
        return refusal_text(
            change.refusals,
            what=self.name_of(old),
            why=self.why_immutable,
            ways=self.ways(change.refusals, declaration),
            objection=self.replacement_objection(old, new, declaration) if allowed else None,
        )

    def _repaired(self, outputs: Mapping[str, Any], path: Path) -> str:
        held = (outputs.get(DRIFTED) or {}).get(dotted(path))
        return (
            f"{self.name_of(outputs)}: {dotted(path)} was changed to {show(held)} by somebody else and is put back to "
            f"{show(get_path(outputs, path))}; documents that were added meanwhile may be unreachable then"
        )

    def _unrepaired(self, outputs: Mapping[str, Any], path: Path) -> str:
        drifted = outputs.get(DRIFTED) or {}
        return (
            f"{self.name_of(outputs)}: somebody else changed {dotted(path)} to {show(drifted.get(dotted(path)))}, and the "
            "service cannot put it back; accept the observed value in the program, or replace the object"
        )

    def _duplicates(self, inputs: Mapping[str, Any], declaration: Declaration) -> list[str]:
        key = self._claim_key(inputs)
        if key is None or declaration.candidate is None:
            return []
        identity = f"{declaration.candidate} {declaration.name}"
        other = self.run.claim(key, identity=identity, name=declaration.name)
        if other is None:
            return []
        return [
            f'{self.natural_key}: "{key[-1]}" is declared by two resources of this program, "{other}" and '
            f'"{declaration.name}"; one object can have one owner only'
        ]

    def _claim_key(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The natural key with all that it is unique in; None where there is none, or while it is not known."""
        key = inputs.get(self.natural_key) if self.natural_key else None
        scope = self.scope(inputs)
        return (self.noun, *scope, key) if scope is not None and isinstance(key, str) else None

    def _endpoint_of(self, old: Mapping[str, Any]) -> Any:
        if self.connection.pending:
            return old.get(ENDPOINT, UNKNOWN)
        return self.endpoint

    def _moved(self, old: Mapping[str, Any]) -> list[str]:
        before = old.get(ENDPOINT)
        if self.connection.pending or not before or before == self.endpoint or self._is_former(str(before)):
            return []
        url, _, generation = str(before).partition(" ")
        ways = ["    undo               point the connection back, or select the right stack"]
        if generation == self.endpoint.partition(" ")[2]:
            setting = f"{self.connection.service}:formerBaseUrls"
            ways.append(f"    the service moved  pulumi config set {setting} '[\"{url}\"]' && pulumi up")
        return [
            f"REFUSED, nothing was changed: {self.name_of(old)} lives at {before}, and the connection now points at "
            f"{self.endpoint} ({self.connection.sources.get('baseUrl', 'the default')})\n"
            "  Why:   in another service every object of this stack would look deleted, and would be created again.\n"
            "  Do one:\n" + "\n".join(ways)
        ]

    def _is_former(self, before: str) -> bool:
        url, _, generation = before.partition(" ")
        return url in self.connection.former_base_urls and generation == self.endpoint.partition(" ")[2]

    def _same_endpoint(self, outputs: Mapping[str, Any]) -> None:
        before = outputs.get(ENDPOINT)
        if before and before != self.endpoint and not self._is_former(str(before)):
            raise ConfigurationError(self._moved(outputs)[0] if self._moved(outputs) else "the endpoint is not known")


def _without_mistakes(change: Plan, failures: Sequence[str]) -> Plan:
    """The plan without refusals of lists whose items cannot be told apart: the mistakes in them say it better."""

    def is_mistaken(item: ImmutableChange) -> bool:
        place = dotted(item.path)
        return (
            item.spec.keyed is not None
            and item.now is not None
            and not contains_unknown(item.now)
            and by_identity(item.spec.keyed, item.now) is None
            and any(text.startswith((f"{place}:", f"{place}[")) for text in failures)
        )

    return replace(change, refusals=tuple(item for item in change.refusals if not is_mistaken(item)))


def _without_null(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _texts(value: Any) -> list[str]:
    """Every text in a value."""
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def no_unknowns(values: Mapping[str, Any]) -> bool:
    """Whether every value is known."""
    return not contains_unknown(values)
