"""The same datasets with OpenTofu and the generic plugin for REST services, where both are on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cost import Cost, cost_of_commands
from bench.world import RUN_SECONDS, Sandbox

COMMAND, PLUGIN = "tofu", "terraform-provider-restapi"
COMMAND_VARIABLE, PLUGIN_VARIABLE = "BENCH_TOFU", "BENCH_RESTAPI_PLUGIN"
ADDRESS = "bench.invalid/bench/restapi"


@dataclass(frozen=True)
class Tofu:
    """The command and the plugin."""

    command: Path
    plugin: Path

    @classmethod
    def find(cls) -> Tofu | None:
        """Both, from the variables or from PATH; None where one of them is missing."""
        found = [os.environ.get(COMMAND_VARIABLE) or shutil.which(COMMAND)]
        found.append(os.environ.get(PLUGIN_VARIABLE) or shutil.which(PLUGIN))
        command, plugin = (Path(path) if path else None for path in found)
        return cls(command.resolve(), plugin.resolve()) if command and plugin else None


class TofuProject:
    """A configuration with one resource for each dataset, and its state in a local file.

    A delete of Trieve needs a header that the plugin cannot send for each object, so a PUT stands in for it: as many requests,
    and the datasets stay in the sandbox.
    """

    def __init__(self, tofu: Tofu, folder: Path, *, sandbox: Sandbox) -> None:
        self._tofu, self._folder = tofu, folder
        folder.mkdir(parents=True)
        (folder / "tofu.rc").write_text(
            f'provider_installation {{\n  dev_overrides {{ "{ADDRESS}" = "{tofu.plugin.parent}" }}\n  direct {{}}\n}}\n'
        )
        named = sandbox.environment
        provider = {
            "uri": named["TRIEVE_BASE_URL"],
            "headers": {"Authorization": named["TRIEVE_API_KEY"], "TR-Organization": named["TRIEVE_ORGANIZATION_ID"]},
            "write_returns_object": True,
            "id_attribute": "id",
        }
        self._head = {
            "terraform": {"required_providers": {"restapi": {"source": ADDRESS}}},
            "provider": {"restapi": provider},
        }

    def declare(self, inputs: list[dict[str, Any]]) -> None:
        """Write the configuration of these datasets."""
        objects = {
            one["tracking_id"]: {
                "path": "/api/dataset",
                "data": json.dumps(one),
                "update_path": "/api/dataset",
                "destroy_path": "/api/dataset",
                "destroy_method": "PUT",
                "destroy_data": json.dumps({"tracking_id": one["tracking_id"], "dataset_name": "destroyed"}),
                "ignore_server_additions": True,
            }
            for one in inputs
        }
        (self._folder / "main.tf.json").write_text(json.dumps({**self._head, "resource": {"restapi_object": objects}}))

    def run(self, *command: str) -> Cost:
        """Run a `tofu` command and return its cost.

        Raises:
            SystemExit: it failed; the text is what it printed.
        """
        return cost_of_commands(lambda: self._run(*command))

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [self._tofu.command, *command, "-no-color", "-input=false"],
            cwd=self._folder,
            env={**os.environ, "TF_CLI_CONFIG_FILE": str(self._folder / "tofu.rc"), "CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        if done.returncode != 0:
            raise SystemExit(f"tofu {' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
