"""Run a model over records and score what it said."""
