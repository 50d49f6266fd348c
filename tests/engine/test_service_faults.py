"""A service that fails: one clear last line, no secret on the screen, an exit code, and a next run that converges.

Each dataset of a program meets another fault, so that few runs show them all.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.canaries import CANARIES
from support.engine import Project, Run
from support.sandbox import Sandbox

PROGRAM = """
    import os

    from pulumi_retrieval import trieve

    for number, name in enumerate(os.environ["NAMES"].split()):
        limit = int(os.environ.get("LIMIT", "1000")) + number
        trieve.Dataset(
            name,
            tracking_id=f"the-{name}",
            server_configuration={"MAX_LIMIT": limit, "LLM_API_KEY": os.environ["LLM_API_KEY"]},
        )
"""
TENANT = """
    import pulumi
    from pulumi_retrieval import cortex

    cortex.Tenant("acme", tenant_id="acme_prod", opts=pulumi.ResourceOptions(retain_on_delete=True))
"""


def answer(status: int, body: Any, content_type: str = "application/json") -> dict[str, Any]:
    return {"kind": "answer", "status": status, "body": body, "content_type": content_type}


def page(secret: str) -> dict[str, Any]:
    """The answer of a proxy that repeats a secret."""
    return answer(502, f"<html><h1>502 Bad Gateway</h1>{secret}{'<br>' * 400}</html>", "text/html")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "401": (answer(401, {"message": "Unauthorized"}), "HTTP 401: Unauthorized. Is the key right?"),
    "403": (answer(403, {"message": "Forbidden"}), "HTTP 403: Forbidden. The key is known but may not do this"),
    "500": (answer(500, {"message": "Internal"}), "HTTP 500: Internal"),
    "502": (page(CANARIES.llm_api_key), "HTTP 502: <html><h1>502 Bad Gateway</h1>[secret]<br><br>"),
    "426": (answer(426, {"message": "Upgrade"}), "HTTP 426: Upgrade. The plan's limit is reached"),
    "408": ({"kind": "timeout"}, "HTTP 408"),
    "truncated": ({"kind": "truncate"}, "HTTP 200"),
    "echo": (answer(400, {"message": f"bad {CANARIES.llm_api_key}"}), "HTTP 400: bad [secret]"),
}
HINT_WRITTEN = "The service may already hold the new value; run `pulumi up --refresh`"


@pytest.fixture
def quick(project: Project) -> Project:
    """A project with a dataset for each fault that does not try again for long."""
    names = " ".join(f"d{name}" for name in FAULTS)
    project.environment |= {"NAMES": names, "LLM_API_KEY": CANARIES.llm_api_key}
    project.config("trieve:maxRetries", "1")
    project.program = PROGRAM
    return project


def ids(project: Project) -> dict[str, str]:
    """Fault → id of its dataset."""
    return {one["inputs"]["tracking_id"].removeprefix("the-d"): one["id"] for one in project.resources()}


def said(run: Run, operation: str) -> dict[str, str]:
    """Fault → what the failure of its dataset says. Every failure is one line, and not a long one."""
    found = {}
    for text in run.texts:
        assert text.startswith(f"could not {operation} dataset the-d"), text
        assert len(text) < 700
        found[text.split("dataset the-d")[1].split()[0].rstrip(":")] = text
    assert len(found) == len(run.texts), run
    return found


def expect(run: Run, operation: str, *faults: str) -> dict[str, str]:
    """Every one of the faults has its own text on the screen, and nothing else failed."""
    texts = said(run.expect_failure(), operation)
    assert texts.keys() == set(faults), run
    for fault in faults:
        assert FAULTS[fault][1] in texts[fault]
    return texts


def test_failing_creates_and_updates(quick: Project, sandbox: Sandbox) -> None:
    rules = [
        {"method": "POST", "path": "^/api/dataset$", "body": f"the-d{name}", "act": act}
        for name, (act, _) in FAULTS.items()
    ]
    sandbox.faults(rules)
    # A truncated answer was carried out, which a look tells: no failure at all.
    expect(quick.up("--continue-on-error"), "create", *(FAULTS.keys() - {"truncated"}))
    assert ids(quick).keys() == {"truncated"}
    sandbox.clear_faults()

    assert quick.up().expect_success().summary == {"created": 7, "unchanged": 2}
    datasets = sandbox.state()["trieve"]["datasets"]
    assert {one["id"] for one in datasets} == set(ids(quick).values())
    assert {one["server_configuration"]["LLM_API_KEY"] for one in datasets} == {"[secret]"}

    found = ids(quick)
    sandbox.faults(
        [{"method": "PUT", "body": found[name], "act": act} for name, (act, _) in FAULTS.items() if name != "truncated"]
    )
    texts = expect(quick.up("--continue-on-error", env={"LIMIT": "2000"}), "update", *(FAULTS.keys() - {"truncated"}))
    assert all(HINT_WRITTEN in texts[name] for name in ("500", "502", "408"))
    sandbox.clear_faults()
    quick.up("--refresh", env={"LIMIT": "2000"}).expect_success()
    datasets = sandbox.state()["trieve"]["datasets"]
    assert sorted(one["server_configuration"]["MAX_LIMIT"] for one in datasets) == list(range(2000, 2008))


def test_failing_reads_and_deletes_keep_the_resource_in_the_state(quick: Project, sandbox: Sandbox) -> None:
    quick.up().expect_success()
    before = quick.stored()
    found = ids(quick)
    sandbox.faults([{"method": "GET", "path": found[name], "act": act} for name, (act, _) in FAULTS.items()])
    expect(quick.refresh(), "read", *FAULTS)
    assert quick.stored() == before

    faults = ("500", "502", "408", "403")
    sandbox.faults([{"method": "DELETE", "path": found[name], "act": FAULTS[name][0]} for name in faults])
    expect(quick.destroy("--continue-on-error"), "delete", *faults)
    assert ids(quick).keys() == set(faults)
    sandbox.clear_faults()
    assert quick.up("--refresh").expect_success().summary == {"created": 4, "unchanged": 5}
    quick.destroy().expect_success()
    assert sandbox.state()["trieve"]["datasets"] == []


def test_an_error_names_a_service_that_is_down_and_the_state_is_kept(quick: Project, sandbox: Sandbox) -> None:
    quick.environment["NAMES"] = "golden"
    quick.up().expect_success()
    before = quick.stored()
    with sandbox.away():
        for run in (quick.up(env={"LIMIT": "2000"}), quick.refresh(), quick.destroy()):
            run.expect_failure(f"no connection to {quick.environment['TRIEVE_BASE_URL']}", "Is the service running")
            assert len(run.texts) == 1
        assert quick.stored() == before
    assert quick.up(env={"LIMIT": "2000"}).expect_success().summary == {"updated": 1, "unchanged": 1}


def test_failures_of_cortex_name_the_operation_and_the_object(project: Project, sandbox: Sandbox) -> None:
    project.config("cortex:maxRetries", "1")
    project.program = TENANT
    key = sandbox.environment["CORTEX_API_KEY"]
    acts = {
        "HTTP 401": FAULTS["401"][0],
        "HTTP 403": FAULTS["403"][0],
        "HTTP 500": FAULTS["500"][0],
        "HTTP 502: <html><h1>502 Bad Gateway</h1>[secret]<br>": page(key),
        "does not come from the chosen API generation": FAULTS["truncated"][0],
    }
    for text, act in acts.items():
        sandbox.faults([{"service": "cortex", "act": act}])
        run = project.up().expect_failure(text)
        assert len(run.texts) == 1
        assert run.texts[0].startswith("could not read tenant acme_prod: ")
        assert len(run.texts[0]) < 700
        assert project.resources() == []
    sandbox.clear_faults()
    project.up().expect_success()
    assert len(sandbox.state()["cortex"]["tenants"]) == 1
    before = project.stored()
    sandbox.faults([{"service": "cortex", "act": acts["HTTP 500"]}])
    project.refresh().expect_failure("HTTP 500")
    assert project.stored() == before
