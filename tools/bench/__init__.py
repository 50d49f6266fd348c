"""Measures the cost of this package in addition to the engine and the necessary calls: `python -m bench`."""
