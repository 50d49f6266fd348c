"""Runs the `pulumi` command for a review: streams a preview, and reads a stack's configuration, state and history.

This module prints nothing. An error contains the end of the command's output, without the secrets that `clean` knows.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .errors import NoVerdictError

STREAMING = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
END_SECONDS = 30.0
"""How long an engine may take to stop its providers after it was told to stop."""
MOST_TOLD = 2000
"""Characters from the end of a failed command's output that an error quotes."""
MOST_READ = 200_000
"""Bytes from the end of the output that are read and cleaned of secrets for that."""


class PreviewLines:
    """The events of a running preview, one line of JSON each.

    :param process: the running command; its standard output is read line by line and not kept.
    :param clean: takes known secrets out of a text.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], errors: IO[bytes], clean: Callable[[str], str] = lambda text: text
    ) -> None:
        self._process = process
        self._errors = errors
        self._clean = clean

    def __iter__(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        yield from self._process.stdout

    def end(self) -> int:
        """Wait for the end of the command and return its exit code."""
        return self._process.wait()

    def said(self) -> str:
        """The end of the command's standard error."""
        return _end_of(self._errors, self._clean)


class Engine:
    """The `pulumi` command in the folder of a project.

    :param stack: the name of the stack; empty for the selected one.
    :param folder: the folder of the project.
    :param config_file: the stack's configuration file; empty for Pulumi's usual one.
    :param clean: takes known secrets out of a text.
    """

    def __init__(
        self,
        *,
        stack: str = "",
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        config_file: str = "",
        clean: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._clean = clean
        self.folder = folder or Path.cwd()
        self._environ = {**(os.environ if environ is None else environ), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        self.config_file = ("--config-file", config_file) if config_file else ()
        self.stack = stack or self._selected()

    def _selected(self) -> str:
        name = self._text("stack", "--show-name").strip()
        if not name:
            raise NoVerdictError("no stack is selected: name one with --stack, or run: pulumi stack select")
        return name

    def of_stack(self, stack: str) -> Engine:
        """An `Engine` for another stack of the same project."""
        return Engine(stack=stack, folder=self.folder, environ=self._environ, clean=self._clean)

    def history(self, flags: Sequence[str]) -> list[Mapping[str, Any]]:
        """The runs of the stack, newest first. :param flags: flags of `pulumi stack history`; must contain ``--json``."""
        try:
            read = json.loads(self._run("stack", "history", *flags, "--stack", self.stack) or b"[]")
        except ValueError:
            raise NoVerdictError("`pulumi stack history --json` did not print JSON") from None
        return [run for run in read if isinstance(run, Mapping)] if isinstance(read, list) else []

    def version(self) -> str:
        """The version of the command: ``"v3.259.0"``."""
        return self._text("version").strip()

    def configuration(self) -> Mapping[str, Mapping[str, Any]]:
        """The configuration of the stack with its secrets: name → ``value`` and ``secret``."""
        read = self._json("config", "--json", "--show-secrets", "--stack", self.stack, *self.config_file)
        return {str(name): entry for name, entry in read.items() if isinstance(entry, Mapping)}

    def export(self, *, show_secrets: bool = False) -> bytes:
        """Export the state of the stack as JSON."""
        return self._run("stack", "export", "--stack", self.stack, *(("--show-secrets",) if show_secrets else ()))

    @contextmanager
    def preview(self, *, refresh: bool, save_plan: str, options: Sequence[str]) -> Iterator[PreviewLines]:
        """Run a preview. It is stopped when the context is left before its end.

        :param save_plan: the file to save the plan to; empty for none.
        :param options: additional options of `pulumi preview`.
        """
        command = ["preview", "--json", "--stack", self.stack, *self.config_file]
        command += ["--refresh"] if refresh else []
        command += ["--save-plan", save_plan] if save_plan else []
        with tempfile.TemporaryFile() as errors:
            process = self._start([*command, *options], errors, {STREAMING: "true"})
            try:
                yield PreviewLines(process, errors, self._clean)
            finally:
                _stop(process)

    def _start(self, command: Sequence[str], errors: IO[bytes], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["pulumi", *command, "--non-interactive", "--color", "never"],
                cwd=self.folder,
                env={**self._environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except FileNotFoundError:
            raise NoVerdictError("there is no `pulumi` command on the PATH: install Pulumi 3.216 or newer") from None
        except OSError as error:
            raise NoVerdictError(f"the `pulumi` command cannot be run: {error.strerror}") from None

    def _run(self, *command: str) -> bytes:
        with tempfile.TemporaryFile() as errors:
            process = self._start(command, errors, {})
            try:
                printed, _ = process.communicate()
            finally:
                _stop(process)
            if process.returncode != 0:
                raise NoVerdictError(
                    f"`pulumi {' '.join(command)}` failed: {_end_of(errors, self._clean) or 'it printed no error'}"
                )
            return printed

    def _text(self, *command: str) -> str:
        return self._run(*command).decode(errors="replace")

    def _json(self, *command: str) -> Mapping[str, Any]:
        try:
            read = json.loads(self._run(*command))
        except ValueError:
            raise NoVerdictError(f"`pulumi {command[0]} --json` did not print JSON") from None
        return read if isinstance(read, dict) else {}


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a command that still runs, and close its pipe."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _end_of(errors: IO[bytes], clean: Callable[[str], str]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - MOST_READ))
    # Cleaned before it is cut, because the cut could divide a secret so that the rest is not recognized.
    return clean(errors.read().decode(errors="replace")).strip()[-MOST_TOLD:]
