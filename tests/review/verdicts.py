"""Verdicts to render and to write, from hypothesis and by hand."""

from __future__ import annotations

from hypothesis import strategies as st

from pulumi_retrieval.core.rejections import Row
from pulumi_retrieval.review.binding import Binding
from pulumi_retrieval.review.findings import Finding, FindingKind
from pulumi_retrieval.review.verdict import Verdict
from review.events import DATASET, urn

BINDING = Binding(
    stack="production",
    commit="50746d170c2b3c1f0f9f1c1d7a3c4d5e6f708192",
    clean=True,
    package="0.1.0",
    engine="v3.259.0",
    configuration="scrypt:00:11",
    state="sha256:64ba83b9b7e8",
)
MADE_AT = "2026-11-26T04:05:33Z"

nasty = (
    st.text(st.sampled_from("ab`<>&|*_[]()!#@~$\\\"'\n\r:%, →é👍-"), max_size=40) | st.just("`" * 9) | st.just("-->")
)
rows = st.builds(Row, nasty.filter(bool), nasty, nasty)
findings = st.builds(
    Finding,
    st.sampled_from(list(FindingKind)),
    nasty,
    st.sampled_from(["Dataset", "Tenant", ""]),
    nasty,
    st.lists(rows, max_size=3).map(tuple),
    nasty | nasty.map(lambda text: f"first\n{text * 60}"),
    st.none() | st.integers(0, 10**9),
)
verdicts = st.builds(
    Verdict,
    st.just("production") | nasty.filter(bool),
    st.just(MADE_AT),
    st.none() | st.just(BINDING),
    st.lists(findings, max_size=30).map(tuple),
    st.lists(nasty | nasty.map(lambda text: text * 100), max_size=3).map(tuple),
    st.lists(nasty, max_size=3).map(tuple),
    st.integers(0, 10**6),
    st.lists(nasty.filter(bool), max_size=5).map(tuple),
    nasty,
)


def update(name: str, was: str = "10", now: str = "8") -> Finding:
    row = Row("server_configuration.N_RETRIEVALS_TO_INCLUDE", was, now)
    return Finding(FindingKind.UPDATE, urn(name), "Dataset", name, (row,))


def refusal(name: str) -> Finding:
    row = Row('tenant_metadata_schema["topic"].type', '"string"', '"number"')
    text = f"REFUSED, nothing was changed: 1 immutable key of tenant {name}\n  Do one:\n    undo   put it back"
    return Finding(FindingKind.REFUSED, urn(name, DATASET.replace("Dataset", "Tenant")), "Tenant", name, (row,), text)


def verdict_of(*found: Finding, **more: object) -> Verdict:
    return Verdict("production", MADE_AT, BINDING, found, **more)  # type: ignore[arg-type]
