"""The matrix: every operation of every resource under every fault, and what the next runs make of it.

One cell is one operation under one fault, through the real provider process. After the fault is lifted, another run does
what `pulumi up` or `pulumi refresh` would do with the state that the engine then holds. A cell passes where

* the failure, if there is one, is an error of ours that names the object;
* what the operation claims is true: what it created is there, what it deleted is gone, what it read is not forgotten;
* afterwards there is exactly one object (none after a delete), it holds what the program says, a refresh finds no drift and
  an `up` has nothing to do;
* no secret is in any text, in the output of a process, or in the state outside of its place.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fire.bench import AFTER, BEFORE, UNDER, Bench
from fire.faults import FAULTS, Fault
from fire.held import SAME, Failed, Held, serve
from fire.stories import (
    CREATE,
    DELETE,
    GUARDED_DELETE,
    READ,
    REPLACE,
    ROTATE,
    STORIES,
    UPDATE,
    Cast,
    Story,
)
from support.canaries import LeakedSecretError
from support.provider_process import ProviderProcess

ONCE, ONCE_WRITE, ALWAYS = "once", "once at a write", "always"
WRITES = "POST|PUT|PATCH|DELETE"
PASSED, FAILED, UNMET = "passed", "failed", "unmet"
"""`unmet`: no request of the operation was one to which the fault fits, so the cell says nothing."""


@dataclass(frozen=True)
class Subject(ABC):
    """What a trial plays: an operation of a resource, and what happens to it.

    :param resource: a name in `STORIES`.
    """

    resource: str
    operation: str

    @property
    @abstractmethod
    def key(self) -> str:
        """Its name."""

    @property
    def number(self) -> int:
        """A number that is the same in every run."""
        return int(hashlib.sha256(self.key.encode()).hexdigest()[:8], 16)

    @property
    @abstractmethod
    def refreshes_first(self) -> bool:
        """Whether the run after it is an `up` with a refresh before; else one without."""


@dataclass(frozen=True)
class Cell(Subject):
    """One operation under one fault."""

    fault: str
    mode: str

    @property
    def key(self) -> str:
        """Its name."""
        return f"{self.resource} / {self.operation} / {self.fault} / {self.mode}"

    @property
    def refreshes_first(self) -> bool:
        """Whether the run after it is an `up` with a refresh before; else one without."""
        return self.number % 2 == 0


@dataclass(frozen=True)
class Row:
    """What became of a cell.

    :param outcome: passed, failed or unmet.
    :param said: what the operation did under the fault: its step, or its error.
    :param problems: why it failed.
    """

    key: str
    outcome: str
    said: str
    fired: int
    problems: tuple[str, ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """The row as a line of a file."""
        return {"kind": "matrix", **asdict(self)}


def cells() -> list[Cell]:
    """Every cell."""
    return [
        Cell(story.name, operation, fault.name, mode)
        for story in STORIES.values()
        for operation, fault in itertools.product(story.operations, FAULTS.values())
        for mode in _modes(operation, fault)
    ]


def _modes(operation: str, fault: Fault) -> tuple[str, ...]:
    if operation in (READ, GUARDED_DELETE) or fault.reads_only:
        return (ONCE, ALWAYS)
    return (ONCE, ONCE_WRITE, ALWAYS)


def drawn(share: float, *, seed: int) -> list[Cell]:
    """A part of the cells, the same for the same seed, in which every fault and every operation comes if it is large enough."""
    everything = cells()
    return random.Random(seed).sample(everything, max(1, round(len(everything) * share)))


def batches(chosen: Sequence[Cell], *, size: int) -> Iterator[list[Cell]]:
    """Cells that share a bench: of one generation of Cortex, and not too many."""
    by_version = sorted(chosen, key=lambda cell: (STORIES[cell.resource].version, chosen.index(cell)))
    for _, group in itertools.groupby(by_version, key=lambda cell: STORIES[cell.resource].version):
        some = list(group)
        yield from (some[start : start + size] for start in range(0, len(some), size))


class Trial(ABC):
    """One operation on a bench, and what the next run makes of it. Subclasses know what happens to the operation."""

    def __init__(self, bench: Bench, cell: Subject) -> None:
        self.bench = bench
        self.cell = cell
        self.story: Story = STORIES[cell.resource]
        self.cast = Cast(bench.world, f"fire-{cell.number:08x}")
        self.held = Held(self._provider(BEFORE), name=self.cast.name)
        self.problems: list[str] = []
        self.said = ""
        self.error: Failed | None = None

    def run(self) -> Row:
        """Play it."""
        self.story.prepare(self.cast)
        operation = self.cell.operation
        if operation != CREATE:
            self.held.up(self.story.program(self.cast, 3 if operation == REPLACE else 1))
        if operation in (GUARDED_DELETE, REPLACE):
            self.story.fill(self.cast, self.held.id)
        fired = self._under_the_fault()
        if not self.problems:
            self._afterwards()
        self._search()
        outcome = FAILED if self.problems else PASSED if fired else UNMET
        return Row(self.cell.key, outcome, self.said, fired, tuple(self.problems))

    @property
    def _step(self) -> int:
        return {UPDATE: 2, ROTATE: 2, REPLACE: 4}.get(self.cell.operation, 1)

    def _provider(self, run: str) -> Any:
        process: ProviderProcess = self.bench.runs[run]
        return serve(process, self.story.provider)

    @abstractmethod
    def _under_the_fault(self) -> int:
        """Play the operation, and say how often something happened to it."""

    def _operate(self) -> str:
        if self.cell.operation == READ:
            return "read" if self.held.refresh() else "gone"
        if self.cell.operation in (DELETE, GUARDED_DELETE):
            self.held.destroy()
            return "deleted"
        return self.held.up(self.story.program(self.cast, self._step))

    def _agrees(self, there: Sequence[str]) -> None:
        if not self.story.keeps and list(there) != [self.held.id]:
            self.problems.append(f"the state has {self.held.id}, and the service {list(there)}")
        elif wrong := self.story.wrong(self.cast, self.held.id, self._step):
            self.problems.append(f"the operation worked, and {wrong}")

    def _afterwards(self) -> None:
        """What the next run does with the state that the engine holds."""
        self.held.served = self._provider(AFTER)
        try:
            if self.cell.operation in (DELETE, GUARDED_DELETE):
                self._destroy_again()
            else:
                self._up_again()
        except Failed as failed:
            self.problems.append(
                f"the run after it failed: {failed.text.strip().rpartition('RetrievalError: ')[2][-600:]}"
            )

    def _up_again(self) -> None:
        program = self.story.program(self.cast, self._step)
        if self.cell.refreshes_first and self.held.id:
            self.held.refresh()
        self.held.up(program)
        self.held.finish()
        if not self.story.keeps or self.held.id:
            self._agrees(self.story.objects(self.cast))
        if not self.held.refresh():
            self.problems.append("the refresh after it finds nothing")
        elif (step := self.held.up(program)) != SAME:
            self.problems.append(f"a second up goes on with: {step}")

    def _destroy_again(self) -> None:
        if self.cell.refreshes_first and self.held.id:
            self.held.refresh()
        if self.cell.operation == GUARDED_DELETE:
            try:
                self.held.destroy()
            except Failed as failed:
                if wrong := failed.unlike_ours(self.cast.name, self.held.id):
                    self.problems.append(f"{wrong}: {failed.text.strip()[-600:]}")
            else:
                self.problems.append("the guard let the delete of the next run pass")
            self._agrees(self.story.objects(self.cast))
            return
        if self.held.id:
            self.held.destroy()
        if not self.story.keeps and (there := self.story.objects(self.cast)):
            self.problems.append(f"the service still has {there}")

    def _search(self) -> None:
        texts = {f"failure {number}": text for number, text in enumerate(self.held.said)}
        try:
            self.bench.search({**texts, "the plain state": self.held.plain})
        except LeakedSecretError as leak:
            self.problems.append(str(leak))


class FaultTrial(Trial):
    """One cell on a bench."""

    def __init__(self, bench: Bench, cell: Cell) -> None:
        super().__init__(bench, cell)
        self._fault_cell = cell

    def _under_the_fault(self) -> int:
        self.held.served = self._provider(UNDER)
        cell = self._fault_cell
        times = None if cell.mode == ALWAYS else 1
        method = WRITES if cell.mode == ONCE_WRITE else ".*"
        self.bench.proxy.arm(FAULTS[cell.fault], times=times, method=method)
        try:
            self.said = self._operate()
        except Failed as failed:
            self.error, self.said = failed, failed.text.strip().rpartition("RetrievalError: ")[2]
            if wrong := failed.unlike_ours(self.cast.name, self.held.id, *self.cast.ids.values()):
                self.problems.append(f"{wrong}: {failed.text.strip()[-600:]}")
        finally:
            fired = self.bench.proxy.lift()
        if self.error is None:
            self._believe()
        return fired

    def _believe(self) -> None:
        """What the operation claims has to be true at once."""
        there = self.story.objects(self.cast)
        operation = self.cell.operation
        if operation == GUARDED_DELETE:
            self.problems.append(f"the guard let it pass; the service has {there}")
        elif operation == DELETE and there and not self.story.keeps:
            self.problems.append(f"it was not deleted, and the state forgets it: {there}")
        elif operation == READ and self.said == "gone":
            self.problems.append(f"it was forgotten, and the service has {there}")
        elif operation != DELETE:
            self._agrees(there)
