"""What the sandbox does where it meets a limit: of a body, of the disk, of who may ask."""

from __future__ import annotations

import os
import resource
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.sandbox import Sandbox

CLI = [sys.executable, "-m", "pulumi_retrieval.cli", "sandbox"]
LIMIT = 134_200_000
READ_AT_ONCE = 1 << 20


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(data=tmp_path_factory.mktemp("limits")) as running:
        yield running


def memory(pid: int) -> int:
    """Bytes that a process holds at most until now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


# Bodies


def send_head(sandbox: Sandbox, path: str, *headers: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])), 20)
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def answer_of(connection: socket.socket) -> str:
    with connection.makefile("rb") as answer:
        head = list(iter(answer.readline, b"\r\n"))
        lengths = [int(line.partition(b":")[2]) for line in head if line.lower().startswith(b"content-length")]
        return (b"".join(head) + answer.read(lengths[0] if lengths else 0)).decode()


@pytest.fixture
def trieve_head(sandbox: Sandbox) -> list[str]:
    return [
        f"Authorization: {sandbox.environment['TRIEVE_API_KEY']}",
        f"TR-Organization: {sandbox.organization_id}",
        "Content-Type: application/json",
    ]


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(sandbox: Sandbox, trieve_head: list[str]) -> None:
    with send_head(sandbox, "/api/dataset", *trieve_head, f"Content-Length: {LIMIT + 1}") as connection:
        said = answer_of(connection)
    assert said.startswith("HTTP/1.1 400")
    assert "*Type* : Other JSON payload error" in said
    assert f"JSON payload ({LIMIT + 1} bytes) is larger than allowed (limit: {LIMIT} bytes)." in said


def test_a_body_without_an_end_is_cut_off(sandbox: Sandbox, trieve_head: list[str]) -> None:
    chunk = f"{READ_AT_ONCE:x}\r\n".encode() + b" " * READ_AT_ONCE + b"\r\n"
    with send_head(sandbox, "/api/dataset", *trieve_head, "Transfer-Encoding: chunked") as connection:
        for _ in range(LIMIT // READ_AT_ONCE + 1):
            connection.sendall(chunk)
        said = answer_of(connection)
    assert said.startswith("HTTP/1.1 400")
    assert f"JSON payload has exceeded limit ({LIMIT} bytes)." in said
    assert sandbox.trieve.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/cortex/databases", 501), ("/_sandbox/faults", 413), ("/api/health", 405), ("/api/nothing", 404)],
)
def test_a_body_that_is_too_large_is_never_read(sandbox: Sandbox, path: str, status: int) -> None:
    with send_head(sandbox, path, f"Content-Length: {2**40}") as connection:
        assert answer_of(connection).startswith(f"HTTP/1.1 {status}")
    assert memory(sandbox.pid) < 4 * LIMIT


# Who may ask


def ask(sandbox: Sandbox, host: str, path: str = "/_sandbox/state") -> int:
    return httpx.get(sandbox.base_url + path, headers={"Host": host}, trust_env=False).status_code


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8090", "localhost", "localhost:1", "LocalHost:1", "[::1]", "[::1]:8090"]
)
def test_control_routes_are_for_this_machine(sandbox: Sandbox, host: str) -> None:
    assert ask(sandbox, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "evil.example:127",
        "127.0.0.1:1@evil.example",
        "::1",
        "[::2]",
        "0.0.0.0",
        "10.0.0.1",
        "localhost:",
        "localhost:123456",
    ],
)
def test_a_page_of_another_name_cannot_use_them(sandbox: Sandbox, host: str) -> None:
    assert ask(sandbox, host) == 403
    assert ask(sandbox, host, "/_sandbox/cortex/settings") == 403
    assert ask(sandbox, host, "/api/health") == 200  # what needs a key, or tells nothing


# The data folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_it_writes_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "existing"
    folder.mkdir(mode=0o755)
    for name in ("sandbox.sqlite3", "sandbox.lock"):
        (folder / name).touch(mode=0o644)
    before = os.umask(0)
    try:
        with Sandbox(data=folder) as running:
            running.trieve.get("/api/health")
            assert {mode(path) for path in folder.iterdir()} == {0o600}
            assert mode(folder) == 0o700
    finally:
        os.umask(before)


def test_folders_on_the_way_are_for_their_owner_only(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "one" / "two" / "three") as running:
        assert [mode(running.data), mode(running.data.parent), mode(running.data.parent.parent)] == [0o700] * 3


def test_a_folder_that_holds_other_things_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "Pulumi.yaml").touch()
    with Sandbox(data=tmp_path) as running:
        assert mode(running.data) == 0o755
        assert mode(running.data / "sandbox.sqlite3") == 0o600


def run(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    command = [*CLI, "--max-seconds", "20", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)  # type: ignore[call-overload]


def a_file(folder: Path) -> None:
    folder.touch()


def below_a_file(folder: Path) -> None:
    folder.parent.rmdir()
    folder.parent.touch()


def a_dangling_link(folder: Path) -> None:
    folder.symlink_to(folder.parent / "nowhere")


def with_a_folder_in_the_place_of_the_file(folder: Path) -> None:
    (folder / "sandbox.sqlite3").mkdir(parents=True)


def damaged(folder: Path) -> None:
    folder.mkdir()
    (folder / "sandbox.sqlite3").write_bytes(b"not a database at all, and long enough to be looked at" * 40)


def torn(folder: Path) -> None:
    """Every page but the first is noise."""
    with Sandbox(data=folder) as running:
        running.trieve.get("/api/auth/me")
    for beside in ("-wal", "-shm"):
        (folder / f"sandbox.sqlite3{beside}").unlink(missing_ok=True)
    whole = (folder / "sandbox.sqlite3").read_bytes()
    (folder / "sandbox.sqlite3").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def of_another_program(folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "sandbox.sqlite3") as connection:
        connection.execute("CREATE TABLE facts (other TEXT)")
    connection.close()


@pytest.mark.parametrize(
    "make",
    [
        a_file,
        below_a_file,
        a_dangling_link,
        with_a_folder_in_the_place_of_the_file,
        damaged,
        torn,
        of_another_program,
    ],
)
def test_a_folder_that_cannot_be_used(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "parent" / "data"
    folder.parent.mkdir()
    make(folder)
    ended = run("--data", str(folder), "--organization", "Acme", "--", sys.executable, "-c", "print('ran')")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"sandbox: the data folder {folder} cannot be used: ")
    assert ended.stderr.count("\n") == 1


def test_invalid_values_in_the_store_are_ignored(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path):
        pass
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as connection:
        connection.execute("UPDATE facts SET value = 'nonsense' WHERE name = 'port' OR name LIKE 'organization:%'")
    connection.close()
    with Sandbox(data=tmp_path) as running:
        assert running.organization_id


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hang-at", "0"], "hang_at must be a whole number of at least 1"),
        (["--cortex-fail-provisioning", "("], "fail_provisioning is a regular expression"),
    ],
)
def test_invalid_settings_are_refused(arguments: list[str], said: str) -> None:
    ended = run(*arguments, "--", sys.executable, "-c", "")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert said in ended.stderr


def small_files() -> None:
    """What a process writes is refused beyond this size, as a full disk refuses it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))


def test_a_disk_that_fills_up_ends_it_with_one_sentence(tmp_path: Path) -> None:
    command = [*CLI, "--max-seconds", "60", "--data", str(tmp_path), "--organization", "Acme"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=small_files
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = dict(process.stdout.readline().strip().partition("=")[::2] for _ in range(6))
        headers = {"Authorization": told["TRIEVE_ADMIN_KEY"]}
        with httpx.Client(base_url=told["TRIEVE_BASE_URL"], headers=headers, trust_env=False, timeout=20) as client:
            statuses = [200]
            while statuses[-1] == 200:
                body = {"name": f"{len(statuses)}" * 60_000}
                statuses.append(client.post("/api/organization", json=body).status_code)
            assert (len(statuses) > 2, statuses[-1]) == (True, 500)
        assert process.wait(20) == 2
        said = process.stderr.read()
    assert said.startswith(f"sandbox: the data folder {tmp_path} cannot be used: ")
    assert "free space on that disk" in said
    assert said.count("\n") == 1
    with Sandbox(data=tmp_path) as running:
        assert running.trieve.get("/api/auth/me").status_code == 200


def test_a_disk_that_is_full_from_the_start(tmp_path: Path) -> None:
    # Coverage would write a file of its own, and say at length that it cannot.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    nothing = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # noqa: E731
    ended = run("--data", str(tmp_path), preexec_fn=nothing, env=environment)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert f"the data folder {tmp_path} cannot be used" in ended.stderr


def test_a_command_ends_by_itself_when_the_disk_is_full(tmp_path: Path) -> None:
    script = (
        "import os, json, urllib.request as u, urllib.error\n"
        "for n in range(40):\n"
        "    body = json.dumps({'name': str(n) * 60000}).encode()\n"
        "    r = u.Request(os.environ['TRIEVE_BASE_URL'] + '/api/organization', body, {'Authorization': "
        "os.environ['TRIEVE_ADMIN_KEY'], 'Content-Type': 'application/json'})\n"
        "    try: u.urlopen(r)\n"
        "    except urllib.error.HTTPError as e: print(e.status, e.read().decode())\n"
    )
    ended = run("--data", str(tmp_path), "--", sys.executable, "-c", script, preexec_fn=small_files)
    assert ended.returncode == 2
    assert "The sandbox cannot store its data" in ended.stdout
    assert f"the data folder {tmp_path} cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nowhere_to_print(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        command = [*CLI, "--max-seconds", "20", "--data", str(tmp_path)]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "standard output" in ended.stderr


# Proxies


def shown(**environment: str) -> list[str]:
    code = "import os; print(os.environ['NO_PROXY']); print(os.environ['no_proxy'])"
    clean = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    ended = run("--", sys.executable, "-c", code, env={**clean, **environment})
    return ended.stdout.splitlines()


def test_a_command_never_goes_through_a_proxy_to_reach_it() -> None:
    assert shown() == ["127.0.0.1,localhost,::1"] * 2
    assert shown(NO_PROXY="internal.example,localhost") == ["internal.example,localhost,127.0.0.1,::1"] * 2
    assert shown(NO_PROXY="a", no_proxy="b,10.0.0.0/8") == ["a,b,10.0.0.0/8,127.0.0.1,localhost,::1"] * 2
    assert shown(no_proxy="*") == ["*"] * 2


def test_a_command_behind_a_dead_proxy_reaches_it() -> None:
    code = "import os, urllib.request as u; print(u.urlopen(os.environ['TRIEVE_BASE_URL'] + '/api/health').status)"
    dead = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    ended = run("--", sys.executable, "-c", code, env={**os.environ, **dead})
    assert (ended.returncode, ended.stdout) == (0, "200\n"), ended.stderr
