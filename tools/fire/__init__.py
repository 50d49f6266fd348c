"""Proof under fire: every operation under every fault of a service, generated inputs, and mutants of the code.

make fire
PYTHONPATH=tools:tests .venv/bin/python -m fire --help
"""
