"""``pulumi-retrieval secrets``: when each secret of a stack was last sent. No program runs, no service is asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timezone
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .durations import duration, told
from .options import add_stack_option

if TYPE_CHECKING:
    from .secret_ages import SecretAge

JSON_VERSION = 1


class SecretsCode(IntEnum):
    """The exit codes."""

    FRESH = 0
    NO_ANSWER = 1
    USAGE = 2
    OLD = 4


def add_secrets_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``secrets`` to the sub-commands."""
    parser = commands.add_parser(
        "secrets",
        help="list when the secrets of a stack were last sent, the oldest first",
        description="List every dataset with secrets and every API key of a stack, with the time at which its secrets were last "
        "sent or the key was made, and its rotation trigger, by the state of the stack. No program runs, no service is asked, "
        "nothing is decrypted, no secret is shown. Run it in the folder of the project.",
        epilog="Exit codes: 0 nothing is older than --older-than, 1 no answer (the stack could not be read), 2 usage, 4 something "
        "is older, or of unknown age. More: pulumi-retrieval docs secrets.",
    )
    parser.set_defaults(handler=run_secrets)
    add_stack_option(parser)
    parser.add_argument(
        "--older-than", type=duration, metavar="TIME", help="end with 4 where something is, such as 90d"
    )
    parser.add_argument(
        "--json", dest="json_file", type=Path, metavar="FILE", help="write the list; - is standard output"
    )


def run_secrets(arguments: argparse.Namespace) -> int:
    """List the ages, and return the exit code."""
    from ..core.errors import RetrievalError
    from .engine import Engine
    from .secret_ages import secret_ages
    from .stack_tools import fail, new_run, write_json, write_lines
    from .states import State, parse_export

    run = new_run()
    try:
        engine = Engine(stack=arguments.stack, clean=run.redactor.clean)
        state = State.from_export(parse_export(engine.export()), stack=engine.stack)
        ages = secret_ages(state.resources, now=datetime.now(timezone.utc))
        if arguments.json_file is not None:
            write_json(to_json(ages, stack=engine.stack, older_than=arguments.older_than), arguments.json_file, run)
        if str(arguments.json_file) != "-":
            write_lines(lines(ages, stack=engine.stack, older_than=arguments.older_than), run)
    except (RetrievalError, OSError) as error:
        return fail("secrets", error, SecretsCode.NO_ANSWER, run)
    return int(code_of(ages, older_than=arguments.older_than))


def code_of(ages: Sequence[SecretAge], *, older_than: float | None) -> SecretsCode:
    """The exit code."""
    return SecretsCode.OLD if any(one.is_older(older_than) for one in ages) else SecretsCode.FRESH


def lines(ages: Sequence[SecretAge], *, stack: str, older_than: float | None) -> list[str]:
    """The list for people: age, time, type, name and trigger in columns."""
    if not ages:
        return [f"{stack}  no resource holds secrets"]
    old = sum(one.is_older(older_than) for one in ages)
    head = f"{stack}  {len(ages)} resource{'' if len(ages) == 1 else 's'} with secrets"
    if older_than is not None:
        head += f", {old} older than {told(older_than)} or of unknown age"
    rows = [("age", "applied at", "type", "name", "trigger"), *(_row(one) for one in ages)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [head, *(f"    {line}" for line in table)]


def _row(one: SecretAge) -> tuple[str, str, str, str, str]:
    age = "unknown" if one.age is None else told(max(0.0, one.age))
    trigger = one.trigger + (f" (expires {one.expires_at})" if one.expires_at else "")
    return age, _time(one) or "unknown", one.resource.token, one.resource.name, trigger


def _time(one: SecretAge) -> str | None:
    return None if one.applied_at is None else one.applied_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def to_json(ages: Sequence[SecretAge], *, stack: str, older_than: float | None) -> dict[str, Any]:
    """The list for tools; the reference page ``secrets`` describes it."""
    return {
        "version": JSON_VERSION,
        "stack": stack,
        "older_than_seconds": older_than,
        "resources": [
            {
                "urn": one.resource.urn,
                "name": one.resource.name,
                "type": one.resource.token,
                "applied_at": _time(one),
                "age_seconds": None if one.age is None else int(one.age),
                "trigger": one.trigger or None,
                "expires_at": one.expires_at or None,
                "older": one.is_older(older_than),
            }
            for one in ages
        ],
    }
