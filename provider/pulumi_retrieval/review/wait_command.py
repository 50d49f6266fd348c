"""``pulumi-retrieval wait``: until the services have finished what a stack left to them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .durations import duration, told
from .options import add_config_file_option, add_stack_option

if TYPE_CHECKING:
    from ..core.run import Run
    from ..progress_bar import ProgressBar
    from .awaited import Awaited
    from .polling import Seen, Watch

TIMEOUT_SECONDS = 1_800.0
SINCE_SECONDS = 86_400.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds between two rounds, at first and at most."""
JSON_VERSION = 1


class WaitCode(IntEnum):
    """The exit codes."""

    COMPLETE = 0
    NO_ANSWER = 1
    USAGE = 2
    FAILED = 3
    TIMEOUT = 4


@dataclass(frozen=True)
class Waited:
    """How a wait ended.

    :param seen: every object that was waited for.
    :param notes: for people.
    """

    stack: str
    code: WaitCode
    seconds: float
    seen: Sequence[tuple[Awaited, Seen]]
    notes: Sequence[str] = ()


def add_wait_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``wait`` to the sub-commands."""
    parser = commands.add_parser(
        "wait",
        help="wait until clones have their chunks and tenants are provisioned",
        description="Wait for what a program did not wait for (wait_seconds=0): clones that still get chunks, and Cortex tenants "
        "that are being provisioned. The state of the stack says which; each round asks the service for one list for each "
        "organization or account. Nothing is changed, neither in the services nor in the state. Run it in the folder of the "
        "project, after `pulumi up`.",
        epilog="Exit codes: 0 all complete, 1 no answer (the stack or a service could not be asked), 2 usage, 3 something failed "
        "or is gone, 4 the time is over. More: pulumi-retrieval docs wait.",
    )
    parser.set_defaults(handler=run_wait)
    add_stack_option(parser)
    add_config_file_option(parser)
    parser.add_argument(
        "--timeout", type=duration, default=TIMEOUT_SECONDS, metavar="TIME", help="such as 90s or 2h; default: 30m"
    )
    parser.add_argument(
        "--since",
        type=duration,
        default=SINCE_SECONDS,
        metavar="TIME",
        help="leave out clones that were begun longer ago; default: 24h",
    )
    parser.add_argument(
        "--json", dest="json_file", type=Path, metavar="FILE", help="write the result; - is standard output"
    )


def run_wait(arguments: argparse.Namespace) -> int:
    """Wait, and return the exit code."""
    from ..core.errors import RetrievalError
    from ..progress_bar import ProgressBar
    from .stack_tools import INTERRUPTED, fail, new_run, write_json, write_lines

    run = new_run()
    try:
        with ProgressBar("wait", "reading the state") as bar:
            waited = _wait(arguments, run, bar)
        if arguments.json_file is not None:
            write_json(to_json(waited), arguments.json_file, run)
        if str(arguments.json_file) != "-":
            write_lines(lines(waited), run)
    except (RetrievalError, OSError) as error:
        return fail("wait", error, WaitCode.NO_ANSWER, run)
    except KeyboardInterrupt:
        return fail("wait", RetrievalError("interrupted; the services go on"), INTERRUPTED, run)
    return int(waited.code)


def _wait(arguments: argparse.Namespace, run: Run, bar: ProgressBar) -> Waited:
    from ..core.waiting import Waiter
    from .awaited import awaited
    from .connections import Connections
    from .engine import Engine
    from .polling import Watch
    from .states import State, parse_export
    from .wait_groups import groups

    engine = Engine(stack=arguments.stack, config_file=arguments.config_file, clean=run.redactor.clean)
    configuration, export = engine.configuration(), parse_export(engine.export())
    state = State.from_export(export, stack=engine.stack)
    found = awaited(state.resources, since=arguments.since, now=datetime.now(timezone.utc))
    connections = Connections(
        configuration, export=export, secret_export=lambda: engine.export(show_secrets=True), run=run
    )
    started, total = time.monotonic(), len(found.awaited)
    if total:
        bar.say(f"{engine.stack}: {counted(found.awaited)}, for {told(arguments.timeout)} at most")
    what = f"waiting for {engine.stack}"
    watch = Watch(
        groups(found.awaited, connections),
        waiter=Waiter(first=FIRST_PAUSE, cap=LONGEST_PAUSE),
        told=lambda now: bar.show(total - now.left, total, what=what),
    )
    watch.run(seconds=arguments.timeout)
    return Waited(engine.stack, code_of(watch), time.monotonic() - started, watch.seen, found.notes)


def code_of(watch: Watch) -> WaitCode:
    """The exit code: what cannot become better counts before what may.

    :raises ServiceError: nothing is known of what is left, because the last question was not answered.
    """
    from .polling import Outcome

    if any(seen.outcome in (Outcome.FAILED, Outcome.GONE) for _, seen in watch.seen):
        return WaitCode.FAILED
    for group in watch.groups:
        if group.error is not None and group.pending:
            raise group.error
    return WaitCode.TIMEOUT if watch.left else WaitCode.COMPLETE


def counted(items: Sequence[Awaited]) -> str:
    """How many of each kind: ``"3 clones and 1 tenant"``."""
    from .awaited import Kind

    parts = []
    for kind, noun in ((Kind.CLONE, "clone"), (Kind.PROVISIONING, "tenant")):
        if count := sum(item.kind is kind for item in items):
            parts.append(f"{count} {noun}{'' if count == 1 else 's'}")
    return " and ".join(parts)


HEADLINES = {
    WaitCode.COMPLETE: "complete",
    WaitCode.FAILED: "not all of it was made",
    WaitCode.TIMEOUT: "not complete in time",
}
NEXT = {
    WaitCode.FAILED: "run `pulumi up --refresh` to make again what failed or is gone",
    WaitCode.TIMEOUT: "the services go on; run it again to wait on",
}


def lines(waited: Waited) -> list[str]:
    """A wait for people."""
    from .awaited import Kind
    from .polling import Outcome
    from .stack_tools import MOST_LINES

    if not waited.seen:
        return [f"{waited.stack}  nothing to wait for", *(f"note: {note}" for note in waited.notes)]
    made = [item for item, seen in waited.seen if seen.outcome is Outcome.COMPLETE]
    rest = [(item, seen) for item, seen in waited.seen if seen.outcome is not Outcome.COMPLETE]
    found = [
        f"{waited.stack}  {HEADLINES[waited.code]}: {counted(made) or 'nothing'} complete, {len(rest)} left, after "
        f"{told(waited.seconds)}"
    ]
    for item, seen in rest[:MOST_LINES]:
        found.append(f"    {seen.outcome.value}  {item.resource.token} {item.resource.name}: {seen.detail}")
    if len(rest) > MOST_LINES:
        found.append(f"    … and {len(rest) - MOST_LINES} more; --json writes all of them")
    found += [f"note: {note}" for note in waited.notes]
    if any(item.kind is Kind.PROVISIONING for item in made):
        found.append("note: the state calls the tenants ready after the next `pulumi refresh`")
    if waited.code in NEXT:
        found.append(NEXT[waited.code])
    return found


def to_json(waited: Waited) -> dict[str, Any]:
    """A wait for tools; the reference page ``wait`` describes it."""
    return {
        "version": JSON_VERSION,
        "stack": waited.stack,
        "result": waited.code.name.lower(),
        "exit_code": int(waited.code),
        "seconds": round(waited.seconds, 1),
        "objects": [_object(item, seen) for item, seen in waited.seen],
        "notes": list(waited.notes),
    }


def _object(item: Awaited, seen: Seen) -> dict[str, Any]:
    from .awaited import Kind

    resource = item.resource
    found: dict[str, Any] = {
        "urn": resource.urn,
        "name": resource.name,
        "type": resource.token,
        "id": resource.id,
        "kind": item.kind.value,
        "outcome": seen.outcome.value,
        "detail": seen.detail,
    }
    if item.kind is Kind.CLONE:
        found |= {"chunks": seen.count, "source_chunks": item.wanted}
    return found
