"""From data to a model: stages, their data, and how the result is measured."""
