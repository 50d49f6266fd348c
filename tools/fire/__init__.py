"""Proof under fire: faults and kills, seeded and repeatable, on the real services of a sandbox and the real engine."""
