"""``pulumi-retrieval review`` and ``compare``: the verdict on one stack, for a person and for a pipeline."""
