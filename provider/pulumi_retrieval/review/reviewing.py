"""A review from its first question to its verdict."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..core.errors import RetrievalError
from ..core.redaction import shorten
from ..core.run import Run
from .annotations import Position, positions
from .binding import Binding, checkout, configuration_digest, this_package
from .collecting import Collector
from .connections import Connections
from .engine import Engine, PreviewLines
from .errors import NoVerdictError
from .findings import Finding, FindingKind, Level
from .questions import Answers, ask
from .staging import Staging
from .states import digest, parse_export
from .steps import read_events
from .verdict import ExitCode, Verdict, many_deletes, shippable

MOST_TROUBLES = 5
"""How many errors of a preview are told."""
MOST_TROUBLE = 1_500
"""Characters of one of them."""
EACH = 25
"""Events of a preview between two words on how far it is."""
ASKING = "asking the services"
STOPPED = "the engine stopped at a rule of its own, so what comes behind it was not reviewed"


@dataclass
class Review:
    """One review of one stack.

    :param refresh: whether the services are asked first what somebody else changed.
    :param options: what `pulumi preview` is given besides.
    :param save_plan: the file of the plan; empty for none.
    :param most_deletes: how many resources may be deleted or replaced without one more approval; None for any number.
    :param wrote: the files that the review writes, as they are named.
    :param places: whether the lines of the program are wanted.
    :param staging: the stack that goes first; None where none is named.
    :param progress: is told what is done, how much of it is, and of how much; None where nobody knows.
    """

    engine: Engine
    run: Run
    refresh: bool = False
    options: Sequence[str] = ()
    save_plan: str = ""
    most_deletes: int | None = None
    wrote: Sequence[str] = ()
    places: bool = False
    staging: Staging | None = None
    progress: Callable[[str, int, int | None], None] = lambda what, done, total: None
    positions: dict[str, Position] = field(default_factory=dict)

    def verdict(self) -> Verdict:
        """Review the stack. Whatever prevents a verdict is a reason in it."""
        verdict = Verdict(self.engine.stack, _now())
        try:
            verdict = self._reviewed(verdict)
        except RetrievalError as error:
            verdict = replace(verdict, reasons=(str(error),))
        except Exception:
            text = f"this is a defect of pulumi-retrieval; please report it:\n{traceback.format_exc()}"
            verdict = replace(verdict, reasons=(text,))
        if self.save_plan and verdict.exit_code in (ExitCode.NO_VERDICT, ExitCode.BLOCKED):
            self._plan.unlink(missing_ok=True)
        return verdict.cleaned(self.run.redactor.clean)

    @property
    def _plan(self) -> Path:
        return self.engine.folder / self.save_plan

    def _reviewed(self, verdict: Verdict) -> Verdict:
        connections, binding, export = self._before()
        collector = Collector(connections, planned=None if self.staging is None else [])
        troubles = self._preview(collector)
        answers = ask(collector, connections, progress=lambda done, of: self.progress(ASKING, done, of))
        findings = _together(collector, answers)
        notes = [*answers.notes, *([STOPPED] if collector.stopped else [])]
        if self.staging is not None:
            steps, today = collector.planned or [], datetime.now(timezone.utc).date()
            found, more = self.staging.compare(self.engine, export=export, steps=steps, binding=binding, today=today)
            findings, notes = [*findings, *found], [*notes, *more]
        if self.most_deletes is not None and (many := many_deletes(findings, most=self.most_deletes)) is not None:
            findings.append(many)
        reasons = (*troubles, *answers.doubts)
        left_out, stuck = shippable(findings, collector.pattern, options=self.options) if not reasons else ((), "")
        changes = collector.summary.changes if collector.summary is not None else {}
        if not binding.commit:
            notes.append("the project is in no git checkout, so `--check` will refuse this verdict")
        return replace(
            verdict,
            binding=binding,
            findings=tuple(findings),
            reasons=reasons,
            notes=tuple(notes),
            unchanged=int(changes.get("same", 0)),
            left_out=left_out,
            stuck=stuck,
            with_dependents=collector.may_lack(one.urn for one in findings if one.kind.level is Level.BLOCKED),
        )

    def _before(self) -> tuple[Connections, Binding, dict[str, Any]]:
        """What has to be known before the preview. The state is read first, so that a change after that makes it stale."""
        if self.save_plan:
            self._plan.unlink(missing_ok=True)  # where the preview refuses, none is written
        configuration = self.engine.configuration()
        text = self.engine.export()
        export = parse_export(text)
        if self.places:
            self.positions = positions(text)
        connections = Connections(
            configuration, export=export, secret_export=lambda: self.engine.export(show_secrets=True), run=self.run
        )
        commit, clean = checkout(self.engine.folder, own=[Path(one) for one in self.wrote])
        binding = Binding(
            stack=self.engine.stack,
            commit=commit,
            clean=clean,
            package=this_package(),
            engine=self.engine.version(),
            configuration=configuration_digest(configuration, connections.places()),
            state=digest(export),
            options=(*self.engine.config_file, *(("--refresh",) if self.refresh else ()), *self.options),
            wrote=tuple(self.wrote),
        )
        return connections, binding, export

    def _preview(self, collector: Collector) -> list[str]:
        """Follow a preview to its end. :returns: why nothing can be said of it."""
        with self.engine.preview(refresh=self.refresh, save_plan=self.save_plan, options=self.options) as lines:
            for count, event in enumerate(read_events(lines), 1):
                collector.take(event)
                if count % EACH == 0:
                    self.progress(f"previewing {self.engine.stack}", count, None)
            code = lines.end()
            if collector.summary is None:
                raise NoVerdictError(_no_summary(code, lines))
        if collector.summary.result == "succeeded" and code == 0:
            return []
        clean = self.run.redactor.clean  # before the cut: nobody recognizes the rest of a secret that it divides
        return [shorten_trouble(clean(text)) for text in collector.settle()[:MOST_TROUBLES]] or self._unexplained(
            collector, code
        )

    def _unexplained(self, collector: Collector, code: int) -> list[str]:
        """Why a preview failed that reported no error of its own; nothing where a finding tells it."""
        rejected = any(finding.kind.level is Level.BLOCKED for finding in collector.findings)
        if rejected or collector.stopped:
            return []
        return [f"the preview failed with exit code {code} and did not say why; run `pulumi preview` to see it"]


def binding_now(before: Binding, engine: Engine, run: Run, *, salt: str, own: Sequence[Path]) -> Binding:
    """What a verdict of now would be bound to.

    :param before: of the verdict that is compared with.
    :param own: files that do not count as changes of the checkout.
    """
    configuration = engine.configuration()
    export = parse_export(engine.export())
    connections = Connections(configuration, export=export, secret_export=lambda: b"{}", run=run)
    commit, clean = checkout(engine.folder, own=own)
    return replace(
        before,
        commit=commit,
        clean=clean,
        package=this_package(),
        engine=engine.version(),
        configuration=configuration_digest(configuration, connections.places(), salt=salt),
        state=digest(export),
    )


def shorten_trouble(text: str) -> str:
    """An error of a preview, cut where it is long."""
    return text if len(text) <= MOST_TROUBLE else f"…{text[-MOST_TROUBLE:]}"


def _no_summary(code: int, lines: PreviewLines) -> str:
    said = shorten(lines.said(), limit=MOST_TROUBLE)
    return f"the preview ended with exit code {code} and without its summary, so it did not see everything{said and f': {said}'}"


def _together(collector: Collector, answers: Answers) -> list[Finding]:
    """The findings of the preview and of the services; where both are about a create, the latter."""
    told = {finding.urn for finding in answers.findings if finding.kind in (FindingKind.EXISTS, FindingKind.CREATE)}
    creates = (FindingKind.CREATE, FindingKind.GONE)
    found = [
        *(one for one in collector.findings if not (one.kind in creates and one.urn in told)),
        *answers.findings,
    ]
    return sorted(found, key=lambda one: (_natural(one.name), one.urn))  # the engine takes the steps in any order


def _natural(name: str) -> list[tuple[str, int]]:
    """A name as people sort it: ``c2`` comes before ``c10``."""
    return [(text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d{0,18})", name)]


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
