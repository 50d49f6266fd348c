"""A service in memory that answers as a test says: truth, denials, junk, and writes that are carried out or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel

from pulumi_retrieval.core.connection import Connection
from pulumi_retrieval.core.definition import Definition
from pulumi_retrieval.core.errors import ObjectExists, ObjectMissing, ParentMissing, UnclearWriteError
from pulumi_retrieval.core.fields import Guard, Unit, flatten
from pulumi_retrieval.core.objects import Capabilities, Contents, Objects, Observation, Ref, Template, Write
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import Path, nest

from .clock import VirtualClock
from .models import Thing

HERE = Connection("scripted", "https://scripted.example.com")


def unclear(what: str) -> UnclearWriteError:
    return UnclearWriteError(what, message="the connection was cut", sent=True)


class ScriptedThing(Thing):
    """A thing that can be retired."""

    retire: Annotated[bool | None, Guard()] = None
    """Whether it is being off-boarded."""
    retention_days: Annotated[float | None, Guard(), Unit("days")] = None
    """How long it is kept then."""


class ScriptedDefinition(Definition):
    noun: ClassVar[str] = "thing"
    model: type[BaseModel] = ScriptedThing
    natural_key: ClassVar[str | None] = "name"


class Unkeyed(ScriptedDefinition):
    """Things whose names are not unique."""

    natural_key: ClassVar[str | None] = None

    def name_of(self, values: Mapping[str, Any]) -> str:
        return f"thing {values.get('name')}"


class Scripted(Objects):
    """Things by id. Every call is written down in `calls`; `script` says what happens to the next ones of a kind.

    A step of the script is an exception to raise, `"lost"` (carried out, and then the connection is cut), `"later"` (the
    same without an effect), or any other value, which stands for the truth.
    """

    def __init__(self, *, keyed: bool = True) -> None:
        self.things: dict[str, dict[Path, Any]] = {}
        self.ages: dict[str, float] = {}
        self.documents: dict[str, int] = {}
        self.listed = False
        self.counted = 0
        """What the second source counts."""
        self.calls: list[str] = []
        self.script: dict[str, list[Any]] = {}
        self.parent: str | None = None
        """The name of what all things belong to, if that is gone."""
        self.can = Capabilities(keyed=keyed, refuses_duplicates=keyed, repeatable=keyed)

    def made(self, name: str, *, age: float = 0.0, documents: int = 0, **values: Any) -> str:
        """An object that is there before. :param age: hours."""
        object_id = f"id-{len(self.things) + 1}"
        self.things[object_id] = {("name",): name, **{(key,): value for key, value in values.items()}}
        self.ages[object_id], self.documents[object_id] = age, documents
        return object_id

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        self._step("find")
        return [self._seen(i) for i, thing in self.things.items() if thing[("name",)] == inputs["name"]]

    def read(self, ref: Ref) -> Observation:
        self._step("read")
        if self.parent is not None:
            raise ParentMissing(f"read {ref.what}")
        if ref.id not in self.things:
            raise ObjectMissing(f"read {ref.what}")
        return self._seen(ref.id)

    def known_elsewhere(self, ref: Ref) -> bool:
        self._step("list")
        return ref.id in self.things

    def parent_absent(self, ref: Ref) -> str | None:
        return self.parent

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        if self.can.refuses_duplicates and any(t[("name",)] == inputs["name"] for t in self.things.values()):
            self.calls.append("create")
            raise ObjectExists(f"create thing {inputs['name']}")
        step = self._step("create")
        if step == "later":
            raise unclear("create thing")
        object_id = self.made(inputs["name"])
        self.things[object_id] |= flatten(Thing, inputs)
        if step == "lost":
            raise unclear("create thing")
        return self._seen(object_id)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        def send() -> str:
            step = self._step("update")
            if step != "later":
                self.things[ref.id].update(patch)
            if step in ("later", "lost"):
                raise unclear("update thing")
            return ""

        readable = all(path != ("settings", "key") for path in patch)
        return (Write(f"update {ref.what}", send, patch, ref, readable=readable),)

    def contents(self, ref: Ref) -> Contents:
        step = self._step("count")
        if ref.id not in self.things:
            raise ObjectMissing(f"count {ref.what}")
        held = 0 if step == "empty" else self.documents[ref.id]
        return Contents(held, listed=self.listed)

    def counted_elsewhere(self, ref: Ref) -> int:
        self._step("second count")
        return self.counted

    def delete(self, ref: Ref) -> None:
        step = self._step("delete")
        if ref.id not in self.things:
            raise ObjectMissing(f"delete {ref.what}")
        if step != "later":
            del self.things[ref.id]
        if step in ("later", "lost"):
            raise unclear("delete thing")

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        return "group"

    def _step(self, call: str) -> Any:
        self.calls.append(call)
        steps = self.script.get(call)
        step = steps.pop(0) if steps else None
        if isinstance(step, Exception):
            raise step
        return step

    def _seen(self, object_id: str) -> Observation:
        readable = {path: value for path, value in self.things[object_id].items() if path != ("settings", "key")}
        return Observation(object_id, nest(readable), age_hours=self.ages[object_id])


class Named(Scripted):
    """Things whose id is their name."""

    def made(self, name: str, *, age: float = 0.0, documents: int = 0, **values: Any) -> str:
        thing = super().made(name, age=age, documents=documents, **values)
        for kept in (self.things, self.ages, self.documents):
            kept[name] = kept.pop(thing)
        return name


class World:
    """One scripted service, and one run over it."""

    def __init__(self, *, keyed: bool = True) -> None:
        self.service = Scripted(keyed=keyed)
        self.keyed = keyed
        self.now = 1_900_000_000.0
        """Seconds since the epoch: 2030-03-17T17:46:40Z."""
        self.new_run()

    def new_run(self) -> None:
        self.said: list[str] = []
        self.clock = VirtualClock()
        self.run = Run(emit=self.said.append)
        self.resource = self.another()

    def another(self) -> Reconciler:
        """Another resource of the same run."""
        definition = (ScriptedDefinition if self.keyed else Unkeyed)(connection=HERE)
        return Reconciler(
            definition, self.service, run=self.run, clock=self.clock, sleep=self.clock.sleep, now=lambda: self.now
        )

    @property
    def text(self) -> str:
        return "\n".join(self.said)
