"""Between the engine's dynamic provider protocol and `core.reconciler`: values in, values out, failures as text.

What the engine does with what is returned here, and why it is returned this way, is `docs/engine.md`.
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
"""What `check` adds to the inputs of a rejected resource in a preview (`docs/decisions/0008-one-preview-shows-everything.md`)."""
_NOT_VALUES = (PROVIDER_KEY, DECLARATION_KEY, MARK_KEY)

P = ParamSpec("P")
T = TypeVar("T")


def from_engine(value: Any) -> Any:
    """A value of the engine as the core knows it: its unknowns become `UNKNOWN`, whole floats integers."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return normalise(value)
    if isinstance(value, output.Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {k: from_engine(v) for k, v in value.items() if k not in _NOT_VALUES}
    return [from_engine(item) for item in value] if isinstance(value, (list, tuple)) else value


def to_engine(value: Any) -> Any:
    """A value of the core as the engine wants it."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if value is UNKNOWN:
        return output.UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_engine(item) for key, item in value.items()}
    return [to_engine(item) for item in value] if isinstance(value, list) else value


def marked(value: Any, paths: Sequence[Path]) -> Any:
    """A value for the engine, with the known values at some paths marked as secrets.

    The engine hands out plain values and marks what stood under the same name before. What something else than our classes
    put into a resource (a transform of the stack, a hand that edits the state) was not marked there.
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
    """Whatever a call raises leaves as a short, clean text.

    The engine prints a traceback with it. Raised here and nowhere deeper, it has one frame of ours, and the text stands
    last.
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


def _alone(rejection: Rejection) -> str:
    """The text of a rejection outside a preview: the engine shows the first one and stops."""
    if rejection.kind is RejectionKind.INVALID:
        return rejection.text
    return f"{rejection.text}\n  `pulumi preview` shows every refusal of the program."


class RetrievalProvider(ResourceProvider):
    """The base of every provider. Subclasses are stateless: what identifies them is written on the class."""

    serialize_as_secret_always = False
    service: ClassVar[str]
    kind: ClassVar[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack configuration, or the inputs of an explicit provider."""
        runtime().configure(req.config.get)

    @_guarded
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and refuse; every failure at once.

        Failures carry no property name: given one, the engine prints the whole value of that property, secrets included.
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
        return CheckResult(inputs, [CheckFailure("", _alone(rejection)) for rejection in rejections])

    @_guarded
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say whether there is a step, and whether it is a replacement.

        A marked resource has a step, because the program sees the mark in the answer to it.
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
        """Compare with the service; an empty id says that the object is gone."""
        stored = self._resource().read(id_, from_engine(props))
        if stored is None:
            return ReadResult("", {})
        return ReadResult(stored.id, self._to_engine(stored.outputs), self._to_engine(stored.inputs))

    @_guarded
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send what differs."""
        inputs = from_engine(_news)
        stored = self._resource().update(_id, from_engine(_olds), inputs, runtime().declaration(inputs))
        return UpdateResult(self._to_engine(stored.outputs))

    @_guarded
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the object; absent is success."""
        self._resource().delete(_id, from_engine(_props))

    def _reject(self, object_id: str, rejection: Rejection, declaration: Declaration) -> None:
        """Give a rejection that only `diff` could find to the program of a preview.

        Asked about a resource before it is registered, because something that it depends on is about to be replaced, `diff`
        does not know its name.
        """
        run = runtime().run
        found = Rejected(declaration.name, declaration.token, (rejection.cleaned(run.redactor.clean),))
        asked = "" if declaration.name else "before it is registered"
        run.reject(f"{self.service} {self.kind} {object_id} {asked}", json.dumps(found.to_json()))

    def _to_engine(self, values: Any) -> Any:
        return marked(to_engine(values), self._resource().secrets)

    def _resource(self) -> Reconciler:
        return runtime().resource(self.service, self.kind)
