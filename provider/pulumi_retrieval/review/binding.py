"""The facts that a verdict depends on. When one of them has changed, the verdict no longer holds."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from .errors import NoVerdictError

NO_COMMIT = "the project is not in a git checkout, so no commit identifies the program that the verdict is about"
_UNTRACKED = ("**/__pycache__/**",)
"""Files that a run of a program writes into a checkout; they do not count as changes."""


@dataclass(frozen=True)
class Binding:
    """The facts that a verdict was made from.

    :param stack: the name of the stack.
    :param commit: the commit of the project's checkout; empty outside a checkout.
    :param clean: whether the checkout had no uncommitted changes, apart from files that the review wrote.
    :param package: the version of this package.
    :param engine: the version of the `pulumi` command.
    :param configuration: a digest of the stack configuration, secrets included, and of the services' addresses.
    :param state: a digest of the stack's state.
    :param options: the additional options of `pulumi preview`; `pulumi up` needs the same ones.
    :param wrote: the files that the review wrote, as named on its command line.
    """

    stack: str
    commit: str
    clean: bool
    package: str
    engine: str
    configuration: str
    state: str
    options: tuple[str, ...] = ()
    wrote: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The binding as it stands in the JSON form of a verdict."""
        return {**asdict(self), "options": list(self.options), "wrote": list(self.wrote)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Binding:
        """Read the result of `to_json`. :raises NoVerdictError: a field is missing."""
        try:
            return cls(
                stack=str(value["stack"]),
                commit=str(value["commit"]),
                clean=value["clean"] is True,
                package=str(value["package"]),
                engine=str(value["engine"]),
                configuration=str(value["configuration"]),
                state=str(value["state"]),
                options=tuple(map(str, value["options"])),
                wrote=tuple(map(str, value["wrote"])),
            )
        except (KeyError, TypeError):
            raise NoVerdictError(
                "the verdict does not name the commit, state and versions it was made from; review again"
            ) from None


def stale_reasons(before: Binding, now: Binding) -> list[str]:
    """Why a verdict no longer holds: one text per fact that has changed; empty where it holds."""
    found = []
    if not before.commit or not now.commit:
        found.append(NO_COMMIT)
    elif before.commit != now.commit:
        found.append(f"the commit: the verdict is about {before.commit[:12]}, but the checkout is at {now.commit[:12]}")
    if not before.clean:
        found.append("the verdict was made from a checkout with uncommitted changes")
    if not now.clean:
        found.append("the checkout has uncommitted changes")
    for name, was, is_now in (
        ("the version of pulumi-retrieval", before.package, now.package),
        ("the version of the engine", before.engine, now.engine),
    ):
        if was != is_now:
            found.append(f"{name}: it was {was} and is now {is_now}")
    if before.configuration != now.configuration:
        found.append("the configuration of the stack, or the address of a service, has changed")
    if before.state != now.state:
        found.append(
            "the state of the stack: an update, a refresh or an edit changed it after the verdict, so `pulumi up` may do more"
        )
    return found


def configuration_digest(
    configuration: Mapping[str, Mapping[str, Any]], places: Sequence[Sequence[str]], *, salt: str = ""
) -> str:
    """A digest of the stack configuration and of the services' addresses.

    It covers secrets and becomes part of a verdict that many people may read, so it is salted and slow to compute.

    :param salt: the salt of the digest to compare with; empty for a new salt.
    """
    salt = salt or secrets.token_hex(8)
    text = json.dumps([configuration, places], sort_keys=True, default=repr)
    made = hashlib.scrypt(text.encode(errors="surrogatepass"), salt=salt.encode(), n=2**14, r=8, p=1, dklen=16)
    return f"scrypt:{salt}:{made.hex()}"


def salt_of(digest: str) -> str:
    """The salt of a digest that `configuration_digest` made."""
    parts = digest.split(":")
    return parts[1] if len(parts) == 3 else ""


def checkout(folder: Path, *, own: Sequence[Path] = ()) -> tuple[str, bool]:
    """The commit of the checkout that contains a folder, and whether the checkout has no uncommitted changes.

    :param own: files that a review writes; they do not count as changes.
    :returns: an empty commit and False where there is no checkout.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return "", False
    root = Path((_git(folder, "rev-parse", "--show-toplevel") or "").strip() or folder)
    left_out = [f":(exclude,glob,top){pattern}" for pattern in _UNTRACKED]
    for file in own:
        path = Path(os.path.realpath(folder / file))
        if path.is_relative_to(os.path.realpath(root)):
            left_out.append(f":(exclude,literal,top){path.relative_to(os.path.realpath(root)).as_posix()}")
    status = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ":/", *left_out)
    return commit.strip(), status is not None and not status.strip()


def this_package() -> str:
    """The version of this package."""
    return __version__


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
