"""States as released versions left them, and how the next one is recorded.

    python -m support.recorded_state 0.1.0        with `tests` on PYTHONPATH

runs the quickstart and writes `tests/data/state-0.1.0.json` and the program it came from beside it. Places, ids and
times are replaced, so that the file says the same wherever it was recorded; `restored` puts places back.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.engine import Project
from support.sandbox import Sandbox

DATA = Path(__file__).parents[1] / "data"
TOP = DATA.parents[1]
NAME = "pulumi-retrieval-quickstart"
SETTINGS = {"company": "Acme", "environment": "dev", "tenantPrefix": "acme"}
SECRET = "an-llm-key-of-the-quickstart"
MANIFEST = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
TRIEVE, CORTEX = "https://trieve.example.test", "https://cortex.example.test"
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def configure(project: Project) -> None:
    """Give the quickstart what it reads from the configuration."""
    for key, value in SETTINGS.items():
        project.config(f"{NAME}:{key}", value)
    project.config(f"{NAME}:llmApiKey", SECRET, secret=True)


def restored(version: str, project: Project, sandbox: Sandbox) -> str:
    """The state of a version, as text for `pulumi stack import`, living in a sandbox and encrypted as a project does it."""
    text = (DATA / f"state-{version}.json").read_text()
    for place, here in {CORTEX: sandbox.environment["CORTEX_BASE_URL"], TRIEVE: sandbox.base_url}.items():
        text = text.replace(place, here)
    salt = re.search(r"^encryptionsalt: (.+)$", (project.folder / "Pulumi.dev.yaml").read_text(), re.MULTILINE)
    assert salt is not None
    state = json.loads(text)
    state["deployment"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt[1]}}
    return json.dumps(state)


def record(version: str, engine: Path) -> None:
    """Write the state that this version leaves behind."""
    program = (TOP / "examples" / "quickstart" / "__main__.py").read_text()
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        project = Project(Path(folder), engine=engine, env=sandbox.environment, program=program, name=NAME)
        configure(project)
        project.up().expect_success()
        state = project.export(show_secrets=True)
        text = json.dumps(_stable(state), indent=2, sort_keys=True)
        for here, place in {sandbox.environment["CORTEX_BASE_URL"]: CORTEX, sandbox.base_url: TRIEVE}.items():
            text = text.replace(here, place)
    ids = dict.fromkeys(UUID.findall(text))
    for number, found in enumerate(ids, 1):
        text = text.replace(found, f"00000000-0000-4000-8000-{number:012}")
    (DATA / f"state-{version}.json").write_text(TIME.sub("2026-01-01T00:00:00Z", text) + "\n")
    shutil.copy(TOP / "examples" / "quickstart" / "__main__.py", DATA / f"state-{version}.py")


def _stable(state: dict[str, Any]) -> dict[str, Any]:
    """What the next version has to read; not when, by which engine and with which passphrase it was written."""
    resources = state["deployment"]["resources"]
    for resource in resources:
        resource.pop("modified", None)
        resource.pop("sourcePosition", None)
        resource.pop("stackTrace", None)
    return {"version": state["version"], "deployment": {"manifest": MANIFEST, "resources": resources}}


if __name__ == "__main__":
    found = subprocess.run([sys.executable, TOP / "tools" / "engine.py"], stdout=subprocess.PIPE, text=True, check=True)
    record(sys.argv[1], Path(found.stdout.strip()))
