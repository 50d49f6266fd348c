"""Run Pulumi programs on a real engine, each in a project, a state folder and an environment of its own.

    project = Project(folder, engine=bin_folder, program="import pulumi; pulumi.export('x', 1)")
    assert project.up().expect_success().summary == {"created": 1}

After every run, the screen and everything the engine stored are searched for secrets (`support.canaries`): a test fails
where one shows up, whatever it was written to test.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.canaries import CANARIES, assert_absent, files_in
from support.processes import command_line, descendants, kill, wait_until

STACK = "dev"
CONFIRMED = ("up", "destroy", "refresh")
RUN_SECONDS = 120.0
END_SECONDS = 3.0
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks an object in a state as special; what programs store of that kind are secrets."""
PASSPHRASE = "only for tests"
NOT_INHERITED = ("PULUMI_", "TRIEVE_", "CORTEX_", "HYDRADB_")
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """One finished command, `pulumi …` as a rule."""

    command: tuple[str, ...]
    exit_code: int
    output: str
    """What a person sees: standard output and standard error, in the order they were written."""
    seconds: float

    @property
    def summary(self) -> dict[str, int]:
        """The counts at the end of the screen, like {"created": 2, "unchanged": 1} ({"to create": 2} of a preview)."""
        counts = self.output.rpartition("\nResources:\n")[2].split("\n\n")[0]
        return {
            what.strip(): int(number) for number, what in re.findall(r"^ +\D*?(\d+) ([a-z ]+)", counts, re.MULTILINE)
        }

    @property
    def texts(self) -> list[str]:
        """What failures of our own say, each on one line, below the engine's tracebacks."""
        prefix = "pulumi_retrieval.core.errors."
        return [line.partition(": ")[2] for line in self.output.splitlines() if line.startswith(prefix)]

    @property
    def failed_as_meant(self) -> bool:
        """Whether every failure on the screen, if there is any, is one that this package raises on purpose."""
        tracebacks = self.output.count("Traceback (most recent call last)")
        return tracebacks == len(self.texts) and "this is a defect" not in self.output

    def expect_only_our_failures(self) -> Run:
        """Return this run, or fail and show its screen, if it shows a failure that nobody meant to raise."""
        assert self.failed_as_meant, f"should show no failure that nobody meant: {self}"
        return self

    def expect_success(self) -> Run:
        """Return this run, or fail and show its screen."""
        assert self.exit_code == 0, f"should have worked: {self}"
        return self

    def expect_failure(self, *texts: str) -> Run:
        """Return this run, or fail and show its screen, if it worked or one of the texts is not on the screen."""
        assert self.exit_code != 0, f"should have failed: {self}"
        for text in texts:
            assert text in self.output, f"should have said {text!r}: {self}"
        return self

    def __str__(self) -> str:
        return f"{' '.join(self.command)} (exit code {self.exit_code}, {self.seconds:.1f} s)\n{self.output}"


class Running:
    """A command that was started and goes on, `pulumi …` as a rule."""

    def __init__(self, project: Project, *command: str, env: Mapping[str, str], stdin: str = "") -> None:
        self._project, self._command, self._started = project, command, time.monotonic()
        self._screen = project.screens / f"{len(project.started)}.txt"
        typed = self._screen.with_suffix(".typed")
        typed.write_text(stdin)
        with typed.open("rb") as keyboard, self._screen.open("wb") as screen:
            self._process = subprocess.Popen(
                command,
                cwd=project.folder,
                env={**project.environment, **env},
                stdin=keyboard,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What was printed until now."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._screen.read_bytes().decode(errors="replace"))

    @property
    def pid(self) -> int:
        """The process id of the command."""
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether the command has ended."""
        return self._process.poll() is not None

    def provider_pids(self) -> list[int]:
        """The Python processes that run dynamic providers for this command."""
        return [pid for pid in descendants(self._process.pid) if "pulumi.dynamic" in command_line(pid)]

    def kill_providers(self) -> int:
        """Kill the providers as a crash would, and return how many there were."""
        pids = self.provider_pids()
        kill(pids)
        return len(pids)

    def kill_providers_when(self, predicate: Callable[[], bool], *, seconds: float = 60.0) -> int:
        """Wait until `predicate()` holds, then kill the providers, and return how many there were."""
        wait_until(
            lambda: predicate() or self.over, seconds=seconds, what=f"the moment to kill; so far:\n{self.output}"
        )
        return self.kill_providers()

    def kill(self) -> None:
        """Kill the command and everything below it at once, as a power cut would."""
        below = descendants(self._process.pid)
        self._process.kill()
        kill(below)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)

    def wait(self, *, seconds: float = RUN_SECONDS, check_secrets: bool = True) -> Run:
        """Wait for the end, record the run and look for secrets.

        Raises:
            TimeoutError: it did not end in time; it was stopped, with everything it had started.
            LeakedSecretError: a secret is on the screen or in what was stored.
        """
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise TimeoutError(f"{' '.join(self._command)} took more than {seconds} s:\n{self.output}") from None
        run = Run(self._command, self._process.returncode, self.output, time.monotonic() - self._started)
        self._project.record(run, check_secrets=check_secrets)
        return run

    def stop(self) -> None:
        """End this command, if it still runs, and everything below it."""
        if self.over:
            return
        below = {pid: command_line(pid) for pid in descendants(self._process.pid)}
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._process.kill()
        self._process.wait()
        kill([pid for pid, started_as in below.items() if started_as and command_line(pid) == started_as])


class Project:
    """A Pulumi project in a folder of its own, with one stack, whose state lies beside it.

    Args:
        folder: an empty folder; the project, its state and Pulumi's own files go below it.
        engine: the folder that holds the `pulumi` command.
        program: the text of the program; assign `program` to change it.
        env: environment variables of every run, on top of the caller's (without those that would configure us).
        secrets: what must never show up, besides the canaries.
        stack: whether there is a stack from the beginning, without resources, as `pulumi stack init` makes it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        engine: Path,
        program: str = "",
        name: str = "test",
        env: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        stack: bool = True,
    ) -> None:
        self.folder, self.state_folder, self.screens = folder / "project", folder / "state", folder / "screens"
        home = folder / "home"
        for place in (self.folder, self.state_folder, self.screens, home):
            place.mkdir(parents=True)
        self.runtime_folder = folder / "runtime"
        self.runtime_folder.mkdir(mode=0o700)
        self.secrets = {*CANARIES, *secrets}
        self.runs: list[Run] = []
        self.started: list[Running] = []
        self._stored: dict[str, int] = {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        path = os.pathsep.join([str(engine), str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)])
        self.environment: dict[str, str] = {
            **inherited,
            "PATH": path,
            "PYTHONPATH": str(TESTS),  # programs and providers find `support` by it
            "PULUMI_BACKEND_URL": self.state_folder.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_RETRIEVAL_PYTHON": sys.executable,
            "XDG_RUNTIME_DIR": str(self.runtime_folder),
            **(env or {}),
        }
        options = f"{{name: python, options: {{virtualenv: {json.dumps(sys.prefix)}}}}}"
        (self.folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {options}\n")
        self.program = program
        if stack:
            self._start_with_a_stack(engine, name)

    def _start_with_a_stack(self, engine: Path, name: str) -> None:
        ready = _new_stack(engine, name)
        if not ready:
            self.pulumi("stack", "init", STACK).expect_success()
            return
        selection, text = self.selection(name)
        for path, content in {**ready, selection: text.encode()}.items():
            target = self.folder.parent / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def selection(self, name: str) -> tuple[Path, str]:
        """Where Pulumi keeps which stack is selected in the project of this name (below its parent), and the text."""
        digest = hashlib.sha1(str(self.folder / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
        chosen = {self.environment["PULUMI_BACKEND_URL"]: f"organization/{name}/{STACK}"}
        return Path("home", "workspaces", f"{name}-{digest}-workspace.json"), json.dumps({"stacks": chosen}, indent=4)

    @property
    def program(self) -> str:
        """The program's text. It may be written indented, as in a test."""
        return self._program

    @program.setter
    def program(self, text: str) -> None:
        self._program = textwrap.dedent(text)
        (self.folder / "__main__.py").write_text(self._program)

    def start(
        self,
        *command: str,
        preview: bool = False,
        checkpoints: bool = True,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> Running:
        """Start `pulumi …` and return at once.

        Args:
            command: the command and its flags. `up`, `destroy` and `refresh` need no confirmation.
            preview: whether these three show a preview first.
            checkpoints: whether state is written at every step; without, a thousand resources take seconds less.
            env: environment variables of this run.
            stdin: what to type.
        """
        if command[0] in CONFIRMED and "--preview-only" not in command:
            command = (*command, "--yes", *(() if preview else ("--skip-preview",)))
        # The engine ignores the first variable without the second.
        skipping = {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_EXPERIMENTAL": "true"}
        environment = {} if checkpoints else skipping
        flags = ("--non-interactive", "--color", "never")
        return self.start_other("pulumi", *command, *flags, env={**environment, **(env or {})}, stdin=stdin)

    def start_other(self, *command: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Running:
        """Start any command in the folder of the project, and return at once. :param command: all of its words."""
        running = Running(self, *command, env=env or {}, stdin=stdin)
        self.started.append(running)
        return running

    def pulumi(self, *command: str, seconds: float = RUN_SECONDS, check_secrets: bool = True, **options: Any) -> Run:
        """Run `pulumi …` to its end. The options are those of `start`."""
        return self.start(*command, **options).wait(seconds=seconds, check_secrets=check_secrets)

    def shell(self, script: str, *, seconds: float = RUN_SECONDS) -> Run:
        """Run commands of a page in the project's folder, as they stand there; the first that fails ends them.

        Pulumi asks nothing back, and the sandbox of a command is the only service.
        """
        started = time.monotonic()
        silent = {name: text for name, text in self.environment.items() if not name.startswith(("TRIEVE_", "CORTEX_"))}
        done = subprocess.run(
            ["sh", "-e"],
            input=script,
            cwd=self.folder,
            env={**silent, "PULUMI_SKIP_CONFIRMATIONS": "true", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        run = Run(("shell", script), done.returncode, done.stdout, time.monotonic() - started)
        self.record(run, check_secrets=True)
        return run

    def up(self, *flags: str, refresh: bool = False, diff: bool = True, **options: Any) -> Run:
        """Run `pulumi up`. The options are those of `pulumi`."""
        return self.pulumi("up", *_flags(refresh=refresh, diff=diff), *flags, **options)

    def preview(self, *flags: str, refresh: bool = False, diff: bool = True, **options: Any) -> Run:
        """Run `pulumi preview`. The options are those of `pulumi`."""
        return self.pulumi("preview", *_flags(refresh=refresh, diff=diff), *flags, **options)

    def refresh(self, *flags: str, diff: bool = True, **options: Any) -> Run:
        """Run `pulumi refresh`. The options are those of `pulumi`."""
        return self.pulumi("refresh", *_flags(diff=diff), *flags, **options)

    def destroy(self, *flags: str, diff: bool = True, **options: Any) -> Run:
        """Run `pulumi destroy`. The options are those of `pulumi`."""
        return self.pulumi("destroy", *_flags(diff=diff), *flags, **options)

    def config(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set a configuration value of the stack, typed rather than given as an argument, as one should."""
        self.pulumi("config", "set", key, *_flags(secret=secret), stdin=value).expect_success()

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's state as `pulumi stack export` prints it."""
        return self._json("stack", "export", *_flags(show_secrets=show_secrets), check_secrets=not show_secrets)

    def resources(self, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Return the resources in the stack's state, the stack itself and providers left out."""
        found: list[dict[str, Any]] = self.export(show_secrets=show_secrets)["deployment"].get("resources", [])
        return [one for one in found if not one["type"].startswith(("pulumi:pulumi:Stack", "pulumi:providers:"))]

    def stored(self) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
        """Return what the state says of each resource: URN → id, inputs, outputs.

        Secrets are masked, because the engine encrypts them anew each time.
        """
        return {one["urn"]: (one["id"], _masked(one["inputs"]), _masked(one["outputs"])) for one in self.resources()}

    def edit_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Export the state, let `change` edit each resource in it, and import it."""
        state = self.export()
        for one in state["deployment"]["resources"]:
            change(one)
        self.pulumi("stack", "import", stdin=json.dumps(state)).expect_success()

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs; secret ones read `[secret]` unless they are to be shown."""
        flags = ("--json", *_flags(show_secrets=show_secrets))
        return self._json("stack", "output", *flags, check_secrets=not show_secrets)

    def record(self, run: Run, *, check_secrets: bool) -> None:
        """Keep a run that ended, and fail if a secret is on its screen or in what is stored since the last one."""
        self.runs.append(run)
        stored = {**files_in(self.state_folder), **files_in(self.folder)}
        for own in [name for name in stored if Path(name).name.partition(".")[0] == "__main__"]:
            del stored[own]  # the program, and what Python compiled of it: a test may write what it likes
        new = {name: text for name, text in stored.items() if self._stored.get(name) != hash(text)}
        self._stored.update({name: hash(text) for name, text in new.items()})
        assert_absent({"the screen": run.output, **new} if check_secrets else new, of=self.secrets)

    def close(self) -> None:
        """End what is still running."""
        for running in self.started:
            running.stop()

    def _json(self, *command: str, check_secrets: bool) -> dict[str, Any]:
        run = self.pulumi(*command, check_secrets=check_secrets).expect_success()
        answer: dict[str, Any] = json.loads(run.output)
        return answer


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return "[secret]" if SECRET_SIGNATURE in value else {key: _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


@functools.cache
def _new_stack(engine: Path, name: str) -> dict[Path, bytes]:
    """Return the files of a new stack, by their path below the parent of a project's folder.

    `pulumi stack init` takes half a second, so a test process runs it once for all its projects of one name. An engine
    that keeps the selected stack in another way than `Project.selection` says gets no files: there, each project runs it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        made = Project(Path(scratch).resolve() / "made", engine=engine, name=name, stack=False)
        made.pulumi("stack", "init", STACK).expect_success()
        top = made.folder.parent
        path, text = made.selection(name)
        if not (top / path).is_file() or json.loads((top / path).read_text()) != json.loads(text):
            return {}
        files = [
            made.folder / f"Pulumi.{STACK}.yaml",
            *(path for path in made.state_folder.rglob("*") if path.is_file()),
        ]
        return {path.relative_to(top): path.read_bytes() for path in files}


def _flags(**flags: bool) -> tuple[str, ...]:
    return tuple(f"--{name.replace('_', '-')}" for name, wanted in flags.items() if wanted)
