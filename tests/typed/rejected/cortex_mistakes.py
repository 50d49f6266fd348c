"""Mistakes in programs for Cortex. Each line with `# rejected` must be rejected by every type checker."""

from pulumi_retrieval import Provider, cortex

cortex.Tenant("t", tenant_id=1)  # rejected
cortex.Tenant("t", tenant_metadata_schema=[{"key": "topic"}])  # rejected
cortex.Tenant("t", tenant_metadata_schema=[{"key": "topic", "type": "text"}])  # rejected
cortex.Tenant("t", tenant_metadata_schema=[{"name": "topic", "data_type": "STRING"}])  # rejected
cortex.Tenant("t", tenant_metadata_schema=[{"key": "topic", "type": "string", "filter": True}])  # rejected
cortex.Tenant("t", tenant_metadata_schema="topic")  # rejected
cortex.Tenant("t", embeddings_dimension="1536")  # rejected
cortex.Tenant("t", adopt="t")  # rejected
cortex.Tenant("t", on_immutable_change="recreate")  # rejected
cortex.Tenant("t", tenant="x")  # rejected

cortex.EmbeddingsTenant("e", tenant_id=1)  # rejected
cortex.EmbeddingsTenant("e", embeddings_dimension="1536")  # rejected
cortex.EmbeddingsTenant("e", wait_seconds="a minute")  # rejected
cortex.EmbeddingsTenant("e", on_immutable_change="recreate")  # rejected
cortex.EmbeddingsTenant("e", tenant_metadata_schema=[])  # rejected

Provider("p", cortex={"api_key": "x"})  # rejected
cortex.get_tenant_stats(tenant=1)  # rejected
