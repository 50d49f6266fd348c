"""What every service needs and no service owns: change planning, errors, HTTP, redaction.

Nothing here knows Trieve, Cortex or Pulumi. `ARCHITECTURE.md` draws the layers.
"""
