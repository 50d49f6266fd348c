"""Start the language host quickly: the engine starts two for each command and uses one of them.

What takes time in a Python process that serves Pulumi's protocol is the import of things that it does not need. Two of
them are left out here:

- start-up files of installed packages (`*.pth`: editable installs, coverage). The command beside this file passes `-S`
  to Python, which leaves them to us; the folders of packages are put on the path without them.
- the SDK around its own messages. `import pulumi` takes about a fifth of a second of processor time, the messages of the
  language protocol a fiftieth. So the packages that hold them are entered as bare ones, without their `__init__`.
"""

from __future__ import annotations

import importlib.util
import site
import sys
from pathlib import Path
from types import ModuleType

NEEDED = ("grpc", "google.protobuf", "pulumi")
BARE = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def find_packages() -> None:
    """Put the folders of installed packages on the path; do all that Python does where that is not enough."""
    prefix = Path(sys.executable).parents[1]  # of the virtualenv, if it is one: links are not followed
    sys.path += [folder for folder in site.getsitepackages([str(prefix)]) if Path(folder).is_dir()]
    if not all(_findable(name) for name in NEEDED):
        site.main()


def _findable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False


def enter_bare_packages() -> None:
    """Let `pulumi.runtime.proto.x_pb2` be imported without what the packages around it import.

    Raises:
        ModuleNotFoundError: the Pulumi SDK is not installed for this Python.
    """
    found = importlib.util.find_spec(BARE[0])
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"{sys.executable} has no Pulumi SDK: install `pulumi` into its environment")
    sdk = Path(found.submodule_search_locations[0])
    for name in BARE:
        package = ModuleType(name)
        package.__path__ = [str(sdk.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


if __name__ == "__main__":
    find_packages()
    enter_bare_packages()
    from language_host import main

    main()
