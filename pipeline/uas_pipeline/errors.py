"""Errors of this package. Messages name the bad value and the fix.

PipelineError(Exception)
    PackageError      a registry package that cannot be fetched, verified or unpacked
    CorpusError       a corpus folder that is missing or not laid out as its recipe expects
    ConfigError       a configuration that contradicts itself or the material
    EndpointError     a model server that cannot be reached, or refuses what the configuration asks
    Rejected          one clip that no record can be made of; the run goes on
"""

from collections.abc import Mapping


class PipelineError(Exception):
    """Root of this package's errors."""


class PackageError(PipelineError):
    """A registry package that cannot be fetched, verified or unpacked."""


class CorpusError(PipelineError):
    """A corpus folder that is missing or not laid out as its recipe expects."""


class ConfigError(PipelineError):
    """A configuration that contradicts itself or the material."""


class EndpointError(PipelineError):
    """A model server that cannot be reached, or refuses what the configuration asks."""


class Rejected(PipelineError):
    """One clip that no record can be made of.

    Attributes:
        reason: a name to count by, such as "age_unknown".
        message: what is wrong, with the value and the fix.
        evidence: numbers and texts that show it.
    """

    def __init__(
        self, reason: str, message: str, evidence: Mapping[str, float | str] | None = None
    ) -> None:
        self.reason, self.message, self.evidence = reason, message, dict(evidence or {})
        super().__init__(reason, message, self.evidence)

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
