"""What a synthesizer does with what it cannot use, and which fields a record must know."""

from typing import Literal

from uas_schema.records import KnownField
from uas_schema.strict import Strict

Unknown = Literal["reject", "none"]


class MergeConfig(Strict):
    """Rules of the merge.

    ``unknown_*``: what becomes of a clip whose corpus gives a word that the ontology does not know:
    the clip is rejected, or the field is known "none". ``require``: fields that must be known,
    else the clip is rejected.
    """

    unknown_age: Unknown = "reject"
    unknown_gender: Unknown = "reject"
    unknown_emotion: Unknown = "none"
    unknown_accent: Unknown = "none"
    require: tuple[KnownField, ...] = ()
