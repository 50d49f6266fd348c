"""How a comparison reads."""

from __future__ import annotations

import json
from datetime import date

from pulumi_retrieval.review.compare_text import lines, printable, to_json
from pulumi_retrieval.review.comparing import compare
from pulumi_retrieval.review.expectations import Expectations, Judged, judge
from pulumi_retrieval.review.matching import Role
from support.states import Stack


def judged(customers: int, *, limit: int = 10) -> Judged:
    staging = Stack("staging").component("canary").dataset("canary-docs", server_configuration={"MAX_LIMIT": 8})
    production = Stack("production")
    for number in range(customers):
        name = f"customer-{number:03}"
        production.component(name).dataset(f"{name}-docs", server_configuration={"MAX_LIMIT": limit})
    comparison = compare(staging.state, production.state, roles=[Role.parse("canary=customer-*")])
    return judge(comparison, Expectations(), today=date(2027, 1, 1))


def text(result: Judged) -> str:
    return "\n".join(line.text for line in lines(result))


def test_eight_hundred_customers_are_one_group() -> None:
    shown = text(judged(800))
    assert "800 × Dataset: server_configuration.MAX_LIMIT 8 → 10" in shown
    assert "and 795 more" in shown
    assert "800 × Dataset: tracking_id (id or derived key)" in shown
    assert len(shown) < 2000


def test_stacks_that_are_equal_as_expected() -> None:
    shown = text(judged(2, limit=8))
    assert "no unexpected difference" in shown
    assert "never" not in shown


def test_control_characters_in_names_are_not_printed() -> None:
    left = Stack("a\x1b[31m").dataset("do\x1b[2Jcs\r\nend", dataset_name="\x1b]0;x\x07")
    result = Judged(compare(left.state, Stack("b").state))
    assert all(line.text.isprintable() for line in lines(result))
    assert printable("one\ntwo\x1b") == "one\ntwo�"


def test_the_json_says_everything() -> None:
    said = json.loads(json.dumps(to_json(judged(2))))
    assert (said["version"], said["left"], said["right"], said["equal_as_expected"]) == (
        1,
        "staging",
        "production",
        False,
    )
    unexpected = [one for one in said["differences"] if one["verdict"] == "unexpected"]
    assert [(one["counterpart"], one["name"], one["left"], one["right"]) for one in unexpected] == [
        ("canary-docs", f"customer-00{number}-docs", "8", "10") for number in range(2)
    ]
