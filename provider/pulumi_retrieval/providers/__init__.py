"""The dynamic providers. Module paths and class names in here are a state format: see `docs/decisions/`.

State holds a by-reference pickle of a provider class, so `pulumi_retrieval.providers.trieve.DatasetProvider` and its
siblings must stay importable under these very names, for ever.
"""
