"""``pulumi-retrieval import``: the command line of an import."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.run import Run
    from ..progress_bar import ProgressBar


def _run_import(arguments: argparse.Namespace) -> int:
    from ..core.errors import RetrievalError
    from ..core.run import Run
    from ..progress_bar import ProgressBar
    from ..providers.words import PulumiWords

    run, importing = Run(words=PulumiWords()), _import_tenants if arguments.tenants else _import_organization
    try:
        with ProgressBar("import", "asking what there is") as bar:
            done = importing(arguments, run, bar)
    except RetrievalError as error:
        print(f"import: {run.redactor.clean(str(error))}", file=sys.stderr)
        return 2
    print(done)
    return 0


def _import_organization(arguments: argparse.Namespace, run: Run, bar: ProgressBar) -> str:
    from ..services.trieve import TrieveService
    from .connection import need_trieve_key
    from .trieve import import_organization

    need_trieve_key(os.environ, arguments.organization)
    service = TrieveService(raw={}, environ=os.environ, run=run)
    service.resources["organization"].ready()
    count = import_organization(
        service,
        arguments.organization,
        folder=arguments.out,
        all_keys=arguments.all_keys,
        tell=run.say,
        progress=lambda done, total: bar.show(done, total, what="reading datasets"),
    )
    return (
        f"wrote a program for {count} datasets to {arguments.out}; the service does not return secrets: add those to manage\n"
        + _adoption_steps(arguments.out, "trieve:adopt")
    )


def _import_tenants(arguments: argparse.Namespace, run: Run, bar: ProgressBar) -> str:
    from ..services.cortex import CortexService
    from .connection import need_cortex_key
    from .cortex import import_tenants

    need_cortex_key(os.environ)
    service = CortexService(raw={}, environ=os.environ, run=run)
    service.resources["tenant"].ready()
    count = import_tenants(
        service,
        folder=arguments.out,
        tell=run.say,
        progress=lambda done, total: bar.show(done, total, what="reading tenants"),
    )
    return f"wrote a program for {count} tenants to {arguments.out}\n" + _adoption_steps(
        arguments.out, "cortex:adopt", "pulumi config set cortex:apiVersion v2"
    )


def _adoption_steps(folder: Path, adopt: str, *before: str) -> str:
    """The shell line that adopts everything, to be pasted."""
    steps = [
        f"cd {shlex.quote(str(folder))}",
        "pulumi stack init main",
        *before,
        f"pulumi config set {adopt} true",
        "pulumi up",
        f"pulumi config rm {adopt}",
    ]
    return "to adopt all of them, with the same connection in the environment:\n  " + " && ".join(steps)


def add_import_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``import`` to the sub-commands."""
    parser = commands.add_parser(
        "import",
        help="write a program for the objects that exist in a service",
        description="Write a Pulumi program, and a data file beside it, for everything that exists in a Trieve "
        "organization or in a Cortex account. The connection comes from the environment: TRIEVE_BASE_URL, and "
        "TRIEVE_API_KEY with TRIEVE_ORGANIZATION_ID, or TRIEVE_ADMIN_KEY; CORTEX_BASE_URL, CORTEX_API_KEY and CORTEX_API_VERSION.",
    )
    parser.set_defaults(handler=_run_import)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--organization", metavar="ID", help="a Trieve organization, by its id")
    what.add_argument("--tenants", action="store_true", help="every Cortex tenant; needs CORTEX_API_VERSION=v2")
    parser.add_argument("--out", type=Path, default=Path("imported"), metavar="DIR", help="default: imported")
    parser.add_argument(
        "--all-keys", action="store_true", help="manage every readable key, also those with the default value"
    )
