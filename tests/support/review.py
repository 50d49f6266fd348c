"""Run `pulumi-retrieval review` in a project, and look at everything that it leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.canaries import assert_absent
from support.engine import STACK, Project

FILES = ("verdict.json", "comment.md", "annotations.txt")
REVIEW_SECONDS = 300
WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.com")


@dataclass(frozen=True)
class Reviewed:
    """A review that ended. :param verdict: its JSON form; empty where none was written."""

    exit_code: int
    screen: str
    verdict: dict[str, Any]
    comment: str
    annotations: str

    def expect(self, exit_code: int) -> Reviewed:
        """Return this review, or fail and show its screen, if it ended with another code."""
        assert self.exit_code == exit_code, f"should have ended with {exit_code}: {self.exit_code}\n{self.screen}"
        return self

    def names(self, kind: str) -> list[str]:
        """The resources that a kind of finding is about, sorted."""
        return sorted(one["name"] for group in self.groups(kind) for one in group["resources"])

    def groups(self, kind: str) -> list[dict[str, Any]]:
        """The groups of one kind of finding."""
        return [group for group in self.verdict["groups"] if group["kind"] == kind]

    def rows(self, kind: str) -> list[tuple[str, str, str]]:
        """Path, old and new value of every row of one kind."""
        return [(row["path"], row["was"], row["now"]) for group in self.groups(kind) for row in group["rows"]]


def review(project: Project, *options: str, annotations: str = "github", env: dict[str, str] | None = None) -> Reviewed:
    """Review the stack of a project, write every form, and search all of them for secrets."""
    for name in FILES:
        (project.folder / name).unlink(missing_ok=True)
    own = options[: options.index("--")] if "--" in options else options
    passed = options[options.index("--") :] if "--" in options else ()
    out = ["--json", FILES[0], "--markdown", FILES[1], "--annotations", annotations, "--annotations-file", FILES[2]]
    screen, code = _run(project, "--stack", STACK, *out, *own, *passed, env=env)
    written = [_text(project.folder / name) for name in FILES]
    assert_absent({"the screen": screen, **dict(zip(FILES, written, strict=True))}, of=project.secrets)
    return Reviewed(code, screen, json.loads(written[0] or "{}"), written[1], written[2])


def check(project: Project, *options: str, env: dict[str, str] | None = None) -> Reviewed:
    """Check the verdict that `review` wrote."""
    screen, code = _run(project, "--check", FILES[0], *options, env=env)
    assert_absent({"the screen": screen}, of=project.secrets)
    return Reviewed(code, screen, {}, "", "")


def commit(project: Project) -> str:
    """Commit the project as it is, and return the commit."""
    if not (project.folder / ".git").exists():
        _git(project, "init", "--quiet")
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--allow-empty", "--message", "something")
    return _git(project, "rev-parse", "HEAD").strip()


def _run(project: Project, *options: str, env: dict[str, str] | None) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_retrieval.cli", "review", *options],
        cwd=project.folder,
        env={**project.environment, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=REVIEW_SECONDS,
    )
    assert not re.search(r'File ".*pulumi_retrieval', done.stdout), done.stdout  # a program may fail as it likes
    return done.stdout, done.returncode


def _git(project: Project, *command: str) -> str:
    line = ["git", "-C", project.folder, *WHO, *command]
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
