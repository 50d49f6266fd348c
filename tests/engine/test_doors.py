"""Every door through which an immutable key could change unseen, or an object be lost or doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.programs import Code, asked, dataset, declare, id_of, living, program, urn, written
from support.sandbox import Sandbox

CONFIG: dict[str, Any] = {"EMBEDDING_MODEL_NAME": "text-embedding-3-small", "EMBEDDING_SIZE": 1536, "MAX_LIMIT": 5}
REFUSED = "REFUSED, nothing was changed: 1 immutable key of dataset golden\n"


def sized(size: int | None, **changes: Any) -> dict[str, Any]:
    """A configuration with another embedding size, or with none."""
    return {key: value for key, value in {**CONFIG, "EMBEDDING_SIZE": size, **changes}.items() if value is not None}


def tracked(sandbox: Sandbox, project: Project) -> dict[str, str]:
    """Resource name → id, after making sure that what lives in the service is just what the stack holds."""
    held = {one["urn"].rpartition("::")[2]: one["id"] for one in project.resources()}
    assert sorted(held.values()) == sorted(living(sandbox).values())
    return held


# A key that was not managed for a while.


def test_unmanage_then_manage_with_another_value(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=CONFIG))
    project.up().expect_success()
    asked(sandbox)
    project.program = program(dataset(config=sized(None)))
    run = project.up().expect_success()
    assert "server_configuration.EMBEDDING_SIZE is no longer managed; its value stays in the service" in run.output
    project.program = program(dataset(config=sized(512)))
    run = project.preview().expect_failure(
        REFUSED,
        "server_configuration.EMBEDDING_SIZE    was 1536    now 512",
        "Cause: the program manages a key that it did not manage before",
        "pulumi up --exclude '**:Dataset::golden'",
    )
    assert "Traceback" not in run.output
    # Outside a preview it is raised where the engine prints a traceback; one frame of it is ours, and the text stands last.
    run = project.up().expect_failure(REFUSED)
    assert run.output.count("pulumi_retrieval/") == 1
    project.program = program(dataset(config=CONFIG))
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    assert asked(sandbox) == []


# A value that is not known before the update.


def test_a_parent_that_is_replaced(project: Project, sandbox: Sandbox) -> None:
    def declared(**arguments: Any) -> str:
        return program(
            "parent = " + declare("trieve.Organization", "parent", name="Parent"),
            dataset("child", tracking_id="child", organization_id=Code("parent.id"), **arguments),
        )

    project.program = declared(force_destroy=True)
    project.up().expect_success()
    parent, child = id_of(project, "parent"), id_of(project, "child")
    replace = ("--replace", urn(project, "parent"))
    asked(sandbox)
    refused = [
        "REFUSED, nothing was changed: 1 immutable key of dataset child\n",
        f'organization_id    was "{parent}"    now not known before the update',
        "pulumi up --exclude URN-OF-WHAT-IS-REPLACED",
    ]
    project.preview(*replace).expect_failure(*refused)
    project.up(*replace).expect_failure(*refused)
    assert project.up(*replace, "--exclude", urn(project, "parent")).expect_success().summary == {"unchanged": 3}
    assert asked(sandbox) == []

    project.program = declared(force_destroy=True, on_immutable_change="replace")
    project.up().expect_success()
    assert project.preview(*replace).expect_success().summary == {"to replace": 2, "unchanged": 1}
    asked(sandbox)
    assert project.up(*replace).expect_success().summary == {"replaced": 2, "unchanged": 1}
    assert [call[:2] for call in written(sandbox)] == [
        ("DELETE", f"/api/dataset/{child}"),
        ("DELETE", f"/api/organization/{parent}"),
        ("POST", "/api/organization"),
        ("POST", "/api/dataset"),
    ]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}


def test_a_parent_that_does_not_exist_yet(project: Project, sandbox: Sandbox) -> None:
    first = "first = " + declare("trieve.Organization", "first", name="First")
    second = "second = " + declare("trieve.Organization", "second", name="Second")
    project.program = program(first, dataset("child", tracking_id="child", organization_id=Code("first.id")))
    project.up().expect_success()
    asked(sandbox)
    project.program = program(first, second, dataset("child", tracking_id="child", organization_id=Code("second.id")))
    run = project.preview().expect_failure(
        "now not known before the update", "apply its source first   pulumi up --target URN-OF-WHAT-IT-DEPENDS-ON"
    )
    assert "Traceback" not in run.output
    assert asked(sandbox) == []
    project.up("--exclude", "**:Dataset::child").expect_success()
    project.preview().expect_failure(
        f'organization_id    was "{id_of(project, "first")}"    now "{id_of(project, "second")}"'
    )


# A key that somebody else changed.


def test_an_immutable_key_changed_behind_our_back(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=CONFIG))
    project.up().expect_success()
    golden, somebody = id_of(project, "golden"), Hand(sandbox)
    warning = (
        "warning: dataset golden: server_configuration.EMBEDDING_SIZE was changed to 512 by somebody else and is put back "
        "to 1536; documents that were added meanwhile may be unreachable then"
    )

    somebody.change(golden, EMBEDDING_SIZE=512)
    asked(sandbox)
    run = project.preview("--expect-no-changes", refresh=True).expect_failure(warning)
    assert "server_configuration.EMBEDDING_SIZE      : 1536 => 512" in run.output
    run = project.up(refresh=True).expect_success()
    assert run.output.count(warning) == 1
    [only] = written(sandbox)
    assert only[2] == f'{{"dataset_id":"{golden}","server_configuration":{{"EMBEDDING_SIZE":1536}}}}'
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}

    somebody.change(golden, EMBEDDING_SIZE=512)
    asked(sandbox)
    project.program = program(dataset(config=sized(768)))
    run = project.up(refresh=True).expect_failure(
        REFUSED,
        "server_configuration.EMBEDDING_SIZE    was 1536    now 768    in the service 512",
        "somebody else changed the service, and the program agrees neither with what was last applied nor with what is",
    )
    assert "Traceback" not in run.output
    project.program = program(dataset(config=sized(512)))
    project.up(refresh=True).expect_success()
    assert written(sandbox) == []
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


def test_a_tenant_changed_behind_our_back(project: Project, sandbox: Sandbox) -> None:
    """Its service cannot put it back, so an unchanged program is warned and nobody is stopped."""
    topic = {"key": "topic", "type": "string", "searchable": True, "filterable": True}

    def declared(searchable: bool, filterable: bool) -> str:
        item = {**topic, "searchable": searchable, "filterable": filterable}
        tenant = declare("cortex.Tenant", "acme", tenant_id="acme_prod", tenant_metadata_schema=[item])
        return program(tenant, dataset(config={"MAX_LIMIT": 5}))

    project.program = declared(True, True)
    project.up().expect_success()
    changed = [{**topic, "filterable": False}]
    sandbox.trieve.put("/_sandbox/cortex/tenants/acme_prod/schema", json={"tenant_metadata_schema": changed})
    asked(sandbox)
    run = project.up(refresh=True).expect_success()
    assert (
        'warning: tenant acme_prod: somebody else changed tenant_metadata_schema["topic"].filterable (was true, now false)'
        in run.output
    )
    assert "the service cannot restore it" in run.output
    project.program = declared(False, True)
    project.up(refresh=True).expect_failure(
        'tenant_metadata_schema["topic"].searchable    was true    now false    in the service true'
    )
    project.program = declared(True, False)
    project.up(refresh=True).expect_success()
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}
    assert written(sandbox) == []


# A replacement that was asked for.


@pytest.mark.parametrize("way", ["replace", "taint", "replacement_trigger"])
def test_a_forced_replacement(project: Project, sandbox: Sandbox, way: str) -> None:
    def declared(trigger: int, **arguments: Any) -> str:
        opts = f"replacement_trigger={trigger}" if way == "replacement_trigger" else ""
        return program(dataset(config=CONFIG, opts=opts, **arguments))

    def ask_for_replacement(trigger: int, **arguments: Any) -> list[str]:
        project.program = declared(trigger, **arguments)
        if way == "taint":
            project.pulumi("state", "taint", urn(project, "golden"), "--yes").expect_success()
        return ["--replace", urn(project, "golden")] if way == "replace" else []

    def take_it_back() -> None:
        if way == "taint":
            project.pulumi("state", "untaint", urn(project, "golden"), "--yes").expect_success()

    project.program = declared(1)
    project.up().expect_success()
    first = id_of(project, "golden")
    asked(sandbox)
    project.up(*ask_for_replacement(2)).expect_success()
    second = id_of(project, "golden")
    assert [call[:2] for call in written(sandbox)] == [("DELETE", f"/api/dataset/{first}"), ("POST", "/api/dataset")]
    assert tracked(sandbox, project) == {"golden": second}

    sandbox.put_chunks(second, 1)
    project.up(*ask_for_replacement(3)).expect_failure(
        f"dataset golden ({second}) holds 1 document and is not deleted.", "set force_destroy=True on it"
    )
    assert tracked(sandbox, project) == {"golden": second}
    assert written(sandbox) == []

    # As the text says: take it back, apply force_destroy, ask again.
    take_it_back()
    project.program = declared(2, force_destroy=True)
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    assert written(sandbox) == []
    assert project.up(*ask_for_replacement(3, force_destroy=True)).expect_success().summary["replaced"] == 1
    assert [call[:2] for call in written(sandbox)] == [("DELETE", f"/api/dataset/{second}"), ("POST", "/api/dataset")]
    assert second not in tracked(sandbox, project).values()
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


# Changes that the program says to ignore.


def test_ignored_changes_are_no_refusal(project: Project, sandbox: Sandbox) -> None:
    opts = 'ignore_changes=["server_configuration.EMBEDDING_SIZE"]'
    project.program = program(dataset(config=CONFIG, opts=opts))
    project.up().expect_success()
    golden = id_of(project, "golden")
    asked(sandbox)
    project.program = program(dataset(config=sized(512, MAX_LIMIT=6), opts=opts))
    project.up().expect_success()
    [only] = written(sandbox)
    assert json.loads(only[2]) == {"dataset_id": golden, "server_configuration": {"MAX_LIMIT": 6}}
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


# A resource that was renamed.


def alias(name: str) -> str:
    return f"aliases=[pulumi.Alias(name={name!r})]"


def test_renamed_with_an_alias(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(config=CONFIG), dataset("derived", tracking_id=None))
    project.up().expect_success()
    before = tracked(sandbox, project)
    for dataset_id in before.values():
        sandbox.put_chunks(dataset_id, 1)
    asked(sandbox)
    project.program = program(
        dataset("gold", config=CONFIG, opts=alias("golden")),
        dataset("taken", tracking_id=None, opts=alias("derived")),
    )
    assert project.up().expect_success().summary == {"unchanged": 3}
    assert tracked(sandbox, project) == {"gold": before["golden"], "taken": before["derived"]}
    assert asked(sandbox) == []


def test_renamed_without_an_alias(project: Project, sandbox: Sandbox) -> None:
    project.program = program(dataset(dataset_name="G", config=CONFIG), dataset("derived", tracking_id=None))
    project.up().expect_success()
    before = tracked(sandbox, project)

    # An explicit key: the same object, which lives on. A derived key: another object.
    project.program = program(dataset("gold", dataset_name="G", config=CONFIG), dataset("taken", tracking_id=None))
    run = project.up().expect_success()
    assert f"dataset golden ({before['golden']}) is now held by another resource of the program" in run.output
    after = tracked(sandbox, project)
    assert after["gold"] == before["golden"]
    assert set(after) == {"gold", "taken"}
    assert after["taken"] != before["derived"]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}

    # With documents it is not taken over without a word, and nothing is deleted.
    for dataset_id in after.values():
        sandbox.put_chunks(dataset_id, 1)
    asked(sandbox)
    project.program = program(dataset("late", dataset_name="G", config=CONFIG), dataset("taken", tracking_id=None))
    project.up().expect_failure(
        f"dataset golden exists already: id {after['gold']} and holds 1 document. It may belong to somebody else",
        "set adopt=True on this resource",
        "ResourceOptions(aliases=[pulumi.Alias(name=FORMER-NAME)])",
    )
    assert tracked(sandbox, project) == after
    project.program = program(
        dataset("late", dataset_name="G", config=CONFIG, adopt=True), dataset("taken", tracking_id=None)
    )
    project.up().expect_success()
    assert tracked(sandbox, project) == {"late": after["gold"], "taken": after["taken"]}

    # A derived key with documents: the new one is made, the old one is guarded and stays in the stack.
    project.program = program(
        dataset("late", dataset_name="G", config=CONFIG, adopt=True), dataset("new", tracking_id=None)
    )
    project.up().expect_failure(f"({after['taken']}) holds 1 document and is not deleted")
    assert set(tracked(sandbox, project)) == {"late", "new", "taken"}


def test_a_rename_that_was_cut_off_half_way(project: Project, sandbox: Sandbox) -> None:
    """The new resource holds the object, and the old one is deleted by a later run that knows nothing of that."""
    project.program = program(dataset(dataset_name="G", config=CONFIG))
    project.up().expect_success()
    golden = id_of(project, "golden")
    foreign = Hand(sandbox).make("foreign")
    sandbox.put_chunks(foreign, 1)
    renamed = dataset("gold", dataset_name="G", config=CONFIG)
    project.program = program(renamed, dataset("foreign", tracking_id="foreign"))
    project.up().expect_failure("dataset foreign exists already")
    assert [one["id"] for one in project.resources()] == [golden, golden]
    asked(sandbox)

    project.program = program(renamed)
    run = project.up().expect_success()
    assert run.summary == {"deleted": 1, "unchanged": 2}
    assert "is now held by another resource of the program and is left alone" in run.output
    assert written(sandbox) == []
    assert living(sandbox) == {"golden": golden, "foreign": foreign}
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}
