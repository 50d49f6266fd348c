"""Generated examples are the same in every run, so that a change is judged by what it changes.

``PULUMI_RETRIEVAL_EXAMPLES=1000`` asks for other and more examples.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("searching" if "PULUMI_RETRIEVAL_EXAMPLES" in os.environ else "repeatable")
