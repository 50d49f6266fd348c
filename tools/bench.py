"""Measure the engine with many resources: how long the first `up`, an unchanged one, a refresh and a destroy take.

make bench
.venv/bin/python tools/bench.py --resources 200
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
SECONDS = 1800

PROGRAM = """
from pulumi_retrieval import trieve

for number in range({resources}):
    trieve.Dataset(
        f"customer-{{number}}",
        dataset_name=f"Customer {{number}}",
        server_configuration={{"LLM_DEFAULT_MODEL": "gpt-4o", "N_RETRIEVALS_TO_INCLUDE": 8}},
    )
"""

STEPS = (
    ("create", "up"),
    ("no change", "up"),
    ("refresh", "refresh"),
    ("destroy", "destroy"),
)


def run(command: list[str], *, folder: Path, environment: dict[str, str]) -> float:
    """Run one command quietly and return its seconds; show what it printed if it fails."""
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - started


def main() -> None:
    """Measure and print one line per step."""
    parser = argparse.ArgumentParser(description="Measure many datasets on the engine, against the sandbox.")
    parser.add_argument("--resources", type=int, default=1000)
    options = parser.parse_args()
    tool = [sys.executable, str(TOP / "tools" / "engine.py")]
    engine = subprocess.run(tool, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "state").mkdir()
        (folder / "__main__.py").write_text(PROGRAM.format(resources=options.resources))
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        environment = {
            **{
                key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "TRIEVE_", "CORTEX_"))
            },
            "PATH": os.pathsep.join([engine, str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
        }
        run(["pulumi", "stack", "init", "bench"], folder=folder, environment=environment)
        sandbox = ["pulumi-retrieval", "sandbox", "--data", str(folder / "sandbox"), "--organization", "Bench", "--"]
        for what, verb in STEPS:
            command = [*sandbox, "pulumi", verb, "--yes", "--skip-preview", "--non-interactive"]
            seconds = run(command, folder=folder, environment=environment)
            print(f"{options.resources} datasets, {what}: {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
