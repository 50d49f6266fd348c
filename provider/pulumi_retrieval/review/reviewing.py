"""Runs a review: reads the stack, follows a preview, asks the services, and gives a verdict."""

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
"""How many errors of a preview a verdict contains."""
MOST_TROUBLE = 1_500
"""The most characters of one error."""
EACH = 25
"""The progress is reported once for so many events of a preview."""
ASKING = "asking the services"
STOPPED = "the engine stopped early at a protected resource or a policy, so the steps after it were not reviewed"


@dataclass
class Review:
    """One review of one stack.

    :param refresh: whether the preview refreshes first, to find drift.
    :param options: additional options of `pulumi preview`.
    :param save_plan: the file to save the plan to; empty for none.
    :param most_deletes: how many deletes and replacements need no additional approval; None for any number.
    :param wrote: the files that the review writes, as named on the command line.
    :param places: whether to find the program line of each resource, for annotations.
    :param staging: the stack of ``--after``; None without that option.
    :param progress: called with what is being done, how much of it is done, and the total; None if that is unknown.
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
        """Review the stack. Raises no error: what prevents a verdict becomes one of its `reasons`."""
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
            notes.append("the project is not in a git checkout, so `--check` will refuse this verdict")
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
        """Read what the verdict depends on, before the preview: a change of the state after that makes the verdict stale."""
        if self.save_plan:
            self._plan.unlink(missing_ok=True)  # a preview with rejections writes no plan, so an old file would remain
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
        """Run a preview to its end. :returns: the errors that prevent a verdict."""
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
        clean = (
            self.run.redactor.clean
        )  # before the cut, which could divide a secret so that the rest is not recognized
        return [shorten_trouble(clean(text)) for text in collector.settle()[:MOST_TROUBLES]] or self._unexplained(
            collector, code
        )

    def _unexplained(self, collector: Collector, code: int) -> list[str]:
        """The error for a preview that failed without reporting one; empty where a finding explains the failure."""
        rejected = any(finding.kind.level is Level.BLOCKED for finding in collector.findings)
        if rejected or collector.stopped:
            return []
        return [f"the preview failed with exit code {code} and reported no error; run `pulumi preview` to see why"]


def binding_now(before: Binding, engine: Engine, run: Run, *, salt: str, own: Sequence[Path]) -> Binding:
    """Compute the binding that a verdict made now would have.

    :param before: the binding of the verdict to compare with.
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
    """The end of an error of a preview, at most `MOST_TROUBLE` characters."""
    return text if len(text) <= MOST_TROUBLE else f"…{text[-MOST_TROUBLE:]}"


def _no_summary(code: int, lines: PreviewLines) -> str:
    said = shorten(lines.said(), limit=MOST_TROUBLE)
    return f"the preview ended with exit code {code} and without a summary, so it is incomplete{said and f': {said}'}"


def _together(collector: Collector, answers: Answers) -> list[Finding]:
    """Merge the findings of the preview and of the services. About a create, a finding of a service replaces the other."""
    told = {finding.urn for finding in answers.findings if finding.kind in (FindingKind.EXISTS, FindingKind.CREATE)}
    creates = (FindingKind.CREATE, FindingKind.GONE)
    found = [
        *(one for one in collector.findings if not (one.kind in creates and one.urn in told)),
        *answers.findings,
    ]
    return sorted(found, key=lambda one: (_natural(one.name), one.urn))  # the engine reports steps in no fixed order


def _natural(name: str) -> list[tuple[str, int]]:
    """A sort key for names with numbers: ``c2`` comes before ``c10``."""
    return [(text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d{0,18})", name)]


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
