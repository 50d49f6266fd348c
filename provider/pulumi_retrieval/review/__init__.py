"""The commands ``pulumi-retrieval review``, a verdict on one stack, and ``compare``, the differences between two."""
