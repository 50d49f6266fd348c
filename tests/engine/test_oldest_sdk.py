"""The oldest version of Pulumi's Python SDK that this package accepts, on the real engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

from support.engine import Project
from support.programs import program

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
INSTALL_SECONDS = 300

DECLARATIONS = """
pulumi.export("sdk", pulumi.__file__)
pulumi.runtime.register_resource_transform(lambda args: None)
component = pulumi.ComponentResource("test:index:Team", "team")
cortex.Tenant("customers", opts=pulumi.ResourceOptions(parent=component))
docs = trieve.Dataset("docs", server_configuration={"MAX_LIMIT": 5})
trieve.ApiKey("key", role=0, opts=pulumi.ResourceOptions(depends_on=[docs]))
"""


def test_the_oldest_sdk_creates_resources_and_finds_no_change_afterwards(tmp_path: Path, project: Project) -> None:
    found = re.search(r'"pulumi>=([\d.]+),', PYPROJECT.read_text())
    assert found is not None
    sdk = tmp_path / "sdk"
    install = [find_uv_bin(), "pip", "install", "--python", sys.executable, "--no-deps", "--target", str(sdk)]
    done = subprocess.run([*install, f"pulumi=={found[1]}.0"], capture_output=True, text=True, timeout=INSTALL_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    project.environment["PYTHONPATH"] = f"{sdk}:{project.environment['PYTHONPATH']}"
    project.program = program(DECLARATIONS)
    assert project.up().expect_success().summary == {"created": 5}
    assert Path(project.outputs()["sdk"]).is_relative_to(sdk)
    project.up("--expect-no-changes").expect_success()
