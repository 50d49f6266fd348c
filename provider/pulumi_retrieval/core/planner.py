"""Check and diff of every resource: they validate inputs and plan changes without asking a service.

Validation, keeping the derived natural key, the endpoint, duplicates and refusals are the same for every resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .declaration import Declaration
from .definition import Definition
from .errors import ConfigurationError, RefusedError
from .fields import Mutability, flatten, secret_paths, spec_at
from .mistakes import Mistake, kept_since_before
from .place import Place, same_place
from .plan import ImmutableChange, Plan, by_identity, plan, same
from .records import (
    COMPARED,
    DRIFTED,
    ENDPOINT,
    OBSERVED,
    OURS_IN_INPUTS,
    SECRETS,
    UNREPAIRED,
    UNVERIFIED,
    Checked,
    Difference,
)
from .refusal import change_rows, refusal_text, why
from .rejections import Rejection, invalid, refused
from .retirement import lacks_time, retirement_advice
from .run import Run
from .secrecy import marked_keyed, secret_inputs, texts
from .telling import newly_managed_text, rename_text, repaired_text, unknown_rename, unrepaired_text
from .validation import find_mistakes
from .values import Path, contains_unknown, dotted, equal, normalise, undotted


class Planner:
    """Check and diff for one kind of resource.

    :param definition: the definition of the resource.
    :param run: the facts of this run.
    """

    def __init__(self, definition: Definition, *, run: Run) -> None:
        self.definition = definition
        self.run = run
        self.model = definition.model
        self.connection = definition.connection
        self._place = Place(definition)

    def check(self, old: Mapping[str, Any], program: Mapping[str, Any], declaration: Declaration) -> Checked:
        """Validate the inputs, and refuse changes of immutable keys. Asks no service.

        :param old: inputs as last stored; empty for a new object, and for a replacement that somebody requested from the engine.
        :param program: inputs of the program, unknown values as `UNKNOWN`.
        """
        old = normalise(old)
        # Records of this package are not inputs of the program; inputs that were checked before may contain some.
        given = {name: value for name, value in program.items() if value is not None and name not in OURS_IN_INPUTS}
        inputs: dict[str, Any] = normalise(given)
        if self.definition.natural_key and inputs.get(self.definition.natural_key) is None:
            key = old.get(self.definition.natural_key) or declaration.candidate
            if key is not None:
                inputs[self.definition.natural_key] = key
        self.definition.fill(inputs, old, declaration)
        before = old.get(SECRETS) or ()
        marked = (*declaration.secrets, *declaration.doubtful(normalise(program), old, before))
        self.learn_secrets(old, inputs, marked=marked)
        secret = secret_inputs(self.model, inputs, marked, before=before)
        if moved := self._place.moved(old):  # all other differences may come from this
            return Checked({**inputs, ENDPOINT: self.definition.endpoint}, (moved,))
        failures = [*self.connection.problems, *self._mistakes(old, inputs)]
        for text in (*self.definition.advice(inputs), *retirement_advice(inputs)):
            self.run.warn_once(f"{self.definition.name_of(inputs)}: {text}")
        if not failures:
            failures += self._duplicates(inputs, declaration)
        rejections = [invalid(text) for text in failures]
        if not old:
            self._keep(inputs, declaration, None)
        inputs[ENDPOINT] = self._place.endpoint_of(old)
        for spec in marked_keyed(self.model, declaration.secrets):
            self.run.warn_once(
                f"{self.definition.name_of(inputs)}: {dotted(spec.path)} holds a value that the program marks as secret; "
                "its keys are names, and are stored and shown in plain text"
            )
        if secret:
            inputs[SECRETS] = secret
        if old:
            change = self.plan(old, inputs, declaration, observed=None)
            objections = self.definition.objections(old, inputs, change)
            rejections += map(refused, objections)
            change = _without_mistakes(change, [*failures, *objections])
            if change.refusals:
                rejections.append(self.refusal(change, old, inputs, declaration).rejection)
            if (unknown := self._unknown_rename(old, inputs, change, declaration)) is not None:
                rejections.append(unknown)
            if change.unrepaired and not change.replacements:
                drift = old.get(DRIFTED) or {}
                inputs[DRIFTED] = {dotted(path): drift[dotted(path)] for path in change.unrepaired}
                if unverified := [place for place in inputs[DRIFTED] if place in (old.get(UNVERIFIED) or ())]:
                    inputs[UNVERIFIED] = unverified
        return Checked(inputs, tuple({rejection.text: rejection for rejection in rejections}.values()))

    def _mistakes(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        """The mistakes in the inputs. For a value that the existing object has already, there is only a warning."""
        found: list[Mistake | str] = [*find_mistakes(self.model, inputs, self.run.words)]
        found += self.definition.mistakes(inputs, new=not old)
        failures = []
        for mistake in found:
            if isinstance(mistake, str):
                failures.append(mistake)
            elif kept_since_before(mistake, old=old, new=inputs):
                self.run.warn_once(
                    f"{self.definition.name_of(inputs)}: {mistake.text}. The existing object keeps this value; "
                    "for a new object it would be refused"
                )
            else:
                failures.append(mistake.text)
        return failures

    def diff(
        self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], declaration: Declaration
    ) -> Difference:
        """Decide whether the resource changes or is replaced. Asks no service.

        :param outputs: as last stored.
        :param inputs: as `check` returned them.
        :raises RefusedError: a newly managed immutable key differs from what the service holds.
        """
        outputs, inputs = normalise(outputs), normalise(inputs)
        self.learn_secrets(outputs, inputs)
        change = self.plan(outputs, inputs, declaration, observed=outputs.get(OBSERVED))
        if change.refusals:
            raise self.refusal(change, outputs, inputs, declaration)
        if not change.replacements:
            for text in self.definition.objections(outputs, inputs, change):
                raise RefusedError(text)
        name = self.definition.name_of(outputs)
        # The engine may call diff twice, so warnings are given once.
        for path in change.unrepaired:
            self.run.warn_once(unrepaired_text(name, outputs, path, spec_at(self.model, path)))
        for path in change.repairs:
            self.run.warn_once(repaired_text(name, outputs, path))
        if not change.replacements and (key := self.definition.natural_key) and (key,) in change.patch:
            self.run.warn_once(rename_text(name, key, outputs.get(key), change.patch[key,]))
        for path in self.newly_managed(change, outputs):
            self.run.warn_once(newly_managed_text(name, path, self.run.words))
        kept = same_place(outputs.get(ENDPOINT), inputs.get(ENDPOINT)) and all(
            equal(outputs.get(one), inputs.get(one)) for one in (SECRETS, UNREPAIRED)
        )
        replaces = tuple(dict.fromkeys(item.path[0] for item in change.replacements))
        current = self.definition.current_id(object_id, outputs)
        held = self.definition.run_key(current)
        if replaces:
            self.run.let_go(held)
            self.run.let_go(self.definition.made_key(current))
        elif declaration.name:
            # A refresh asks as well, with nothing of a program: what the program has removed is not kept (engine.md 2.20).
            self._keep(inputs, declaration, held)
        changes = not kept or not change.empty or lacks_time(outputs, inputs)
        return Difference(changes=changes, replaces=replaces, deletes_first=self.definition.deletes_first)

    def learn_secrets(self, *values: Mapping[str, Any], marked: Sequence[Path] = ()) -> None:
        """Make the values of secret fields, and of those that the program marks as secret, known to the redactor.

        :param marked: paths of further secrets.
        """
        names = {
            path for spec in marked_keyed(self.model, marked) for path in marked if path[: len(spec.path)] == spec.path
        }
        for value in values:
            stored = [undotted(place) for place in value.get(SECRETS) or ()]
            known = (*secret_paths(self.model), *((name,) for name in self.definition.secret_outputs))
            for path in (*known, *(path for path in marked if path not in names), *stored):
                self.run.redactor.learn(*texts(value, path))

    def plan(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        declaration: Declaration,
        *,
        observed: Mapping[str, Any] | None,
    ) -> Plan:
        """The changes from the old values to the new ones.

        :param old: inputs or outputs as last stored, including drift.
        :param observed: the stored observation of each immutable key; None to ignore it.
        """
        allowed = self.definition.replaces_freely or new.get("on_immutable_change") == "replace"
        may_replace = allowed and self.definition.replacement_objection(old, new, declaration) is None
        change = plan(
            self.model,
            old,
            new,
            drifted=old.get(DRIFTED),
            observed=observed,
            unverified=old.get(UNVERIFIED) or (),
            may_replace=may_replace,
        )
        return self.definition.completed(change, old, new)

    def refusal(
        self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> RefusedError:
        """The refusal of the immutable changes of a plan."""
        allowed = new.get("on_immutable_change") == "replace"
        text = refusal_text(
            change.refusals,
            what=self.definition.name_of(old),
            why=why(change.refusals),
            remedies=self.definition.remedies(change.refusals, declaration),
            objection=self.definition.replacement_objection(old, new, declaration) if allowed else None,
        )
        return RefusedError(text, change_rows(change.refusals))

    def newly_managed(self, change: Plan, outputs: Mapping[str, Any]) -> list[Path]:
        """Immutable keys that the program begins to manage and whose value in the service is not stored."""
        if not change.stored:
            return []
        before = flatten(self.model, outputs)
        return [path for path in self.uncompared(change.stored, outputs) if path not in before]

    def uncompared(self, paths: Iterable[Path], outputs: Mapping[str, Any]) -> list[Path]:
        """The immutable keys among paths whose stored value was never compared with the service."""
        applied, observed = flatten(self.model, outputs), outputs.get(OBSERVED) or {}
        drifted, unverified = outputs.get(DRIFTED) or {}, outputs.get(UNVERIFIED) or ()
        compared_secrets = outputs.get(COMPARED) or ()
        found = []
        for path in paths:
            spec, place = spec_at(self.model, path), dotted(path)
            seen = observed.get(place)
            if spec.mutability is not Mutability.IMMUTABLE or (place in drifted and place not in unverified):
                continue
            if path in applied and place in compared_secrets:
                continue
            compared = seen is not None and (path not in applied or same(spec, applied[path], seen, partial=True))
            if not compared:
                found.append(path)
        return found

    def _unknown_rename(
        self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan, declaration: Declaration
    ) -> Rejection | None:
        """The refusal of a natural key that is not known yet and may be a new name; None if it is known or allowed."""
        key = self.definition.natural_key
        if key is None or (key,) not in change.unknown or inputs.get("allow_rename") is True or change.replacements:
            return None
        spec, name = spec_at(self.model, (key,)), self.definition.name_of(old)
        return unknown_rename(name, key, old.get(key), spec, declaration, self.run.words)

    def _duplicates(self, inputs: Mapping[str, Any], declaration: Declaration) -> list[str]:
        key = self.claim_key(inputs)
        if key is None or not declaration.candidate:
            return []
        identity = f"{declaration.candidate} {declaration.name}"
        other = self.run.claim(self._of_account(key), identity=identity, name=declaration.name)
        if other is None:
            return []
        return [self.definition.duplicate_text(key[-1], other, declaration.name)]

    def claim_key(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The identity that only one resource of a program may have; None if there is none, or it is not known yet."""
        key, scope = self.definition.identity(inputs), self.definition.scope(inputs)
        return None if scope is None or key is None else (self.definition.noun, *scope, key)

    def _keep(self, inputs: Mapping[str, Any], declaration: Declaration, held: str | None) -> None:
        """Remember the object that a resource keeps, under its natural key, or under its name if it has none.

        :param held: the object; None if the resource has none, or the object is being replaced.
        """
        named = (self.definition.noun, declaration.candidate or "", declaration.name)
        key = self._of_account(self.claim_key(inputs) or named)
        self.run.keep(key, held)
        if self.definition.account:
            self.run.keep((*key, "of account"), held and f"{held} {self.definition.account}")

    def _of_account(self, key: tuple[str, ...]) -> tuple[str, ...]:
        return (*key, self.definition.account) if self.definition.account else key

    def run_key(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """The name under which the run remembers an object of the state."""
        return self.definition.run_key(self.definition.current_id(object_id, outputs))

    def ready(self, outputs: Mapping[str, Any] | None = None) -> None:
        """Return if the connection can work and points at the server of the object.

        :param outputs: the stored outputs of the object, if it exists.
        :raises ConfigurationError: the connection cannot work, or points at another server.
        """
        before = (outputs or {}).get(ENDPOINT)
        if moved := self._place.moved(outputs or {}):
            raise ConfigurationError(moved.text)
        if self.connection.problems:
            raise ConfigurationError("; ".join(self.connection.problems))
        if before and not self._place.holds(before):
            raise ConfigurationError("the endpoint is not known")


def _without_mistakes(change: Plan, failures: Sequence[str]) -> Plan:
    """The plan without refusals of lists with repeated identities, for which there is a mistake already."""

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
