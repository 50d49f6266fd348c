"""The remedies of `core.words` as commands and resource options of Pulumi."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from ..core.words import Words, as_json


class PulumiWords(Words):
    """What people type and write who use Pulumi."""

    apply = "run `pulumi up`"
    refresh_and_apply = "run `pulumi up --refresh`"
    update = "`pulumi up`"
    next_update = "the next `pulumi up`"
    retain = "set ResourceOptions(retain_on_delete=True)"
    cancel_replacement = "untaint it and undo a new replacement_trigger"
    replace = "pulumi up --replace URN"
    restore_state = "restore a backup of the state (pulumi stack history, pulumi stack import)"
    forget = "pulumi state delete URN"
    forget_each = "pulumi state delete 'URN' for each (pulumi stack --show-urns lists them)"
    was_renamed = "ResourceOptions(aliases=[pulumi.Alias(name=FORMER-NAME)])"
    depend_on_other = "set opts=ResourceOptions(depends_on=[…]) on this resource"
    another_connection = "use another connection: pulumi_retrieval.Provider"
    apply_source_first = "pulumi up --target URN-OF-WHAT-IT-DEPENDS-ON"
    exclude_replaced = "pulumi up --exclude URN-OF-WHAT-IS-REPLACED (pulumi stack --show-urns)"
    # The engine gives a provider the stored configuration unless the program runs (`docs/engine.md` 2.9).
    stored_credentials = (
        "refresh and destroy use the credentials stored by the last `pulumi up`; after a rotation run `pulumi up` without "
        "--refresh first, or add --run-program"
    )

    def exclude(self, token: str = "", name: str = "") -> str:
        """Apply everything but one resource, by a pattern of its URN where its name is known."""
        pattern = f"'**:{token}::{name}'" if name else "URN-OF-IT (pulumi stack --show-urns)"
        return f"pulumi up --exclude {pattern}"

    def ignore_changes(self, inputs: Sequence[str]) -> str:
        """The resource option."""
        return f"ResourceOptions(ignore_changes={json.dumps(list(inputs))})"

    def set_setting(self, name: str, value: str) -> str:
        """The command that sets a configuration value."""
        return f"pulumi config set {name} {shlex.quote(value)}"

    def set_secret(self, name: str) -> str:
        """The command that asks for a secret configuration value."""
        return f"pulumi config set --secret {name}"

    def set_and_apply(self, name: str, value: str) -> str:
        """Both commands on one line."""
        return f"{self.set_setting(name, value)} && pulumi up"

    def set_and_refresh(self, name: str, value: str) -> str:
        """Both commands on one line; without --run-program a refresh takes its configuration from the state."""
        return f"{self.set_setting(name, value)} && pulumi up --refresh --run-program"

    def rehearse_without(self, setting: str) -> str:
        """A stack of its own."""
        return f"rehearse in a stack without {setting}, for example after: pulumi stack init rehearsal"

    def confirm_delete(self, setting: str, confirmations: Sequence[str], *, new: str, variable: str, lost: bool) -> str:
        """The command, and what counts where the engine reads stored settings."""
        name = setting.partition(":")[2]
        return (
            f"{self.set_setting(setting, as_json(confirmations))}\n"
            f"and `pulumi up` with it removed{'; what it holds is lost' if lost else ''} (of an explicit Provider: "
            f"{name}={as_json([new])} in its settings).\n"
            "`pulumi destroy`, and an `up` that removes the last resource, read the settings that the last `pulumi up` stored;\n"
            f"they need: export {variable}={shlex.quote(as_json(confirmations))}"
        )
