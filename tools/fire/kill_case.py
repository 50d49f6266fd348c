"""One run that is cut off, the run after it, and what must hold then.

a stack on the real engine, a sandbox with its data in a file → `up` (or another verb) → a process is killed at a moment
→ every process of that run has ended → `pulumi cancel`, where the stack is locked → the run that puts it right
→ each object once, nothing left over but what is named, an empty preview, no secret on a screen or in a file
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fire.hold import Hold, Side
from fire.kill_programs import one_of_each, program
from fire.proxy import FaultProxy
from support.canaries import CANARIES, LeakedSecretError, files_in
from support.engine import Project, Running
from support.processes import command_line
from support.sandbox import Sandbox

VERBS = ("up", "update", "refresh", "destroy")
VICTIMS = ("engine", "provider", "program", "sandbox", "interrupt", "interrupt twice")
LOSE_THE_REQUEST = ("provider", "sandbox")
"""Victims whose death ends the connection of a held request; a request of the others is answered."""
EXPECTED_REQUESTS = {"up": 2.2, "update": 2.9, "refresh": 1.2, "destroy": 1.6}
"""Requests of a whole run for each resource, as measured; a moment is a share of them."""
EARLY = 0.12
"""The share of moments that lie before the first request, while processes start."""
START_SECONDS = 2.5
MOST_JITTER_SECONDS = 0.1
ORPHAN_SECONDS = 120.0
"""How long processes of a killed run may live on."""
RUN_SECONDS = 400.0
REFRESHED_EACH = 4
"""In each so many cases, a preview with a refresh must be empty, too."""
ISSUED = re.compile(r"\btr-[0-9A-Za-z]{24,}")
"""How an API key looks that Trieve issued."""


@dataclass(frozen=True)
class Case:
    """One run that is cut off.

    :param moment: below 0 before the first request, else a share of all requests.
    :param after: what the next run is: the "same" one; the same after a refresh ("refreshed"); or, after a `destroy`, an `up` that
        takes it "back".
    :param request: the number of the request of the run at which exactly the victim is killed, from 1; the stack is one resource of
        each kind then. 0 where `moment` says when.
    :param side: whether that request is held "before" the service gets it, or "after" the service has carried it out.
    """

    seed: int
    number: int
    resources: int
    verb: str
    victim: str
    checkpoints: bool
    generation: str
    moment: float
    jitter: float
    after: str
    request: int = 0
    side: Side = "before"


def draw(
    seed: int, number: int, *, resources: int, checkpoints: bool, victims: dict[str, int], verbs: dict[str, int]
) -> Case:
    """The case of a number: the same whenever it is drawn from the same arguments."""
    chance = random.Random(f"{seed} {number} {checkpoints}")
    verb = chance.choices(list(verbs), weights=list(verbs.values()))[0]
    victim = chance.choices(list(victims), weights=list(victims.values()))[0]
    moment = -chance.random() if chance.random() < EARLY else chance.uniform(0, 1.05)
    after = ("same", "back") if verb == "destroy" else ("same", "same", "refreshed")
    return Case(
        seed=seed,
        number=number,
        resources=resources,
        verb=verb,
        victim=victim,
        checkpoints=checkpoints,
        generation="v2" if verb == "destroy" else chance.choice(("v2", "v2", "cortex")),
        moment=moment,
        jitter=chance.uniform(0, MOST_JITTER_SECONDS),
        after=chance.choice(after),
    )


class World:
    """A sandbox and a project in a folder."""

    def __init__(
        self, folder: Path, *, engine: Path, generation: str, checkpoints: bool, behind_a_proxy: bool = False
    ) -> None:
        self._stack = ExitStack()
        self.sandbox = Sandbox("--unlimited", data=folder / "sandbox", max_seconds=3600).start()
        self._stack.callback(self.sandbox.stop)
        self.proxy = self._stack.enter_context(FaultProxy(self.sandbox.base_url))
        keys = [value for name, value in self.sandbox.environment.items() if name.endswith("_KEY")]
        environment = {
            **(self.proxy.environment(self.sandbox.environment) if behind_a_proxy else self.sandbox.environment),
            "CORTEX_API_VERSION": generation,
            "KILLS_LLM_KEY": CANARIES.llm_api_key,
        }
        if not checkpoints:
            environment |= {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_EXPERIMENTAL": "true"}
        self.project = Project(folder / "main", engine=engine, env=environment, secrets=keys, name="kills")
        self.before = self.living()

    def close(self) -> None:
        """End everything that was started."""
        self.project.close()
        self._stack.close()

    def living(self) -> dict[str, Counter[str]]:
        """The ids of what lives in the services, by kind."""
        with closing(sqlite3.connect(f"file:{self.sandbox.data / 'sandbox.sqlite3'}?mode=ro", uri=True)) as data:

            def ids(query: str) -> Counter[str]:
                return Counter(str(row[0]) for row in data.execute(query))

            return {
                "Organization": ids("SELECT id FROM organizations WHERE deleted = 0"),
                "Dataset": ids("SELECT id FROM datasets WHERE deleted = 0"),
                "ApiKey": ids("SELECT id FROM api_keys"),
                "Crawl": ids("SELECT id FROM crawls WHERE dataset_id IN (SELECT id FROM datasets WHERE deleted = 0)"),
                # One that is being deleted is listed until a request sweeps it.
                "Tenant": ids("SELECT tenant_id FROM cortex_tenants")
                + ids("SELECT database FROM cortex_databases WHERE gone_at IS NULL"),
            }

    def held(self) -> dict[str, Counter[str]]:
        """The ids that the state holds, by kind."""
        stack = self.project.state_folder / ".pulumi" / "stacks" / "kills" / "dev.json"
        found: dict[str, Counter[str]] = {kind: Counter() for kind in self.before}
        for one in (json.loads(stack.read_text())["checkpoint"].get("latest") or {}).get("resources") or []:
            kind = one["type"].rpartition(":")[2].replace("EmbeddingsTenant", "Tenant")
            if kind in found:
                found[kind][one["id"]] += 1
        return found

    def run(self, verb: str) -> Running:
        """Start a verb of Pulumi, as a pipeline does."""
        return self.project.start("up" if verb == "update" else verb)

    def locked(self) -> bool:
        """Whether a killed run has left its lock on the stack."""
        return any((self.project.state_folder / ".pulumi" / "locks").rglob("*.json"))

    def requests(self) -> int:
        """How many requests the services have got; -1 while nobody answers."""
        with suppress(Exception):
            return len(self.sandbox.requests())
        return -1


def members(session: int) -> list[int]:
    """The living processes of a session, which a run starts anew: also those whose parents are gone."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return found


def _wait(predicate: Callable[[], bool], *, seconds: float, pause: float = 0.03) -> bool:
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _reach(case: Case, world: World, running: Running, hold: Hold) -> bool:
    """Wait for the moment of a case; False where the run ended before."""
    if case.request:
        _wait(lambda: running.over or hold.reached.is_set(), seconds=RUN_SECONDS)
        return hold.reached.is_set()
    if case.moment < 0:
        _wait(lambda: running.over, seconds=-case.moment * START_SECONDS)
    else:
        wanted = case.moment * case.resources * EXPECTED_REQUESTS[case.verb]
        _wait(lambda: running.over or world.requests() >= wanted, seconds=RUN_SECONDS)
    time.sleep(case.jitter)
    return not running.over


def _named(running: Running, text: str) -> list[int]:
    return [pid for pid in members(running.pid) if any(text in argument for argument in command_line(pid)[1:4])]


def _kill(case: Case, world: World, running: Running) -> bool:
    """Kill the victim; False where there was none at that moment."""
    if case.victim == "engine":
        os.kill(running.pid, signal.SIGKILL)
    elif case.victim in ("provider", "program"):
        text = "pulumi.dynamic" if case.victim == "provider" else "pulumi-language-python-exec"
        found = [pid for pid in _named(running, text) if "python" in command_line(pid)[0]]
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(found)
    elif case.victim == "sandbox":
        world.sandbox.kill()
        world.sandbox.start()
    else:
        running.interrupt()
        if case.victim == "interrupt twice":
            time.sleep(0.3)
            with suppress(ProcessLookupError):
                running.interrupt()
    return True


def play(case: Case, folder: Path, *, engine: Path) -> dict[str, Any]:
    """Play one case and give its row; `failures` says what did not hold."""
    world = World(
        folder,
        engine=engine,
        generation=case.generation,
        checkpoints=case.checkpoints,
        behind_a_proxy=case.request > 0,
    )
    row: dict[str, Any] = {**asdict(case), "failures": []}
    started = time.monotonic()
    try:
        _play(case, world, row)
    except (LeakedSecretError, TimeoutError, AssertionError) as error:
        row["failures"].append(f"{type(error).__name__}: {str(error)[-6000:]}")
    finally:
        world.close()
    row["seconds"] = round(time.monotonic() - started, 1)
    return row


def _play(case: Case, world: World, row: dict[str, Any]) -> None:
    project = world.project
    if case.request:
        first, second = one_of_each(), one_of_each(changed=True)
    else:
        first, second = program(case.resources), program(case.resources, changed=True)
    project.program = first
    if case.verb != "up":
        world.run("up").wait(seconds=RUN_SECONDS).expect_success()
    if case.verb == "update":
        project.program = second
    world.sandbox.reset_requests()
    hold = Hold(case.request, case.side)
    if case.request:
        world.proxy.arm(hold.fault)
    running = world.run(case.verb)
    row["reached"] = _reach(case, world, running, hold)
    row["killed"] = row["reached"] and _kill(case, world, running)
    row["request_held"] = hold.request
    row["requests"] = world.requests()
    killed = time.monotonic()
    if case.victim in LOSE_THE_REQUEST:
        hold.lose()
    elif case.victim != "engine":
        hold.go_on()
    if case.victim != "engine":
        _wait(lambda: running.over, seconds=RUN_SECONDS)
    row["engine_seconds"] = round(time.monotonic() - killed, 1)
    ended = _wait(lambda: not members(running.pid), seconds=ORPHAN_SECONDS, pause=0.1)
    row["orphan_seconds"] = round(time.monotonic() - killed, 1)
    if not ended:
        row["failures"].append(f"processes live on: {[command_line(pid)[:4] for pid in members(running.pid)]}")
        for pid in members(running.pid):
            os.kill(pid, signal.SIGKILL)
    hold.lose()  # of a killed engine: its providers have ended
    world.proxy.lift()
    cut = running.wait(seconds=RUN_SECONDS)
    row["exit_code"] = cut.exit_code
    left = {
        kind: sum((found - world.held()[kind] - world.before[kind]).values()) for kind, found in world.living().items()
    }
    row["unrecorded"] = {kind: count for kind, count in left.items() if count}
    row["locked"] = world.locked()
    if row["locked"]:
        project.pulumi("cancel", "--yes").expect_success()
    _recover(case, world, row)


def _recover(case: Case, world: World, row: dict[str, Any]) -> None:
    """Run again, and compare the state, the services and the program."""
    project = world.project
    verb = "destroy" if case.verb == "destroy" and case.after == "same" else "up"
    flags = []
    if case.after == "back":
        # What is gone is more than a refresh believes without being told so.
        for service in ("trieve", "cortex"):
            project.config(f"{service}:maxGone", "100000")
        flags = ["--refresh", "--run-program"]
    elif case.after == "refreshed":
        flags = ["--refresh"]
    run = project.pulumi(verb, *flags, seconds=RUN_SECONDS)
    row["recovery_seconds"] = round(run.seconds, 1)
    row["warnings"] = [line.strip()[:300] for line in run.output.splitlines() if "warning" in line.lower()][:12]
    if run.exit_code != 0:
        row["failures"].append(f"the next run failed: {run.output[-6000:]}")
        return
    living, held = world.living(), world.held()
    screens = "\n".join(one.output for one in project.runs)
    for kind, found in living.items():
        over = found - held[kind] - world.before[kind]
        if kind == "Tenant" and case.generation == "cortex":
            over = Counter()  # that generation deletes none, and what the program retains lives on
        named = [one for one in over if one in screens]
        if kind == "ApiKey":
            row["keys_left"] = len(over)
            over = Counter({one: count for one, count in over.items() if one not in named})
        if over:
            row["failures"].append(f"{kind}: {len(over)} in the service and not in the state: {list(over)[:5]}")
        if lost := held[kind] - found:
            row["failures"].append(f"{kind}: {len(lost)} in the state and not in the service: {list(lost)[:5]}")
    if verb == "up":
        for flags in ([], ["--refresh"]) if case.number % REFRESHED_EACH == 0 else ([],):
            preview = project.pulumi("preview", "--expect-no-changes", *flags, seconds=RUN_SECONDS)
            if preview.exit_code != 0:
                row["failures"].append(f"preview {flags} is not empty: {preview.output[-4000:]}")
    for name, text in {"the screens": screens, **files_in(project.state_folder)}.items():
        if ISSUED.search(text):
            row["failures"].append(f"an issued API key is in plain text in {name}")
