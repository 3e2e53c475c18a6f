"""From a configuration to a dataset: list the corpora, run the steps, write the shards."""
