"""A described clip in the formats of other programs: pure functions to text, one file a format."""
