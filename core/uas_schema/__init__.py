"""The language everybody speaks: the UAS document, its grammar, rules, prompts and scores."""

__version__ = "0.1.0"
