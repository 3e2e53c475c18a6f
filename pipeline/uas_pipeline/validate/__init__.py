"""Checks of records against themselves, their corpus and their evidence."""
