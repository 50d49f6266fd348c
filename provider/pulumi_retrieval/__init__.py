"""Pulumi resources for Trieve and Cortex."""
