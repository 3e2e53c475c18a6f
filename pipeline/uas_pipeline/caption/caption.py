"""A caption: what a describer says of a voice and its surroundings, and what it measured.

Knows nothing of documents.
"""

from pydantic import Field

from uas_schema.records import Record
from uas_schema.strict import Strict

_PREFIX = "caption."


class Caption(Strict):
    """Free text on voice and environment, with its evidence.

    ``voice`` is None where no voice was heard. ``measures`` have their unit in the name, such as
    "f0_median_hz"; what could not be measured is left out.
    """

    voice: str | None
    environment: str | None
    measures: dict[str, float] = Field(default_factory=dict)
    backend: str
    version: str

    def evidence(self) -> dict[str, float | str]:
        """The caption as evidence of a record: its measures, and its texts under "caption."."""
        texts = {"backend": self.backend, "version": self.version}
        texts |= {"voice": self.voice} if self.voice is not None else {}
        texts |= {"environment": self.environment} if self.environment is not None else {}
        return {**self.measures, **{_PREFIX + name: text for name, text in texts.items()}}

    @classmethod
    def of(cls, record: Record) -> "Caption | None":
        """The caption that a record was made from; None when its evidence holds none."""
        found = record.evidence
        if f"{_PREFIX}backend" not in found:
            return None
        texts = {name: found.get(_PREFIX + name) for name in ("voice", "environment")}
        return cls(
            **{name: None if text is None else str(text) for name, text in texts.items()},
            measures={name: value for name, value in found.items() if isinstance(value, float)},
            backend=str(found[f"{_PREFIX}backend"]),
            version=str(found[f"{_PREFIX}version"]),
        )
