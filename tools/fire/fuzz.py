"""Generated inputs: programs and old states for check and diff, answers for every parser, requests for the sandbox.

Whatever comes in, what comes out is a value or an error of this package; the sandbox gives no failure of its own. Work is cut
into chunks with a seed each, so that a run that was stopped goes on, and one chunk can be played again.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from core.models import json_values, wild
from fire import grammar
from fire.records import Results, code_digest
from pulumi_retrieval.core import http
from pulumi_retrieval.core.answers import parse
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import RetrievalError
from pulumi_retrieval.core.messages import Peer, Request
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.services.cortex import CortexService
from pulumi_retrieval.services.trieve import TrieveService
from support.nasty import RECORDS, program
from support.sandbox import Sandbox

INPUTS, ANSWERS, SANDBOX = "inputs", "answers", "sandbox"
CHUNK = 500
EACH = 10_000
LIFE_SECONDS = 8 * 3600.0
"""Examples of each subject in a whole run."""
KEY = "canary-of-the-fuzzer-0123456789"
NOWHERE = "http://127.0.0.1:9"
"""No check and no diff asks a service."""
OBJECT = "6f8e3c1a-2b4d-4e6f-8a9b-0c1d2e3f4a5b"
REQUEST_SECONDS = 20.0
Property = Callable[[st.DataObject], None]


def examine(name: str, check: Property, *, examples: int, seed: int) -> list[str]:
    """Play a property, and give what went wrong: at most one text, the first failure."""
    wrapped = given(st.data())(check)
    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(wrapped)
    try:
        seeded(seed)(quiet)()
    except Exception:
        return [f"{name}, seed {seed}: {traceback.format_exc()[-2500:]}"]
    return []


class Connections:
    """A context manager: the reconcilers of every resource, on connections that nobody answers."""

    def __enter__(self) -> Mapping[str, Reconciler]:
        with ExitStack() as stack:
            raw = {
                "trieve:baseUrl": NOWHERE,
                "trieve:adminKey": KEY,
                "trieve:organizationId": f"{'1' * 8}-1111-4111-8111-{'1' * 12}",
            }
            trieve = TrieveService(raw=raw, environ={}, run=_silent(), sleep=lambda seconds: None)
            stack.callback(trieve.http.close)
            found = {f"trieve {kind}": cycle for kind, cycle in trieve.resources.items()}
            for version in ("cortex", "v2"):
                raw = {"cortex:baseUrl": NOWHERE, "cortex:apiKey": KEY, "cortex:apiVersion": version}
                service = CortexService(raw=raw, environ={}, run=_silent(), sleep=lambda seconds: None)
                stack.callback(service.close)
                found |= {f"cortex {kind}, {version}": cycle for kind, cycle in service.resources.items()}
            self._stack = stack.pop_all()
        return found

    def __exit__(self, *error: object) -> None:
        self._stack.close()


def _silent() -> Run:
    return Run(emit=lambda text: None)


def inputs_property(cycle: Reconciler) -> Property:
    """`check` and `diff` of one resource: an answer, or an error of ours, whatever the state and the program are."""
    model = cycle.definition.model
    programs = program(model) | wild(model)
    states = st.builds(
        lambda inputs, records: {**inputs, **records},
        programs,
        st.dictionaries(st.sampled_from(RECORDS), json_values(), max_size=3),
    )

    def check(data: st.DataObject) -> None:
        old, new = data.draw(states), data.draw(programs)
        if data.draw(st.booleans()):
            old["endpoint"] = cycle.definition.endpoint
        declaration = Declaration(name="thing", token="Thing", candidate="thing-0a1b2c")
        checked = cycle.check(old, new, declaration)
        texts = [cycle.run.redactor.clean(text) for text in checked.failures]
        for inputs in (checked.inputs, new):
            try:
                cycle.diff(OBJECT, old, inputs, declaration)
            except RetrievalError as error:
                texts.append(cycle.run.redactor.clean(str(error)))
        assert all(isinstance(text, str) and text and KEY not in text for text in texts)
        assert all(text.encode() for text in texts), "every text can be printed"

    return check


def answers_property(name: str) -> Property:
    """One parser: the documented content, or an error of ours; never another exception."""
    shape = grammar.parsers()[name]

    def check(data: st.DataObject) -> None:
        raw = data.draw(grammar.raw_bodies(name))
        method = data.draw(st.sampled_from(["GET", "POST"]))
        status = data.draw(st.sampled_from([200, 200, 200, 201, 204]))
        request = Request(method, "/x", "look at the object", hides_answer=data.draw(st.booleans()))
        answer = http._answer(request, httpx.Response(status, content=raw), Peer("the service", NOWHERE))
        text = "look at the object"
        try:
            parse(shape, answer)
        except RetrievalError as error:
            text = str(error)
        assert "look at the object" in text, "an error says what was attempted"

    return check


PATHS = (
    "/api/dataset",
    "/api/dataset/{id}",
    "/api/dataset/usage/{id}",
    "/api/dataset/organization/{id}",
    "/api/dataset/tracking_id/{text}",
    "/api/dataset/clone",
    "/api/dataset/clear/{id}",
    "/api/dataset/batch_create_datasets",
    "/api/organization",
    "/api/organization/{id}",
    "/api/organization/usage/{id}",
    "/api/organization/update_dataset_configs",
    "/api/organization/api_key",
    "/api/organization/api_key/{id}",
    "/api/crawl",
    "/api/crawl/{id}",
    "/api/auth/me",
    "/cortex/user/create_tenant",
    "/cortex/embeddings/create_tenant",
    "/cortex/tenant/sub_tenant_ids",
    "/cortex/tenant/stats",
    "/cortex/databases",
    "/cortex/databases/status",
    "/cortex/databases/stats",
    "/cortex/databases/collections",
    "/cortex/databases/{text}",
    "/cortex/databases/{text}/metadata-schema",
    "/{text}",
)
NAMES = (
    "id",
    "name",
    "dataset_id",
    "dataset_name",
    "tracking_id",
    "server_configuration",
    "role",
    "scopes",
    "crawl_options",
    "to_configuration",
    "dataset_to_clone",
    "database",
    "tenant_id",
    "database_metadata_schema",
    "add_fields",
    "new_name",
)
"""Fields of bodies."""


def sandbox_property(sandbox: Sandbox) -> Property:
    """The sandbox: a request gets an answer in time, and a 500 only where the emulated service is known to give one."""
    keys = {name: sandbox.environment[name] for name in ("TRIEVE_ADMIN_KEY", "TRIEVE_API_KEY", "CORTEX_API_KEY")}
    ids = [sandbox.organization_id, "00000000-0000-0000-0000-000000000000", "6f8e3c1a-2b4d-4e6f-8a9b-0c1d2e3f4a5b", "x"]
    texts = st.sampled_from(["acme", "a b", "..", "%2F", "é", "a/b", "%00", "{}", "x" * 300, "-1"])
    bodies = st.dictionaries(st.sampled_from(NAMES), json_values(), max_size=4) | json_values()
    client = sandbox.trieve

    def check(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(PATHS)).format(id=data.draw(st.sampled_from(ids)), text=data.draw(texts))
        method = data.draw(st.sampled_from(["GET", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]))
        key = data.draw(st.sampled_from([*keys.values(), "wrong", "-"]))
        headers = {"Authorization": f"Bearer {key}" if path.startswith("/cortex") else key}
        if data.draw(st.booleans()):
            headers["TR-Organization"] = data.draw(st.sampled_from(ids))
        if data.draw(st.booleans()):
            headers["TR-Dataset"] = data.draw(st.sampled_from(ids))
        if data.draw(st.booleans()):
            headers["API-Version"] = data.draw(st.sampled_from(["2", "1", "x"]))
        content = b""
        if method not in ("GET", "HEAD"):
            content = data.draw(st.just(b"") | st.binary(max_size=20) | bodies.map(_dumped))
            headers["Content-Type"] = data.draw(st.sampled_from(["application/json", "text/plain"]))
        params = data.draw(
            st.dictionaries(st.sampled_from(["tenant_id", "database", "page", "limit", "offset"]), texts, max_size=2)
        )
        answer = client.request(method, path, headers=headers, content=content, params=params, timeout=REQUEST_SECONDS)
        assert answer.status_code != 500 or _is_emulated(answer), f"{method} {path}: 500 {answer.text[:300]}"

    return check


def _dumped(value: Any) -> bytes:
    return json.dumps(value, default=str).encode("utf-8", "surrogatepass")


def _is_emulated(answer: httpx.Response) -> bool:
    """Whether a 500 is one of the emulated service, which answers so for some bad requests, in JSON with a message."""
    try:
        return isinstance(answer.json()["message"], str)
    except (ValueError, KeyError, TypeError):
        return answer.request.method == "HEAD"


class Fuzzing:
    """A part of `make fire`: chunks of examples of each subject, with a seed each."""

    def __init__(self, *, share: float, seed: int) -> None:
        self._kept = Results(
            "fuzz", code=code_digest("provider/pulumi_retrieval", "tools/fire/fuzz.py", "tools/fire/grammar.py")
        )
        self._share, self._seed = share, seed

    def run(self) -> dict[str, dict[str, Any]]:
        """Play what was not played with this code yet. Gives every result, by key."""
        with Connections() as cycles, Sandbox(max_seconds=LIFE_SECONDS) as sandbox:
            subjects = {
                **{(INPUTS, name): inputs_property(cycle) for name, cycle in cycles.items()},
                **{(ANSWERS, name): answers_property(name) for name in grammar.parsers()},
                (SANDBOX, "HTTP"): sandbox_property(sandbox),
            }
            chunks = max(1, round(EACH * self._share / CHUNK))
            for number in range(chunks):  # each subject a little before any of them much
                for (kind, name), check in subjects.items():
                    self._chunk(kind, name, check, number)
        return self._kept.load()

    def _chunk(self, kind: str, name: str, check: Property, number: int) -> None:
        key = f"{kind} / {name} / {self._seed + number}"
        if key in self._kept.load():
            return
        examples = min(CHUNK, max(1, round(EACH * self._share)))
        problems = examine(name, check, examples=examples, seed=self._seed + number)
        line = {"kind": kind, "key": key, "name": name, "examples": examples, "problems": problems}
        self._kept.add(line)
        print(f"{key}: {examples} examples{''.join(f', {problem}' for problem in problems)}", flush=True)


def table(lines: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Counts of each subject: a heading and lines of texts."""
    rows = [["subject", "examples", "failures"]]
    listed = list(lines)
    for kind, what in {INPUTS: "check and diff of", ANSWERS: "parser", SANDBOX: "sandbox,"}.items():
        for name in dict.fromkeys(line["name"] for line in listed if line["kind"] == kind):
            some = [line for line in listed if (line["kind"], line["name"]) == (kind, name)]
            counts = sum(line["examples"] for line in some), sum(len(line["problems"]) for line in some)
            rows.append([f"{what} {name}", *map(str, counts)])
    return rows
