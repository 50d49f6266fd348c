"""What a verdict is bound to: when any of it has moved, the verdict says nothing of what would happen now."""

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

NO_COMMIT = "the project is in no git checkout, so nothing says which program the verdict is about"
_UNTRACKED = ("**/__pycache__/**",)
"""What a run of a program leaves in a checkout."""


@dataclass(frozen=True)
class Binding:
    """The facts that a verdict was made from.

    :param stack: the name of the stack.
    :param commit: of the checkout that the project is in; empty where it is in none.
    :param clean: whether the checkout held nothing but the commit. What a review itself wrote does not count.
    :param package: the version of this package.
    :param engine: the version of the `pulumi` command.
    :param configuration: a digest of the stack configuration, secrets included, and of where the services are.
    :param state: a digest of the stack's state.
    :param options: what `pulumi preview` was given besides, and what `pulumi up` has to be given then.
    :param wrote: the files that the review wrote, as they were named.
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
        """As a verdict holds it."""
        return {**asdict(self), "options": list(self.options), "wrote": list(self.wrote)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Binding:
        """Read what `to_json` wrote. :raises NoVerdictError: it is something else."""
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
            raise NoVerdictError("the verdict does not say what it was made from; review again") from None


def moved(before: Binding, now: Binding) -> list[str]:
    """What is another one now, one text each, with what that means."""
    found = []
    if not before.commit or not now.commit:
        found.append(NO_COMMIT)
    elif before.commit != now.commit:
        found.append(f"the commit: the verdict is about {before.commit[:12]}, and the checkout is at {now.commit[:12]}")
    if not before.clean:
        found.append("the verdict was made from a checkout with changes that are in no commit")
    if not now.clean:
        found.append("the checkout holds changes that are in no commit")
    for name, was, is_now in (
        ("the version of pulumi-retrieval", before.package, now.package),
        ("the version of the engine", before.engine, now.engine),
    ):
        if was != is_now:
            found.append(f"{name}: it was {was}, and is {is_now}")
    if before.configuration != now.configuration:
        found.append("the configuration of the stack, or where its services are, differs")
    if before.state != now.state:
        found.append(
            "the state of the stack: an update, a refresh or an edit changed it after the verdict, so that it may now do more"
        )
    return found


def configuration_digest(
    configuration: Mapping[str, Mapping[str, Any]], places: Sequence[Sequence[str]], *, salt: str = ""
) -> str:
    """A digest of the stack configuration and of where the services are.

    It covers secrets, and a verdict may be seen by many, so it is salted and slow to compute.

    :param salt: of the digest that it will be compared with; a new one where it is empty.
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
    """The commit of the checkout that a folder is in, and whether there is nothing but it.

    :param own: files that a review writes; they do not count.
    :returns: an empty commit where there is no checkout.
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
