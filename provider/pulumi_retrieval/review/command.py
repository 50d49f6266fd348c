"""The sub-command ``pulumi-retrieval review``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import add_config_file_option, add_stack_option

if TYPE_CHECKING:
    from rich.console import Console

    from .staging import Staging
    from .verdict import Verdict

OWN_OPTIONS: Mapping[str, str] = {
    "--stack": "give --stack to review",
    "-s": "give --stack to review",
    "--refresh": "give --refresh to review",
    "-r": "give --refresh to review",
    "--save-plan": "give --save-plan to review",
    "--json": "give --json FILE to review",
    "-j": "give --json FILE to review",
    "--config": "set it first with pulumi config set; a verdict depends on the stored configuration",
    "-c": "set it first with pulumi config set; a verdict depends on the stored configuration",
    "--config-file": "give --config-file to review",
    "--cwd": "run review in the folder of the project",
    "-C": "run review in the folder of the project",
    "--show-secrets": "remove it: a review shows no secrets",
    "--suppress-outputs": "remove it: a review shows no outputs",
    "--non-interactive": "remove it: a review never prompts",
}
"""Options of `pulumi preview` that a review sets itself → what to do instead."""


def add_review_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``review`` to the sub-commands."""
    parser = commands.add_parser(
        "review",
        help="give a verdict on what `pulumi up` would do to a stack, for a person or a pipeline",
        description="Run a preview of a stack, ask the services for facts that only `pulumi up` would meet (documents in objects "
        "to delete, names in use, the limits of a plan), and give a verdict. Run it in the folder of the project.",
        epilog="Exit codes: 0 clear; 1 no verdict (an error, or a stale verdict); 2 usage; 3 blocked; 4 needs approval. More: "
        "pulumi-retrieval docs review.",
    )
    parser.set_defaults(handler=run_review)
    add_stack_option(parser)
    add_config_file_option(parser)
    parser.add_argument("--refresh", action="store_true", help="refresh first, to find drift in the services")
    parser.add_argument(
        "--most-deletes", type=_count, metavar="N", help="more than N deletes and replacements need approval"
    )
    staging = parser.add_argument_group("promotion")
    staging.add_argument("--after", default="", metavar="STACK", help="the stack that must have run this commit first")
    staging.add_argument(
        "--map",
        dest="maps",
        action="append",
        default=[],
        metavar="A=B",
        help="a name in the stack of --after and its counterparts here: 'canary=customer-*'; may be repeated",
    )
    staging.add_argument(
        "--expect", type=Path, metavar="FILE", help="rules for expected differences between the two stacks"
    )
    out = parser.add_argument_group("output")
    out.add_argument(
        "--json",
        dest="json_file",
        type=Path,
        metavar="FILE",
        help="write the verdict as JSON, for tools and for --check",
    )
    out.add_argument("--markdown", type=Path, metavar="FILE", help="write the verdict as a comment of a pull request")
    out.add_argument(
        "--annotations",
        choices=("github", "gitlab"),
        help="github: print workflow commands; gitlab: write a code quality report",
    )
    out.add_argument("--annotations-file", type=Path, metavar="FILE", help="write the annotations to this file")
    out.add_argument(
        "--save-plan", default="", metavar="FILE", help="keep the plan for `pulumi up --plan`, unless it is blocked"
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="VERDICT",
        help="run no review: print whether a verdict written with --json still holds (0), is stale (1) or was blocked (3)",
    )
    parser.add_argument(
        "options", nargs="*", metavar="-- OPTION …", help="options of `pulumi preview`, such as --target URN"
    )


def run_review(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        print("review: needs rich: pip install rich", file=sys.stderr)
        return 2
    if (problem := _misuse(arguments)) is not None:
        print(f"review: {problem}", file=sys.stderr)
        return 2
    from .stack_tools import INTERRUPTED, accept_every_encoding

    accept_every_encoding()
    console = Console(highlight=False)
    try:
        return _check(arguments, console) if arguments.check is not None else _review(arguments, console)
    except KeyboardInterrupt:
        print("review: interrupted", file=sys.stderr)
        return INTERRUPTED


def _misuse(arguments: argparse.Namespace) -> str | None:
    """The first mistake in the arguments; None where there is none."""
    for option in arguments.options:
        name = option.partition("=")[0]
        if name in OWN_OPTIONS:
            return f"{name} is set by the review itself: {OWN_OPTIONS[name]}"
        if name.startswith("-") and not name.startswith("--") and name[:2] in OWN_OPTIONS:
            return f"{name[:2]} is set by the review itself: {OWN_OPTIONS[name[:2]]}"
    if arguments.check is not None:
        others = ("after", "maps", "expect", "json_file", "markdown", "annotations", "save_plan", "refresh", "options")
        given = [name for name in others if getattr(arguments, name)]
        if given:
            return f"--check runs no review, so it cannot be combined with {_flag(given[0])}: remove one of the two"
    if not arguments.after and (arguments.maps or arguments.expect is not None):
        return f"{'--map' if arguments.maps else '--expect'} needs --after, the stack to compare with: give --after"
    if arguments.annotations_file is not None and not arguments.annotations:
        return "--annotations-file needs --annotations github or gitlab"
    return None


def _flag(name: str) -> str:
    return {"maps": "--map", "json_file": "--json", "options": "options after --"}.get(
        name, f"--{name.replace('_', '-')}"
    )


def _staging(arguments: argparse.Namespace) -> Staging | None:
    if not arguments.after:
        return None
    from .staging import Staging

    return Staging.from_options(arguments.after, maps=arguments.maps, expect=arguments.expect)


def _review(arguments: argparse.Namespace, console: Console) -> int:
    from ..core.errors import RetrievalError
    from ..progress_bar import ProgressBar
    from .engine import Engine
    from .errors import NoVerdictError
    from .reviewing import Review
    from .stack_tools import new_run
    from .terminal import show

    run = new_run()
    try:
        staging = _staging(arguments)
    except RetrievalError as error:
        print(f"review: {run.redactor.clean(str(error))}", file=sys.stderr)
        return 2
    try:
        engine = Engine(stack=arguments.stack, config_file=arguments.config_file, clean=run.redactor.clean)
    except NoVerdictError as error:
        print(f"review: {run.redactor.clean(str(error))}", file=sys.stderr)
        return 1
    review = Review(
        engine,
        run,
        refresh=arguments.refresh,
        options=tuple(arguments.options),
        save_plan=arguments.save_plan,
        most_deletes=arguments.most_deletes,
        wrote=_wrote(arguments),
        places=bool(arguments.annotations),
        staging=staging,
    )
    with ProgressBar("review", f"previewing {engine.stack}") as bar:
        review.progress = lambda what, done, total: bar.show(done, total, what=what)
        verdict = review.verdict()
    show(verdict, console)
    try:
        _write(verdict, arguments, review.positions)
    except OSError as error:
        print(f"review: {error.filename} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return int(verdict.exit_code)


def _wrote(arguments: argparse.Namespace) -> list[str]:
    """The names of the files that this review writes."""
    from .annotations import GITLAB_REPORT

    files = [arguments.json_file, arguments.markdown, arguments.annotations_file, arguments.save_plan]
    if arguments.annotations == "gitlab" and arguments.annotations_file is None:
        files.append(GITLAB_REPORT)
    return [str(file) for file in files if file]


def _write(verdict: Verdict, arguments: argparse.Namespace, known: Mapping[str, Any]) -> None:
    """Write every file that the arguments name."""
    from .annotations import GITLAB_REPORT, to_github, to_gitlab
    from .markdown import to_markdown

    if arguments.json_file is not None:
        _put(arguments.json_file, json.dumps(verdict.to_json(), indent=1, ensure_ascii=False) + "\n")
    if arguments.markdown is not None:
        _put(arguments.markdown, to_markdown(verdict))
    if arguments.annotations == "github":
        text = to_github(verdict, known)
        if arguments.annotations_file is not None:
            _put(arguments.annotations_file, text)
        else:
            print(text, end="")
    elif arguments.annotations == "gitlab":
        _put(arguments.annotations_file or Path(GITLAB_REPORT), to_gitlab(verdict, known))


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _check(arguments: argparse.Namespace, console: Console) -> int:
    from ..core.errors import RetrievalError
    from .binding import salt_of, stale_reasons
    from .engine import Engine
    from .reviewing import binding_now
    from .stack_tools import new_run
    from .terminal import say
    from .verdict import ExitCode, read_verdict

    run = new_run()
    try:
        kept = read_verdict(_read(arguments.check))
        if arguments.stack and arguments.stack != kept.stack:
            print(f"review: the verdict is about stack {kept.stack}, but --stack is {arguments.stack}", file=sys.stderr)
            return int(ExitCode.USAGE)
        engine = Engine(stack=kept.stack, config_file=arguments.config_file, clean=run.redactor.clean)
        own = [arguments.check.absolute(), *(Path(one) for one in kept.binding.wrote)]
        salt = salt_of(kept.binding.configuration)
        found = stale_reasons(kept.binding, binding_now(kept.binding, engine, run, salt=salt, own=own))
    except (RetrievalError, OSError) as error:
        print(f"review: {run.redactor.clean(str(error))}", file=sys.stderr)
        return int(ExitCode.NO_VERDICT)
    if found:
        say([f"{kept.stack}  the verdict of {kept.made_at} no longer holds:"], console, style="bold red")
        say([f"    {run.redactor.clean(text)}" for text in found], console)
        say(["Review again before you apply."], console)
        return int(ExitCode.NO_VERDICT)
    if kept.exit_code is ExitCode.BLOCKED:
        say([f"{kept.stack}  the verdict of {kept.made_at} still holds: blocked"], console)
        return int(ExitCode.BLOCKED)
    said = "it needed approval" if kept.exit_code is ExitCode.APPROVAL else "clear"
    options = "".join(f" {option}" for option in kept.binding.options)
    about = f"; it is valid for `pulumi up{options}` only" if options else ""
    say([f"{kept.stack}  the verdict of {kept.made_at} still holds: {said}{about}"], console, style="green")
    return int(ExitCode.CLEAR)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'must be a whole number, 0 or more; it is "{text}"')
    return int(text)
