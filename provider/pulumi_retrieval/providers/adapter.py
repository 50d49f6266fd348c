"""Translates between the engine's dynamic provider protocol and `core.reconciler`: values and failures.

`docs/engine.md` describes what the engine does with each result, and so why it is returned in this form.
"""

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pulumi import output
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.rpc import is_rpc_secret, wrap_rpc_secret
from typing_extensions import ParamSpec

from ..core.declaration import Declaration
from ..core.errors import RefusedError, RetrievalError
from ..core.rejections import Rejected, Rejection, RejectionKind
from ..core.values import UNKNOWN, Path, normalise
from .runtime import runtime

if TYPE_CHECKING:
    from ..core.reconciler import Reconciler

PROVIDER_KEY = "__provider"
DECLARATION_KEY = "__declaration"
MARK_KEY = "__refused"
"""The input that `check` adds to a rejected resource in a preview (`docs/decisions/0008-one-preview-shows-everything.md`)."""
_NOT_VALUES = (PROVIDER_KEY, DECLARATION_KEY, MARK_KEY)

P = ParamSpec("P")
T = TypeVar("T")


def from_engine(value: Any) -> Any:
    """Convert a value of the engine for the core: unknowns become `UNKNOWN`, whole floats become integers."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return normalise(value)
    if isinstance(value, output.Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {k: from_engine(v) for k, v in value.items() if k not in _NOT_VALUES}
    return [from_engine(item) for item in value] if isinstance(value, (list, tuple)) else value


def to_engine(value: Any) -> Any:
    """Convert a value of the core for the engine."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if value is UNKNOWN:
        return output.UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_engine(item) for key, item in value.items()}
    return [to_engine(item) for item in value] if isinstance(value, list) else value


def marked(value: Any, paths: Sequence[Path]) -> Any:
    """Mark the known values at some paths of a value as secrets, for the engine.

    The engine gives a provider plain values, and marks in the result what was a secret under the same name before. A value
    that a transform of the stack or an edit of the state put in was not marked before, so it is marked here.
    """
    here = [path for path in paths if path]
    if not isinstance(value, Mapping) or is_rpc_secret(value):
        return value
    copy = dict(value)
    for name in {path[0] for path in here}:
        if copy.get(name) is None or copy[name] == output.UNKNOWN:
            continue
        below = [path[1:] for path in here if path[0] == name]
        copy[name] = wrap_rpc_secret(copy[name]) if () in below else marked(copy[name], below)
    return copy


def _guarded(method: Callable[P, T]) -> Callable[P, T]:
    """Turn every exception of a method into a `RetrievalError` with a short text that contains no secret.

    The engine prints the traceback of the exception. Raised here, it has one frame of this package, and its text is the
    last line.
    """

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except RetrievalError as error:
            text = str(error)
        except Exception:
            text = f"this is a defect of pulumi-retrieval; please report it:\n{traceback.format_exc()}"
        raise RetrievalError(runtime().run.redactor.clean(text))

    return call


def _text_outside_preview(rejection: Rejection) -> str:
    """The text of a rejection outside a preview, where the engine shows the first one and stops."""
    if rejection.kind is RejectionKind.INVALID:
        return rejection.text
    return f"{rejection.text}\n  `pulumi preview` shows every refusal of the program."


class RetrievalProvider(ResourceProvider):
    """The base of every provider. Subclasses have no state; class attributes name their service and resource."""

    serialize_as_secret_always = False
    service: ClassVar[str]
    kind: ClassVar[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Store the stack configuration, or the inputs of an explicit provider, for later calls."""
        runtime().configure(req.config.get)

    @_guarded
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs and refuse changes of immutable ones; all failures are returned at once.

        Failures name no property, because the engine would print the whole value of that property, secrets included.
        """
        declaration = Declaration.from_json(news.get(DECLARATION_KEY))
        checked = self._resource().check(from_engine(_olds), from_engine(news), declaration)
        runtime().remember(checked.inputs, declaration)
        run = runtime().run
        if declaration.dry_run is not None:
            run.enter_dry_run(declaration.dry_run)
        inputs = self._to_engine(checked.inputs)
        rejections = tuple(rejection.cleaned(run.redactor.clean) for rejection in checked.rejections)
        if rejections and declaration.dry_run is not None:
            mark = Rejected(declaration.name, declaration.token, rejections)
            return CheckResult({**inputs, MARK_KEY: mark.to_json()}, [])
        return CheckResult(inputs, [CheckFailure("", _text_outside_preview(rejection)) for rejection in rejections])

    @_guarded
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Decide whether a resource changes, and whether the change is a replacement.

        A resource that `check` marked as rejected counts as changed, because the program gets the mark in the step's result.
        """
        if MARK_KEY in _news:
            return DiffResult(changes=True)
        inputs = from_engine(_news)
        declaration = runtime().declaration(inputs)
        try:
            difference = self._resource().diff(_id, from_engine(_olds), inputs, declaration)
        except RefusedError as error:
            if not runtime().run.collects_rejections:
                raise
            self._reject(_id, error.rejection, declaration)
            return DiffResult(changes=True)
        return DiffResult(
            changes=difference.changes or MARK_KEY in _olds,
            replaces=list(difference.replaces),
            delete_before_replace=bool(difference.replaces) and difference.deletes_first,
        )

    @_guarded
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the object, or adopt it."""
        inputs = from_engine(props)
        runtime().warn_of_kills(self.kind, inputs)
        stored = self._resource().create(inputs)
        return CreateResult(stored.id, self._to_engine(stored.outputs))

    @_guarded
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Refresh: read the object from the service. An empty id tells the engine that the object is gone."""
        stored = self._resource().read(id_, from_engine(props))
        if stored is None:
            return ReadResult("", {})
        return ReadResult(stored.id, self._to_engine(stored.outputs), self._to_engine(stored.inputs))

    @_guarded
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Update the object: send the service the values that differ."""
        inputs = from_engine(_news)
        stored = self._resource().update(_id, from_engine(_olds), inputs, runtime().declaration(inputs))
        return UpdateResult(self._to_engine(stored.outputs))

    @_guarded
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the object; an absent object counts as deleted."""
        self._resource().delete(_id, from_engine(_props))

    def _reject(self, object_id: str, rejection: Rejection, declaration: Declaration) -> None:
        """Store a rejection that only `diff` found, so that the program of the preview reports it.

        Where something that the resource depends on is about to be replaced, the engine calls `diff` before the resource is
        registered; its name is not known then.
        """
        run = runtime().run
        found = Rejected(declaration.name, declaration.token, (rejection.cleaned(run.redactor.clean),))
        asked = "" if declaration.name else "before it is registered"
        run.reject(f"{self.service} {self.kind} {object_id} {asked}", json.dumps(found.to_json()))

    def _to_engine(self, values: Any) -> Any:
        return marked(to_engine(values), self._resource().secrets)

    def _resource(self) -> Reconciler:
        return runtime().resource(self.service, self.kind)
