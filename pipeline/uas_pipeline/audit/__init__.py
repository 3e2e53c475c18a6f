"""People listen to a sample of records and judge each attribute; the judgements become figures."""
