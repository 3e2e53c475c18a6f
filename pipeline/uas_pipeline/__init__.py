"""Any transcribed corpus, or none, becomes UAS and UAS-QA training data."""
