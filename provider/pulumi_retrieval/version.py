"""The version of this package, said here and nowhere else: `pyproject.toml` reads it from the text of this file.

It is a constant, because looking it up among the installed packages would take a program longer than importing this does.
"""

VERSION = "0.1.0"
