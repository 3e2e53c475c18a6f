"""How much faster two Ray workers describe clips than one; ``__main__`` says how it is run.

A package, so that Ray's workers can import the stage by its name.
"""
