"""Every kind of planted error."""

from planted_errors import (
    duration_errors,
    evidence_errors,
    logic_errors,
    ontology_errors,
    transcript_errors,
)
from planted_errors.planting import Kind

_MODULES = (ontology_errors, transcript_errors, logic_errors, duration_errors, evidence_errors)
KINDS: tuple[Kind, ...] = tuple(
    kind for module in _MODULES for kind in module.errors.kinds.values()
)
DETERMINISTIC = tuple(kind for kind in KINDS if kind.proof == "deterministic")
EVIDENCE_BASED = tuple(kind for kind in KINDS if kind.proof == "evidence")
