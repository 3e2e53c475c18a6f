"""Corpora with known truth: speech, changed voices and sounds mixed by plan."""
