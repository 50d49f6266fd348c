"""The half of a life cycle that talks to nobody: check and diff.

Validation, the sticky natural key, the endpoint, duplicates and refusals are the same for every resource.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from .connection import LOOPBACK
from .declaration import Declaration
from .errors import ConfigurationError, RefusedError
from .fields import Kind, flatten, secret_paths, spec_at
from .kind import ResourceKind
from .plan import ImmutableChange, Plan, by_identity, plan
from .records import DRIFTED, ENDPOINT, OBSERVED, SECRETS, Checked, Difference
from .refusal import refusal_text, show, why
from .secrecy import marked_keyed, secret_inputs, texts
from .validation import check_inputs
from .values import UNKNOWN, Path, contains_unknown, dotted, equal, get_path, normalise


class Planning(ResourceKind):
    """Decides what a change means, without asking the service."""

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
        self.learn_secrets(old, inputs, marked=declaration.secrets)
        secret = secret_inputs(self.model, inputs, declaration.secrets, before=old.get(SECRETS) or ())
        if moved := self._moved(old):
            return Checked({**inputs, ENDPOINT: self.endpoint}, (moved,))  # whatever else differs comes of this
        failures = [*self.connection.problems, *check_inputs(self.model, inputs)]
        failures += self.rules(inputs)
        if not failures:
            failures += self._duplicates(inputs, declaration)
        if not old and (key := self._claim_key(inputs)) is not None:
            self.run.keep(key, None)
        inputs[ENDPOINT] = self._endpoint_of(old)
        for spec in marked_keyed(self.model, declaration.secrets):
            self.run.warn_once(
                f"{self.name_of(inputs)}: {dotted(spec.path)} holds what the program calls a secret; its keys are names, and "
                "are stored and shown as they are"
            )
        if secret:
            inputs[SECRETS] = secret
        if old:
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
        kept = all(equal(outputs.get(name), inputs.get(name)) for name in (ENDPOINT, SECRETS))
        replaces = tuple(dict.fromkeys(item.path[0] for item in change.replacements))
        if (key := self._claim_key(inputs)) is not None:
            self.run.keep(key, None if replaces else self.run_key(object_id, outputs))
        return Difference(changes=not kept or not change.empty, replaces=replaces)

    def learn_secrets(self, *values: Mapping[str, Any], marked: Sequence[Path] = ()) -> None:
        """Make secrets known to the redactor: of secret fields, and of those that the program calls so.

        :param marked: where else secrets stand.
        """
        names = {
            path for spec in marked_keyed(self.model, marked) for path in marked if path[: len(spec.path)] == spec.path
        }
        for value in values:
            stored = [tuple(place.split(".")) for place in value.get(SECRETS) or ()]
            for path in (*secret_paths(self.model), *(path for path in marked if path not in names), *stored):
                self.run.redactor.learn(*texts(value, path))

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
            why=why(change.refusals),
            ways=self.ways(change.refusals, declaration),
            objection=self.replacement_objection(old, new, declaration) if allowed else None,
        )

    def _taken_on_trust(self, change: Plan, outputs: Mapping[str, Any]) -> list[Path]:
        """Newly managed immutable keys that nothing could be compared with."""
        if not change.stored:
            return []
        before, observed = flatten(self.model, outputs), outputs.get(OBSERVED) or {}
        return [
            path
            for path in change.stored
            if path not in before
            and observed.get(dotted(path)) is None
            and spec_at(self.model, path).kind is Kind.IMMUTABLE
            and not spec_at(self.model, path).keyed
        ]

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

    def _moved(self, old: Mapping[str, Any]) -> str | None:
        """The refusal to go on where the connection points elsewhere; None where it does not, or cannot be told."""
        before, source = old.get(ENDPOINT), self.connection.sources.get("baseUrl", "the default")
        if self.connection.pending or not before or before == self.endpoint or self._is_former(str(before)):
            return None
        if any(problem.startswith(source) for problem in self.connection.problems):
            return None
        url, _, generation = str(before).partition(" ")
        ways = ["    undo               point the connection back, or select the right stack"]
        if generation == self.endpoint.partition(" ")[2]:
            setting = f"{self.connection.service}:formerBaseUrls"
            ways.append(f"    the service moved  pulumi config set {setting} '[\"{url}\"]' && pulumi up")
        if {urlsplit(url).hostname, urlsplit(self.connection.base_url).hostname} <= {*LOOPBACK}:
            ways.append(
                "    it was a sandbox   start it with the --data folder that it had: it serves where it did before"
            )
        return (
            f"REFUSED, nothing was changed: {self.name_of(old)} lives at {before}, and the connection now points at "
            f"{self.endpoint} ({source})\n"
            "  Why:   in another service every object of this stack would look deleted, and would be created again.\n"
            "  Do one:\n" + "\n".join(ways)
        )

    def _is_former(self, before: str) -> bool:
        url, _, generation = before.partition(" ")
        return url in self.connection.former_base_urls and generation == self.endpoint.partition(" ")[2]

    def ready(self, outputs: Mapping[str, Any] | None = None) -> None:
        """Refuse to talk over a connection that cannot work, or that points elsewhere.

        :param outputs: of the object that it is about, where that exists.
        :raises ConfigurationError: it does.
        """
        before = (outputs or {}).get(ENDPOINT)
        if moved := self._moved(outputs or {}):
            raise ConfigurationError(moved)
        if self.connection.problems:
            raise ConfigurationError("; ".join(self.connection.problems))
        if before and before != self.endpoint and not self._is_former(str(before)):
            raise ConfigurationError("the endpoint is not known")


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
