"""The command line ``pulumi-retrieval``. A function ``add_…_command`` adds each sub-command to the parser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .importing.command import add_import_command
from .review.command import add_review_command
from .review.compare_command import add_compare_command
from .review.secrets_command import add_secrets_command
from .review.wait_command import add_wait_command

Handler = Callable[[argparse.Namespace], int]


LAST_PORT = 65535


def _duration(unit: str) -> Callable[[str], float]:
    """A parser for a duration of 0 or more in this unit."""

    def read(text: str) -> float:
        value = _number(text)
        if not 0 <= value < float("inf"):
            raise argparse.ArgumentTypeError(f'must be a number of {unit}, 0 or more; it is "{text}"')
        return value

    return read


_seconds, _milliseconds = _duration("seconds"), _duration("milliseconds")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'must be a whole number, 0 or more; it is "{text}"')
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(
            f'must be a whole number from 0 to {LAST_PORT}; it is "{text}". Leave it out, or give 0, for the port of the '
            "last run, else a free one"
        )
    return int(text)


def _rate(text: str) -> float:
    value = _number(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f'must be a number above 0; it is "{text}"')
    return value


def _number(text: str) -> float:
    """Parse a number. Other texts give NaN, which fails every range check of the callers."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _run_sandbox(arguments: argparse.Namespace) -> int:
    try:
        from .sandbox.run import Options, SandboxError, run
        from .sandbox.settings import CortexSettings, TrieveSettings
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        print(
            "sandbox: needs starlette and uvicorn, which the extra 'sandbox' installs: install this package again as "
            "'…[sandbox]' from where it came from (a checkout, a wheel), or pip install starlette uvicorn",
            file=sys.stderr,
        )
        return 2
    switches: dict[str, object] = {}
    if arguments.hang_at is not None:
        switches["hang_at"] = arguments.hang_at
    for name in ("lost_updates", "zombie_deletes"):
        if getattr(arguments, name):
            switches[name] = True
    options = Options(
        data=arguments.data,
        port=arguments.port,
        latency_seconds=arguments.latency_ms / 1000,
        organization=arguments.organization,
        max_seconds=arguments.max_seconds,
        exit_with_parent=arguments.exit_with_parent,
        switches=switches,
        trieve=TrieveSettings(
            admin_key="",
            dataset_limit=arguments.plan_limit,
            clone_worker=not arguments.no_clone_worker,
            clone_chunks_per_second=arguments.clone_chunks_per_second,
            delete_worker=not arguments.no_delete_worker,
            delete_seconds=arguments.delete_seconds,
        ),
        cortex=CortexSettings(
            api_key="",
            provisioning_seconds=arguments.cortex_provisioning_seconds,
            deletion_seconds=arguments.cortex_deletion_seconds,
            existing_answers=arguments.cortex_existing_answers,
            fail_provisioning=arguments.cortex_fail_provisioning,
        ),
        command=tuple(arguments.command),
    )
    try:
        return run(options)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2


def add_sandbox_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``sandbox`` to the sub-commands."""
    parser = commands.add_parser(
        "sandbox",
        help="serve an emulator of Trieve and Cortex on loopback",
        description="Serve an emulator of Trieve and Cortex on 127.0.0.1. Without a command it prints one NAME=value "
        "line per connection variable and serves until it is interrupted; with one (after --) it runs the command with "
        "these variables set, and ends with it; the resources of this package then refuse to connect to anything else.",
        epilog="While it serves: GET $TRIEVE_BASE_URL/_sandbox/requests shows the requests, …/state the stored objects, "
        "PUT …/faults and …/switches make it fail, POST …/trieve/datasets/ID/chunks adds documents; more calls, with "
        "examples: pulumi-retrieval docs sandbox.",
    )
    parser.set_defaults(handler=_run_sandbox)
    general = parser.add_argument_group("serving")
    general.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder that stores all data for the next run (default: a temporary one)",
    )
    general.add_argument(
        "--port", type=_port, default=0, metavar="N", help="default: the port of the last run, else a free one"
    )
    general.add_argument(
        "--latency-ms", type=_milliseconds, default=0.0, metavar="N", help="wait before each request is handled"
    )
    general.add_argument("--max-seconds", type=_seconds, metavar="N", help="stop after this time")
    general.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the process that started it has ended"
    )
    trieve = parser.add_argument_group("Trieve")
    trieve.add_argument("--organization", metavar="NAME", help="create this organization with a key, unless it exists")
    trieve.add_argument("--no-clone-worker", action="store_true", help="clones never receive their chunks")
    trieve.add_argument("--clone-chunks-per-second", type=_rate, default=1000.0, metavar="N")
    trieve.add_argument(
        "--no-delete-worker", action="store_true", help="deleted datasets still count towards the plan limit"
    )
    trieve.add_argument(
        "--delete-seconds", type=_seconds, default=0.0, metavar="N", help="time until the worker removes a dataset"
    )
    limit = trieve.add_mutually_exclusive_group()
    limit.add_argument(
        "--unlimited", dest="plan_limit", action="store_const", const=None, help="no plan limit (default)"
    )
    limit.add_argument("--plan-limit", type=_count, metavar="N", help="datasets that the built-in plan allows")
    trieve.add_argument(
        "--hang-at", type=_count, metavar="N", help="stop answering at N simultaneous requests with an organization key"
    )
    trieve.add_argument("--lost-updates", action="store_true", help="concurrent updates of a dataset lose changes")
    trieve.add_argument(
        "--zombie-deletes", action="store_true", help="deletes answer 408 and leave the dataset marked as deleted"
    )
    cortex = parser.add_argument_group("Cortex")
    cortex.add_argument("--cortex-provisioning-seconds", type=_seconds, default=0.0, metavar="N")
    cortex.add_argument("--cortex-deletion-seconds", type=_seconds, default=0.0, metavar="N")
    cortex.add_argument("--cortex-existing-answers", choices=("success", "conflict"), default="success")
    cortex.add_argument(
        "--cortex-fail-provisioning", default="", metavar="REGEX", help="tenant ids that fail to be provisioned"
    )
    parser.add_argument("command", nargs="*", metavar="-- COMMAND …", help="run this command and stop with it")


def _show_document(arguments: argparse.Namespace) -> int:
    from .documents import documents, title

    known = documents()
    if arguments.name is None:
        width = max(map(len, known), default=0)
        print("\n".join(f"{name:<{width}}  {title(path)}" for name, path in known.items()))
        return 0
    wanted = arguments.name.rpartition("/")[2].removesuffix(".md")
    if wanted not in known:
        print(f'docs: there is no document "{arguments.name}"; known documents: {", ".join(known)}', file=sys.stderr)
        return 2
    print(known[wanted].read_text(encoding="utf-8"), end="")
    return 0


def add_docs_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``docs`` to the sub-commands."""
    parser = commands.add_parser(
        "docs",
        help="print a guide or a reference page",
        description="Print a guide or a page of the reference, as Markdown. Without a name: list them.",
    )
    parser.set_defaults(handler=_show_document)
    parser.add_argument("name", nargs="?", metavar="NAME", help="such as migrate-dataset")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="pulumi-retrieval", description="Tools beside the Pulumi resources for Trieve and Cortex."
    )
    commands = parser.add_subparsers(title="commands", required=True)
    add_sandbox_command(commands)
    add_import_command(commands)
    add_review_command(commands)
    add_compare_command(commands)
    add_wait_command(commands)
    add_secrets_command(commands)
    add_docs_command(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = build_parser().parse_args(argv)
    handler: Handler = arguments.handler
    return handler(arguments)


if __name__ == "__main__":
    sys.exit(main())
