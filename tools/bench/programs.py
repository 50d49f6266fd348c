"""The programs to measure. All declare the same datasets."""

from __future__ import annotations

import json
from typing import Any

CONFIGURATION: dict[str, Any] = {
    "LLM_DEFAULT_MODEL": "gpt-4o",
    "N_RETRIEVALS_TO_INCLUDE": 8,
    "RAG_PROMPT": "Answer from these documents:",
    "EMBEDDING_SIZE": 1536,
    "BM25_K": 1.2,
    "FULLTEXT_ENABLED": True,
}
CHANGED = {"N_RETRIEVALS_TO_INCLUDE": 9}
SECRET = {"LLM_API_KEY": "a key of no account"}

OURS = """
from pulumi_retrieval import trieve

for inputs in DATASETS:
    trieve.Dataset(inputs["dataset_name"], **inputs)
"""

FLOOR = """
from bench.floor import Floor

for inputs in DATASETS:
    Floor(inputs["dataset_name"], inputs)
"""

DOCUMENTED = '''
import os

import httpx
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

URL = os.environ["TRIEVE_BASE_URL"] + "/api/dataset"


class DatasetProvider(ResourceProvider):
    """As the Pulumi documentation shows a provider: in the program itself, so that all of it is pickled into the state."""

    def headers(self):
        return {"Authorization": os.environ["TRIEVE_API_KEY"], "TR-Organization": os.environ["TRIEVE_ORGANIZATION_ID"]}

    def inputs(self, props):
        return {key: props[key] for key in ("dataset_name", "tracking_id", "server_configuration")}

    def whole(self, props):
        configuration = props["server_configuration"].items()
        numbers = {key: int(v) for key, v in configuration if isinstance(v, float) and v.is_integer()}
        return {**self.inputs(props), "server_configuration": {**props["server_configuration"], **numbers}}

    def create(self, props):
        answer = httpx.post(URL, headers=self.headers(), json=self.whole(props)).raise_for_status().json()
        return CreateResult(answer["id"], self.inputs(props))

    def diff(self, id, olds, news):
        return DiffResult(changes=self.inputs(olds) != self.inputs(news))

    def read(self, id, props):
        answer = httpx.get(f"{URL}/{id}", headers=self.headers()).raise_for_status().json()
        configuration = {key: answer["server_configuration"][key] for key in props["server_configuration"]}
        return ReadResult(id, {**self.inputs(props), "server_configuration": configuration})

    def update(self, id, olds, news):
        body = {"dataset_id": id, "server_configuration": self.whole(news)["server_configuration"]}
        httpx.put(URL, headers=self.headers(), json=body).raise_for_status()
        return UpdateResult(self.inputs(news))

    def delete(self, id, props):
        httpx.delete(f"{URL}/{id}", headers={**self.headers(), "TR-Dataset": id}).raise_for_status()


class Dataset(Resource):
    def __init__(self, name, inputs):
        super().__init__(DatasetProvider(), name, dict(inputs))


for inputs in DATASETS:
    Dataset(inputs["dataset_name"], inputs)
'''


def datasets(count: int, *, changed: bool = False, secrets: bool = False) -> list[dict[str, Any]]:
    """The inputs of `count` datasets."""
    configuration = {**CONFIGURATION, **(CHANGED if changed else {}), **(SECRET if secrets else {})}
    return [
        {"dataset_name": f"customer-{n}", "tracking_id": f"customer-{n}", "server_configuration": configuration}
        for n in range(count)
    ]


def program(text: str, inputs: list[dict[str, Any]]) -> str:
    """A program that declares these datasets."""
    return f"import json\n\nDATASETS = json.loads({json.dumps(inputs)!r})\n{text}"
