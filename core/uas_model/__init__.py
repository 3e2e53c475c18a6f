"""Weights, tokens and the draft transcript of the models that `uas-audio` serves.

Knows checkpoints of the AudioFlamingo3 architecture and where their base weights come from. It
does not know HTTP, corpora or training loops. Importing this package imports nothing heavy.
"""
