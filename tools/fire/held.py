"""One resource as the engine keeps it between calls, in the order in which the engine asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pulumi_retrieval.core.declaration import digest, leaves, places_to_json
from pulumi_retrieval.providers.adapter import DECLARATION_KEY
from support.provider_process import ProviderError, ProviderProcess, Secret, Served

NEW, UPDATED, SAME, REPLACED = "create", "update", "same", "replace"
_OURS = re.compile(r"^(?:\w+\.)*RetrievalError: ", re.MULTILINE)
DEFECT = "this is a defect of pulumi-retrieval"
MOST_FRAMES = 4
"""Frames of the SDK's own traceback around a text of ours."""


class Failed(Exception):
    """An operation failed as the engine would show it."""

    @property
    def text(self) -> str:
        """Everything that is shown."""
        return str(self.args[0])

    def unlike_ours(self, *names: str) -> str:
        """What is wrong with the text of a failure; empty if this package raised it and it names the object.

        :param names: one of them has to be in the text.
        """
        if DEFECT in self.text:
            return "a defect"
        if not self.args[1]:  # no failure of a check: it was raised
            if not _OURS.search(self.text):
                return "no error of ours"
            if self.text.count('  File "') > MOST_FRAMES or "During handling" in self.text:
                return "a traceback"
        said = self.text if self.args[1] else self.text[self.text.rindex("RetrievalError: ") :]
        return "" if any(name and name in said for name in names) else "does not name the object"


class Held:
    """State of one resource.

    :param served: its provider, in the process that is asked next; another run puts another one here.
    """

    def __init__(self, served: Served, *, name: str) -> None:
        self.served = served
        self.name = name
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.said: list[str] = []
        """The text of every failure."""

    def up(self, program: Mapping[str, Any]) -> str:
        """Bring the object to the program, and say by which step. :raises Failed: a call failed."""
        with_declaration = {**program, DECLARATION_KEY: self._declaration(program)}
        inputs, failures = self._call("check", self.inputs, with_declaration)
        if failures:
            raise self._failed("\n".join(text for _, text in failures), checked=True)
        if not self.id:
            self.id, self.outputs = self._call("create", inputs)
            self.inputs = inputs
            return NEW
        difference = self._call("diff", self.id, self.outputs, inputs)
        if difference.replaces and not difference.delete_before_replace:
            former = self.id, self.outputs
            self.id, self.outputs = self._call("create", inputs)
            self.inputs = inputs
            self.leaving = former
            self.finish()
            return REPLACED
        if difference.replaces:
            self.destroy()
            inputs, _ = self._call("check", {}, with_declaration)
            self.id, self.outputs = self._call("create", inputs)
            self.inputs = inputs
            return REPLACED
        if difference.changes:
            self.outputs = self._call("update", self.id, self.outputs, inputs)
        self.inputs = inputs
        return UPDATED if difference.changes else SAME

    leaving: tuple[str, dict[str, Any]] | None = None
    """What a replacement that created first has still to delete; the engine keeps it in the state until it is gone."""

    def finish(self) -> None:
        """Delete what a replacement has left. :raises Failed: it failed again."""
        if self.leaving is not None:
            self._call("delete", *self.leaving)
            self.leaving = None

    def refresh(self) -> bool:
        """Compare with the service; false where the object is gone, which is then forgotten."""
        seen = self._call("read", self.id, self.outputs)
        if not seen.id:
            self.id, self.inputs, self.outputs = "", {}, {}
            return False
        self.id, self.outputs, self.inputs = seen.id, seen.outputs, seen.inputs or self.inputs
        return True

    def destroy(self) -> None:
        """Delete the object and forget it."""
        self._call("delete", self.id, self.outputs)
        self.id, self.inputs, self.outputs = "", {}, {}

    @property
    def plain(self) -> str:
        """What is stored in plain text."""
        return repr(_plain({"inputs": self.inputs, "outputs": self.outputs}))

    def _declaration(self, program: Mapping[str, Any]) -> dict[str, Any]:
        told = places_to_json((), frozenset(digest(path, value) for path, value in leaves(_plain(program))))
        return {"name": self.name, "token": "Thing", "candidate": f"{self.name}-0a1b2c", **told}

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self.served, method)(*arguments)
        except ProviderError as error:
            raise self._failed(str(error)) from None

    def _failed(self, text: str, *, checked: bool = False) -> Failed:
        self.said.append(text)
        return Failed(text, checked)


def serve(process: ProviderProcess, provider: Any) -> Served:
    """A provider in a process."""
    return process.serve(provider())


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return "[secret]"
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if not isinstance(item, Secret)}
    return [_plain(item) for item in value] if isinstance(value, list) else value
