"""``pulumi-retrieval sandbox`` as a person or a pipeline starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from support.processes import wait_until
from support.sandbox import Sandbox

CLI = [sys.executable, "-m", "pulumi_retrieval.cli", "sandbox"]
KEY = re.compile(r"tr-[A-Za-z0-9]{32}")
SHOW = "import os; print('|'.join(f'{k}={v}' for k, v in sorted(os.environ.items()) if k[:6] in ('TRIEVE', 'CORTEX', 'PULUMI')))"


def _run(*arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    command = [*CLI, "--max-seconds", "60", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_connection_variables_are_printed() -> None:
    with Sandbox(organization=None) as sandbox:
        assert list(sandbox.environment) == ["TRIEVE_BASE_URL", "TRIEVE_ADMIN_KEY", "CORTEX_BASE_URL", "CORTEX_API_KEY"]
        assert sandbox.environment["TRIEVE_BASE_URL"].startswith("http://127.0.0.1:")
        assert sandbox.environment["CORTEX_BASE_URL"] == sandbox.base_url + "/cortex"
        assert KEY.fullmatch(sandbox.environment["TRIEVE_ADMIN_KEY"])
        assert KEY.fullmatch(sandbox.environment["CORTEX_API_KEY"])
        assert sandbox.stop() == 0


def test_keys_port_and_organization_survive_restarts(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "new", organization="Acme") as sandbox:
        first = dict(sandbox.environment)
        sandbox.restart()
        assert sandbox.environment == first
        sandbox.kill()
        sandbox.restart()
        assert sandbox.environment == first
        headers = {"TR-Organization": sandbox.organization_id, "Authorization": first["TRIEVE_API_KEY"]}
        answer = sandbox.trieve.get(f"/api/organization/{sandbox.organization_id}", headers=headers)
        assert answer.json()["organization"]["name"] == "Acme"
        assert sandbox.trieve.delete(f"/api/organization/{sandbox.organization_id}", headers=headers).status_code == 204
        sandbox.restart()
        assert sandbox.organization_id != first["TRIEVE_ORGANIZATION_ID"]


def test_only_its_owner_can_read_what_it_keeps(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path) as sandbox:
        files = [path for path in tmp_path.iterdir() if path.name.startswith("sandbox.sqlite3")]
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert sandbox.environment["TRIEVE_ADMIN_KEY"].encode() in b"".join(path.read_bytes() for path in files)


def test_an_empty_folder_is_an_empty_service() -> None:
    with Sandbox(organization=None) as sandbox:
        me = sandbox.trieve.get("/api/auth/me").json()
        assert (me["email"], [organization["name"] for organization in me["orgs"]]) == ("default", ["default"])
        assert sandbox.requests()[0]["path"] == "/api/auth/me"
        assert sandbox.state()["trieve"]["datasets"] == []


def test_another_port_is_chosen_if_the_last_one_is_taken(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path) as sandbox:
        first = sandbox.base_url
        sandbox.stop()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", int(first.rpartition(":")[2])))
            other.listen()
            sandbox.start()
            assert sandbox.base_url != first
            result = _run("--port", first.rpartition(":")[2], "--", sys.executable, "-c", "")
            assert (result.returncode, "cannot be used" in result.stderr) == (2, True)


def test_two_sandboxes_do_not_share_a_folder(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path):
        result = _run("--data", str(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert "another sandbox is running" in result.stderr


def test_a_command_runs_inside() -> None:
    check = (
        "import os, urllib.request as u; u.urlopen(os.environ['TRIEVE_BASE_URL'] + '/api/health'); raise SystemExit(7)"
    )
    result = _run("--organization", "Acme", "--", sys.executable, "-c", f"{SHOW}; {check}")
    assert result.returncode == 7
    shown = dict(item.partition("=")[::2] for item in result.stdout.strip().split("|"))
    assert {"TRIEVE_API_KEY", "TRIEVE_ORGANIZATION_ID", "TRIEVE_ADMIN_KEY", "CORTEX_API_KEY"} <= set(shown)
    assert shown["PULUMI_RETRIEVAL_SANDBOX"] == shown["TRIEVE_BASE_URL"]
    assert result.stderr == f"sandbox: serving Trieve and Cortex at {shown['TRIEVE_BASE_URL']}\n"
    assert not _answers(shown["TRIEVE_BASE_URL"])


def test_a_command_may_have_options_of_its_own() -> None:
    result = _run("--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--data", "x", "--", "-y")
    assert (result.returncode, result.stdout) == (0, "['--data', 'x', '--', '-y']\n")


def test_a_command_that_does_not_exist() -> None:
    result = _run("--", "no-such-command-here")
    assert result.returncode == 2
    assert "cannot run no-such-command-here" in result.stderr


@pytest.mark.parametrize("given", [{}, {"NO_PROXY": "example.com, localhost"}, {"NO_PROXY": "a", "no_proxy": "b"}])
def test_no_client_of_the_command_asks_a_proxy_for_the_sandbox(given: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    script = "import os; print(os.environ['NO_PROXY'] + '|' + os.environ['no_proxy'])"
    command = [*CLI, "--max-seconds", "60", "--", sys.executable, "-c", script]
    done = subprocess.run(command, env={**environment, **given}, stdout=subprocess.PIPE, text=True, check=True)
    kept = {item.strip() for value in given.values() for item in value.split(",")}
    for value in done.stdout.strip().split("|"):
        assert {item.strip() for item in value.split(",")} == {"127.0.0.1", "localhost", "::1"} | kept


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_command(number: signal.Signals, tmp_path: Path) -> None:
    script = f"""
        import pathlib, signal, sys, time
        signal.signal({int(number)}, lambda *_: sys.exit(5))
        pathlib.Path({str(tmp_path / "ready")!r}).touch()
        time.sleep(60)
    """
    command = [*CLI, "--max-seconds", "60", "--", sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        wait_until((tmp_path / "ready").exists, seconds=20, what="the command")
        process.send_signal(number)
        assert process.wait(20) == 5
        assert process.stderr is not None
        assert process.stderr.read().count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(number: signal.Signals) -> None:
    command = [*CLI, "--max-seconds", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip().partition("=")[2]
        assert _answers(url)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_it_ends_although_a_request_hangs() -> None:
    with Sandbox() as sandbox:
        sandbox.faults([{"act": {"kind": "hang", "seconds": 60}}])
        with pytest.raises(httpx.ReadTimeout):
            sandbox.trieve.get("/api/health", timeout=0.2)
        assert sandbox.stop() == 0


def test_it_ends_by_itself() -> None:
    with subprocess.Popen([*CLI, "--max-seconds", "0.3"], stdout=subprocess.PIPE) as process:
        assert process.wait(20) == 0


def test_it_ends_with_its_parent() -> None:
    child = [*CLI, "--max-seconds", "60", "--exit-with-parent"]
    start = f"import subprocess; process = subprocess.Popen({child!r}, stdout=subprocess.PIPE)"
    script = f"{start}; print(process.stdout.readline().decode())"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    url = result.stdout.strip().partition("=")[2]
    wait_until(lambda: not _answers(url), seconds=10, what="the sandbox to follow its parent")


def test_a_temporary_folder_is_removed(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [
        *CLI,
        "--max-seconds",
        "60",
        "--",
        sys.executable,
        "-c",
        "import os; print(os.listdir(os.environ['TMPDIR']))",
    ]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert "pulumi-retrieval-sandbox-" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--latency-ms", "-5"], 'argument --latency-ms: must be a number of milliseconds, 0 or more; it is "-5"'),
        (["--latency-ms", "soon"], 'argument --latency-ms: must be a number of milliseconds, 0 or more; it is "soon"'),
        (["--delete-seconds", "-1"], 'argument --delete-seconds: must be a number of seconds, 0 or more; it is "-1"'),
        (["--delete-seconds", "inf"], 'argument --delete-seconds: must be a number of seconds, 0 or more; it is "inf"'),
        (["--clone-chunks-per-second", "0"], 'argument --clone-chunks-per-second: must be a number above 0; it is "0"'),
        (["--plan-limit", "1.5"], 'argument --plan-limit: must be a whole number, 0 or more; it is "1.5"'),
        (["--plan-limit", "1", "--unlimited"], "argument --unlimited: not allowed with argument --plan-limit"),
        *(
            (["--port", port], f'argument --port: must be a whole number from 0 to 65535; it is "{port}". Leave it out')
            for port in ("22222222", "65536", "-1", "http")
        ),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], said: str) -> None:
    result = _run(*arguments, "--", "true")
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_help_names_the_control_routes() -> None:
    shown = " ".join(_run("--help").stdout.split()).replace("- ", "-")  # argparse breaks lines at hyphens
    for route in ("/_sandbox/requests", "/state", "/faults", "/switches", "pulumi-retrieval docs sandbox"):
        assert route in shown
