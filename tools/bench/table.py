"""Renders the table of ratios and calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench.cost import Cost
from bench.measure import (
    BARE,
    CHECKPOINTED,
    CREATE,
    CREATE_SECRETS,
    DESTROY,
    DOCUMENTED,
    DRIFT,
    FLOOR,
    NO_CHANGE,
    OFFLINE,
    OURS,
    REFRESH,
    TOFU,
    UPDATE,
    Costs,
    Results,
)

ALLOWED = 1.25
"""The allowed ratio to an engine with nothing to do, or to the bare calls in steps that make calls."""
ALLOWED_PREVIEW = 1.1
"""The same for previews. One that looks for drift makes the calls of a refresh as well."""
PREVIEWS = (OFFLINE, DRIFT)
CALLS = {CREATE: 1, CREATE_SECRETS: 3, NO_CHANGE: 0, OFFLINE: 0, DRIFT: 1, UPDATE: 3, REFRESH: 1, DESTROY: 2}
"""Calls for each dataset. An update reads, PUTs and reads; secrets need PUT and read after a create; a delete first asks
for documents."""
HEAD = (
    "datasets",
    "service, ms",
    "step",
    "calls each",
    "ours / floor",
    "bare / floor",
    "documented / floor",
    "checkpointed / floor",
    "tofu / floor",
    "ours / tofu",
    "ours / target",
    "the same, processor",
)


def table(results: Sequence[Results]) -> str:
    """All results as a table; each ratio is the median of all rounds."""
    rows = [HEAD, *(_row(one, step) for one in results for step in one.calls)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def wrong_calls(results: Sequence[Results]) -> list[str]:
    """Every step with a wrong number of calls, which does not depend on the machine."""
    return [
        f"{one.count} datasets, {step}: {calls} calls instead of {CALLS[step] * one.count}"
        for one in results
        for step, several in one.calls.items()
        for calls in dict.fromkeys(several)
        if calls != CALLS[step] * one.count
    ]


def target(step: str, costs: Costs) -> Cost:
    """The most that a step of this package should cost."""
    if step in PREVIEWS:
        return costs[FLOOR] * ALLOWED_PREVIEW + costs[BARE] * ALLOWED
    return costs[FLOOR] * ALLOWED if step == NO_CHANGE else costs[FLOOR] + costs[BARE] * ALLOWED


def _row(results: Results, step: str) -> tuple[str, ...]:
    rounds = [costs[step] for costs in results.rounds]

    def ratio(of: str) -> str:
        return _median([costs[of].seconds / costs[FLOOR].seconds for costs in rounds if of in costs])

    def between(one: str, other: str) -> str:
        return _median([costs[one].seconds / costs[other].seconds for costs in rounds if {one, other} <= costs.keys()])

    def against_target(seconds: Callable[[Cost], float]) -> str:
        return _median([seconds(costs[OURS]) / seconds(target(step, costs)) for costs in rounds])

    return (
        str(results.count),
        f"{results.latency_ms:g}",
        step,
        f"{median(results.calls[step]) / results.count:g}",
        ratio(OURS),
        ratio(BARE),
        ratio(DOCUMENTED),
        ratio(CHECKPOINTED),
        ratio(TOFU),
        between(OURS, TOFU),
        against_target(lambda cost: cost.seconds),
        against_target(lambda cost: cost.processor),
    )


def _median(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f}" if ratios else ""
