"""Errors of this package. Messages name the bad value and the fix.

PipelineError(Exception)
    PackageError      a registry package that cannot be fetched, verified or unpacked
    CorpusError       a corpus folder that is missing or not laid out as its recipe expects
    ConfigError       a configuration that contradicts itself or the material
"""


class PipelineError(Exception):
    """Root of this package's errors."""


class PackageError(PipelineError):
    """A registry package that cannot be fetched, verified or unpacked."""


class CorpusError(PipelineError):
    """A corpus folder that is missing or not laid out as its recipe expects."""


class ConfigError(PipelineError):
    """A configuration that contradicts itself or the material."""
