"""The same life on every state backend: a file, and a PostgreSQL server; and what a stack that is in use says."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.canaries import CANARIES, assert_absent
from support.engine import STACK, Project
from support.postgres import NoServerError, dumped, postgres
from support.processes import wait_until
from support.programs import asked, dataset, declare, living, program, written
from support.sandbox import Sandbox

HOLD = {"kind": "hang", "seconds": 300, "when": "after"}
TENANT = declare(
    "cortex.Tenant",
    "knowledge",
    tenant_id="acme_prod",
    tenant_metadata_schema=[{"key": "topic", "type": "string", "searchable": True, "filterable": True}],
    opts="retain_on_delete=True",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database."""
    try:
        with postgres() as url:
            yield url
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["file", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """The URL of a backend, empty for the file of each project."""
    return "" if request.param == "file" else str(request.getfixturevalue("server"))


@pytest.fixture
def stored(tmp_path: Path, engine: Path, sandbox: Sandbox, backend: str) -> Iterator[Project]:
    """A project whose state is in the backend. Neither the sandbox's keys nor the database's may show up anywhere."""
    keys = [value for name, value in sandbox.environment.items() if name.endswith("_KEY")]
    if backend:
        keys.append(urlsplit(backend).password or "")
    environment = {**sandbox.environment, **({"PULUMI_BACKEND_URL": backend} if backend else {})}
    # The stack that test processes copy lies in a file; the one in a database is made there.
    project = Project(tmp_path / "main", engine=engine, env=environment, secrets=keys, stack=not backend)
    if backend:
        project.pulumi("stack", "init", STACK).expect_success()
    yield project
    project.close()
    if backend:
        project.pulumi("stack", "rm", STACK, "--force", "--yes").expect_success()


def files_in_database(url: str) -> dict[str, str]:
    """What the engine keeps in a database, by its key: it writes files there, in base64."""
    rows = re.findall(r'^(\S+)\t\{"data":"([^"]*)"\}', dumped(url), re.MULTILINE)
    return {key: base64.b64decode(data).decode() for key, data in rows}


def held(sandbox: Sandbox) -> bool:
    """Whether the sandbox keeps somebody waiting."""
    return any(rule["fired"] for rule in sandbox.fault_report())


def configured(limit: int) -> str:
    """A program with a secret."""
    text = program(dataset(config={"MAX_LIMIT": limit, "LLM_API_KEY": "SECRET"}), TENANT)
    return text.replace("'SECRET'", "pulumi.Config().require_secret('llmApiKey')")


def test_a_life(stored: Project, sandbox: Sandbox, backend: str) -> None:
    stored.config("llmApiKey", CANARIES.llm_api_key, secret=True)
    stored.program = configured(5)
    assert stored.up(preview=True).expect_success().summary == {"created": 3}
    asked(sandbox)
    assert stored.up().expect_success().summary == {"unchanged": 3}
    stored.preview("--expect-no-changes", refresh=True).expect_success()
    assert written(sandbox) == []

    stored.program = configured(6)
    assert stored.up().expect_success().summary == {"updated": 1, "unchanged": 2}
    assert [call[:2] for call in written(sandbox)] == [("PUT", "/api/dataset")]
    if backend:
        kept = files_in_database(backend)
        assert "trieve:Dataset" in kept[f"postgres/.pulumi/stacks/test/{STACK}.json"]
        assert_absent(kept, of=stored.secrets)
    else:
        assert any(stored.state_folder.rglob("*.json"))
    assert stored.destroy().expect_success().summary == {"deleted": 3}
    assert living(sandbox) == {}


def test_an_error_names_the_user_of_a_locked_stack(stored: Project, sandbox: Sandbox) -> None:
    stored.program = program(dataset())
    sandbox.faults([{"method": "POST", "path": "^/api/dataset$", "times": 1, "act": HOLD}])
    first = stored.start("up")
    wait_until(lambda: held(sandbox), seconds=60, what="the first run to be busy")

    second = stored.up().expect_failure("currently locked", f"pid {first.pid}", "pulumi cancel")
    assert re.search(r"created by \S+@\S+ \(pid \d+\) at \S+", second.output), second
    assert not first.over

    # Killed, as a job of a pipeline is: the lock stays until somebody lifts it.
    first.kill()
    sandbox.clear_faults()
    stored.up().expect_failure("currently locked", f"pid {first.pid}")
    stored.pulumi("cancel", "--yes").expect_success()
    stored.up().expect_success()
    assert list(living(sandbox)) == ["golden"]
