"""A stand-in for Trieve and Cortex on loopback, to try things out and to rehearse failures.

It shares no code with the rest of the package: a mistake in the client must not be repeated by its witness.
"""
