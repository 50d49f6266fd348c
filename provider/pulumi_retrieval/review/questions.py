"""Asks the services for facts that a preview lacks: documents in objects to delete, names in use, limits of a plan.

Every question is a read request; the connection limits how many are in flight at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count as counter
from typing import TypeVar

from ..core.errors import PermissionDenied, RetrievalError
from ..core.foreseeing import Loss
from ..core.reconciler import Reconciler
from .collecting import PROTECTED, Collector, about
from .connections import Connections
from .findings import Finding, FindingKind
from .steps import Step

AT_ONCE = 4
"""Questions asked at once; the client of each service has a limit of its own for requests in flight."""
MOST_DOUBTS = 5
"""How many failed questions are reported."""
KEPT = "the object is kept in the service"
TAKEN = (
    "another object of the service still has the new name when the update runs, because updates come before deletes in a "
    "`pulumi up`"
)
ADOPTED = "an existing object is adopted"

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Answers:
    """The answers of the services.

    :param findings: findings about the resources to be deleted, replaced or created.
    :param doubts: questions that failed, as text for people; each prevents a verdict.
    :param notes: questions that could not be asked and do not affect the verdict.
    """

    findings: list[Finding] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def ask(
    collector: Collector, connections: Connections, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Answers:
    """Ask the services about the deletes, creates and renames of a preview.

    :param progress: called after each answer with the number of answers so far, and their total number.
    """
    answers = Answers()
    names = _Names(connections, creates=collector.creates, deletes=collector.deletes)
    for urn in collector.protected:
        answers.findings.append(about(urn, FindingKind.GUARDED_DELETE, text=PROTECTED))
    deletes = [step for step in collector.deletes if step.urn not in collector.protected]
    leaving = {one.old.id for one in (*collector.renames, *deletes) if one.op != "delete" and one.old is not None}
    total = len(deletes) + len(collector.creates) + len(collector.renames)
    answered = counter(1)

    def each(steps: Sequence[Step], question: Callable[[Step], Finding | None]) -> None:
        _each(answers, steps, question, answered=lambda: progress(next(answered), total))

    each(deletes, lambda step: _delete(step, collector, connections, names))
    each(collector.creates, lambda step: _create(step, connections, names, answers))
    each(collector.renames, lambda step: _rename(step, connections, leaving))
    _headroom(answers, collector, connections)
    return answers


def _each(
    answers: Answers,
    steps: Sequence[Step],
    question: Callable[[Step], Finding | None],
    *,
    answered: Callable[[], None],
) -> None:
    failed: list[RetrievalError] = []

    def asked(step: Step) -> Finding | RetrievalError | None:
        if len(failed) >= MOST_DOUBTS:
            return None  # there is no verdict anyway, and an unreachable service answers slowly
        try:
            return question(step)
        except RetrievalError as error:
            failed.append(error)
            return error

    for step, answer in zip(steps, _at_once(asked, steps), strict=True):
        answered()
        if isinstance(answer, RetrievalError):
            _doubt(answers, f"{step.token} {step.name}: {answer}")
        elif answer is not None:
            answers.findings.append(answer)


def _doubt(answers: Answers, text: str) -> None:
    if len(answers.doubts) < MOST_DOUBTS:
        answers.doubts.append(text)


def _at_once(question: Callable[[T], R], about_what: Iterable[T]) -> Iterator[R]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(question, about_what)


class _Names:
    """The natural keys of the objects to create, and the number of datasets to delete per organization."""

    def __init__(self, connections: Connections, *, creates: Iterable[Step], deletes: Iterable[Step]) -> None:
        self.created = {key for step in creates if (key := _key(connections.reconciler(step), step)) is not None}
        self.leaving: Counter[str] = Counter()
        for step in deletes:
            reconciler = connections.reconciler(step)
            if reconciler is not None and step.old is not None and not step.old.retained and step.token == "Dataset":
                self.leaving[reconciler.foreseeing.group(step.old.id, step.old.outputs)] += 1


def _key(reconciler: Reconciler | None, step: Step) -> tuple[str, ...] | None:
    side = step.new or step.old
    return None if reconciler is None or side is None else reconciler.foreseeing.natural_key(side.inputs)


def _delete(step: Step, collector: Collector, connections: Connections, names: _Names) -> Finding | None:
    assert step.old is not None
    rows = collector.replaced(step) if step.op == "delete-replaced" else None
    kind = FindingKind.DELETE if rows is None else FindingKind.REPLACE
    reconciler = connections.with_credentials(step)
    if reconciler is None:
        raise RetrievalError(
            "its documents cannot be counted: the API key of its provider is not known before the update"
        )
    if reconciler.definition.replaces_freely and rows is not None:
        return None
    if step.old.retained:
        return about(step.urn, kind, rows=rows or (), text=KEPT)
    if rows is None and _key(reconciler, step) in names.created:
        return about(step.urn, FindingKind.RENAME, text="another resource of the program takes over the object")
    group = reconciler.foreseeing.group(step.old.id, step.old.outputs)
    leaving = names.leaving[group] if step.token == "Organization" else 0
    loss = reconciler.foreseeing.delete(step.old.id, step.old.outputs, leaving=leaving)
    if loss.kept:
        return about(step.urn, kind, rows=rows or (), text=KEPT)
    documents = loss.count if loss.unit == "document" else None
    if loss.blocked:
        return about(step.urn, FindingKind.GUARDED_DELETE, text=_alike(loss), documents=documents)
    return about(step.urn, kind, rows=rows or (), documents=documents)


def _alike(loss: Loss) -> str:
    """The text of a guard without its count, so that equal texts form a group; the counts are shown with the names."""
    many = "" if loss.count == 1 else "s"
    return loss.blocked.replace(f"{loss.count} {loss.unit}{many}", f"{loss.unit}s")


def _create(step: Step, connections: Connections, names: _Names, answers: Answers) -> Finding | None:
    assert step.new is not None
    reconciler = connections.with_credentials(step)
    if reconciler is None:
        answers.notes.append(
            f"{step.token} {step.name}: whether its name is in use cannot be checked before the update"
        )
        return None
    taken = reconciler.foreseeing.create(step.new.inputs)
    if taken is None:
        return None
    if taken.blocked:
        return about(step.urn, FindingKind.EXISTS, text=taken.blocked)
    return about(step.urn, FindingKind.CREATE, text=ADOPTED)


def _rename(step: Step, connections: Connections, leaving: Collection[str]) -> Finding | None:
    """The finding that another object has the new name of a renamed one; None where it is free.

    :param leaving: ids of objects that give up their names during the same update; plain deletes come after it.
    """
    assert step.old is not None
    assert step.new is not None
    reconciler = connections.with_credentials(step)
    if reconciler is None:
        raise RetrievalError(
            "whether its new name is in use cannot be checked: the API key of its provider is not known yet"
        )
    holder = reconciler.foreseeing.holder(step.new.inputs)
    own = reconciler.definition.current_id(step.old.id, step.old.outputs)
    if holder is None or holder in (step.old.id, own) or holder in leaving:
        return None
    return about(step.urn, FindingKind.EXISTS, text=TAKEN)


def _headroom(answers: Answers, collector: Collector, connections: Connections) -> None:
    """Compare the dataset limit of each Trieve organization's plan with the datasets to create in it."""
    wanted: Counter[str] = Counter()
    asks: dict[str, Step] = {}
    there = {finding.urn for finding in answers.findings}
    for step in collector.creates:
        if step.urn in there or step.op == "create-replacement":
            continue
        organization = step.new.inputs.get("organization_id") if step.new is not None else None
        if step.token == "Dataset" and isinstance(organization, str) and connections.with_credentials(step) is not None:
            wanted[organization] += 1
            asks[organization] = step
    for organization, count in wanted.items():
        try:
            allowed, used, plan = connections.service(asks[organization]).lookups.headroom(organization_id=organization)
        except PermissionDenied:
            answers.notes.append(f"organization {organization}: its key may not read how many datasets the plan allows")
            continue
        except RetrievalError as error:
            _doubt(answers, str(error))
            continue
        if used + count > allowed:
            text = (
                f'organization {organization}: {count} datasets would be created, {used} count now, and the plan "{plan}" '
                f"allows {allowed}. A deleted dataset counts until a worker of the service has removed it"
            )
            answers.findings.append(Finding(FindingKind.NO_HEADROOM, "", "Dataset", "", (), text))
