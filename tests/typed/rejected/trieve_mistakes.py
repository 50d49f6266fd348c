"""Mistakes in programs for Trieve. Each line with `# rejected` must be rejected by every type checker."""

import pulumi

from pulumi_retrieval import Provider, trieve

trieve.Organization("a", name=1)  # rejected
trieve.Organization("a", partner_configuration={"COMPANY": "x"})  # rejected
trieve.Organization("a", partner_configuration={"EMAIL": 1})  # rejected
trieve.Organization("a", on_immutable_change="recreate")  # rejected
trieve.Organization("a", nme="x")  # rejected

trieve.ApiKey("k")  # rejected
trieve.ApiKey("k", role="reader")  # rejected
trieve.ApiKey("k", role=0, dataset_ids=[1])  # rejected
trieve.ApiKey("k", role=0, expires=None)  # rejected

trieve.Dataset("d", server_configuration={"MAX_LIMITS": 5})  # rejected
trieve.Dataset("d", server_configuration={"MAX_LIMIT": "5"})  # rejected
trieve.Dataset("d", server_configuration={"DISTANCE_METRIC": "cosinus"})  # rejected
trieve.Dataset("d", server_configuration={"STOP_TOKENS": [1]})  # rejected
trieve.Dataset("d", server_configuration={"PUBLIC_DATASET": {"api_key": "x"}})  # rejected
trieve.Dataset("d", clone_from={"copy_chunks": True})  # rejected
trieve.Dataset("d", clone_from=trieve.CloneFrom(dataset_id="x", wait=5))  # rejected
trieve.Dataset("d", adopt=5)  # rejected
trieve.Dataset("d", force_destroy="yes")  # rejected
trieve.Dataset("d", on_immutable_change="recreate")  # rejected
trieve.Dataset("d", trackingid="x")  # rejected
trieve.Dataset("d", "tracking")  # rejected

trieve.FleetConfiguration("f")  # rejected
trieve.FleetConfiguration("f", configuration={"MAX_LIMIT": True, "NO_SUCH": 1})  # rejected
trieve.FleetConfiguration("f", configuration={}, match={"tracking_id": 1})  # rejected
trieve.FleetConfiguration("f", configuration={}, tracking_id="x")  # rejected

trieve.Crawl("c", dataset_id="x")  # rejected
trieve.Crawl("c", crawl_options={})  # rejected
trieve.Crawl("c", dataset_id="x", crawl_options={"interval": "hourly"})  # rejected
trieve.Crawl("c", dataset_id="x", crawl_options={"url": "x"})  # rejected
trieve.Crawl("c", dataset_id="x", crawl_options={}, site="x")  # rejected

Provider("p", trieve={"apikey": "x"})  # rejected
trieve.get_dataset(name="x")  # rejected
number: pulumi.Output[int] = trieve.Dataset("d").id  # rejected
