"""Clips that are named by a URL: which may be fetched, and how."""
