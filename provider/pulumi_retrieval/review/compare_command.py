"""The sub-command ``pulumi-retrieval compare STACK_A STACK_B``, which compares the states of two stacks. It runs no program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import RetrievalError
from .errors import NoVerdictError

if TYPE_CHECKING:
    from ..core.run import Run
    from .compare_text import Line
    from .states import State

EQUAL, FAILED, USAGE, DIFFERENT = 0, 1, 2, 4


class CompareError(RetrievalError):
    """A state could not be exported."""


def add_compare_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``compare`` to the sub-commands."""
    parser = commands.add_parser(
        "compare",
        help="compare the states of two stacks by role",
        description="Compare the states of two stacks of the project in this folder, as `pulumi stack export` prints them. "
        "It runs no program, makes no request to a service and decrypts nothing. Resources are matched by type, name and "
        "parents. Ids, times, endpoints, derived keys, guards, waits and whether a secret is set may differ; immutable "
        "inputs may not.",
        epilog="Exit codes: 0 no unexpected difference, 1 the states could not be compared, 2 usage, 4 unexpected differences. "
        "More: pulumi-retrieval docs compare.",
    )
    parser.set_defaults(handler=run_compare)
    parser.add_argument("left", metavar="STACK_A", help="the stack that is updated first, such as staging")
    parser.add_argument("right", metavar="STACK_B", help="the stack that is updated after it, such as production")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        dest="roles",
        metavar="NAME=NAMES",
        help="a name in STACK_A and its counterparts in STACK_B, such as 'canary=customer-*'; may be repeated",
    )
    parser.add_argument(
        "--expect", type=Path, metavar="FILE", help="rules for expected differences, such as promotion.yaml"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparison as JSON; - is standard output")


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare two stacks and return the exit code."""
    from .compare_text import lines, to_json
    from .comparing import compare
    from .expectations import Expectations, ExpectationsError, judge, read_expectations
    from .matching import Role, RoleError
    from .stack_tools import INTERRUPTED, fail, new_run, write_json

    run = new_run()
    try:
        roles = [Role.parse(text) for text in arguments.roles]
        rules = read_expectations(arguments.expect) if arguments.expect else Expectations()
    except (RoleError, ExpectationsError) as error:
        return fail("compare", error, USAGE, run)
    try:
        states = [read_state(stack, run) for stack in (arguments.left, arguments.right)]
        judged = judge(compare(*states, roles=roles), rules, today=datetime.now(timezone.utc).date())
        if arguments.json is not None:
            write_json(to_json(judged), arguments.json, run)
        if str(arguments.json) != "-":
            print_lines(lines(judged))
    except (RetrievalError, OSError) as error:
        return fail("compare", error, FAILED, run)
    except KeyboardInterrupt:
        return fail("compare", RetrievalError("interrupted"), INTERRUPTED, run)
    return DIFFERENT if judged.comparison.unexpected else EQUAL


def read_state(stack: str, run: Run) -> State:
    """Export a stack with the `pulumi` command and read its state without secrets.

    :raises RetrievalError: the command is missing, fails, or does not print a state.
    """
    from .engine import Engine
    from .states import State, parse_export

    try:
        export = Engine(stack=stack, clean=run.redactor.clean).export()
    except NoVerdictError as error:
        raise CompareError(
            f'stack "{stack}" could not be exported: {error}. Correct its name (pulumi stack ls), and run this in the folder of '
            "the project"
        ) from None
    return State.from_export(parse_export(export), stack=stack)


def print_lines(found: Sequence[Line]) -> None:
    """Print lines: coloured and wrapped on a terminal, unchanged into a pipe or a file."""
    from .stack_tools import accept_every_encoding

    accept_every_encoding()
    if not sys.stdout.isatty():
        sys.stdout.write("".join(f"{line.text}\n" for line in found))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for line in found:
        console.print(Text(line.text, style=line.style))
