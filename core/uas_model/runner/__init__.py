"""The CPU forward loop over an exported checkpoint, and decoding under a constraint."""
