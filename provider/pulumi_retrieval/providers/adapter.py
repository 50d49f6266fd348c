"""Between the engine's dynamic provider protocol and `core.lifecycle`: values in, values out, failures as text.

What the engine does with what is returned here, and why it is returned this way, is `docs/engine.md`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn, TypeVar

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

from ..core.errors import RetrievalError
from ..core.lifecycle import LifeCycle
from ..core.refusal import Declaration
from ..core.values import UNKNOWN, normalise
from .runtime import runtime

PROVIDER_KEY = "__provider"
DECLARATION_KEY = "__declaration"

T = TypeVar("T")


def from_engine(value: Any) -> Any:
    """A value of the engine as the core knows it: its unknowns become `UNKNOWN`, whole floats integers."""
    if isinstance(value, output.Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {k: from_engine(v) for k, v in value.items() if k not in (PROVIDER_KEY, DECLARATION_KEY)}
    if isinstance(value, (list, tuple)):
        return [from_engine(item) for item in value]
    return normalise(value)


def to_engine(value: Any) -> Any:
    """A value of the core as the engine wants it."""
    if value is UNKNOWN:
        return output.UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_engine(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_engine(item) for item in value]
    return value


class RetrievalProvider(ResourceProvider):
    """The base of every provider. Subclasses are stateless: what identifies them is written on the class."""

    serialize_as_secret_always = False
    service: ClassVar[str]
    kind: ClassVar[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack configuration, or the inputs of an explicit provider."""
        runtime().configure(req.config.get)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and refuse; every failure at once.

        Failures carry no property name: given one, the engine prints the whole value of that property, secrets included.
        """

        def work() -> CheckResult:
            declaration = Declaration.from_json(news.get(DECLARATION_KEY))
            checked = self._life().check(from_engine(_olds), from_engine(news), declaration)
            runtime().remember(checked.inputs, declaration)
            clean = runtime().run.redactor.clean
            failures = [CheckFailure("", clean(text)) for text in checked.failures]
            return CheckResult(to_engine(checked.inputs), failures)

        return _guarded(work)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say whether there is a step, and whether it is a replacement."""

        def work() -> DiffResult:
            inputs = from_engine(_news)
            difference = self._life().diff(_id, from_engine(_olds), inputs, runtime().declaration(inputs))
            return DiffResult(
                changes=difference.changes,
                replaces=list(difference.replaces),
                delete_before_replace=bool(difference.replaces),
            )

        return _guarded(work)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the object, or adopt it."""

        def work() -> CreateResult:
            stored = self._life().create(from_engine(props))
            return CreateResult(stored.id, to_engine(stored.outputs))

        return _guarded(work)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Compare with the service; an empty id says that the object is gone."""

        def work() -> ReadResult:
            stored = self._life().read(id_, from_engine(props))
            if stored is None:
                return ReadResult("", {})
            return ReadResult(stored.id, to_engine(stored.outputs), to_engine(stored.inputs))

        return _guarded(work)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send what differs."""

        def work() -> UpdateResult:
            inputs = from_engine(_news)
            stored = self._life().update(_id, from_engine(_olds), inputs, runtime().declaration(inputs))
            return UpdateResult(to_engine(stored.outputs))

        return _guarded(work)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the object; absent is success."""
        _guarded(lambda: self._life().delete(_id, from_engine(_props)))

    def _life(self) -> LifeCycle:
        return runtime().life_cycle(self.service, self.kind)


def _guarded(work: Callable[[], T]) -> T:
    """Run one call; whatever it raises leaves as a short, clean text.

    The engine prints a traceback; `from None` keeps it to a few frames, and the text stands last.
    """
    try:
        return work()
    except RetrievalError as error:
        text = str(error)
    except Exception:
        text = f"this is a defect of pulumi-retrieval; please report it:\n{traceback.format_exc()}"
    _fail(text)


def _fail(text: str) -> NoReturn:
    raise RetrievalError(runtime().run.redactor.clean(text)) from None
