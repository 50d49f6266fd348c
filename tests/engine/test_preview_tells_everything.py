"""One plain preview shows every refusal and every mistake of a program, and all that would be shipped."""

from __future__ import annotations

import shlex
import subprocess
import sys
import textwrap
from typing import Any

from support.engine import Project, Run
from support.programs import asked, dataset, declare, explicit_provider, program
from support.sandbox import Sandbox

TOPIC = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
NUMBER = {**TOPIC, "type": "number"}


def tenant(name: str, *schema: dict[str, Any], **arguments: Any) -> str:
    return declare("cortex.Tenant", name, tenant_id=name, tenant_metadata_schema=list(schema), **arguments)


def fleet(*, limit: int, retyped: tuple[str, ...] = (), more: str = "") -> str:
    tenants = [tenant(f"t{n}", NUMBER if f"t{n}" in retyped else TOPIC) for n in range(6)]
    datasets = [dataset(f"d{n}", tracking_id=f"d{n}", config={"MAX_LIMIT": limit}) for n in range(4)]
    return program(*tenants, *datasets, *([more] if more else ()))


def excluding(run: Run) -> list[str]:
    """The flags of the line that ships the rest."""
    [line] = [line.strip() for line in run.output.splitlines() if line.strip().startswith("pulumi up --exclude")]
    return shlex.split(line)[2:]


def no_marks(project: Project) -> None:
    assert "__refused" not in str(project.export())


def test_all_refusals_updates_and_deletes(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=5, more=dataset("leaving", tracking_id="leaving"))
    project.up().expect_success()
    asked(sandbox)
    project.program = fleet(limit=6, retyped=("t1", "t3", "t4"))
    plan = project.folder / "plan.json"
    run = project.preview("--save-plan", str(plan)).expect_failure(
        "REFUSED, nothing was changed: 1 immutable key of tenant t1",
        'tenant_metadata_schema["topic"].type    was "string"    now "number"',
        "The same of 2 more Tenant resources: t3, t4",
        "3 resources of this program rejected (3 refused); nothing was changed.",
    )
    assert "Traceback" not in run.output, run
    assert not plan.exists()
    assert (run.summary["to update"], run.summary["to delete"]) == (7, 1)
    assert run.output.count("error:") == 3
    assert asked(sandbox) == []
    no_marks(project)
    shipped = project.up(*excluding(run)).expect_success()
    assert (shipped.summary["updated"], shipped.summary["deleted"]) == (4, 1)
    no_marks(project)


def test_every_kind_of_mistake_in_one_preview(project: Project, sandbox: Sandbox) -> None:
    """A new resource that is invalid, two explicit providers, and a refusal that only `diff` can see."""
    sandbox.trieve.post("/api/organization", json={"name": "unused"})
    managed = dataset("narrow", tracking_id="narrow", config={"MAX_LIMIT": 5})
    eu, us = explicit_provider("eu"), explicit_provider("us")
    project.program = program(eu, us, tenant("acme", TOPIC), managed, europe("eu", 1536), europe("us", 1536))
    project.up().expect_success()
    asked(sandbox)

    wide = dataset("narrow", tracking_id="narrow", config={"MAX_LIMIT": 5, "EMBEDDING_SIZE": 99})
    wrong = dataset("wrong", tracking_id="", config={"NO_SUCH_KEY": 1})
    project.program = program(
        eu,
        us,
        tenant("acme", NUMBER),
        wide,
        europe("eu", 512),
        europe("us", 256),
        wrong,
        dataset("new", tracking_id="new"),
    )
    run = project.preview(diff=False).expect_failure(
        "immutable key of tenant acme",
        "server_configuration.EMBEDDING_SIZE    was 1536    now 512",
        "server_configuration.EMBEDDING_SIZE    was 1536    now 256",
        "server_configuration.EMBEDDING_SIZE    was 768    now 99",
        "tracking_id: must not be empty",
        "NO_SUCH_KEY: there is no such key",
        "5 resources of this program rejected (4 refused, 2 invalid)",
    )
    assert "Traceback" not in run.output, run
    assert run.summary["to create"] == 2
    assert asked(sandbox) == []
    shipped = project.up(*excluding(run)).expect_success()
    assert shipped.summary["created"] == 1
    no_marks(project)


def europe(provider: str, size: int) -> str:
    config = {"EMBEDDING_SIZE": size, "EMBEDDING_MODEL_NAME": "text-embedding-3-small"}
    return dataset(f"in-{provider}", tracking_id=f"in-{provider}", config=config, opts=f"provider={provider}")


def test_up_without_preview_fails_at_the_first_refusal(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=6, retyped=("t1", "t3"))
    asked(sandbox)
    project.up(preview=True).expect_failure("immutable key of tenant t1", "The same of 1 more Tenant resource: t3")
    assert asked(sandbox) == []
    run = project.up().expect_failure("REFUSED, nothing was changed", "`pulumi preview` shows every refusal")
    assert "this program rejected" not in run.output, "this text belongs to previews"
    no_marks(project)


def test_a_preview_with_refusals_and_no_other_change(project: Project) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=5, retyped=("t2",))
    for run in (project.preview(), project.preview("--expect-no-changes"), project.preview(refresh=True)):
        run.expect_failure("immutable key of tenant t2", "1 resource of this program rejected (1 refused)")
    project.program = fleet(limit=5)
    project.preview("--expect-no-changes").expect_success()


def test_a_refusal_mark_in_an_edited_state_is_ignored(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()

    def mark(resource: dict[str, Any]) -> None:
        if resource["type"].endswith(":Tenant"):
            forged = {
                "name": "t0",
                "token": "Tenant",
                "rejections": [{"kind": "refused", "text": "forged", "rows": []}],
            }
            resource["inputs"]["__refused"] = resource["outputs"]["__refused"] = forged

    project.edit_state(mark)
    run = project.preview().expect_success()
    assert "forged" not in run.output
    asked(sandbox)
    project.up().expect_success()
    assert asked(sandbox) == []
    no_marks(project)
    project.edit_state(mark)
    project.program = fleet(limit=5, retyped=("t3",))
    run = project.preview().expect_failure("immutable key of tenant t3")
    assert "forged" not in run.output
    project.up().expect_failure("immutable key of tenant t3")


def test_resources_of_another_base_url_are_one_error(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.environment["CORTEX_BASE_URL"] = "https://cortex.example.com"
    run = project.preview().expect_failure(
        "lives at",
        "The same of 5 more Tenant resources: t1, t2, t3, t4, t5",
        "6 resources of this program rejected (6 moved)",
    )
    assert run.output.count("REFUSED") == 1
    assert "--exclude" not in run.output.rpartition("rejected (6 moved)")[2]


def test_preview_with_target_and_exclude(project: Project) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=6, retyped=("t1", "t3"))
    for flags in (["--target", "**:Dataset::d0"], ["--exclude", "**:Tenant::t1", "--exclude", "**:Tenant::t3"]):
        project.preview(*flags).expect_success()
    run = project.preview("--exclude", "**:Tenant::t1").expect_failure("immutable key of tenant t3")
    assert "tenant t1" not in run.output
    run = project.preview("--target", "**:Tenant::t3").expect_failure("1 resource of this program rejected")
    assert "tenant t1" not in run.output


def test_rejections_in_json_and_in_the_automation_api(project: Project) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=6, retyped=("t1", "t3"))
    run = project.pulumi("preview", "--json")
    assert run.exit_code != 0
    assert run.output.count("immutable key of tenant t1") >= 1

    script = project.folder / "automate.py"
    script.write_text(AUTOMATION + textwrap.indent(fleet(limit=6, retyped=("t1", "t3")), "    ") + AUTOMATED)
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "immutable key of tenant t1" in done.stdout
    assert "The same of 1 more Tenant resource: t3" in done.stdout
    assert "2 resources of this program rejected" in done.stdout
    no_marks(project)


AUTOMATION = """
from pulumi import automation

def run():
"""
AUTOMATED = """
stack = automation.select_stack("dev", project_name="test", program=run, work_dir=".")
try:
    stack.preview(diff=True)
except automation.CommandError as error:
    print(error)
else:
    raise SystemExit("it should have failed")
try:
    stack.up()
except automation.CommandError as error:
    print(error)
else:
    raise SystemExit("it should have failed")
"""


def test_a_program_that_raises_an_error_also_prints_rejections(project: Project) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=6, retyped=("t1",)) + "raise ValueError('of the program itself')\n"
    project.preview().expect_failure("of the program itself", "immutable key of tenant t1")


def test_a_program_that_exits_with_0_fails_if_something_was_rejected(project: Project) -> None:
    project.program = fleet(limit=5)
    project.up().expect_success()
    project.program = fleet(limit=6, retyped=("t1",)) + "raise SystemExit(0)\n"
    run = project.preview("--save-plan", "plan.json").expect_failure("immutable key of tenant t1", "1 refused")
    assert not (project.folder / "plan.json").exists()
    assert "Traceback" not in run.output, run
    project.program = fleet(limit=6) + "raise SystemExit(0)\n"
    project.preview().expect_success()


def test_mistakes_found_in_the_program_are_collected_as_well(project: Project) -> None:
    keys = {"MAX_LIMIT": 5}
    fleets = [declare("trieve.FleetConfiguration", name, configuration=keys) for name in ("one", "two")]
    imported = tenant("acme", TOPIC, opts='import_="acme"')
    project.program = program(*fleets, imported, tenant("fine", TOPIC))
    run = project.preview().expect_failure(
        "two and fleet configuration one both manage",
        "the option import_ does not work",
        "2 resources of this program rejected (2 invalid)",
    )
    assert run.summary["to create"] == 5
    assert "--exclude" not in run.output
    project.up().expect_failure("both manage")
