"""A thousand datasets in one program."""

from __future__ import annotations

from support.engine import Project
from support.sandbox import Sandbox

COUNT = 1000
PROGRAM = f"""
    from pulumi_retrieval import trieve

    for number in range({COUNT}):
        trieve.Dataset(
            f"customer-{{number}}",
            server_configuration={{"LLM_DEFAULT_MODEL": "gpt-4o", "MAX_LIMIT": number, "BM25_K": 1.2}},
        )
"""


def test_a_thousand_datasets_are_created_refreshed_and_deleted(project: Project, sandbox: Sandbox) -> None:
    project.program = PROGRAM
    limits = {"checkpoints": False, "diff": False, "seconds": 300}
    assert project.up(**limits).expect_success().summary == {"created": COUNT + 1}
    calls = sandbox.requests()
    assert [call["method"] for call in calls] == ["POST"] * COUNT
    assert len({one["tracking_id"] for one in sandbox.state()["trieve"]["datasets"]}) == COUNT

    sandbox.reset_requests()
    assert project.up(**limits).expect_success().summary == {"unchanged": COUNT + 1}
    assert sandbox.requests() == []

    assert project.refresh(**limits).expect_success().summary == {"unchanged": COUNT + 1}
    assert [call["method"] for call in sandbox.requests()] == ["GET"] * COUNT

    project.destroy(**limits).expect_success()
    assert sandbox.state()["trieve"]["datasets"] == []
    assert sandbox.log()["max_in_flight"] <= 4


WAITS = """
    import asyncio
    import atexit
    import pathlib
    import pulumi
    from pulumi_retrieval import cortex, trieve

    sizes, wait = [0], asyncio.wait

    async def counted(futures, **options):
        sizes.append(len(futures))
        return await wait(futures, **options)

    asyncio.wait = counted
    atexit.register(lambda: pathlib.Path("waits.txt").write_text(str(max(sizes))))
    for number in range(20):
        customer = pulumi.ComponentResource("mine:index:Customer", f"customer-{number}")
        trieve.Dataset(f"dataset-{number}", opts=pulumi.ResourceOptions(parent=customer))
        cortex.Tenant(f"tenant-{number}", opts=pulumi.ResourceOptions(parent=customer, retain_on_delete=True))
"""


def test_the_sdk_does_not_look_at_every_output_for_each_answer(project: Project, sandbox: Sandbox) -> None:
    project.program = WAITS
    project.up().expect_success()
    waits = int((project.folder / "waits.txt").read_text())
    assert waits < 40 * 3, "so many Outputs are waited for at once that the time grows with the square of the resources"


def test_the_state_holds_the_line_of_the_program_and_no_frame_of_a_library(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        class Customer(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("mine:index:Customer", name)
                trieve.Dataset(name, opts=pulumi.ResourceOptions(parent=self))

        Customer("acme")
    """
    project.up().expect_success()
    stored = {one["type"].rpartition(":")[2]: one for one in project.resources()}
    frames = [frame["sourcePosition"] for frame in stored["Dataset"]["stackTrace"]]
    assert frames == ["project:///__main__.py#8", "project:///__main__.py#10"]
    assert stored["Dataset"]["sourcePosition"] == frames[0]
    assert len(stored["Customer"]["stackTrace"]) > 2, "resources of others are recorded as ever"


def test_debug_messages_are_sent_only_if_they_are_shown(project: Project, sandbox: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        trieve.Dataset("acme")
        pulumi.log.debug("a message of the program")
    """
    quiet = project.preview()
    quiet.expect_success()
    shown = project.preview("--debug")
    shown.expect_success()
    assert "a message of the program" not in quiet.output
    assert "a message of the program" in shown.output
    assert "resource registration prepared" in shown.output
