"""Writes the generated pages of `docs/reference` from the input models, the resource classes, the look-ups and the settings.

PYTHONPATH=tools python -m reference            write them
PYTHONPATH=tools python -m reference --check    fail if a page is not up to date
"""
