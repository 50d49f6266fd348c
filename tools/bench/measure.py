"""Runs the same steps with this package, an empty provider, a provider as documented by Pulumi, and bare calls."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import programs
from bench.bare import BareCalls
from bench.cost import Cost
from bench.tofu import Tofu, TofuProject
from bench.world import Project, Sandbox

OURS, CHECKPOINTED, FLOOR, DOCUMENTED, BARE, TOFU = "ours", "checkpointed", "floor", "documented", "bare", "tofu"
CREATE, CREATE_SECRETS, NO_CHANGE, OFFLINE, DRIFT, UPDATE, REFRESH, DESTROY = (
    "create",
    "create with secrets",
    "no change",
    "offline preview",
    "drift preview",
    "update",
    "refresh",
    "destroy",
)
STEPS = (CREATE, NO_CHANGE, OFFLINE, DRIFT, REFRESH, UPDATE, DESTROY)
UP = ("up", "--yes", "--skip-preview")
COMMANDS = {
    CREATE: UP,
    NO_CHANGE: UP,
    OFFLINE: ("preview",),
    DRIFT: ("preview", "--refresh"),
    REFRESH: ("refresh", "--yes", "--skip-preview"),
    UPDATE: UP,
    DESTROY: ("destroy", "--yes", "--skip-preview"),
}
APPLY = ("apply", "-auto-approve")
TOFU_COMMANDS = {
    CREATE: APPLY,
    NO_CHANGE: ("apply", "-auto-approve", "-refresh=false"),
    OFFLINE: ("plan", "-refresh=false"),
    DRIFT: ("plan",),
    REFRESH: ("apply", "-auto-approve", "-refresh-only"),
    UPDATE: APPLY,
    DESTROY: ("destroy", "-auto-approve"),
}
BEFORE = (CREATE, NO_CHANGE, OFFLINE, DRIFT, REFRESH)
"""The steps of the program as it is first; the others see every dataset changed."""
MOST_DOCUMENTED = 300
"""The most datasets for the documented provider: with a few more, pickling by value ends in a RecursionError."""

Contestant = Callable[[str], Cost]
"""Runs a step and returns its cost."""
Costs = dict[str, Cost]
"""By contestant."""


@dataclass
class Results:
    """The measurements for one number of datasets.

    Args:
        latency_ms: how long the service waited before it handled a request.
        rounds: for each round, step → contestant → cost.
        calls: for each step of this package, the number of calls in every round.
    """

    count: int
    latency_ms: float = 0
    rounds: list[dict[str, Costs]] = field(default_factory=list)
    calls: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def measure(
    count: int,
    *,
    rounds: int,
    folder: Path,
    commands: Sequence[Path],
    latency_ms: float,
    checkpointed: bool = True,
    tofu: Tofu | None = None,
) -> Results:
    """Run all steps with every contestant, in turns, for a number of rounds."""
    results = Results(count, latency_ms)
    for number in range(rounds):
        with contextlib.ExitStack() as stack:
            place = folder / f"{count}-{latency_ms:g}-{number}"
            sandboxes = {
                name: stack.enter_context(Sandbox(place / f"sandbox-{name}", latency_ms=latency_ms))
                for name in _served(count, checkpointed=checkpointed, tofu=tofu)
            }
            ours = sandboxes[OURS]
            contestants = _contestants(stack, count, place, sandboxes, commands, tofu)
            results.rounds.append({step: {} for step in STEPS})
            for step in STEPS:
                ours.take_requests()
                # The first contestant of a step finds the machine as the previous step left it, so the order rotates.
                names = list(contestants)[number % len(contestants) :] + list(contestants)[: number % len(contestants)]
                for name in names:
                    results.rounds[-1][step][name] = contestants[name](step)
                results.calls[step].append(len(ours.take_requests()))
    return results


def calls_with_secrets(count: int, *, folder: Path, commands: Sequence[Path]) -> Results:
    """Count the calls of creating datasets that have secrets; nothing is timed."""
    results = Results(count)
    with Sandbox(folder / "sandbox") as sandbox:
        project = Project(folder / "project", commands=commands, environment=sandbox.environment, checkpoints=False)
        sandbox.take_requests()
        project.run(*UP, program=programs.program(programs.OURS, programs.datasets(count, secrets=True)))
        results.calls[CREATE_SECRETS].append(len(sandbox.take_requests()))
    return results


def _served(count: int, *, checkpointed: bool, tofu: Tofu | None) -> list[str]:
    """The contestants that need a sandbox of their own."""
    wanted = {CHECKPOINTED: checkpointed, DOCUMENTED: count <= MOST_DOCUMENTED, TOFU: tofu is not None}
    return [OURS, BARE, *(name for name, is_wanted in wanted.items() if is_wanted)]


def _contestants(
    stack: contextlib.ExitStack,
    count: int,
    place: Path,
    sandboxes: dict[str, Sandbox],
    commands: Sequence[Path],
    tofu: Tofu | None,
) -> dict[str, Contestant]:
    def pulumi(name: str, text: str, environment: dict[str, str], *, checkpoints: bool = False) -> Contestant:
        project = Project(place / name, commands=commands, environment=environment, checkpoints=checkpoints)
        before = programs.program(text, programs.datasets(count))
        after = programs.program(text, programs.datasets(count, changed=True))
        return lambda step: project.run(*COMMANDS[step], program=before if step in BEFORE else after)

    bare = BareCalls(sandboxes[BARE])
    stack.callback(bare.close)
    contestants = {
        FLOOR: pulumi(FLOOR, programs.FLOOR, {}),
        OURS: pulumi(OURS, programs.OURS, sandboxes[OURS].environment),
        BARE: lambda step: _bare(bare, step, count),
    }
    if CHECKPOINTED in sandboxes:
        environment = sandboxes[CHECKPOINTED].environment
        contestants[CHECKPOINTED] = pulumi(CHECKPOINTED, programs.OURS, environment, checkpoints=True)
    if tofu is not None:
        contestants[TOFU] = _tofu(TofuProject(tofu, place / TOFU, sandbox=sandboxes[TOFU]), count)
    if DOCUMENTED in sandboxes:
        contestants[DOCUMENTED] = pulumi(DOCUMENTED, programs.DOCUMENTED, sandboxes[DOCUMENTED].environment)
    return contestants


def _tofu(project: TofuProject, count: int) -> Contestant:
    def take(step: str) -> Cost:
        project.declare(programs.datasets(count, changed=step not in BEFORE))
        return project.run(*TOFU_COMMANDS[step])

    return take


def _bare(calls: BareCalls, step: str, count: int) -> Cost:
    if step == CREATE:
        return calls.create(programs.datasets(count))
    if step == UPDATE:
        return calls.update([programs.CHANGED] * count)
    read = {REFRESH: calls.read, DRIFT: calls.read, DESTROY: calls.delete}
    return read[step]() if step in read else Cost(0, 0)
