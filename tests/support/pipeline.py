"""The promotion example in a git repository, and a pipeline that runs its scripts as the workflows do.

Staging and production are a sandbox each, and two stacks of one project. Who reads a test sees the steps of the workflows in
their order; each is the real script, and each screen and file is searched for secrets.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from support.canaries import CANARIES
from support.engine import STACK, Project, Run, Running
from support.hand import Hand
from support.sandbox import Sandbox

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "promotion"
STACKS = ("staging", "production")
LOCAL = {"ignore": shutil.ignore_patterns("__pycache__", "github", "gitlab", "operator")}
LIFE_SECONDS = 1800
"""How long the sandboxes serve at most: a life is some fifty commands."""
REQUIREMENTS = "pulumi-retrieval\npulumi-policy\n"
"""What is installed here already: `ci/install.sh` then asks no index."""
GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}
POST = """\
import pathlib, sys
pathlib.Path(sys.argv[1]).joinpath("posted").open("a").write(pathlib.Path(sys.argv[2]).read_text())
"""


class Pipeline:
    """A repository, its two stacks, and the services behind them.

    :param project: its folder becomes the repository.
    :param sandboxes: stack → the services that it lives in.
    """

    def __init__(self, project: Project, sandboxes: Mapping[str, Sandbox]) -> None:
        self.project, self.sandboxes = project, sandboxes
        self.folder = project.folder
        self.outside = project.folder.parent / "outside"
        self.outside.mkdir()
        (self.outside / "post.py").write_text(POST)
        self.keys = {stack: _job(sandbox) for stack, sandbox in sandboxes.items()}
        project.environment |= GIT
        for own in (f"Pulumi.{STACK}.yaml", "__main__.py"):
            (self.folder / own).unlink()
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True, **LOCAL)  # type: ignore[arg-type]
        (self.folder / "requirements.txt").write_text(REQUIREMENTS)
        self._git("init", "--quiet", "--initial-branch=main")
        for stack in STACKS:
            project.pulumi("stack", "init", stack).expect_success()
        self.commit("Customers in two stacks")

    # What people do

    def write(self, name: str, text: str) -> None:
        """Write a file of the repository."""
        (self.folder / name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text that a file of the repository holds once."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def customers(self) -> dict[str, Any]:
        """The data file."""
        found: dict[str, Any] = json.loads((self.folder / "customers.json").read_text())
        return found

    def set_customers(self, customers: Mapping[str, Any]) -> None:
        """Write the data file."""
        self.write("customers.json", json.dumps(customers, indent=2) + "\n")

    def configure(self, stack: str, key: str, value: str, *, secret: bool = False) -> None:
        """Set a value in a stack's configuration file."""
        flags = ("--secret",) if secret else ()
        self.project.pulumi("config", "set", key, "--stack", stack, *flags, stdin=value).expect_success()

    def commit(self, subject: str) -> None:
        """Commit everything."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", subject)

    def revert(self) -> None:
        """Take the last commit back."""
        self._git("revert", "--no-edit", "HEAD")

    # What the workflows do

    def step(self, script: str, stack: str, **environment: str) -> Run:
        """Run one script on one stack to its end, with the secrets that its job has."""
        return self.start(script, stack, **environment).wait()

    def start(self, script: str, stack: str, **environment: str) -> Running:
        """Start one script on one stack."""
        return self.project.start_other(f"ci/{script}", stack, env={**self.keys[stack], **environment})

    def pull_request(self, stack: str) -> Run:
        """The job of a pull request: review, comment, gate. It gives the last step, which decides about the merge."""
        self.step("review.sh", stack).expect_success()
        self.step("comment.sh", stack, COMMENT_COMMAND=self.recorder).expect_success()
        return self.step("gate.sh", stack)

    def ship(self, stack: str, *, approved: bool = False, after: str = "", refresh: bool = False) -> Run:
        """The jobs after a merge: review, then apply. :param approved: by a person, where the verdict asks for it."""
        looking = {"REFRESH": "yes" if refresh else "no"}
        self.step("review.sh", stack, AFTER=after, **looking).expect_success()
        return self.step("apply.sh", stack, APPROVED="yes" if approved else "no", **looking)

    # What is seen

    @property
    def recorder(self) -> str:
        """A command that keeps what would be posted, as `posted` gives it."""
        return f"{sys.executable} {self.outside / 'post.py'} {self.outside}"

    def posted(self) -> str:
        """What was posted since the last time."""
        file = self.outside / "posted"
        text = file.read_text() if file.exists() else ""
        file.unlink(missing_ok=True)
        return text

    def exit_code(self, stack: str) -> int:
        """What the last review of a stack ended with."""
        return int((self.folder / "verdicts" / stack / "exit-code").read_text())

    def hand(self, stack: str) -> Hand:
        """Somebody who changes a stack's services by hand."""
        return Hand(self.sandboxes[stack])

    def tenants(self, stack: str) -> list[str]:
        """The ids of the tenants of a stack's service."""
        found: dict[str, dict[str, Any]] = self.sandboxes[stack].state()["cortex"]["databases"]
        return [name for name, one in found.items() if one.get("gone_at") is None]

    def _git(self, *command: str) -> None:
        subprocess.run(
            ["git", *command], cwd=self.folder, env=self.project.environment, check=True, stdout=subprocess.DEVNULL
        )


def _job(sandbox: Sandbox) -> dict[str, str]:
    """The connection that a job has: the keys of an organization, and none of the whole server."""
    return {name: value for name, value in sandbox.environment.items() if name != "TRIEVE_ADMIN_KEY"}


@contextmanager
def pipeline(folder: Path, *, engine: Path) -> Iterator[Pipeline]:
    """A pipeline with a sandbox for each stack."""
    with ExitStack() as stack:
        sandboxes = {
            name: stack.enter_context(Sandbox(data=folder / name, max_seconds=LIFE_SECONDS)) for name in STACKS
        }
        keys = [value for one in sandboxes.values() for name, value in one.environment.items() if name.endswith("_KEY")]
        project = Project(folder / "main", engine=engine, name="promotion", secrets=[*keys, *CANARIES])
        stack.callback(project.close)
        yield Pipeline(project, sandboxes)
