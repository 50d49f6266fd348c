"""The facts that a verdict depends on, in real checkouts."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pulumi_retrieval.review.binding import Binding, checkout, configuration_digest, salt_of, stale_reasons
from review.verdicts import BINDING


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout whose project lies in a folder below its root."""
    git(tmp_path, "init", "--quiet")
    project = tmp_path / "infra"
    project.mkdir()
    (project / "__main__.py").write_text("print(1)\n")
    commit(tmp_path)
    return project


def git(folder: Path, *command: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    return subprocess.run(["git", "-C", folder, *who, *command], check=True, stdout=subprocess.PIPE, text=True).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "something")


def test_a_clean_checkout(repository: Path) -> None:
    assert checkout(repository) == (git(repository, "rev-parse", "HEAD").strip(), True)


def test_outside_a_checkout(tmp_path: Path) -> None:
    assert checkout(tmp_path) == ("", False)


@pytest.mark.parametrize("name", ["infra/__main__.py", "infra/new.py", "elsewhere.txt"])
def test_any_change_of_the_checkout_counts(repository: Path, name: str) -> None:
    (repository.parent / name).write_text("changed\n")
    assert checkout(repository)[1] is False


def test_files_written_by_the_review_are_not_changes_of_the_checkout(repository: Path) -> None:
    out = repository / "out" / "verdict[1].json"
    out.parent.mkdir()
    out.write_text("{}")
    (repository / "__pycache__").mkdir()
    (repository / "__pycache__" / "__main__.pyc").write_text("x")
    assert checkout(repository)[1] is False
    assert checkout(repository, own=[Path("out/verdict[1].json")])[1] is True
    assert checkout(repository, own=[out, Path("/elsewhere/comment.md")])[1] is True


def test_a_verdict_with_equal_facts_holds() -> None:
    assert stale_reasons(BINDING, replace(BINDING)) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(BINDING, commit="f" * 40), "ffffffffffff"),
        (replace(BINDING, commit=""), "not in a git checkout"),
        (replace(BINDING, clean=False), "uncommitted changes"),
        (replace(BINDING, package="0.2.0"), "it was 0.1.0 and is now 0.2.0"),
        (replace(BINDING, engine="v3.300.0"), "v3.300.0"),
        (replace(BINDING, configuration="scrypt:00:22"), "configuration"),
        (replace(BINDING, state="sha256:other"), "state of the stack"),
    ],
)
def test_each_changed_fact_is_named(now: Binding, said: str) -> None:
    [told] = stale_reasons(BINDING, now)
    assert said in told


def test_a_verdict_from_a_checkout_with_changes_never_holds() -> None:
    assert stale_reasons(replace(BINDING, clean=False), BINDING)


def test_a_binding_is_read_as_it_was_written() -> None:
    bound = replace(BINDING, options=("--target", "x"), wrote=("verdict.json",))
    assert Binding.from_json(bound.to_json()) == bound


def test_the_digest_of_a_configuration() -> None:
    configuration = {"trieve:apiKey": {"value": "canary-1", "secret": True}}
    first = configuration_digest(configuration, [["https://a.example"]])
    salt = salt_of(first)
    assert configuration_digest(configuration, [["https://a.example"]], salt=salt) == first
    assert configuration_digest(configuration, [["https://b.example"]], salt=salt) != first
    other = {"trieve:apiKey": {"value": "canary-2", "secret": True}}
    assert configuration_digest(other, [["https://a.example"]], salt=salt) != first
    assert configuration_digest(configuration, [["https://a.example"]]) != first, "each verdict has a salt of its own"
    assert "canary" not in first
