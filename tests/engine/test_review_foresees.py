"""What a review has to foresee, because `pulumi up` would fail at it in the middle, or lose what it deleted before."""

from __future__ import annotations

from pathlib import Path

from test_preview_tells_everything import excluding
from test_review import NUMBER, TOPIC, shipped, small, tenant

from support.engine import Project
from support.programs import dataset, id_of, living, program, urn
from support.review import review
from support.sandbox import Sandbox


def test_the_last_resource_is_deleted_with_the_stored_settings(project: Project, sandbox: Sandbox) -> None:
    project.program = program(small("only"))
    project.up().expect_success()
    sandbox.put_chunks(id_of(project, "only"), 40)
    project.program = program("")
    project.config("trieve:confirmDeletes", "only=40")
    assert review(project).expect(3).names("guarded delete") == ["only"]
    project.up().expect_failure("holds 40 documents")

    project.program = program(small("only"))
    project.up().expect_success()
    project.program = program("")
    project.pulumi("config", "rm", "trieve:confirmDeletes").expect_success()
    assert review(project).expect(4).names("delete") == ["only"]
    project.up().expect_success()


def test_a_rename_to_a_name_that_is_taken(project: Project) -> None:
    project.program = program(small("a"), small("b"))
    project.up().expect_success()
    project.program = program(dataset("b", tracking_id="a", config={"MAX_LIMIT": 5}))
    assert review(project).expect(3).names("exists already") == ["b"]
    project.up().expect_failure("same tracking_id already exists")

    away = dataset("a", tracking_id="c", config={"MAX_LIMIT": 5})
    after = dataset("b", tracking_id="a", config={"MAX_LIMIT": 5}, opts="depends_on=[a]")
    project.program = program(f"a = {away}", after)
    assert review(project).expect(4).names("rename") == ["a", "b"]
    project.up().expect_success()


def test_a_replacement_that_takes_a_name_that_is_taken(
    project: Project, sandbox: Sandbox, tmp_path: Path, engine: Path
) -> None:
    other = Project(tmp_path / "other", engine=engine, env=sandbox.environment)
    other.program = program(small("taken", 9))
    other.up().expect_success()
    project.program = program(big("big", 1536))
    project.up().expect_success()
    project.program = program(big("taken", 512))
    assert review(project).expect(3).names("exists already") == ["big"]
    project.program = program(big("free", 512))
    assert review(project).expect(4).names("replace") == ["big"]
    project.up().expect_success()
    assert living(sandbox).keys() == {"taken", "free"}


def big(tracking_id: str, size: int) -> str:
    free = {"force_destroy": True, "on_immutable_change": "replace"}
    return dataset("big", tracking_id=tracking_id, config={"EMBEDDING_SIZE": size}, **free)


def test_dependents_of_an_excluded_new_resource_are_excluded(project: Project, sandbox: Sandbox) -> None:
    """Shipped without it, the engine would leave a state that no engine reads."""
    project.program = program(small("d0"))
    project.up().expect_success()
    bad = f"bad = {dataset('bad', tracking_id='.')}"
    behind = (small("d1", opts="depends_on=[bad]"), small("d2", opts="parent=bad"))
    project.program = program(small("d0", 6), bad, *behind)
    project.up(*excluding(project.preview())).expect_success()
    assert living(sandbox).keys() == {"d0"}
    project.program = program(small("d0", 7), bad, *behind)
    shipped(project, review(project).expect(3).verdict["ship_the_rest"]).expect_success()
    assert review(project).expect(3).names("update") == []
    assert living(sandbox).keys() == {"d0"}


def test_the_exclude_line_repeats_the_options_of_the_review(project: Project) -> None:
    project.program = program(small("d0"), tenant("t", TOPIC))
    project.up().expect_success()
    project.program = program(small("d0", 6), tenant("t", NUMBER))
    found = review(project, "--", "--target", urn(project, "d0"), "--target", urn(project, "t")).expect(3)
    assert found.verdict["ship_the_rest"] == ""
    assert "--target" in found.verdict["stuck"]
    elsewhere = project.folder / "Pulumi.dev.yaml"
    elsewhere.rename(project.folder / "other.yaml")
    shipped(project, review(project, "--config-file", "other.yaml").expect(3).verdict["ship_the_rest"]).expect_success()
    assert not elsewhere.exists()


def test_a_shortened_error_holds_no_part_of_a_secret(project: Project) -> None:
    secret = "the-longest-secret-of-them-all-0123456789-abcdefghijklmnopqrstuvwxyz"
    project.config("test:other", secret, secret=True)
    cut = f"raise ValueError('x' * 400 + pulumi.Config().require('other') + 'y' * {1_500 - 40})"
    project.program = program(cut)
    found = review(project).expect(1)
    assert "[secret]" in found.screen
    assert secret[-20:] not in found.screen + found.comment + found.annotations + str(found.verdict)
