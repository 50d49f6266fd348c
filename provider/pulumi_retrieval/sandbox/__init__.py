"""An emulator of Trieve and Cortex on loopback, for trying out programs and for rehearsing failures.

It shares no code with the rest of the package, so that a mistake in the client is not repeated here and stays visible.
"""
