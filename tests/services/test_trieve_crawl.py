"""Crawls: they have no natural key, and a failed query looks like an absence."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import AdoptionError, ServiceError, UnclearWriteError
from pulumi_retrieval.services.trieve import wire
from support.life import Life
from support.trieve import Tenancy

OPTIONS = {"site_url": "https://docs.example.test", "interval": "daily"}
CREATE = {"method": "POST", "path": "^/api/crawl"}
FALSE_ABSENCE = {"kind": "false_absence", "table": "datasets"}


@pytest.fixture
def dataset(trieve: Tenancy) -> str:
    return trieve.make_by_hand("docs")


def crawl(trieve: Tenancy) -> Life:
    return Life(trieve.service().resources["crawl"], name="site", token="Crawl")


def program(dataset: str, **options: Any) -> dict[str, Any]:
    return {"dataset_id": dataset, "crawl_options": {**OPTIONS, **options}}


def listed(trieve: Tenancy, dataset: str) -> list[Any]:
    headers = {"TR-Dataset": dataset}
    answer = trieve.sandbox.trieve.get("/api/crawl?page=1&limit=100", headers=headers)
    return list(answer.json())


def test_a_change_starts_another_and_leaves_none_behind(trieve: Tenancy, dataset: str) -> None:
    life = crawl(trieve)
    assert life.up(program(dataset)) == "create"
    assert life.up(program(dataset)) == "same"
    assert life.preview(program(dataset, limit=7)) == "replace"
    life.up(program(dataset, limit=7))
    (one,) = listed(trieve, dataset)
    assert (one["id"], one["crawl_options"]["limit"]) == (life.id, 7)


def test_a_create_without_a_clear_answer_takes_the_one_that_appears(trieve: Tenancy, dataset: str) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "drop", "when": "after"}}])
    life = crawl(trieve)
    life.up(program(dataset))
    (one,) = listed(trieve, dataset)
    assert life.id == one["id"]
    assert life.refresh()


def test_two_new_crawls_are_named_and_kept(trieve: Tenancy, dataset: str) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "drop", "when": "after"}}])
    headers = {"TR-Dataset": dataset}
    # The first pause comes before the create: an empty list is asked for again.
    trieve.on_sleep = lambda: setattr(trieve, "on_sleep", another)

    def another() -> None:
        trieve.sandbox.trieve.post("/api/crawl", json={"crawl_options": OPTIONS}, headers=headers)

    with pytest.raises(AdoptionError, match="2 new ones look like it"):
        crawl(trieve).up(program(dataset))


def test_no_new_crawl_is_an_error(trieve: Tenancy, dataset: str) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "timeout"}}])
    with pytest.raises(UnclearWriteError, match="could not start a crawl"):
        crawl(trieve).up(program(dataset))


def test_absence_is_believed_after_two_lists_without_it(trieve: Tenancy, dataset: str) -> None:
    life = crawl(trieve)
    life.up(program(dataset))
    trieve.sandbox.trieve.delete(f"/api/crawl/{life.id}", headers={"TR-Dataset": dataset})
    trieve.forget_calls()
    assert not life.refresh()
    assert [method for method, _ in trieve.calls()] == ["GET"] * 3, "two looks, and a list in pages of another size"


def test_a_query_that_fails_is_no_absence(trieve: Tenancy, dataset: str) -> None:
    life = crawl(trieve)
    life.up(program(dataset))
    rule = {"method": "GET", "path": "^/api/crawl", "act": FALSE_ABSENCE}
    trieve.sandbox.faults([{**rule, "times": 3}])
    assert life.refresh()
    trieve.sandbox.faults([rule])
    with pytest.raises(ServiceError, match="could not list the crawls"):
        life.refresh()


def test_a_list_that_does_not_end_is_no_absence(trieve: Tenancy, dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    life, other = crawl(trieve), crawl(trieve)
    life.up(program(dataset))
    other.up(program(dataset, limit=7))
    monkeypatch.setattr(wire, "MOST_PAGES", 2)
    whole = wire.TrieveWire.list_crawls

    def in_small_pages(self: wire.TrieveWire, **where: Any) -> Any:
        return whole(self, **{**where, "page_size": 1})

    monkeypatch.setattr(wire.TrieveWire, "list_crawls", in_small_pages)
    with pytest.raises(ServiceError, match="does not end after 1 crawls"):
        life.refresh()


def test_a_crawl_goes_with_its_dataset(trieve: Tenancy, dataset: str) -> None:
    life, other = crawl(trieve), crawl(trieve)
    life.up(program(dataset))
    other.up(program(dataset, limit=7))
    trieve.delete_by_hand(dataset)
    assert not life.refresh()
    other.destroy()


@pytest.mark.parametrize("act", [FALSE_ABSENCE, {"kind": "timeout"}], ids=["false absence", "408"])
def test_a_delete_that_says_nothing_is_repeated(trieve: Tenancy, dataset: str, act: dict[str, Any]) -> None:
    life = crawl(trieve)
    life.up(program(dataset))
    rule = {"method": "DELETE", "path": "^/api/crawl/", "act": act}
    trieve.sandbox.faults([{**rule, "times": 2}])
    kept = life.id
    life.destroy()
    assert listed(trieve, dataset) == []
    life.up(program(dataset))
    assert life.id != kept
    trieve.sandbox.faults([rule])
    with pytest.raises(ServiceError, match="could not delete crawl"):
        life.destroy()
