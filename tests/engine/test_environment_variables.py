"""A rehearsal in the environments of other people: proxies that cannot be used, and one that must see nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from core.raw_server import speaking
from support.canaries import assert_absent
from support.engine import Project

PROGRAM = """
    from pulumi_retrieval import cortex, trieve

    trieve.Dataset("golden", tracking_id="golden")
    cortex.Tenant("acme", tenant_id="acme_dev")
"""
CANARY = "canary-0f-a-pr0xy"


def rehearse(project: Project, data: Path, env: dict[str, str]) -> str:
    """`pulumi-retrieval sandbox -- pulumi up`, which has to work; its screen."""
    command = [sys.executable, "-m", "pulumi_retrieval.cli", "sandbox", "--organization", "Rehearsal"]
    command += ["--data", str(data), "--max-seconds", "120", "--", "pulumi", "up", "--yes", "--skip-preview"]
    done = subprocess.run(
        [*command, "--non-interactive", "--color", "never"],
        cwd=project.folder,
        env={**project.environment, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout
    assert_absent({"the screen": done.stdout}, of={CANARY})
    return done.stdout


def test_a_sandbox_command_ignores_proxies_of_the_environment(tmp_path: Path, engine: Path) -> None:
    project = Project(tmp_path / "main", engine=engine, program=PROGRAM)
    data = tmp_path / "data"
    unusable = {"ALL_PROXY": f"socks5://user:{CANARY}@127.0.0.1:1", "NO_PROXY": "127.0.0.1,localhost"}
    assert "+ 3 created" in rehearse(project, data, unusable)
    assert "3 unchanged" in rehearse(project, data, {"ALL_PROXY": "ftp://x:1", "SSL_CERT_FILE": "/nowhere"})
    with speaking(lambda connection: None) as proxy:
        url = proxy.url.replace("://", f"://user:{CANARY}@")
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        project.program = PROGRAM.replace('"golden")', '"golden", server_configuration={"MAX_LIMIT": 7})')
        assert "~ 1 updated" in rehearse(project, data, dict.fromkeys(names, url))
        assert not proxy.requests


def test_a_password_in_a_base_url_is_on_no_screen_and_in_no_state(tmp_path: Path, engine: Path) -> None:
    project = Project(tmp_path / "main", engine=engine, program=PROGRAM, secrets=[CANARY])
    env = {"TRIEVE_API_KEY": "tr-key", "TRIEVE_ORGANIZATION_ID": "3f7a0000-0000-4000-8000-000000000000"}
    env["CORTEX_API_KEY"] = "key"
    for url in (f"https://user:{CANARY}@api.invalid", f"https://api.invalid/?key={CANARY}", f"https://{CANARY}@[::1"):
        named = {"TRIEVE_BASE_URL": url, "CORTEX_BASE_URL": url}
        project.preview(env={**env, **named}).expect_failure("BASE_URL must")
        project.up(env={**env, **named}).expect_failure("BASE_URL must")
