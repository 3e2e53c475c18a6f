"""API keys: who they are, what they open, and how much of it."""
