"""Stands in for Pulumi's Python language host, on machines where only the engine itself could be built.

The engine starts a language host to run a project's program, and talks to it over gRPC. The official one comes with
every Pulumi installation and is the one to use; it is not published as a Go module, though, so a machine that can reach
nothing but package registries cannot get it. This one does what up, preview, refresh and destroy need: it starts the
program with the project's own Python, and policy packs with theirs. It resolves and installs no plugins.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

EXEC_SCRIPT = "pulumi-language-python-exec"
ALREADY_EXPLAINED = 32
"""Exit code with which the exec script reports that it has printed the error itself."""

WATCH_SECONDS = 2.0
GRACE_SECONDS = 0.5
ADDRESS = "127.0.0.1:0"
CALLS_AT_ONCE = 16
"""Worker threads: a program occupies one call for its whole run, and so does each policy pack."""
CHUNK_BYTES = 64 * 1024
MESSAGE_BYTES = 400 * 1024 * 1024
"""The limit of the engine; the configuration of a program may be large."""


def python_for(info: Any) -> str:
    """Return the interpreter of the virtualenv that Pulumi.yaml names, or that its toolchain has; else the one on PATH."""
    options = dict(info.options)
    virtualenv = str(options.get("virtualenv") or "") or environment_of(options.get("toolchain"), info.root_directory)
    if not virtualenv:
        return shutil.which("python3") or sys.executable
    return str(Path(info.root_directory, virtualenv, "bin", "python"))


def environment_of(toolchain: Any, root: str) -> str:
    """Return where a toolchain keeps the environment of the project in `root`: "" where there is none, or for pip."""
    if toolchain == "uv":
        return os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv"
    if toolchain == "poetry":
        command = ["poetry", "env", "info", "--path"]
        return subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True).stdout.strip()
    return ""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The calls that the engine makes; the base class answers every other call with "unimplemented"."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._programs: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetProgramDependenciesResponse()

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        return iter(())

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.AboutResponse(executable=python_for(request.info), version=sys.version.split()[0])

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run the program to its end. Its output goes to the output of this process, which the engine shows."""
        script = shutil.which(EXEC_SCRIPT)
        if script is None:
            return language_pb2.RunResponse(error=f"{EXEC_SCRIPT} is not on PATH")
        python = python_for(request.info)
        arguments = {
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
        }
        flags = [part for name, value in arguments.items() if value for part in (f"--{name}", value)]
        program = str(Path(request.info.program_directory, request.info.entry_point))
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [python, "-u", script, *flags, program, *request.args]
        try:
            process = subprocess.Popen(command, cwd=request.pwd or None, env=environment, stdin=subprocess.DEVNULL)
        except OSError as error:
            return language_pb2.RunResponse(error=f"cannot start {python}: {error.strerror}")
        self._programs.add(process)
        code = process.wait()
        self._programs.discard(process)
        if code == 0:
            return language_pb2.RunResponse()
        if code == ALREADY_EXPLAINED:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Run a plugin written in Python, and forward its output until it ends or the engine cancels the call."""
        program = str(Path(request.info.program_directory, request.info.entry_point))
        policies = request.kind == "analyzer"
        arguments = ["-m", "pulumi.policy", *request.args, program] if policies else [program, *request.args]
        process = subprocess.Popen(
            [python_for(request.info), "-u", *arguments],
            cwd=request.pwd or None,
            env=dict(item.split("=", 1) for item in request.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(process.terminate)
        with process, selectors.DefaultSelector() as printed:
            for pipe, name in ((process.stdout, "stdout"), (process.stderr, "stderr")):
                printed.register(pipe or 0, selectors.EVENT_READ, name)
            while printed.get_map():
                for stream, _ in printed.select():
                    if text := os.read(stream.fd, CHUNK_BYTES):
                        output: dict[str, Any] = {stream.data: text}
                        yield language_pb2.RunPluginResponse(**output)
                    else:
                        printed.unregister(stream.fileobj)
        yield language_pb2.RunPluginResponse(exitcode=process.returncode)

    def stop(self) -> None:
        """End the programs that are still running.

        The engine's own interrupt has reached them already, as they are in our process group. It makes a program wait
        for its unanswered calls, which the engine no longer answers; a second one makes it give up, but not always.
        """
        for process in tuple(self._programs):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    """Serve until the engine interrupts this process, which it does at the end of every run, or the engine ends."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    parent = os.getppid()
    host = LanguageHost(sys.argv[-1])
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=CALLS_AT_ONCE), options=options)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port(ADDRESS)
    server.start()
    print(port, flush=True)
    while not stopped.wait(WATCH_SECONDS) and os.getppid() == parent:
        pass
    host.stop()
    server.stop(grace=None)
    os._exit(0)  # a worker thread may still wait for its program to end
