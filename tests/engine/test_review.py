"""`pulumi-retrieval review` on a real engine: one verdict on everything that `pulumi up` would do."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.canaries import CANARIES
from support.engine import Project, Run
from support.programs import asked, dataset, declare, explicit_provider, id_of, living, program, urn
from support.review import check, commit, review
from support.sandbox import Sandbox

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "verdict.schema.json"
TOPIC = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
NUMBER = {**TOPIC, "type": "number"}
LIMIT = "server_configuration.MAX_LIMIT"


def tenant(name: str, *schema: dict[str, Any], **arguments: Any) -> str:
    return declare("cortex.Tenant", name, tenant_id=name, tenant_metadata_schema=list(schema), **arguments)


def small(name: str, limit: int = 5, *, opts: str = "", **arguments: Any) -> str:
    return dataset(name, tracking_id=name, config={"MAX_LIMIT": limit}, opts=opts, **arguments)


def fleet(*, limit: int, retyped: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> str:
    tenants = [tenant(f"t{n}", NUMBER if f"t{n}" in retyped else TOPIC) for n in range(5)]
    return program(*tenants, *(small(f"d{n}", limit) for n in range(4)), *more)


def shipped(project: Project, line: str) -> Run:
    """Run the line that ships the rest, as a shell would."""
    words = shlex.split(line)
    assert words[:2] == ["pulumi", "up"]
    return project.up(*words[2:])


def test_refusals_updates_and_the_exclude_line(project: Project, sandbox: Sandbox) -> None:
    project.program = fleet(limit=10)
    project.up().expect_success()
    asked(sandbox)
    project.program = fleet(limit=8, retyped=("t1", "t2", "t4"))
    found = review(project, "--save-plan", "plan.json").expect(3)
    jsonschema.validate(found.verdict, json.loads(SCHEMA.read_text()))
    assert found.names("refused") == ["t1", "t2", "t4"]
    assert found.rows("refused") == [('tenant_metadata_schema["topic"].type', '"string"', '"number"')]
    assert found.names("update") == ["d0", "d1", "d2", "d3"]
    assert found.rows("update") == [(LIMIT, "10", "8")]
    assert (found.verdict["unchanged"], found.verdict["notes"][1:]) == (3, [])
    assert "3 × Tenant" in found.screen
    assert "4 × Dataset: server_configuration.MAX_LIMIT 10 → 8" in found.comment
    assert found.annotations.startswith("::error file=__main__.py,line=")
    assert asked(sandbox) == [], "nothing is deleted or created, so nothing has to be asked"
    assert not (project.folder / "plan.json").exists()
    run = shipped(project, found.verdict["ship_the_rest"]).expect_success()
    assert run.summary == {"updated": 4, "unchanged": 6}
    assert "__refused" not in str(project.export())


def test_no_changes_are_clear_and_may_save_a_plan(project: Project) -> None:
    project.program = program(small("d0"))
    project.up().expect_success()
    assert review(project).expect(0).verdict["verdict"] == "clear"
    project.program = program(small("d0", 6), small("d1"))
    found = review(project, "--save-plan", "plan.json").expect(0)
    assert (found.names("update"), found.names("create")) == (["d0"], ["d1"])
    project.up("--plan", "plan.json").expect_success()


def test_a_removal_of_documents_is_blocked_with_their_count(project: Project, sandbox: Sandbox) -> None:
    free, kept = small("free", force_destroy=True), small("kept", opts="retain_on_delete=True")
    project.program = program(small("full"), small("empty"), free, kept, small("stays"), tenant("t", TOPIC))
    project.up().expect_success()
    for name, count in (("full", 40), ("free", 7), ("kept", 3)):
        sandbox.put_chunks(id_of(project, name), count)
    asked(sandbox)
    project.program = program(small("stays", 6))
    found = review(project).expect(3)
    documents = {one["name"]: one.get("documents") for group in found.verdict["groups"] for one in group["resources"]}
    assert found.names("guarded delete") == ["full", "t"]  # this generation cannot delete a tenant
    assert found.names("delete") == ["empty", "free", "kept"]
    assert documents == {"full": 40, "t": 0, "empty": 0, "free": 7, "kept": None, "stays": None}
    assert "40 documents" in found.screen
    assert "40 documents" in found.comment
    assert not [one for one in asked(sandbox) if not one.startswith("GET ")]
    assert review(project, "--most-deletes", "1").expect(3).names("more deletes than allowed") == [""]
    run = shipped(project, found.verdict["ship_the_rest"]).expect_success()
    assert run.summary["deleted"] == 3
    assert {"full", "kept", "stays"} == set(living(sandbox))
    only = review(project).expect(3)
    assert only.names("delete") == []


def test_an_allowed_delete_needs_approval(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("going", force_destroy=True), small("stays"))
    project.up().expect_success()
    sandbox.put_chunks(id_of(project, "going"), 2)
    project.program = program(small("stays"))
    found = review(project).expect(4)
    assert found.names("delete") == ["going"]
    assert "2 documents" in found.screen
    project.up().expect_success()


def test_off_boarding_needs_approval(project: Project, sandbox: Sandbox) -> None:
    retired = small("retired", retire=True, retention_days=0)
    project.program = program(retired, small("confirmed"), small("locked"), small("stays"))
    project.up().expect_success()
    for name in ("retired", "confirmed"):
        sandbox.put_chunks(id_of(project, name), 40)
    change(sandbox, id_of(project, "locked"), LOCKED=True)
    project.program = program(small("stays"))
    found = review(project).expect(3)
    assert found.names("delete") == ["retired"]
    assert found.names("guarded delete") == ["confirmed", "locked"]
    assert "confirmed=40" in str(found.groups("guarded delete"))
    change(sandbox, id_of(project, "locked"), LOCKED=False)
    project.config("trieve:confirmDeletes", "confirmed=40")
    found = review(project).expect(4)
    assert found.names("delete") == ["confirmed", "locked", "retired"]
    assert "80 documents" in found.screen
    assert project.up().expect_success().summary["deleted"] == 3


def test_refusals_that_only_diff_finds_are_reported(project: Project) -> None:
    project.program = program(small("d0"), small("d1"))
    project.up().expect_success()
    bigger = {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 512}
    project.program = program(*(dataset(name, tracking_id=name, config=bigger) for name in ("d0", "d1")))
    found = review(project).expect(3)
    assert found.names("refused") == ["d0", "d1"]
    assert found.rows("refused") == [("server_configuration.EMBEDDING_SIZE", "768", "512")]


def test_taken_names_and_adoptions(project: Project, sandbox: Sandbox, tmp_path: Path, engine: Path) -> None:
    other = Project(tmp_path / "other", engine=engine, env=sandbox.environment)
    other.program = program(small("taken", 9), small("young"))
    other.up().expect_success()
    project.program = program(small("taken"), small("young"), small("free"), dataset("bad", tracking_id="."))
    found = review(project).expect(3)
    assert found.names("exists already") == ["taken"]
    assert found.names("create") == ["free", "young"]
    assert found.names("invalid") == ["bad"]
    assert "adopt" in found.groups("exists already")[0]["text"]
    run = shipped(project, found.verdict["ship_the_rest"]).expect_success()
    assert run.summary["created"] == 3  # the stack, and two datasets, one of which is adopted


def test_dependents_of_an_excluded_resource_are_excluded(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("d0"))
    project.up().expect_success()
    options = "{'site_url': 'https://example.com', 'interval': 'daily'}"
    crawl = f"trieve.Crawl('crawl', dataset_id=bad.id, crawl_options={options})"
    bad = dataset("bad", tracking_id=".")
    project.program = program(small("d0", 6), f"bad = {bad}", crawl)
    found = review(project).expect(3)
    assert found.names("invalid") == ["bad"]
    run = shipped(project, found.verdict["ship_the_rest"]).expect_success()
    assert run.summary["updated"] == 1
    assert living(sandbox).keys() == {"d0"}


def test_a_plan_that_is_full(project: Project, tmp_path: Path, engine: Path) -> None:
    with Sandbox("--plan-limit", "3", data=tmp_path / "limited") as limited:
        project.environment |= limited.environment
        project.secrets |= {value for name, value in limited.environment.items() if name.endswith("_KEY")}
        project.program = program(small("d0"), small("d1"))
        project.up().expect_success()
        project.program = program(*(small(f"d{n}") for n in range(3)))
        review(project).expect(0)
        project.program = program(*(small(f"d{n}") for n in range(4)))
        found = review(project).expect(3)
        [group] = found.groups("no headroom")
        assert "allows 3" in group["text"]
        assert found.verdict["ship_the_rest"] == ""


def test_drift_is_grouped_by_who_should_know(project: Project, sandbox: Sandbox) -> None:
    fixed = dataset("fixed", tracking_id="fixed", config={"MAX_LIMIT": 5, "DISTANCE_METRIC": "dot"})
    project.program = program(*(small(f"d{n}") for n in range(6)), fixed, small("lost"))
    project.up().expect_success()
    for name in ("d0", "d1", "d2", "d3", "d4", "fixed"):
        change(sandbox, id_of(project, name), MAX_LIMIT=9)
    delete(sandbox, id_of(project, "lost"))
    assert review(project).expect(0).verdict["groups"] == [], "without --refresh nobody looks"
    found = review(project, "--refresh").expect(4)
    # Every update of the service resets the metric, and nothing can put it back.
    assert found.names("drift to be overwritten") == ["d0", "d1", "d2", "d3", "d4", "fixed", "fixed"]
    metric = "server_configuration.DISTANCE_METRIC"
    assert sorted(found.rows("drift to be overwritten")) == [(metric, '"dot"', '"cosine"'), (LIMIT, "9", "5")]
    assert found.names("gone from the service") == ["lost"]
    assert len(found.screen.splitlines()) < 15
    assert "inform the person who changed it" in found.groups("drift to be overwritten")[0]["text"]
    project.up(refresh=True).expect_success()
    assert review(project, "--refresh").expect(4).names("drift to be overwritten") == ["fixed"]


def change(sandbox: Sandbox, dataset_id: str, **configuration: Any) -> None:
    """Change a dataset by hand."""
    body = {"dataset_id": dataset_id, "server_configuration": configuration}
    sandbox.trieve.put(
        "/api/dataset", json=body, headers={"TR-Organization": sandbox.organization_id}
    ).raise_for_status()


def delete(sandbox: Sandbox, dataset_id: str) -> None:
    """Delete a dataset by hand."""
    headers = {"TR-Organization": sandbox.organization_id, "TR-Dataset": dataset_id}
    sandbox.trieve.delete(f"/api/dataset/{dataset_id}", headers=headers).raise_for_status()


def test_replacements_and_renames_need_approval(project: Project, sandbox: Sandbox) -> None:
    first = {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 1536}
    free = {"force_destroy": True, "on_immutable_change": "replace"}
    project.program = program(dataset("big", tracking_id="big", config=first, **free), small("old"))
    project.up().expect_success()
    sandbox.put_chunks(id_of(project, "big"), 3)
    second = {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 512}
    renamed = dataset("old", tracking_id="new", config={"MAX_LIMIT": 5})
    project.program = program(dataset("big", tracking_id="big", config=second, **free), renamed)
    found = review(project).expect(4)
    assert found.names("replace") == ["big"]
    assert found.rows("replace") == [("server_configuration.EMBEDDING_SIZE", "1536", "512")]
    assert found.groups("replace")[0]["resources"][0]["documents"] == 3
    assert found.rows("rename") == [("tracking_id", '"old"', '"new"')]
    assert found.names("delete") == []


def test_a_resource_that_is_renamed_in_the_program(project: Project) -> None:
    project.program = program(dataset("before", tracking_id="golden", config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    project.program = program(dataset("after", tracking_id="golden", config={"MAX_LIMIT": 5}, adopt=True))
    found = review(project).expect(4)
    assert found.names("rename") == ["before"]
    assert found.names("create") == ["after"]
    assert found.names("delete") == []


def test_a_protected_resource_stops_the_engine_but_is_reviewed(project: Project) -> None:
    project.program = program(small("locked", opts="protect=True"), small("stays"))
    project.up().expect_success()
    project.program = program(small("stays", 6))
    found = review(project).expect(3)
    assert found.names("guarded delete") == ["locked"]
    assert any("stopped" in note for note in found.verdict["notes"])


def test_a_failed_preview_gives_no_verdict(project: Project) -> None:
    project.program = program(tenant("t", TOPIC), small("d0"))
    project.up().expect_success()
    project.program = program(tenant("t", NUMBER), small("d0"), "raise ValueError('of the program itself')")
    found = review(project, "--save-plan", "plan.json").expect(1)
    assert found.names("refused") == ["t"], "what is known is told nevertheless"
    assert "of the program itself" in found.screen
    assert "no verdict" in found.comment
    check(project).expect(1)

    project.program = program("import os", "os._exit(3)")
    review(project).expect(1)


def test_a_service_that_does_not_answer_gives_no_verdict(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("going"), small("stays"))
    project.up().expect_success()
    project.program = program(small("stays"))
    with sandbox.away():
        project.config("trieve:maxRetries", "0")
        found = review(project).expect(1)
    assert found.names("delete") == found.names("guarded delete") == []
    assert "going" in found.screen


def test_explicit_providers_are_asked_with_their_own_keys(project: Project, sandbox: Sandbox) -> None:
    eu = explicit_provider("eu")
    project.program = program(eu, small("full", opts="provider=eu"), small("stays", opts="provider=eu"))
    project.up().expect_success()
    sandbox.put_chunks(id_of(project, "full"), 2)
    project.program = program(eu, small("stays", opts="provider=eu"))
    del project.environment["TRIEVE_ADMIN_KEY"]
    found = review(project).expect(3)
    assert found.names("guarded delete") == ["full"]


def test_no_output_of_a_review_holds_a_secret(project: Project, sandbox: Sandbox) -> None:
    key = {"MAX_LIMIT": 5, "LLM_API_KEY": CANARIES.llm_api_key}
    project.config("trieve:apiKey", sandbox.environment["TRIEVE_API_KEY"], secret=True)
    project.config("test:other", CANARIES.trieve_admin_key, secret=True)
    project.program = program(*(dataset(name, tracking_id=name, config=key) for name in ("d0", "d1")))
    project.up().expect_success()
    other = {"MAX_LIMIT": 5, "LLM_API_KEY": f"another-{CANARIES.llm_api_key}"}
    leak = "raise ValueError('the key is ' + pulumi.Config().require('other'))"
    project.program = program(*(dataset(name, tracking_id=name, config=other) for name in ("d0", "d1")))
    found = review(project, annotations="gitlab").expect(0)
    assert found.rows("update") == [("server_configuration.LLM_API_KEY", "set", "set, maybe to another value")]
    project.program = program(dataset("d0", tracking_id="d0", config=other), leak)
    failed = review(project, annotations="github").expect(1)
    assert "the key is [secret]" in failed.screen


def test_checking_a_verdict(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("d0"), small("d1"))
    project.up().expect_success()
    project.program = program(small("d0", 6), small("d1"))
    commit(project)
    review(project, "--save-plan", "plan.json").expect(0)
    assert "holds" in check(project).expect(0).screen

    project.program = program(small("d0", 7), small("d1"))
    assert "uncommitted changes" in check(project).expect(1).screen
    commit(project)
    assert "the commit" in check(project).expect(1).screen

    review(project).expect(0)
    project.config("test:anything", "new")
    commit(project)
    review(project).expect(0)
    check(project).expect(0)
    moved = check(project, env={"TRIEVE_BASE_URL": "http://127.0.0.1:9"}).expect(1)
    assert "configuration" in moved.screen

    # Drift that a refresh stored, as a nightly job does.
    change(sandbox, id_of(project, "d1"), MAX_LIMIT=9)
    check(project).expect(0)
    project.refresh().expect_success()
    assert "the state of the stack" in check(project).expect(1).screen

    review(project).expect(0)
    project.up("--target", urn(project, "d1")).expect_success()
    assert "the state of the stack" in check(project).expect(1).screen


@pytest.mark.parametrize("force_destroy", [False, True])
def test_check_exits_with_3_for_a_blocked_verdict_and_0_for_one_that_needs_approval(
    project: Project, force_destroy: bool
) -> None:
    more = {"force_destroy": True} if force_destroy else {}
    project.program = program(small("d0", **more), tenant("t", TOPIC))
    project.up().expect_success()
    project.program = program(tenant("t", TOPIC if force_destroy else NUMBER))
    commit(project)
    review(project).expect(4 if force_destroy else 3)
    check(project).expect(0 if force_destroy else 3)


def test_options_of_the_preview_are_passed_on(project: Project) -> None:
    project.program = program(small("d0"), small("d1"))
    project.up().expect_success()
    project.program = program(small("d0", 6), small("d1", 6))
    commit(project)
    found = review(project, "--", "--target", urn(project, "d0")).expect(0)
    assert found.names("update") == ["d0"]
    assert f"--target {urn(project, 'd0')}" in check(project).expect(0).screen


def test_a_mistake_that_the_program_finds_itself(project: Project) -> None:
    project.program = program(small("d0"))
    project.up().expect_success()
    imported = dataset("d1", tracking_id="d1", opts='import_="3f7a37a2-d6e5-40fc-82e2-0acae427e289"')
    project.program = program(small("d0", 6), imported, tenant("t", {**TOPIC, "type": "sphere"}))
    found = review(project).expect(3)
    assert "import_" in str(found.groups("invalid"))
    assert "t" in found.names("invalid")
    assert found.names("update") == ["d0"]
    assert found.verdict["ship_the_rest"] == ""
    assert found.verdict["stuck"]


def test_a_review_after_staging_checks_its_history_and_state(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("d0"))
    project.up().expect_success()
    project.pulumi("stack", "init", "next").expect_success()
    project.pulumi("stack", "select", "dev").expect_success()
    commit(project)
    found = review(project, "--after", "next").expect(4)
    assert "has never been updated" in str(found.groups("not proven in staging"))
    ignored = "verdict.json\ncomment.md\nannotations.txt\n__pycache__\n"
    (project.folder / ".gitignore").write_text(ignored)  # the engine counts any other file as a change
    commit(project)
    project.up("--stack", "next").expect_success()
    found = review(project, "--after", "next", "--map", "x=y").expect(0)
    assert any("x" in note for note in found.verdict["notes"])
    project.program = program(small("d0", 6))
    dirty = review(project, "--after", "next").expect(4)
    assert "uncommitted changes" in str(dirty.groups("not proven in staging"))
    assert review(project, "--after", "next", "--map", "nothing").exit_code == 2
