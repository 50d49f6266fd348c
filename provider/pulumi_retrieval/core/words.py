"""The remedies that only the tool which runs this package can name: apply, refresh, exclude a resource, set a setting.

`Words` says them without naming a tool. An adapter says its own (`providers/words.py` says Pulumi's commands) and gives them to
`core.run.Run`, from where services pass them on to their connections.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence


class Words:
    """Remedies in neutral words; a subclass replaces each by the commands or options of its tool.

    Unless said otherwise, each is a clause in the imperative: it begins in lower case and has no full stop at its end.
    """

    apply: str = "apply the program"
    """Run the program, and change what differs. May be followed by "once" or "again"."""
    refresh_and_apply: str = "refresh the state and apply the program"
    """Compare the state with the services before the program is applied."""
    update: str = "the update"
    """The run that applies the program, as a noun."""
    next_update: str = "the next update"
    """The next such run, as a noun."""
    retain: str = "mark the resource so that its object is kept when the resource is removed"
    """Let the engine leave the object alone when its resource goes."""
    cancel_replacement: str = "cancel every replacement that was asked for"
    """Take back what makes the engine replace the object in the next run."""
    replace: str = "ask for its replacement"
    """Let the engine replace one object in the next run."""
    restore_state: str = "restore a backup of the state"
    """Put back the state as it was before."""
    forget: str = "remove it from the state"
    """Let the engine forget one object, which stays in the service."""
    forget_each: str = "remove each of them from the state"
    """The same for several objects."""
    was_renamed: str = "declare the former name of the resource"
    """Tell the engine that a resource has another name in the program than in the state."""
    depend_on_other: str = "make this resource depend on the other one"
    """Let the engine change another resource before this one."""
    another_connection: str = "use another connection for this resource"
    """Give a resource a connection of its own."""
    apply_source_first: str = "apply only the resource that it takes the value from"
    """Make an unknown input known."""
    exclude_replaced: str = "exclude the resource that is about to be replaced from the run"
    """Apply everything but a resource whose replacement would make an input unknown."""
    stored_credentials: str = (
        "a refresh and a destroy may use the credentials that were stored by the last update; after a rotation, apply the "
        "program without a refresh first"
    )
    """Why a key may be an old one, and what to do; begins in lower case."""

    def exclude(self, token: str = "", name: str = "") -> str:
        """Apply everything but one resource.

        :param token: the last part of its type: ``"Dataset"``.
        :param name: its name in the program; empty where it is not known.
        """
        return f"exclude {token} {name} from the run" if name else "exclude it from the run"

    def ignore_changes(self, inputs: Sequence[str]) -> str:
        """Let the engine ignore changes of inputs of a resource. :param inputs: dotted paths."""
        return f"ignore changes of {', '.join(inputs)}"

    def set_setting(self, name: str, value: str) -> str:
        """Set a setting of the connection. :param name: with namespace: ``"trieve:adopt"``."""
        return f"set {name} to {value}"

    def set_secret(self, name: str) -> str:
        """Set a setting whose value is a key."""
        return f"set {name} to the key"

    def set_and_apply(self, name: str, value: str) -> str:
        """Set a setting, and apply the program."""
        return f"{self.set_setting(name, value)} and {self.apply}"

    def set_and_refresh(self, name: str, value: str) -> str:
        """Set a setting, and refresh the state with today's settings before the program is applied."""
        return f"{self.set_setting(name, value)} and {self.refresh_and_apply}"

    def rehearse_without(self, setting: str) -> str:
        """Run the program in the sandbox, without a setting that names another server."""
        return f"rehearse with a configuration without {setting}"

    def confirm_delete(self, setting: str, confirmations: Sequence[str], *, new: str, variable: str, lost: bool) -> str:
        """Confirm the delete of an object that holds something; one line or more.

        :param setting: with namespace: ``"trieve:confirmDeletes"``.
        :param confirmations: every item that the setting has then, such as ``"golden=40"``.
        :param new: the one among them that confirms this object.
        :param variable: the environment variable that counts as well.
        :param lost: whether the delete loses what the object holds.
        """
        return (
            f"{self.set_setting(setting, as_json(confirmations))}\n"
            f"and {self.apply} with it removed{'; what it holds is lost' if lost else ''}.\n"
            f"A run that takes its settings from the state needs: export {variable}={shlex.quote(as_json(confirmations))}"
        )


NEUTRAL = Words()
"""What is said where no adapter gave its own words."""


def as_json(items: Sequence[str]) -> str:
    """A list of texts as the value of a setting."""
    return json.dumps(list(items), ensure_ascii=False)


def sentence(clause: str) -> str:
    """A clause as the beginning of a sentence: with a capital letter."""
    return clause[:1].upper() + clause[1:]
