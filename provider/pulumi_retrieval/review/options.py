"""Options that several commands about a stack have. The module imports little, because every command line imports it."""

from __future__ import annotations

import argparse


def add_stack_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--stack``."""
    parser.add_argument("--stack", default="", metavar="NAME", help="default: the selected stack")


def add_config_file_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--config-file``."""
    parser.add_argument(
        "--config-file", default="", metavar="FILE", help="the stack's configuration file, if not the usual one"
    )
