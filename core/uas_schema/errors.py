"""Errors of this package. Messages name the bad value and the fix.

SchemaError(ValueError)
    DocumentError     text or values that are not a UAS document
    PrefixError       bytes that do not begin any UAS document
    DataError         a YAML or JSONL file with an unknown key or a bad value
"""


class SchemaError(ValueError):
    """Root of this package's errors."""


class DocumentError(SchemaError):
    """Text or values that are not a UAS document."""


class PrefixError(SchemaError):
    """Bytes that do not begin any UAS document."""


class DataError(SchemaError):
    """A YAML or JSONL file with an unknown key or a bad value."""
