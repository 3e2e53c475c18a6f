"""Descriptions of a clip in words and numbers, from its sound alone."""
