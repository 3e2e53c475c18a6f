"""How many planted errors does the pipeline's validation catch, and how much gold does it reject?

Planting (``planting`` and the ``*_errors`` modules) knows the schema and what a record holds. It
was written before, and knows nothing of, the checks that it measures.
"""
