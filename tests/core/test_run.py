"""What one run remembers."""

from __future__ import annotations

import io
import threading

import pytest

from pulumi_retrieval.core.errors import GoneError
from pulumi_retrieval.core.redaction import Redactor
from pulumi_retrieval.core.registry import MemoryFacts
from pulumi_retrieval.core.run import Run


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(said: list[str]) -> Run:
    return Run(redactor=Redactor(["canary"]), emit=said.append)


def test_what_is_said_holds_no_secret(run: Run, said: list[str]) -> None:
    run.say("key canary")
    run.warn("key canary")
    run.say_once("key canary")
    assert said == ["key [secret]", "warning: key [secret]", "key [secret]"]


def test_a_message_is_printed_once_in_a_run(run: Run, said: list[str]) -> None:
    for text in ("a", "b", "a"):
        run.say_once(text)
    assert said == ["a", "b"]


def test_messages_are_written_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Run().say("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_a_line_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[str] = []
    stderr = io.StringIO()
    monkeypatch.setattr(stderr, "write", pieces.append)
    monkeypatch.setattr("sys.stderr", stderr)
    Run().say("hello")
    assert pieces == ["hello\n"]


def test_a_run_records_created_and_adopted_objects(run: Run) -> None:
    run.made("created")
    run.made("adopted")
    run.adopted("adopted")
    assert [(run.made_here(name), run.adopted_here(name)) for name in ("created", "adopted", "other")] == [
        (True, False),
        (True, True),
        (False, False),
    ]


def test_a_natural_key_has_one_owner(run: Run) -> None:
    key = ("dataset", "https://example.com", "org", "golden")
    assert run.claim(key, identity="1", name="a") is None
    assert run.claim(key, identity="1", name="a") is None, "check runs more than once in a run"
    assert run.claim(key, identity="2", name="b") == "a"
    assert run.claim((*key[:2], "other-org", "golden"), identity="2", name="b") is None


def test_absences_are_accepted_up_to_the_limit(run: Run) -> None:
    for index in range(5):
        run.record_absence("trieve", f"id-{index}", what=f"dataset {index}", most=5)
        run.record_absence("trieve", f"id-{index}", what=f"dataset {index}", most=5)
    run.record_absence("cortex", "id-6", what="tenant 6", most=5)
    with pytest.raises(GoneError) as raised:
        run.record_absence("trieve", "id-5", what="dataset 5", most=5)
    for fact in (
        "dataset 5 and 5 other objects of this stack are gone from trieve in one run",
        "more than trieve:maxGone (5)",
        "right service, organization and key?",
        "set trieve:maxGone to 100000 and refresh the state",
        "set trieve:adopt to true and apply the program",
    ):
        assert fact in str(raised.value)


def test_an_object_whose_create_was_refused_is_recorded_as_declared(run: Run) -> None:
    run.wanted("a")
    assert [run.wanted_here(name) for name in ("a", "b")] == [True, False]
    assert not run.made_here("a")
    assert not run.adopted_here("a")


def test_a_resource_holds_one_object_until_it_releases_it(run: Run) -> None:
    run.keep(("org", "golden"), "a")
    run.keep(("org", "silver"), "b")
    assert [run.kept_here(name) for name in ("a", "b", "c")] == [True, True, False]
    run.keep(("org", "golden"), None)
    run.keep(("org", "silver"), "c")
    assert [run.kept_here(name) for name in ("a", "b", "c")] == [False, False, True]


def test_a_create_that_did_not_end_well_is_remembered(run: Run) -> None:
    for key in (("org", "a"), ("org", "b")):
        assert not run.attempted(key)
        run.attempt(key)
    run.made("id-a")
    run.finish(("org", "a"))
    assert [run.attempted(key) for key in (("org", "a"), ("org", "b"), ("or", "gb"))] == [False, True, False]


def test_deletes_are_counted_by_group(run: Run) -> None:
    for group, object_id in (("org", "a"), ("org", "b"), ("org", "a"), ("other", "c")):
        run.deleted(group, object_id)
    assert [run.deleted_in(group) for group in ("org", "other", "third")] == [2, 1, 0]


def test_a_run_is_known_to_all_who_share_its_facts(said: list[str]) -> None:
    facts = MemoryFacts()
    one, other = (Run(emit=said.append, open_facts=lambda _run: facts) for _ in range(2))
    key = ("org", "golden")
    one.made("a")
    one.adopted("a")
    one.keep(key, "b")
    one.wanted("c")
    one.attempt(key)
    one.deleted("org", "d")
    one.claim(key, identity="1", name="first")
    one.record_absence("trieve", "e", what="e", most=1)
    assert (other.made_here("a"), other.adopted_here("a"), other.kept_here("b")) == (True, True, True)
    assert (other.wanted_here("c"), other.attempted(key), other.deleted_in("org")) == (True, True, 1)
    assert other.claim(key, identity="2", name="second") == "first"
    with pytest.raises(GoneError):
        other.record_absence("trieve", "f", what="f", most=1)


def test_facts_are_opened_once_and_not_before_the_first(said: list[str]) -> None:
    opened: list[Run] = []
    again = threading.Event()

    def open_facts(run: Run) -> MemoryFacts:
        if opened:
            again.set()
        opened.append(run)
        again.wait(0.2)  # meanwhile the other threads come, and would open it, too
        run.warn_once("the file is broken")
        return MemoryFacts()

    run = Run(emit=said.append, open_facts=open_facts)
    run.say("hello")
    with run.lock("a"), run.writing("org", "a"):
        assert opened == []
    threads = [threading.Thread(target=run.made, args=(str(index),)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert all(run.made_here(str(index)) for index in range(4))
    assert (opened, said) == ([run], ["hello", "warning: the file is broken"])


@pytest.mark.parametrize(
    ("before", "start"),
    [(0, "dataset x is gone from"), (1, "dataset x and 1 other object of this stack are gone from")],
)
def test_absences_are_counted_in_words(run: Run, before: int, start: str) -> None:
    for index in range(before):
        run.record_absence("trieve", f"id-{index}", what="", most=before)
    with pytest.raises(GoneError, match=f"^{start}"):
        run.record_absence("trieve", "x", what="dataset x", most=before)


def test_one_writer_per_object(run: Run) -> None:
    order: list[str] = []
    entered, other_done, tried = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        tried.set()
        with run.lock("same"):
            order.append("second")

    def third() -> None:
        with run.lock("other"):
            order.append("another object")
        other_done.set()

    with run.lock("same"):
        threads = [threading.Thread(target=second), threading.Thread(target=third)]
        for thread in threads:
            thread.start()
        assert tried.wait(10)
        assert other_done.wait(10)
        entered.set()
        with run.lock("same"):
            order.append("first")
    for thread in threads:
        thread.join(10)
    assert order == ["another object", "first", "second"]


def test_writers_of_different_objects_do_not_wait_for_each_other(run: Run) -> None:
    both = threading.Barrier(2, timeout=10)

    def write(object_id: str) -> None:
        with run.writing("org", object_id):
            both.wait()

    thread = threading.Thread(target=write, args=("a",))
    thread.start()
    write("b")
    thread.join(10)
    assert not thread.is_alive()


def test_a_writer_to_all_objects_of_a_group_is_alone(run: Run) -> None:
    order: list[str] = []
    inside, tried = threading.Event(), threading.Event()

    def write_all() -> None:
        inside.wait(10)
        tried.set()
        with run.writing("org"):
            order.append("all")

    def write_one() -> None:
        with run.writing("org", "b"):
            order.append("one more")

    thread = threading.Thread(target=write_all)
    thread.start()
    with run.writing("org", "a"):
        inside.set()
        assert tried.wait(10)
        with run.writing("another org"):
            order.append("another group")
        order.append("one")
    thread.join(10)
    assert order == ["another group", "one", "all"]
    with run.writing("org"):
        later = threading.Thread(target=write_one)
        later.start()
        order.append("all again")
    later.join(10)
    assert order[3:] == ["all again", "one more"]


def test_a_failure_releases_the_lock(run: Run) -> None:
    for object_id in (None, "a", None):
        with pytest.raises(RuntimeError), run.writing("org", object_id):
            raise RuntimeError
