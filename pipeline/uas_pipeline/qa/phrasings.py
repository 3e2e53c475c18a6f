"""Phrasings of questions, from ``phrasings.yaml``."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from uas_pipeline.package_data import read_package_yaml
from uas_schema.records import KnownField
from uas_schema.strict import Strict

QuestionKind = Literal["direct", "choice", "yes_no"]


class AspectPhrasings(Strict):
    """How one aspect is asked for; a kind without phrasings is not asked."""

    field: KnownField
    absent: str | None = None
    direct: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()
    yes_no: tuple[str, ...] = ()

    def of(self, kind: QuestionKind) -> tuple[str, ...]:
        """Phrasings of one kind."""
        return {"direct": self.direct, "choice": self.choice, "yes_no": self.yes_no}[kind]


class PhrasingFile(Strict):
    """``phrasings.yaml`` as it is written."""

    aspects: Mapping[str, AspectPhrasings]


@cache
def load_phrasings() -> PhrasingFile:
    """Phrasings that ship with the package (read once)."""
    return read_package_yaml(PhrasingFile, "uas_pipeline.qa", "phrasings.yaml")
