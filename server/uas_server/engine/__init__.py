"""Engines: one protocol, and those that speak it."""
