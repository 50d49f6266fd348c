"""``compare`` and what stands below ``review --after``: two real stacks of one project, each with a sandbox of its own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.review.matching import Role
from pulumi_retrieval.review.planned import planned_state
from pulumi_retrieval.review.promotion import HISTORY_FLAGS, StackFacts, history_problem, prove
from pulumi_retrieval.review.states import State, digest, parse_export
from support.canaries import CANARIES, assert_absent
from support.engine import Project, Run
from support.sandbox import Sandbox

PROGRAM = """
import json
import os
import pulumi
from pulumi_retrieval import cortex, trieve

config = pulumi.Config()
settings = {"limit": 10, "size": 768, "type": "VARCHAR", **json.loads(config.get("settings") or "{}")}


class Customer(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("acme:index:Customer", name)
        opts = pulumi.ResourceOptions(parent=self)
        trieve.Dataset(
            f"{name}-docs",
            dataset_name=f"documents of {name}",
            force_destroy=settings.get("force_destroy"),
            server_configuration={
                "EMBEDDING_SIZE": settings["size"],
                "MAX_LIMIT": settings["limit"],
                "LLM_API_KEY": pulumi.Output.secret(os.environ["CANARY"]),
            },
            opts=opts,
        )
        cortex.Tenant(
            f"{name}-tenant",
            tenant_metadata_schema=[{"name": "plan", "data_type": settings["type"]}],
            wait_seconds=settings.get("wait", 60),
            opts=opts,
        )


for name in config.require_object("customers"):
    Customer(name)
"""
STACKS = {"staging": ["canary"], "production": ["customer-1", "customer-2", "customer-3"]}
MAP = "canary=customer-*"
ROLES = [Role.parse(MAP)]


class Two:
    """One project with a stack for staging and one for production, each on a sandbox of its own."""

    def __init__(self, project: Project, sandboxes: dict[str, Sandbox]) -> None:
        self.project = project
        self._sandboxes = sandboxes
        project.program = PROGRAM
        for stack, customers in STACKS.items():
            project.pulumi("stack", "init", stack).expect_success()
            self.config(stack, "customers", json.dumps(customers))

    def environment(self, stack: str) -> dict[str, str]:
        more = {"CANARY": CANARIES.llm_api_key, "CORTEX_API_VERSION": "v2"}
        return {**self._sandboxes[stack].environment, **more}

    def config(self, stack: str, key: str, value: str) -> None:
        self.project.pulumi("config", "set", "--stack", stack, key, stdin=value).expect_success()

    def up(self, stack: str, *flags: str, **settings: Any) -> Run:
        if settings:
            self.config(stack, "settings", json.dumps(settings))
        return self.project.up("--stack", stack, *flags, env=self.environment(stack))

    def compare(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and everything that was printed."""
        command = [sys.executable, "-m", "pulumi_retrieval.cli", "compare", "staging", "production", *arguments]
        environment = {**self.project.environment, "PULUMI_CONFIG_PASSPHRASE": ""}
        done = subprocess.run(
            command, cwd=self.project.folder, env=environment, capture_output=True, text=True, timeout=60
        )
        shown = done.stdout + done.stderr
        assert_absent({"the comparison": shown}, of=self.project.secrets)
        assert "Traceback" not in shown
        return done.returncode, shown

    def compare_on_a_terminal(self, *arguments: str) -> str:
        """What a terminal of 80 columns receives."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        command = [sys.executable, "-m", "pulumi_retrieval.cli", "compare", "staging", "production", *arguments]
        environment = {**self.project.environment, "TERM": "xterm-256color"}
        subprocess.run(command, cwd=self.project.folder, env=environment, stdout=theirs, stderr=theirs, timeout=60)
        os.close(theirs)
        received = b""
        with suppress(OSError):  # Linux tells the end of a terminal by an error
            while part := os.read(ours, 65536):
                received += part
        os.close(ours)
        return received.decode()

    def state(self, stack: str) -> State:
        return State.from_export(self.export(stack), stack=stack)

    def export(self, stack: str) -> dict[str, Any]:
        return parse_export(self.project.pulumi("stack", "export", "--stack", stack).expect_success().output)

    def history(self, stack: str = "staging") -> list[dict[str, Any]]:
        asked = self.project.pulumi("stack", "history", *HISTORY_FLAGS, "--stack", stack).expect_success()
        history: list[dict[str, Any]] = json.loads(asked.output)
        return history

    def facts(self) -> StackFacts:
        return StackFacts("staging", history=self.history(), state=self.state("staging"))

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.test", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.project.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def two(tmp_path: Path, engine: Path) -> Iterator[Two]:
    with Sandbox(data=tmp_path / "staging") as one, Sandbox(data=tmp_path / "production") as other:
        sandboxes = {"staging": one, "production": other}
        keys = [value for box in sandboxes.values() for name, value in box.environment.items() if name.endswith("_KEY")]
        project = Project(tmp_path / "main", engine=engine, secrets=keys)
        yield Two(project, sandboxes)
        project.close()


def rule(key: str, expires: str) -> str:
    return f'- {{type: Dataset, name: "customer-*", key: {key}, reason: "more traffic", expires: {expires}}}\n'


def test_staging_and_production(two: Two, tmp_path: Path) -> None:
    two.up("staging", wait=0).expect_success()
    two.up("production").expect_success()

    code, shown = two.compare("--map", MAP)
    assert code == 0, shown
    for fact in (
        "3 × Dataset: tracking_id",
        "3 × Dataset: endpoint",
        "3 × Tenant: wait_seconds",
        "3 × Tenant: tenant_id",
    ):
        assert fact in shown

    code, shown = two.compare()
    assert code == 4
    assert "3 × Dataset: resource missing → there" in shown

    two.up("production", limit=8).expect_success()
    code, shown = two.compare("--map", MAP)
    assert code == 4
    assert "3 × Dataset: server_configuration.MAX_LIMIT 10 → 8" in shown

    terminal = two.compare_on_a_terminal("--map", MAP)
    assert "\x1b[" in terminal
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal)
    assert "3 × Dataset: server_configuration.MAX_LIMIT 10 → 8" in plain
    assert all(len(line) <= 80 for line in plain.splitlines())

    rules = tmp_path / "promotion.yaml"
    rules.write_text("rules:\n" + rule("server_configuration.MAX_LIMIT", "2999-12-31"))
    written = tmp_path / "comparison.json"
    code, shown = two.compare("--map", MAP, "--expect", str(rules), "--json", str(written))
    assert code == 0, shown
    assert "more traffic" in shown
    said = json.loads(written.read_text())
    assert (said["equal_as_expected"], said["left"], said["right"], said["pairs"]) == (True, "staging", "production", 9)
    assert_absent({"the file": written.read_text()}, of=two.project.secrets)

    rules.write_text(
        "rules:\n" + rule("server_configuration.MAX_LIMIT", "2020-01-01") + rule("dataset_name", "2999-12-31")
    )
    code, shown = two.compare("--map", MAP, "--expect", str(rules))
    assert code == 4
    assert "rule 1" in shown
    assert "expired" in shown
    assert "rule 2" in shown
    assert "not used" in shown

    rules.write_text("rules:\n- {type: Dataset}\n")
    code, shown = two.compare("--expect", str(rules))
    assert (code, "rule 1" in shown) == (2, True)
    code, shown = two.compare("--json", str(tmp_path / "nowhere" / "comparison.json"))
    assert (code, "--json" in shown) == (1, True)
    code, shown = two.compare("--json", "-")
    assert (code, json.loads(shown)["version"]) == (4, 1)


def test_differences_that_no_rule_can_allow(two: Two, tmp_path: Path) -> None:
    two.up("staging").expect_success()
    two.up("production", size=1536, type="INT64", force_destroy=True).expect_success()
    rules = tmp_path / "promotion.yaml"
    rules.write_text("rules:\n" + rule("server_configuration", "2999-12-31"))
    code, shown = two.compare("--map", MAP, "--expect", str(rules))
    assert code == 4
    for fact in (
        "never expected",
        "3 × Dataset: server_configuration.EMBEDDING_SIZE 768 → 1536",
        '3 × Tenant: tenant_metadata_schema["plan"].data_type "VARCHAR" → "INT64"',
        "3 × Dataset: force_destroy false → true",
        "no rule can allow",
    ):
        assert fact in shown


def test_a_stack_that_does_not_exist(two: Two) -> None:
    code, shown = two.compare()  # nobody has updated either of them: both are empty
    assert (code, "no unexpected difference" in shown) == (0, True)
    two.project.pulumi("stack", "rm", "--yes", "production").expect_success()
    code, shown = two.compare()
    assert code == 1
    for fact in ("production", "pulumi stack ls"):
        assert fact in shown


def test_a_commit_is_proven_by_a_clean_run_in_staging(two: Two) -> None:
    two.git("init", "--quiet")
    first = two.commit()

    def problem(commit: str) -> str:
        return history_problem(two.facts(), commit) or ""

    assert "never been updated" in problem(first)
    two.up("staging").expect_success()
    assert problem(first) == ""

    two.project.program = PROGRAM.replace("VARCHAR", "INT32")  # refused: a tree that is dirty, and a run that fails
    two.up("staging").expect_failure("REFUSED")
    assert "ended as failed" in problem(first)
    two.project.program = PROGRAM.replace('"limit": 10', '"limit": 9')
    two.up("staging").expect_success()
    assert "uncommitted changes" in problem(first)

    second = two.commit()
    assert f"has not run commit {second[:10]}" in problem(second)
    two.up("staging", "--target", "**canary-docs").expect_success()
    assert "--target" in problem(second)
    two.up("staging").expect_success()
    assert problem(second) == ""
    two.project.refresh("--stack", "staging", env=two.environment("staging")).expect_success()
    assert problem(second) == ""
    two.project.program = PROGRAM + "\nraise RuntimeError('the program fails')\n"
    third = two.commit()
    two.up("staging").expect_failure("the program fails")
    assert "ended as failed" in problem(third)
    assert f"commit {third[:10]}" in problem(second)


def test_staging_is_compared_with_what_a_preview_plans(two: Two) -> None:
    two.git("init", "--quiet")
    two.commit()
    two.up("staging").expect_success()
    two.up("production").expect_success()
    two.project.program = PROGRAM.replace('"limit": 10', '"limit": 8')
    two.config("production", "customers", json.dumps(["customer-1", "customer-2", "customer-4"]))
    commit = two.commit()
    two.up("staging").expect_success()

    preview = two.project.preview("--stack", "production", "--json", diff=False, env=two.environment("production"))
    steps = json.loads(preview.expect_success().output)["steps"]
    today = datetime.now(timezone.utc).date()
    now = two.state("production")
    planned = planned_state(now, steps)
    assert {one.name for one in planned.resources} >= {"customer-4-docs"}
    assert "customer-3-docs" not in {one.name for one in planned.resources}
    after = two.facts()
    assert prove(after=after, planned=planned, commit=commit, today=today, roles=ROLES).findings == ()
    as_it_is = prove(after=after, planned=now, commit=commit, today=today, roles=ROLES).findings
    assert {row.path for finding in as_it_is for row in finding.rows} == {"server_configuration.MAX_LIMIT"}


def test_the_digest_of_a_state_changes_only_with_its_resources(two: Two) -> None:
    seen: list[str] = []

    def moved() -> bool:
        texts = {digest(two.export("staging")) for _ in range(2)}
        assert len(texts) == 1, "two exports of one state"
        seen.append(texts.pop())
        return len(seen) < 2 or seen[-1] != seen[-2]

    def by_hand(limit: int) -> None:
        sandbox = two._sandboxes["staging"]
        [dataset] = sandbox.state()["trieve"]["datasets"]
        body = {"dataset_id": dataset["id"], "server_configuration": {"MAX_LIMIT": limit}}
        headers = {"TR-Organization": sandbox.organization_id}
        assert sandbox.trieve.put("/api/dataset", json=body, headers=headers).status_code == 200

    assert moved()
    two.up("staging").expect_success()
    assert moved()
    two.up("staging").expect_success()
    two.project.refresh("--stack", "staging", env=two.environment("staging")).expect_success()
    two.project.preview("--stack", "staging", env=two.environment("staging")).expect_success()
    two.project.program = "# a line more\n" + PROGRAM
    two.up("staging").expect_success()
    assert not moved()
    by_hand(77)
    assert not moved()
    two.project.refresh("--stack", "staging", env=two.environment("staging")).expect_success()
    assert moved()
    two.up("staging").expect_success()
    assert moved()
    two.project.up("--stack", "staging", env={**two.environment("staging"), "CANARY": "another key"}).expect_success()
    assert moved(), "a secret alone changed"
