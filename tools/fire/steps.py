"""Kills of the provider process at every request of every operation, before the service gets it and after it carried it out.

The state is then the one from before the operation, whether the engine lives and records a failure or was killed as well. What
the next run does with it is judged as in the matrix.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from fire.bench import UNDER, Bench
from fire.held import Failed
from fire.hold import SIDES, Hold, Side
from fire.matrix import FAILED, UNMET, Row, Subject, Trial
from fire.records import Results, code_digest
from fire.running import JUDGES, together
from fire.stories import GUARDED_DELETE, STORIES, Story

AFTERWARDS = ("up", "up after a refresh")
MOST_REQUESTS = 60


@dataclass(frozen=True)
class Step(Subject):
    """One kill.

    :param request: the number of the request at which the process is killed, from 1.
    :param afterwards: what the next run is.
    """

    request: int
    side: Side
    afterwards: str

    @property
    def key(self) -> str:
        """Its name."""
        when = f"killed at request {self.request}, {self.side} it is carried out"
        return f"{self.resource} / {self.operation} / {when} / {self.afterwards}"

    @property
    def refreshes_first(self) -> bool:
        """Whether the next run is an `up` after a refresh."""
        return self.afterwards != AFTERWARDS[0]


class KillTrial(Trial):
    """One kill on a bench."""

    def __init__(self, bench: Bench, step: Step) -> None:
        super().__init__(bench, step)
        self._hold = Hold(step.request, step.side)

    def _under_the_fault(self) -> int:
        process = self.bench.start(UNDER)
        self.held.served = self._provider(UNDER)
        hold = self._hold
        over = threading.Event()

        def kill() -> None:
            while not hold.reached.wait(0.01):
                if over.is_set():
                    return
            process.kill()
            hold.lose()

        killer = threading.Thread(target=kill, daemon=True)
        self.bench.proxy.arm(hold.fault)
        killer.start()
        try:
            self.said = self._operate()
        except Failed as failed:
            self.said = f"killed at {hold.request}"
            if not hold.reached.is_set():
                self.problems.append(f"it failed without a kill: {failed.text.strip()[-600:]}")
        finally:
            over.set()
            killer.join()
            self.bench.proxy.lift()
        return int(hold.reached.is_set())


def series() -> Iterator[list[tuple[str, str, Side, str]]]:
    """What is killed at request 1, 2, 3 and so on, for each resource."""
    for story in STORIES.values():
        yield [
            (story.name, operation, side, afterwards)
            for operation, side, afterwards in itertools.product(story.operations, SIDES, AFTERWARDS)
            if operation != GUARDED_DELETE
        ]


def results() -> Results:
    """The results of kills for the code of today."""
    return Results(
        "steps", code=code_digest("provider/pulumi_retrieval", *JUDGES, "tools/fire/steps.py", "tools/fire/hold.py")
    )


def play(record: Callable[[Row], None], done: dict[str, Row], *, workers: int, only: str = "") -> None:
    """Kill at every request, until an operation ends before it.

    :param record: takes each row that is not in `done`, from several threads.
    """

    def one_resource(some: list[tuple[str, str, Side, str]], stop: threading.Event) -> None:
        story: Story = STORIES[some[0][0]]
        with Bench(story.version) as bench:
            for name, operation, side, afterwards in some:
                for request in range(1, MOST_REQUESTS):
                    step = Step(name, operation, request, side, afterwards)
                    if stop.is_set():
                        return
                    if only not in step.key:
                        continue
                    row = done.get(step.key)
                    if row is None:
                        row = KillTrial(bench, step).run()
                        record(row)
                    if row.outcome == UNMET or (row.outcome == FAILED and not row.fired):
                        break

    together([partial(one_resource, some) for some in series()], workers=workers)
