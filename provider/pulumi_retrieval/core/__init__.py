"""What all services share: change planning, errors, HTTP, redaction.

Nothing here knows Trieve, Cortex or Pulumi. `ARCHITECTURE.md` draws the layers.
"""
